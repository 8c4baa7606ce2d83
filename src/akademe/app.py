"""The web process: every route, the edge around them, and what lives as long as the process."""

import asyncio
import gc
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from akademe import __version__, domains
from akademe.identity.service import authenticate
from akademe.kernel import cache, config, console, db, realtime
from akademe.kernel.auth import set_authenticator
from akademe.kernel.config import ConfigError, settings
from akademe.kernel.db import schema
from akademe.kernel.http import add_error_pages, health
from akademe.kernel.http.edge import Edge
from akademe.kernel.http.openapi import describe
from akademe.kernel.http.problems import set_error_page
from akademe.kernel.http.table import RouteTable, Shortcuts
from akademe.kernel.queue import Relay
from akademe.kernel.telemetry import configure_logs
from akademe.web.ui.render import error_page


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Requests in flight are finished by the server first; then jobs, then the database."""
    db.connect(settings().database_url, settings().db_pool_size)
    relay = Relay()
    await relay.start()
    background = [asyncio.create_task(realtime.watch())]
    if settings().redis_url:
        background.append(asyncio.create_task(cache.listen(settings().redis_url)))
    yield
    for task in background:
        task.cancel()
    await relay.stop()
    await db.close()


class Site(FastAPI):
    """The app within its edge."""

    edge: Edge

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        scope["app"] = self
        await self.edge(scope, receive, send)


def create_app() -> FastAPI:
    set_authenticator(authenticate)
    domains.load_jobs()
    app = Site(
        title="Akademe",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    for router in [health.router, *domains.routers()]:
        app.router.routes.extend(router.routes)
    # A literal path wins over a parameter: `/certificates/x.pdf` is not a code, `/courses/analytics` not a course.
    app.router.routes.sort(key=_specificity)
    table = RouteTable(list(app.router.routes))
    app.router.routes.insert(0, table)
    app.router.redirect_slashes = False
    add_error_pages(app)
    set_error_page(error_page)
    describe(app)
    app.edge = Edge(Shortcuts(app, table))
    return app


def _specificity(route: Any) -> tuple[int, list[tuple[bool, int, str]]]:
    parts = getattr(route, "path", "").split("/")
    return 0 if parts[1:2] == ["api"] else 1, [("{" in part, -len(part.rpartition("}")[2]), part) for part in parts]


def application() -> Any:
    """The factory that uvicorn calls in each process: the app with Socket.IO beside it."""
    configure_logs(settings().log_level)
    gc.disable()
    made = realtime.asgi(create_app())
    gc.freeze()  # the program itself is never garbage: no collection needs to look at it again
    gc.enable()
    return made


def serve(host: str, port: int, workers: int, *, demo: bool = False) -> None:
    """Prepare the embedded database, then serve until SIGTERM; requests in flight finish. Raises ConfigError."""
    import uvicorn

    from akademe.kernel.http.protocol import Protocol

    if workers > 1 and not settings().redis_url:
        raise ConfigError("--workers above 1 needs REDIS_URL: limits, caches, rooms and metrics are shared through it.")
    _refuse_taken_port(host, port)
    address = _address(host, port)
    if "public_url" not in settings().model_fields_set:
        config.use(None)
        os.environ["PUBLIC_URL"] = address
    console.prepare_database()
    _refuse_old_schema()
    if workers > 1:
        _share_counters()
    if demo:
        _fill_with_demo()
    sys.stdout.write(f"Akademe is at {address}\n")
    sys.stdout.flush()
    uvicorn.run(
        "akademe.app:application",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        loop="uvloop",
        http=Protocol,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=int(settings().shutdown_seconds),
    )


def _share_counters() -> None:
    """A folder where the processes of one start add up what they count; what an earlier start left is no count."""
    folder = settings().data_dir.absolute() / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def _address(host: str, port: int) -> str:
    """How a browser on this machine reaches us."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - nothing is bound here
    return f"http://[{here}]:{port}" if ":" in here else f"http://{here}:{port}"


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigError(
                f"Port {port} on {host} cannot be used ({error.strerror}): choose another by --port."
            ) from error


def _refuse_old_schema() -> None:
    if not settings().is_sqlite and not asyncio.run(schema.server_is_current(settings().database_url)):
        raise ConfigError("The database has another schema than this version: run `akademe migrate` first.")


def _fill_with_demo() -> None:
    from akademe.admin.demo.builder import fill

    domains.load_jobs()
    console.run(fill)
