"""`make bench`: what each kind of work costs, against floors measured in the same run. Bounded, on loopback alone.

The machine's speed drifts from minute to minute, so each work's floor is measured just before and just after it; the
ratio is to the mean of the two.
"""

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
from uuid import UUID

from akademe.kernel import config
from akademe.kernel.db import schema
from akademe.kernel.http.security import CSRF_COOKIE
from tests.load import pairs, servers, wrk
from tests.load.seed import PASSWORD, School, Sizes, connected, fill

SECONDS, FLOOR_SECONDS, FAR = 6, 3, 15_000
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


# p95 at 16 connections, in ms; the p99 of a write is at most WRITE_TAIL times its p50.
SLOWEST = {"read": 50.0, "write": 100.0}
WRITES = ("complete a lesson", "quiz: start and submit")
WRITE_TAIL = 5.0


@dataclass
class Line:
    name: str
    one: wrk.Figures
    many: wrk.Figures
    statements: float
    floor: float

    @property
    def ratio(self) -> float:
        return self.many.rate / self.floor

    def missed(self, backend: str) -> list[str]:
        """Which of the targets it misses."""
        found = [] if self.ratio >= TARGETS[self.name][1][backend] else ["ratio"]
        if self.name == "sign-in":
            return found
        is_write = self.name in WRITES
        if self.many.p95 > SLOWEST["write" if is_write else "read"]:
            found.append("p95")
        if is_write and self.many.p99 > WRITE_TAIL * self.many.p50:
            found.append("p99")
        return found


def requests_of(school: School, folder: Path) -> dict[str, tuple[str, str]]:
    """Name -> (path to drive, Lua script)."""
    reader = school.learners[0]
    auth = {"Authorization": f"Bearer {school.bearer(reader)}"}
    course = school.enrolled[reader][0]
    lessons = school.lessons[course]
    cookie = {"Cookie": f"akademe_session={school.cookie}; {CSRF_COOKIE}=as-a-browser-sends-it-back"}
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


def floor_of(server: servers.Server, name: str, lesson: UUID) -> wrk.Figures:
    """The floor `name` at 16 connections: "read", "write", or "hash" on its one thread."""
    path = f"/read/{lesson}" if name == "read" else f"/{name}"
    script = 'wrk.method = "POST"\n' if name == "write" else ""
    return wrk.run(server.url + path, connections=16, seconds=FLOOR_SECONDS, script=script)


def measure(
    server: servers.Server, name: str, drive: Callable[[int], wrk.Figures], floor: Callable[[str], wrk.Figures]
) -> Line:
    kind = TARGETS[name][0]
    one, before = drive(1), floor(kind)
    counted = server.statements()
    many = drive(16)
    statements = (server.statements() - counted) / max(many.rate * SECONDS, 1)
    line = Line(name, one, many, statements, (before.rate + floor(kind).rate) / 2)
    print(f"  {name}: {many.rate:.0f}/s at 16, {line.ratio:.3f} of the {kind} floor", file=sys.stderr, flush=True)
    return line


@contextmanager
def database(backend: str, folder: Path) -> Iterator[str]:
    if backend == "sqlite":
        yield f"sqlite:///{folder / 'bench.db'}"
        return
    from tests.databases import BACKENDS

    server = BACKENDS["postgresql"]
    url = asyncio.run(server.empty(folder))
    try:
        yield url
    finally:
        asyncio.run(server.drop(url))


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
            with servers.floor(folder, url) as floor, servers.akademe(folder, url) as server:
                idle = server.resident_mb()
                floors = partial(floor_of, floor, lesson=school.lessons[school.courses[0]][0])
                lines = list(_lines(server, school, folder, only, floors))
                report(backend, lines, server, idle)
                if not only:
                    storm(server, school, folder)
            if not only:
                two_workers(school, folder, url)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _lines(
    server: servers.Server, school: School, folder: Path, only: str, floors: Callable[[str], wrk.Figures]
) -> Iterator[Line]:
    for name, work in requests_of(school, folder).items():
        if only in name:
            yield measure(server, name, partial(_drive, server, work), floors)
    if only in "quiz: start and submit":
        quiz = partial(pairs.run, server.url, school, seconds=SECONDS)
        yield measure(server, "quiz: start and submit", lambda c: quiz(connections=c), floors)


def _drive(server: servers.Server, work: tuple[str, str], connections: int = 16) -> wrk.Figures:
    """The measured run starts far from where the first, of one connection, ended: a completion is new once."""
    path, script = work
    start = 0 if connections == 1 else FAR
    return wrk.run(server.url + path, connections=connections, seconds=SECONDS, script=script, start=start)


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
    redis_url = os.environ.get("TEST_REDIS_URL")
    if not redis_url:
        print("two workers: not measured, they need a Redis (TEST_REDIS_URL)")
        return
    rates = []
    for count in ("1", "2"):
        with servers.akademe(folder, url, "--workers", count, REDIS_URL=redis_url) as server:
            rates.append(_drive(server, requests_of(school, folder)["lesson, signed in"]).rate)
    print(f"two workers: {rates[1]:.0f} lessons/s, one: {rates[0]:.0f} ({rates[1] / rates[0]:.2f} times, target 1.4)")


def report(backend: str, lines: list[Line], server: servers.Server, idle: float) -> None:
    print(
        f"\n## {backend}\n\nstart to ready {server.ready_after:.2f} s, resident {idle:.0f} MB idle, "
        f"{server.resident_mb():.0f} MB after\n"
    )
    print("| work | c=1 /s | c=16 /s | p50 ms | p95 ms | p99 ms | statements | floor /s | ratio | target | bad |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for line in lines:
        kind, targets = TARGETS[line.name]
        missed = "".join(f", {what} missed" for what in line.missed(backend))
        print(
            f"| {line.name} | {line.one.rate:.0f} | {line.many.rate:.0f} | {line.many.p50:.1f} | {line.many.p95:.1f} | {line.many.p99:.1f} "
            f"| {line.statements:.1f} | {line.floor:.0f} {kind} | {line.ratio:.3f} | {targets[backend]:.3f}{missed} | {line.many.bad} |",
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
