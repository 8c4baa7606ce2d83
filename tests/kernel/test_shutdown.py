"""SIGTERM: requests in flight are answered, jobs in flight end or are given back, and the process goes."""

import asyncio
import signal
import socket
import time
from pathlib import Path

import socketio
from sqlalchemy import select

from akademe.kernel import db
from akademe.kernel.ctx import system_ctx
from akademe.kernel.db import schema
from akademe.kernel.queue import Job
from akademe.learning.events import TellUpdate
from tests.databases import BACKENDS
from tests.load import servers
from tests.make import catalog, identity

BODY = b'{"email": "last.minute@example.org", "password": "correct horse battery staple nine"}'


async def test_what_is_under_way_is_finished(backend: str, settings, tmp_path: Path) -> None:
    url = await BACKENDS[backend].empty(tmp_path)
    await schema.upgrade(url)
    db.connect(url)
    course, token = await catalog.course(), await identity.bearer(await identity.user())
    options = {"SECRET_KEY": settings.secret_key, "RATE_LIMITS": "off", "SHUTDOWN_SECONDS": "10"}
    with servers.akademe(tmp_path, url, **options) as server:
        listener = socketio.AsyncClient(reconnection=False)
        await listener.connect(server.url, auth={"token": token}, transports=["websocket"])
        poller = socketio.AsyncClient(reconnection=False)
        await poller.connect(server.url, auth={"token": token}, transports=["polling"])
        async with system_ctx() as ctx:
            asked = ctx.enqueue(TellUpdate(course_id=course.id, changes="Lesson 1"))
        answer = await asyncio.to_thread(_end_while_a_request_is_sent, server)
        started = time.monotonic()
        await asyncio.to_thread(server.process.wait, 15)
        took = time.monotonic() - started
        await listener.disconnect()
        await poller.disconnect()
    async with db.transaction() as session:
        job = (await session.scalars(select(Job).where(Job.id == asked))).one()
    await db.close()
    await BACKENDS[backend].drop(url)
    assert answer.startswith(b"HTTP/1.1 201"), answer
    assert job.status in ("queued", "done"), "ended, or left for another process at once"
    assert took < 8, "neither an open socket nor a waiting poll holds up the end"


def _end_while_a_request_is_sent(server: servers.Server) -> bytes:
    """Half of a request, SIGTERM, the other half; gives the answer."""
    port = int(server.url.rpartition(":")[2])
    head = (
        f"POST /api/v1/auth/register HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(BODY)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(head.encode() + BODY[:20])
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.7)
        line.sendall(BODY[20:])
        return line.recv(4096)
