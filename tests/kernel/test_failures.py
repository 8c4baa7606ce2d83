"""A database that is away, slow, full or locked: 503 in the contract's shape, nothing half done, and back again."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from akademe.kernel import db
from akademe.kernel.ctx import system_ctx
from akademe.kernel.db import sqlite
from akademe.kernel.usages import Usage
from akademe.learning.models import Section
from tests.conftest import make_client
from tests.load.servers import free_port
from tests.make import identity

PERSON = {"password": "correct horse battery staple nine"}


@pytest.fixture
async def cut_off(app: Any, settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a process whose PostgreSQL does not answer."""
    db.connect(f"postgresql://nobody@127.0.0.1:{free_port()}/nothing")
    async with make_client(app) as made:
        yield made
    await db.close()


@pytest.mark.parametrize("path", ["/api/v1/courses", "/api/v1/auth/me", "/api/v1/search?q=x"])
async def test_without_its_database_the_api_is_unavailable_in_the_contracts_shape(cut_off, path):
    headers = {} if path.endswith("courses") else {"authorization": "Bearer x"}
    answer = await cut_off.get(path, headers=headers)
    assert answer.status_code in (401, 503)
    if answer.status_code == 503:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["retry-after"]
        assert answer.json()["error_code"] == "UNAVAILABLE"
        assert "Traceback" not in answer.text


async def test_without_its_database_pages_say_so_and_readiness_names_it(cut_off):
    page = await cut_off.get("/courses")
    assert (page.status_code, page.headers["content-type"][:9]) == (503, "text/html")
    ready = await cut_off.get("/health/ready")
    assert (ready.status_code, ready.json()["failing"]) == (503, ["database"])
    assert (await cut_off.get("/health/live")).status_code == 200


async def test_lost_connections_are_replaced(client, database):
    if database.is_sqlite:
        pytest.skip("SQLite has no connections to lose")
    assert (await client.get("/api/v1/courses?q=a")).status_code == 200
    async with db.transaction() as session:
        await session.execute(text("SELECT 1"))
    other = await asyncpg.connect(database.url.set(drivername="postgresql").render_as_string(hide_password=False))
    await other.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await other.close()
    codes = [(await client.get(f"/api/v1/courses?q=b{number}")).status_code for number in range(4)]
    assert set(codes) <= {200, 503}
    assert codes[-2:] == [200, 200]


async def test_a_statement_that_takes_too_long_is_given_up(database):
    if database.is_sqlite:
        pytest.skip("tests/kernel/test_transactions.py has SQLite's")
    hasty = db.Database(database.url.render_as_string(hide_password=False), 1, statement_seconds=0.2)
    try:
        with pytest.raises(Exception) as caught:
            async with hasty.sessions() as session:
                await session.execute(text("SELECT pg_sleep(5)"))
        assert db.is_unavailable(caught.value)
        async with hasty.sessions() as session:
            assert await session.scalar(text("SELECT 1")) == 1
    finally:
        await hasty.close()


async def test_first_requests_that_come_together_open_one_pool(database, monkeypatch):
    if database.is_sqlite:
        pytest.skip("SQLite has no pool of readers")
    opened = []
    plain = asyncpg.create_pool

    def counting(*args: Any, **options: Any) -> Any:
        opened.append(1)
        return plain(*args, **options)

    monkeypatch.setattr(asyncpg, "create_pool", counting)
    read = db.Query(select(Usage.id))
    await asyncio.gather(*(read.all() for _ in range(10)))
    assert len(opened) == 1


async def test_a_writer_elsewhere_that_does_not_end_is_not_waited_for_for_ever(client, database, monkeypatch):
    if not database.is_sqlite:
        pytest.skip("PostgreSQL has no single writer")
    monkeypatch.setattr(sqlite, "WAIT_SECONDS", 0.2)
    await client.get("/api/v1/courses")
    other = sqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    refused = await client.post("/api/v1/auth/register", json=PERSON | {"email": "one@example.org"})
    assert (refused.status_code, refused.json()["error_code"]) == (503, "UNAVAILABLE")
    assert (await client.get("/api/v1/courses?q=read")).status_code == 200, "reads go on"
    other.execute("COMMIT")
    assert (await client.post("/api/v1/auth/register", json=PERSON | {"email": "one@example.org"})).status_code == 201


async def test_a_full_disk_refuses_and_leaves_nothing(as_user, database, monkeypatch):
    if not database.is_sqlite:
        pytest.skip("the page limit is SQLite's")
    with sqlite3.connect(database.path) as other:
        (pages,) = other.execute("PRAGMA page_count").fetchone()
    monkeypatch.setattr(sqlite, "PRAGMAS", (*sqlite.PRAGMAS, f"PRAGMA max_page_count={pages + 40}"))
    teacher = await as_user(await identity.user("instructor"))
    codes = []
    while 503 not in codes and len(codes) < 100:
        course = {"title": f"Course {len(codes)}", "description": "Much to say. " * 300}
        codes.append((await teacher.post("/api/v1/courses", json=course)).status_code)
    assert codes[-1] == 503
    assert len((await teacher.get("/api/v1/courses?mine=true")).json()) == codes.count(201)
    with monkeypatch.context() as patch:
        patch.setattr(sqlite, "PRAGMAS", sqlite.PRAGMAS[:-1])
        db.connect(f"sqlite:///{database.path}")
        assert (await teacher.post("/api/v1/courses", json={"title": "There is room again"})).status_code == 201


async def test_a_commit_that_fails_gives_the_writers_lock_back_and_leaves_nothing(database):
    if not database.is_sqlite:
        pytest.skip("SQLite has the single writer")
    with pytest.raises(IntegrityError):
        async with system_ctx() as ctx:
            ctx.db.add(Usage(bucket="failed", user_id=db.new_id()))
            await ctx.db.flush()
            await ctx.db.execute(text("PRAGMA defer_foreign_keys=ON"))  # what is broken is found by COMMIT itself
            ctx.db.add(Section(course_id=db.new_id(), name="Of no course"))
    async with asyncio.timeout(2), system_ctx() as ctx:
        ctx.db.add(Usage(bucket="later", user_id=db.new_id()))
    async with db.transaction() as session:
        assert (await session.scalars(select(Usage.bucket))).all() == ["later"]
