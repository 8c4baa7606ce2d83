"""The load tests' school: rows written in bulk by Core statements, so that it is there in a minute."""

import itertools
import random
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text

from akademe.assessment.models import Attempt, AttemptScore
from akademe.catalog.models import Course, Lesson, LessonVersion, Module
from akademe.catalog.service.rendering import RENDERER
from akademe.identity.models import AuthSession, Grant, Membership, User
from akademe.identity.service import tokens
from akademe.kernel import db
from akademe.kernel.auth import scope
from akademe.kernel.ctx import system_ctx
from akademe.learning.models import Completion, Enrolment, Section
from akademe.orgs import service as orgs
from tests.load import quizzes

CHUNK = 500
PASSWORD = "correct horse battery staple"
WORDS = (
    "mean median variance sample population estimate interval regression residual slope table chart axis outlier "
    "photosynthesis enzyme membrane protein loop function argument recursion variable list sorting graph tree contract "
    "ledger invoice budget forecast melody rhythm harmony verse stanza metaphor climate current erosion glacier"
).split()


@dataclass(frozen=True)
class Sizes:
    """How much of everything; `times(10)` is the school ten times larger."""

    courses: int = 200
    lessons: int = 20
    learners: int = 2_000
    completions: int = 50
    attempts: int = 10
    largest: int = 5_000

    def times(self, factor: int) -> "Sizes":
        return Sizes(
            self.courses * factor, self.lessons, self.learners * factor, self.completions, self.attempts, self.largest
        )


@dataclass
class School:
    """Ids that the bench drives: the largest course is `courses[0]`."""

    organization_id: UUID
    courses: list[UUID]
    lessons: dict[UUID, list[UUID]]
    learners: list[UUID]
    sessions: dict[UUID, UUID]
    enrolled: dict[UUID, list[UUID]]
    cookie: str = ""
    quiz_of: dict[UUID, quizzes.Quiz] = field(default_factory=dict)

    def slug(self, course: UUID) -> str:
        return f"course-{self.courses.index(course)}"

    def bearer(self, user_id: UUID) -> str:
        return tokens.make(tokens.ACCESS, user_id, self.sessions[user_id], db.clock())[0]

    def quizzes(self) -> Iterator[tuple[str, UUID, dict[str, str]]]:
        """(bearer, quiz, right answers) of enrolled learners in turn, without end."""
        for turn in itertools.count():
            for user in self.learners:
                quiz = self.quiz_of[self.enrolled[user][turn % len(self.enrolled[user])]]
                yield self.bearer(user), quiz.id, quiz.answers


async def insert_all(model: Any, rows: Iterable[dict[str, Any]]) -> None:
    batch: list[dict[str, Any]] = []
    async with db.transaction() as session:
        for row in rows:
            batch.append(row)
            if len(batch) == CHUNK:
                await session.execute(insert(model.__table__), batch)
                batch = []
        if batch:
            await session.execute(insert(model.__table__), batch)


def vocabulary(size: int = 3_000) -> list[str]:
    """Made words, the first ones common and the last ones rare when drawn by `prose`."""
    parts = random.Random(7)
    syllables = [
        first + second for first in "bcdfglmnprstv" for second in ("a", "e", "i", "o", "u", "an", "er", "il", "or")
    ]
    return sorted({"".join(parts.choices(syllables, k=parts.choice((2, 2, 3, 3, 4)))) for _ in range(size)})


COMMON = vocabulary()
FREQUENCY = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(COMMON))))


def prose(words: int) -> str:
    """A sentence in which one word of fifty is of `WORDS`, the others follow Zipf's law."""
    drawn = random.choices(COMMON, cum_weights=FREQUENCY, k=words)
    return " ".join(random.choice(WORDS) if random.random() < 0.02 else word for word in drawn).capitalize() + "."


def lesson_text() -> str:
    paragraphs = "\n\n".join(prose(60) for _ in range(5))
    return f"## {prose(4)}\n\n{paragraphs}\n\n- {prose(8)}\n- {prose(8)}\n"


async def fill(sizes: Sizes) -> School:
    """Fill an empty, migrated database."""
    random.seed(20)
    async with system_ctx() as ctx:
        organization_id = (await orgs.default_organization(ctx)).id
    people = await _people(organization_id, max(sizes.learners, sizes.largest))
    courses, lessons = await _catalogue(sizes, organization_id, people[0])
    school = School(organization_id, courses, lessons, people[1 : sizes.learners + 1], {}, {})
    school.quiz_of = await quizzes.make(organization_id, courses)
    await _sessions(school)
    await _enrolments(sizes, school, people[1:])
    await analyse()
    return school


async def _people(organization_id: UUID, count: int) -> list[UUID]:
    from akademe.identity.service import hash_password

    hashed = await hash_password(PASSWORD)
    ids = [db.new_id() for _ in range(count + 1)]
    home = {"home_organization_id": organization_id, "password_hash": hashed}
    await insert_all(User, ({"id": id_, "email": f"load{n}@example.org", **home} for n, id_ in enumerate(ids)))
    roles = (
        {"user_id": id_, "organization_id": organization_id, "role": "student" if n else "instructor"}
        for n, id_ in enumerate(ids)
    )
    await insert_all(Membership, roles)
    return ids


async def _catalogue(sizes: Sizes, organization_id: UUID, teacher: UUID) -> tuple[list[UUID], dict[UUID, list[UUID]]]:
    from akademe.kernel.markdown import render

    now = db.clock()
    courses = [db.new_id() for _ in range(sizes.courses)]
    texts = [lesson_text() for _ in range(200)]
    bodies = [(text, render(text).html) for text in texts]
    await insert_all(
        Course,
        (
            {
                "id": id_,
                "organization_id": organization_id,
                "instructor_id": teacher,
                "title": f"{prose(3)} {n}",
                "slug": f"course-{n}",
                "description": prose(40),
                "category": random.choice(("science", "music", "law")),
                "status": "published",
                "published_at": now,
                "updated_at": now,
                "tags": random.sample(WORDS, 3),
                "version": 1,
            }
            for n, id_ in enumerate(courses)
        ),
    )
    await insert_all(
        Grant,
        (
            {
                "user_id": teacher,
                "organization_id": organization_id,
                "scope": scope("course", id_),
                "role": "owner",
                "source": "load",
            }
            for id_ in courses
        ),
    )
    modules = {id_: [db.new_id() for _ in range(4)] for id_ in courses}
    rows = (
        {"id": m, "course_id": c, "title": f"Part {i}", "position": i, "updated_at": now}
        for c, ms in modules.items()
        for i, m in enumerate(ms, 1)
    )
    await insert_all(Module, rows)
    lessons = {id_: [db.new_id() for _ in range(sizes.lessons)] for id_ in courses}
    share = -(-sizes.lessons // 4)
    made = [
        {
            "id": lesson,
            "organization_id": organization_id,
            "course_id": course,
            "module_id": modules[course][index // share],
            "title": prose(4),
            "content": bodies[index % 200][0],
            "content_html": bodies[index % 200][1],
            "html_renderer": RENDERER,
            "position": index % share + 1,
            "order_index": index + 1,
            "published_version": 1,
            "published_at": now,
            "updated_at": now,
            "duration_minutes": 8,
        }
        for course, ids in lessons.items()
        for index, lesson in enumerate(ids)
    ]
    await insert_all(Lesson, made)
    await insert_all(
        LessonVersion,
        ({"lesson_id": row["id"], "number": 1, "title": row["title"], "content": row["content"]} for row in made),
    )
    await _index(organization_id, courses, made)
    return courses, lessons


async def _index(organization_id: UUID, courses: list[UUID], lessons: list[dict[str, Any]]) -> None:
    """Through the search service, in units of a thousand."""
    from akademe.search import service as search

    entries = [
        search.Entry("chapter", row["id"], organization_id, row["course_id"], words, visibility="course")
        for row in lessons
        for words in [search.prepare(row["title"], lesson_text())]
    ]
    for start in range(0, len(entries), 1_000):
        async with system_ctx(organization_id) as ctx:
            await search.put(ctx, *entries[start : start + 1_000])


async def _sessions(school: School) -> None:
    school.sessions = {id_: db.new_id() for id_ in school.learners}
    now = db.clock()
    school.cookie = tokens.random_token()
    async with db.transaction() as session:
        first = {"user_id": school.learners[0], "cookie_hash": tokens.digest(school.cookie)}
        session.add(AuthSession(last_seen_at=now, expires_at=now + timedelta(days=7), **first))
    rows = (
        {"id": s, "user_id": u, "last_seen_at": now, "expires_at": now + timedelta(days=7)}
        for u, s in school.sessions.items()
    )
    await insert_all(AuthSession, rows)


async def _enrolments(sizes: Sizes, school: School, everybody: list[UUID]) -> None:
    now = db.clock()
    sections = {course: db.new_id() for course in school.courses}
    await insert_all(
        Section, ({"id": s, "course_id": c, "name": "All", "is_default": True} for c, s in sections.items())
    )
    per_course = min(10, sizes.lessons)
    share = max(1, sizes.completions // per_course)
    taken: list[tuple[UUID, UUID, int]] = [(user, school.courses[0], 0) for user in everybody[: sizes.largest]]
    for user in school.learners:
        chosen = random.sample(school.courses[1:], share)
        school.enrolled[user] = chosen
        taken += [(user, course, per_course) for course in chosen]
    ids = [db.new_id() for _ in taken]
    await insert_all(
        Enrolment,
        (
            {
                "id": id_,
                "user_id": user,
                "course_id": course,
                "section_id": sections[course],
                "organization_id": school.organization_id,
                "status": "in_progress" if done else "enrolled",
                "enrolled_at": now,
                "completed_count": done,
                "progress_percentage": 100 * done / sizes.lessons,
                "time_spent": 60 * done,
            }
            for id_, (user, course, done) in zip(ids, taken, strict=True)
        ),
    )
    await insert_all(
        Grant,
        (
            {
                "user_id": u,
                "organization_id": school.organization_id,
                "scope": scope("course", c),
                "role": "student",
                "source": "enrolment",
            }
            for u, c, _ in taken
        ),
    )
    await insert_all(
        Completion,
        (
            {"enrolment_id": id_, "lesson_id": lesson, "completed_at": now}
            for id_, (_, course, done) in zip(ids, taken, strict=True)
            for lesson in school.lessons[course][:done]
        ),
    )
    seats = [(id_, user, course) for id_, (user, course, done) in zip(ids, taken, strict=True) if done]
    rows = list(quizzes.attempts(school.organization_id, school.quiz_of, seats, max(1, sizes.attempts // share)))
    await insert_all(Attempt, (attempt for attempt, _ in rows))
    await insert_all(AttemptScore, (score for _, score in rows))


async def analyse() -> None:
    async with db.transaction() as session:
        await session.execute(text("ANALYZE"))


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[None]:
    db.connect(url, 4)
    try:
        yield
    finally:
        await db.close()
