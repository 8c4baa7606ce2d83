"""`make bench`: what each kind of work costs, against floors measured in the same run. Bounded, on loopback alone."""

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from akademe.kernel import config
from akademe.kernel.db import schema
from tests.load import pairs, servers, wrk
from tests.load.seed import PASSWORD, School, Sizes, connected, fill

SECONDS = 6
TARGETS = {
    "course list": ("read", {"sqlite": 0.6, "postgresql": 1.2}),
    "course detail": ("read", {"sqlite": 0.6, "postgresql": 1.2}),
    "lesson, signed in": ("read", {"sqlite": 0.40, "postgresql": 0.40}),
    "outline with my progress": ("read", {"sqlite": 0.25, "postgresql": 0.25}),
    "lesson page (HTML)": ("read", {"sqlite": 0.20, "postgresql": 0.20}),
    "search": ("read", {"sqlite": 0.08, "postgresql": 0.08}),
    "complete a lesson": ("write", {"sqlite": 0.3, "postgresql": 0.3}),
    "quiz: start and submit": ("read", {"sqlite": 0.015, "postgresql": 0.015}),
    "sign-in": ("hash", {"sqlite": 1 / 1.3, "postgresql": 1 / 1.3}),
}


@dataclass
class Line:
    name: str
    one: wrk.Figures
    many: wrk.Figures
    statements: float


def requests_of(school: School, folder: Path) -> dict[str, tuple[str, str]]:
    """Name -> (path to drive, Lua script)."""
    reader = school.learners[0]
    auth = {"Authorization": f"Bearer {school.bearer(reader)}"}
    course = school.enrolled[reader][0]
    lessons = school.lessons[course]
    cookie = {"Cookie": f"akademe_session={school.cookie}"}
    login = json.dumps({"email": "load1@example.org", "password": PASSWORD})

    def gets(paths: list[str], headers: dict[str, str]) -> str:
        return wrk.cycle([("GET", path, headers, "") for path in paths], Path(tempfile.mkdtemp(dir=folder)))

    completions = [
        (
            "POST",
            f"/api/v1/progress/{user}/courses/{c}/chapters/{lesson}",
            {"Authorization": f"Bearer {school.bearer(user)}"},
            "",
        )
        for index in range(10, 20)
        for user in school.learners
        for c in school.enrolled[user][:2]
        for lesson in school.lessons[c][index : index + 1]
    ]
    return {
        "course list": ("/api/v1/courses?limit=20", ""),
        "course detail": (f"/api/v1/courses/{course}", ""),
        "lesson, signed in": ("/", gets([f"/api/v1/chapters/{lesson}" for lesson in lessons], auth)),
        "outline with my progress": (
            "/",
            gets([f"/api/v1/courses/{c}/outline" for c in school.enrolled[reader]], auth),
        ),
        "lesson page (HTML)": ("/", gets([f"/learn/{school.slug(course)}/{lesson}" for lesson in lessons], cookie)),
        "search": (
            "/",
            gets([f"/api/v1/search?q={word}" for word in ("enzyme", "loop+function", "median", "contract")], {}),
        ),
        "complete a lesson": ("/", wrk.cycle(completions, Path(tempfile.mkdtemp(dir=folder)))),
        "sign-in": (
            "/",
            wrk.cycle(
                [("POST", "/api/v1/auth/login", {"Content-Type": "application/json"}, login)],
                Path(tempfile.mkdtemp(dir=folder)),
            ),
        ),
    }


def measure(server: servers.Server, name: str, drive: Callable[[int], wrk.Figures]) -> Line:
    drive_one = drive(1)
    before = server.statements()
    many = drive(16)
    done = many.rate * SECONDS
    line = Line(name, drive_one, many, (server.statements() - before) / max(done, 1))
    print(f"  {name}: {many.rate:.0f}/s at 16", file=sys.stderr, flush=True)
    return line


@contextmanager
def database(backend: str, folder: Path) -> Iterator[str]:
    if backend == "sqlite":
        yield f"sqlite:///{folder / 'bench.db'}"
        return
    from tests.databases import BACKENDS, postgres_server

    server: Any = BACKENDS["postgresql"]
    name = f"akademe_bench_{uuid4().hex[:8]}"
    asyncio.run(server._run(f"CREATE DATABASE {name}"))
    try:
        yield postgres_server().rsplit("/", 1)[0] + f"/{name}"
    finally:
        asyncio.run(server._run(f"DROP DATABASE {name} WITH (FORCE)"))


async def prepare(url: str, sizes: Sizes) -> School:
    await schema.upgrade(url)
    async with connected(url):
        return await fill(sizes)


def bench(backend: str, sizes: Sizes, only: str) -> None:
    folder = Path(tempfile.mkdtemp(prefix="akademe-bench-"))
    config.use(
        config.Settings(_env_file=None, data_dir=folder / "data", secret_key="a secret of the load tests, long enough")
    )
    try:
        with database(backend, folder) as url:
            school = asyncio.run(prepare(url, sizes))
            lesson = school.lessons[school.courses[0]][0]
            with servers.floor(folder, url) as floor:
                floors = {
                    "read": wrk.run(f"{floor.url}/read/{lesson}", connections=16, seconds=SECONDS),
                    "write": wrk.run(
                        f"{floor.url}/write", connections=16, seconds=SECONDS, script='wrk.method = "POST"\n'
                    ),
                    "hash": wrk.run(f"{floor.url}/hash", connections=1, seconds=SECONDS),
                }
            with servers.akademe(folder, url) as server:
                idle = server.resident_mb()
                lines = list(_lines(server, school, folder, only))
                report(backend, floors, lines, server, idle)
                if not only:
                    storm(server, school, folder)
            if not only and "REDIS_URL" in os.environ:
                two_workers(school, folder, url)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _lines(server: servers.Server, school: School, folder: Path, only: str) -> Iterator[Line]:
    for name, (path, script) in requests_of(school, folder).items():
        if only in name:
            yield measure(server, name, partial(_drive, server, (path, script)))
    if only in "quiz: start and submit":
        yield measure(
            server, "quiz: start and submit", lambda c: pairs.run(server.url, school, connections=c, seconds=SECONDS)
        )


def _drive(server: servers.Server, work: tuple[str, str], connections: int = 16) -> wrk.Figures:
    path, script = work
    return wrk.run(server.url + path, connections=connections, seconds=SECONDS, script=script)


def storm(server: servers.Server, school: School, folder: Path) -> None:
    """What 16 people signing in all the time do to those who read lessons."""
    works = requests_of(school, folder)
    before = _drive(server, works["lesson, signed in"])
    with ThreadPoolExecutor(1) as other:
        signing = other.submit(_drive, server, works["sign-in"])
        during = _drive(server, works["lesson, signed in"])
        rate = signing.result().rate
    print(
        f"\n16 signing in at once ({rate:.0f}/s): the lesson's p95 {before.p95:.1f} ms before, {during.p95:.1f} ms during"
        f" ({during.p95 / before.p95:.1f} times, target at most 3)"
    )


def two_workers(school: School, folder: Path, url: str) -> None:
    rates = []
    for count in ("1", "2"):
        with servers.akademe(folder, url, "--workers", count) as server:
            rates.append(_drive(server, requests_of(school, folder)["lesson, signed in"]).rate)
    print(f"two workers: {rates[1]:.0f} lessons/s, one: {rates[0]:.0f} ({rates[1] / rates[0]:.2f} times, target 1.4)")


def report(
    backend: str, floors: dict[str, wrk.Figures], lines: list[Line], server: servers.Server, idle: float
) -> None:
    print(f"\n## {backend}\n")
    for name, figures in floors.items():
        print(f"floor {name}: {figures.rate:.0f}/s, p95 {figures.p95:.1f} ms")
    print(
        f"start to ready {server.ready_after:.2f} s, resident {idle:.0f} MB idle, {server.resident_mb():.0f} MB after\n"
    )
    print("| work | c=1 /s | c=16 /s | p50 ms | p95 ms | p99 ms | statements | ratio | target | bad |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for line in lines:
        floor, targets = TARGETS[line.name]
        ratio = line.many.rate / floors[floor].rate
        target = targets[backend]
        mark = "" if ratio >= target else " missed"
        print(
            f"| {line.name} | {line.one.rate:.0f} | {line.many.rate:.0f} | {line.many.p50:.1f} | {line.many.p95:.1f} | {line.many.p99:.1f} "
            f"| {line.statements:.1f} | {ratio:.3f} of {floor} | {target:.3f}{mark} | {line.many.bad} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--times", type=int, default=1, help="a school so many times larger")
    parser.add_argument("--only", default="", help="only the work whose name contains this")
    chosen = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("wrk is missing: install it first (Debian: apt-get install wrk).")
    for backend in ("sqlite", "postgresql") if chosen.database == "both" else (chosen.database,):
        bench(backend, Sizes().times(chosen.times), chosen.only)


if __name__ == "__main__":
    main()
