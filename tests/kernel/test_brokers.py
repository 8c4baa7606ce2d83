"""`akademe worker` on RabbitMQ and on Redis: what is committed to the outbox is carried out there."""

import asyncio
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from taskiq import InMemoryBroker

from akademe import worker
from akademe.kernel import db
from akademe.kernel.ctx import system_ctx
from akademe.kernel.db import schema
from akademe.kernel.queue import Job, Relay
from akademe.learning.events import TellUpdate
from tests.databases import BACKENDS
from tests.make import catalog

BROKERS = {"rabbitmq": "TEST_AMQP_URL", "redis": "TEST_REDIS_URL"}


@pytest.mark.parametrize("broker", BROKERS)
async def test_a_worker_runs_what_a_unit_of_work_asked_for(broker: str, backend: str, settings, tmp_path: Path) -> None:
    url = os.environ.get(BROKERS[broker])
    if not url:
        pytest.skip(f"{BROKERS[broker]} names no server")
    database_url = await BACKENDS[backend].empty(tmp_path)
    await schema.upgrade(database_url)
    db.connect(database_url)
    course = await catalog.course()
    async with system_ctx() as ctx:
        asked = ctx.enqueue(TellUpdate(course_id=course.id, changes="Lesson 1"))
    process = start_worker(tmp_path, database_url, url)
    try:
        status = await settled(asked)
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(30)
        await db.close()
        await BACKENDS[backend].drop(database_url)
    assert (status, code) == ("done", 0)


def start_worker(folder: Path, database_url: str, broker_url: str) -> "subprocess.Popen[bytes]":
    env = os.environ | {
        "DATABASE_URL": database_url,
        "BROKER_URL": broker_url,
        "DATA_DIR": str(folder),
        "LOG_LEVEL": "ERROR",
    }
    return subprocess.Popen([sys.executable, "-m", "akademe", "worker"], env=env, cwd=folder)


async def settled(job_id) -> str:
    deadline = db.clock() + timedelta(seconds=45)
    while db.clock() < deadline:
        async with db.transaction() as session:
            status = await session.scalar(select(Job.status).where(Job.id == job_id))
        if status in ("done", "failed"):
            return str(status)
        await asyncio.sleep(0.2)
    return "still waiting"


class Interrupted(InMemoryBroker):
    """A broker whose connection breaks once."""

    listened = 0

    async def listen(self):
        self.listened += 1
        if self.listened == 1:
            raise ConnectionError("away")
        await asyncio.sleep(60)
        yield b""


async def test_a_worker_whose_connection_broke_listens_again(settings, monkeypatch):
    settings.shutdown_seconds = 0.1
    monkeypatch.setattr(worker, "AGAIN_SECONDS", 0.01)
    relay, stop = Relay(Interrupted()), asyncio.Event()
    receiving = asyncio.create_task(worker._receive(relay, stop))
    async with asyncio.timeout(5):
        while relay.broker.listened < 2:
            await asyncio.sleep(0.01)
        stop.set()
        await receiving
