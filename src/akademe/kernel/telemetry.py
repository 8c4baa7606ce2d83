"""Logs as JSON lines with the request's id; counters for Prometheus."""

import logging
import os
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, BinaryIO, cast

import orjson
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from akademe.kernel.ctx import request_ids

REGISTRY = CollectorRegistry()
REQUESTS = Histogram(
    "akademe_request_seconds",
    "Time to answer, by route",
    ("method", "route", "status"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
    registry=REGISTRY,
)
IN_FLIGHT = Gauge(
    "akademe_requests_in_flight", "Requests being answered", registry=REGISTRY, multiprocess_mode="livesum"
)
STATEMENTS = Counter("akademe_db_statements", "Statements run on the database", registry=REGISTRY)
JOBS = Counter("akademe_jobs_total", "Jobs ended, by name and outcome", ("name", "outcome"), registry=REGISTRY)


def registry() -> CollectorRegistry:
    """The counters of this process, or of all of them where `serve --workers` shares a folder."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    from prometheus_client.multiprocess import MultiProcessCollector

    shared = CollectorRegistry()
    MultiProcessCollector(shared)  # type: ignore[no-untyped-call]  # the library is untyped there
    return shared


def _request_id(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if "request_id" not in event and (current := request_ids.get()):
        event["request_id"] = current
    return event


def _json(_: Any, __: str, event: MutableMapping[str, Any]) -> bytes:
    return orjson.dumps(event, default=str)


class _StandardError:
    """Standard error as it is at each write. A line that cannot be written is lost, not the work it told of."""

    def write(self, data: bytes) -> None:
        with suppress(OSError, ValueError):  # a full disk, a reader that went away, a closed stream
            sys.stderr.buffer.write(data)
            sys.stderr.buffer.flush()

    def flush(self) -> None:
        """Every write is flushed."""


class _StandardErrorHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        _standard_error.write(self.format(record).encode() + b"\n")


_standard_error = _StandardError()


def access_log(line: dict[str, Any]) -> None:
    """One line per request, past structlog's processors: the line is complete, and this is the hottest log there is."""
    if _access_level <= logging.INFO:
        _standard_error.write(orjson.dumps(line, default=str, option=orjson.OPT_APPEND_NEWLINE))


_access_level = logging.WARNING


def configure_logs(level: str) -> None:
    """JSON lines on standard error; the standard library's loggers too."""
    global _access_level
    _access_level = logging.getLevelName(level)
    shared: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _request_id,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, _json],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.BytesLoggerFactory(file=cast(BinaryIO, _standard_error)),
        cache_logger_on_first_use=True,
    )
    handler = _StandardErrorHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                lambda *args: _json(*args).decode(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for noisy in ("uvicorn.access", "taskiq", "aio_pika", "aiormq", "httpx", "aiosqlite", "socketio", "engineio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
