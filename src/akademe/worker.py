"""The job process: takes from the broker what the relays hand over. Any number of them, on any machine."""

import asyncio
import signal
from contextlib import suppress

import structlog
from taskiq.acks import AcknowledgeType
from taskiq.receiver import Receiver

from akademe import domains
from akademe.kernel import db, realtime
from akademe.kernel.config import settings
from akademe.kernel.queue import Relay
from akademe.kernel.telemetry import configure_logs

log = structlog.get_logger()
AGAIN_SECONDS = 1.0


async def work() -> None:
    """Run until SIGTERM or SIGINT; then finish what runs, and release the rest to others."""
    db.connect(settings().database_url, settings().db_pool_size)
    realtime.connect_writer()
    relay = Relay(is_worker=True)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await relay.start()
    if relay.runs_here:
        await stop.wait()
    else:
        await _receive(relay, stop)
    await relay.stop()
    await db.close()


async def _receive(relay: Relay, stop: asyncio.Event) -> None:
    """Run what the broker brings until told to stop. A broker that is away is asked again every second."""
    while not stop.is_set():
        receiver = Receiver(
            relay.broker,
            max_async_tasks=settings().job_concurrency,
            run_startup=False,
            # The row is the truth and its lease covers a worker that dies: a message that came again would be noise.
            ack_type=AcknowledgeType.WHEN_RECEIVED,
            wait_tasks_timeout=settings().shutdown_seconds,
        )
        try:
            await receiver.listen(stop)
        except Exception as error:  # noqa: BLE001 - every broker has its own kinds, and none of them is a reason to end
            log.error("worker.broker_away", error=repr(error))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), AGAIN_SECONDS)


def main() -> None:
    configure_logs(settings().log_level)
    domains.load_jobs()
    asyncio.run(work())
