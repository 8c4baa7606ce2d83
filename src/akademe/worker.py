"""The job process: takes from the broker what the relays hand over. Any number of them, on any machine."""

import asyncio
import signal

from taskiq.receiver import Receiver

from akademe import domains
from akademe.kernel import db, realtime
from akademe.kernel.config import settings
from akademe.kernel.queue import Relay
from akademe.kernel.telemetry import configure_logs


async def work() -> None:
    """Run until SIGTERM or SIGINT; then finish what runs, and release the rest to others."""
    db.connect(settings().database_url, settings().db_pool_size)
    realtime.connect_writer()
    relay = Relay(is_worker=True)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await relay.start()
    receiving = None
    if not relay.runs_here:
        # Its own end waits for what it runs; leases cover what a killed worker leaves.
        receiver = Receiver(
            relay.broker,
            max_async_tasks=settings().job_concurrency,
            run_startup=False,
            wait_tasks_timeout=settings().shutdown_seconds,
        )
        receiving = asyncio.create_task(receiver.listen(stop))
    await stop.wait()
    if receiving is not None:
        await receiving
    await relay.stop()
    await db.close()


def main() -> None:
    configure_logs(settings().log_level)
    domains.load_jobs()
    asyncio.run(work())
