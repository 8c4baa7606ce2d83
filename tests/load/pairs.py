"""The quiz client: start an attempt, then submit it. The rate counts pairs, the times are those of each request.

Plain asyncio streams, bounded in time.
"""

import asyncio
import statistics
import time
from typing import Any
from urllib.parse import urlsplit

import orjson

from tests.load.seed import School
from tests.load.wrk import Figures


async def _call(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, token: str, body: Any
) -> tuple[int, Any]:
    payload = orjson.dumps(body)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(payload)}\r\n\r\n"
    )
    writer.write(head.encode() + payload)
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    length = next(int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:"))
    return int(lines[0].split()[1]), orjson.loads(await reader.readexactly(length))


async def _client(host: str, port: int, work: Any, until: float, times: list[float], bad: list[int]) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    while time.perf_counter() < until:
        token, quiz, answers = next(work)
        started = time.perf_counter()
        status, attempt = await _call(reader, writer, f"/api/v1/assessments/{quiz}/attempts", token, {})
        begun = time.perf_counter()
        if status in (200, 201):
            chosen = {"attempt_id": attempt["id"], "answers": answers}
            status, _ = await _call(reader, writer, f"/api/v1/assessments/{quiz}/submit", token, chosen)
        if status >= 300:
            bad.append(status)
        times += [(begun - started) * 1000, (time.perf_counter() - begun) * 1000]
    writer.close()
    await writer.wait_closed()


async def _run(url: str, school: School, connections: int, seconds: int) -> Figures:
    parts = urlsplit(url)
    work = school.quizzes()
    times: list[float] = []
    bad: list[int] = []
    until = time.perf_counter() + seconds
    await asyncio.gather(
        *(_client(parts.hostname or "", parts.port or 0, work, until, times, bad) for _ in range(connections))
    )
    cuts = statistics.quantiles(times, n=100)
    return Figures(len(times) / 2 / seconds, cuts[49], cuts[94], cuts[98], len(bad))


def run(url: str, school: School, *, connections: int, seconds: int) -> Figures:
    assert url.startswith("http://127.0.0.1:")
    return asyncio.run(_run(url, school, connections, seconds))
