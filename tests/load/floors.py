"""The floors: bare FastAPI routes on the raw driver, one read by primary key and one durable write of the same rows."""

import json
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
from fastapi import FastAPI
from fastapi.responses import Response

URL = os.environ["FLOOR_DATABASE_URL"]
IS_SQLITE = URL.startswith("sqlite")
state: dict[str, Any] = {}

READ = "SELECT id, title, content_type, order_index FROM lessons WHERE id = {0}"
# What completing a lesson writes: the completion, the enrolment's numbers, the fact, and the day's count.
WRITES = (
    "INSERT INTO floor_completions (id, enrolment_id, lesson_id, completed_at) VALUES ({0}, {1}, {2}, {3})",
    "UPDATE floor_enrolments SET completed_count = completed_count + 1, last_accessed = {1} WHERE id = {0}",
    "INSERT INTO floor_events (id, name, data, occurred_at) VALUES ({0}, {1}, {2}, {3})",
    "INSERT INTO floor_usages (id, bucket, user_id, created_at) VALUES ({0}, {1}, {2}, {3})",
)
TABLES = (
    "CREATE TABLE IF NOT EXISTS floor_completions (id {id} PRIMARY KEY, enrolment_id {id}, lesson_id {id}, completed_at {time})",
    "CREATE TABLE IF NOT EXISTS floor_enrolments (id {id} PRIMARY KEY, completed_count INTEGER, last_accessed {time})",
    "CREATE TABLE IF NOT EXISTS floor_events (id {id} PRIMARY KEY, name TEXT, data {json}, occurred_at {time})",
    "CREATE TABLE IF NOT EXISTS floor_usages (id {id} PRIMARY KEY, bucket TEXT, user_id {id}, created_at {time})",
)


def table_types() -> dict[str, str]:
    if IS_SQLITE:
        return {"id": "CHAR(36)", "time": "TEXT", "json": "JSON"}
    return {"id": "UUID", "time": "TIMESTAMPTZ", "json": "JSONB"}


def marked(sql: str) -> str:
    return sql.format(*(["?"] * 4 if IS_SQLITE else ["$1", "$2", "$3", "$4"]))


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    from akademe.kernel.db import new_id

    state["new_id"] = new_id
    state["enrolment"] = new_id()
    first = "INSERT INTO floor_enrolments (id, completed_count) VALUES ({0}, 0)"
    if IS_SQLITE:
        connection = state["db"] = sqlite3.connect(URL.removeprefix("sqlite:///"), isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        for table in TABLES:
            connection.execute(table.format(**table_types()))
        connection.execute(marked(first), [str(state["enrolment"])])
    else:
        pool = state["db"] = await asyncpg.create_pool(URL, min_size=16, max_size=16)
        for table in TABLES:
            await pool.execute(table.format(**table_types()))
        await pool.execute(marked(first), state["enrolment"])
    yield


app = FastAPI(lifespan=lifespan)
READ_SQL = marked(READ)
WRITE_SQL = tuple(marked(sql) for sql in WRITES)


@app.get("/read/{lesson_id}")
async def read(lesson_id: str) -> dict[str, Any]:
    if IS_SQLITE:
        row = state["db"].execute(READ_SQL, [lesson_id]).fetchone()
    else:
        row = await state["db"].fetchrow(READ_SQL, UUID(lesson_id))
    return {"id": str(row[0]), "title": row[1], "content_type": row[2], "order_index": row[3]}


@app.post("/write")
async def write() -> Response:
    new_id, now = state["new_id"], datetime.now(UTC)
    ids = [new_id() for _ in range(5)]
    when: Any = now.isoformat() if IS_SQLITE else now
    data = json.dumps({"lesson_id": str(ids[1]), "progress": 50})
    rows = (
        [ids[0], state["enrolment"], ids[1], when],
        [state["enrolment"], when],
        [ids[2], "learning.LessonCompleted", data, when],
        [ids[3], "complete", ids[4], when],
    )
    if IS_SQLITE:
        connection = state["db"]
        connection.execute("BEGIN IMMEDIATE")
        for sql, row in zip(WRITE_SQL, rows, strict=True):
            connection.execute(sql, [str(value) if isinstance(value, UUID) else value for value in row])
        connection.execute("COMMIT")
    else:
        async with state["db"].acquire() as connection, connection.transaction():
            for sql, row in zip(WRITE_SQL, rows, strict=True):
                await connection.execute(sql, *row)
    return Response(b'{"completed":true}', media_type="application/json")


@app.get("/hash")
async def hashed() -> dict[str, bool]:
    """The bare Argon2 verify on one thread (m=19456, t=2, p=1)."""
    import asyncio

    return {"ok": await asyncio.get_running_loop().run_in_executor(state.setdefault("pool", _one_thread()), _verify)}


def _one_thread() -> Any:
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(1)


def _verify() -> bool:
    from argon2 import PasswordHasher

    hasher = state.setdefault("hasher", PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1))
    known = state.setdefault("known", hasher.hash("a password"))
    return bool(hasher.verify(known, "a password"))
