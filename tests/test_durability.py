"""`kill -9` of the server during a stream of writes: every acknowledged write is there afterwards, on both databases."""

import asyncio
import signal
from pathlib import Path

import httpx
from sqlalchemy import func, select

from akademe.kernel import db
from akademe.kernel.db import schema
from akademe.learning.models import Completion
from tests.databases import BACKENDS
from tests.load import servers
from tests.make import catalog, identity, learning

LESSONS = 60


async def test_an_acknowledged_write_survives_the_death_of_the_server(backend: str, settings, tmp_path: Path) -> None:
    url = await BACKENDS[backend].empty(tmp_path)
    await schema.upgrade(url)
    db.connect(url)
    course = await catalog.course(lessons=LESSONS)
    person = await identity.user()
    await learning.enrolment(person, course)
    token, lessons = await identity.bearer(person), await catalog.lessons(course)
    await db.close()
    with servers.akademe(tmp_path, url, SECRET_KEY=settings.secret_key, RATE_LIMITS="off") as server:
        acknowledged = await _complete_until_killed(server, person, course, lessons, token)
    db.connect(url)
    async with db.transaction() as session:
        kept = await session.scalar(select(func.count()).select_from(Completion))
    await db.close()
    await BACKENDS[backend].drop(url)
    assert acknowledged >= 10
    assert kept in (acknowledged, acknowledged + 1), "one more may have been committed whose answer was cut off"


async def _complete_until_killed(server: servers.Server, person, course, lessons, token: str) -> int:
    acknowledged = 0
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers) as client:
        for index, lesson in enumerate(lessons):
            if index == 20:
                asyncio.get_running_loop().call_later(0.01, server.process.send_signal, signal.SIGKILL)
            try:
                answer = await client.post(f"/api/v1/progress/{person.id}/courses/{course.id}/chapters/{lesson.id}")
            except httpx.TransportError:
                break
            assert answer.status_code == 200, answer.text
            acknowledged += 1
    return acknowledged
