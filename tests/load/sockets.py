"""1,000 browsers on one process: connect them all, let one event reach them, print how long it took.

`python -m tests.load.sockets [COUNT]`: SQLite in a temporary folder, loopback alone.
"""

import asyncio
import socket
import sys
import tempfile
import time
from multiprocessing import Process
from pathlib import Path

import httpx
import socketio
import uvicorn

from akademe.kernel import config, db
from akademe.kernel.db import schema
from tests.make import catalog, identity

CONNECTING = 50


def configure(folder: Path) -> None:
    config.use(
        config.Settings(
            _env_file=None,
            environment="testing",
            data_dir=folder,
            rate_limits="off",
            secret_key="a secret of the measurement",
            database_url=f"sqlite:///{folder / 'akademe.db'}",
        )
    )


def serve(folder: Path, port: int) -> None:
    configure(folder)
    uvicorn.run("akademe.app:application", factory=True, host="127.0.0.1", port=port, log_level="error")


async def measure(folder: Path, port: int, count: int) -> None:
    db.connect(config.settings().database_url)
    person, course = await identity.user(), await catalog.course()
    token = await identity.bearer(person)
    await db.close()
    site = f"http://127.0.0.1:{port}"
    heard: list[float] = []
    gate = asyncio.Semaphore(CONNECTING)

    async def listen() -> socketio.AsyncClient:
        client = socketio.AsyncClient(reconnection=False)
        client.on("course:enrolled", lambda _: heard.append(time.perf_counter()))
        async with gate:
            await client.connect(site, auth={"token": token}, transports=["websocket"], wait_timeout=60)
        return client

    server = Process(target=serve, args=(folder, port))
    server.start()
    try:
        await ready(site)
        started = time.perf_counter()
        clients = await asyncio.gather(*(listen() for _ in range(count)))
        print(f"{count} connected in {time.perf_counter() - started:.1f} s")
        async with httpx.AsyncClient(base_url=site, headers={"authorization": f"Bearer {token}"}) as http:
            sent = time.perf_counter()
            await http.post(f"/api/v1/courses/{course.id}/enroll")
        while len(heard) < count and time.perf_counter() - sent < 30:
            await asyncio.sleep(0.01)
        print(f"{len(heard)} heard it, the last {max(heard) - sent:.2f} s after the request was sent")
        await asyncio.gather(*(client.disconnect() for client in clients))
    finally:
        server.terminate()
        server.join()


async def ready(site: str) -> None:
    async with httpx.AsyncClient() as http:
        for _ in range(600):
            try:
                if (await http.get(f"{site}/health/ready")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
    raise TimeoutError(site)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        configure(folder)
        asyncio.run(schema.upgrade(config.settings().database_url))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        asyncio.run(measure(folder, port, count))


if __name__ == "__main__":
    main()
