"""The demo school is built through services, once, and what it shows is true."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from akademe.admin.demo import builder
from akademe.admin.demo.people import LEARNERS, MAIN, OWNER, PASSWORD
from akademe.identity.models import User
from akademe.kernel.ctx import system_ctx

SOME = [learner for learner in LEARNERS if learner.number in (2, 8, 21, 24, 28)]


async def get(client: httpx.AsyncClient, path: str, token: str = "") -> Any:
    answer = await client.get(f"/api/v1{path}", headers={"authorization": f"Bearer {token}"} if token else {})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def sign_in(client: httpx.AsyncClient, email: str) -> str:
    answer = await client.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


async def test_the_school_shows_what_happened_and_is_built_once(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    school = await builder.build_demo(lambda _: None, SOME)
    await check_courses(client)
    await check_certificates(client, school)
    await check_streak(client, school)
    people = await count_people()
    await builder.fill()
    assert "already here" in capsys.readouterr().out
    assert await count_people() == people


async def check_courses(client: httpx.AsyncClient) -> None:
    courses = {course["slug"]: course for course in await get(client, "/courses")}
    assert set(courses) == set(builder.COURSES)
    assert courses[MAIN]["enrollments"] == 4
    owner = await sign_in(client, OWNER.email)
    enrolled = await get(client, f"/courses/{MAIN}/enrollments", owner)
    shown = {row["user"]["email"]: (row["status"], row["progress_percentage"]) for row in enrolled}
    assert shown["learner02@example.org"] == ("completed", 100)
    assert shown["learner08@example.org"][0] == "in_progress"
    assert 15 < shown["learner21@example.org"][1] < 40
    assert shown["learner24@example.org"][0] == "dropped"
    assert shown["learner28@example.org"] == ("enrolled", 0)


async def check_certificates(client: httpx.AsyncClient, school: builder.School) -> None:
    """Dated when the course was finished, and there for everybody by code."""
    certificates = await get(client, "/certificates", await sign_in(client, "learner02@example.org"))
    assert "Thinking in data: statistics without fear" in {one["course_title"] for one in certificates}
    assert all(one["issued_at"] < school.now.isoformat()[:10] for one in certificates)
    public = await get(client, f"/certificates/{certificates[0]['code']}")
    assert public["full_name"] == "Demo Aspen"


async def check_streak(client: httpx.AsyncClient, school: builder.School) -> None:
    """Of the learner who comes every day."""
    token = await sign_in(client, "learner08@example.org")
    progress = await get(client, f"/progress/{school.ids['learner08@example.org']}/courses/{MAIN}", token)
    assert progress["streak_days"] >= 10
    assert progress["quiz_scores"]


async def test_it_is_not_added_to_a_school_that_has_people(
    as_user: Callable[[Any], Awaitable[httpx.AsyncClient]], capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.make import identity

    await identity.user()
    await builder.fill()
    assert "already has people" in capsys.readouterr().out
    assert await count_people() == 1


async def count_people() -> int:
    async with system_ctx() as ctx:
        return await ctx.db.scalar(select(func.count()).select_from(User)) or 0
