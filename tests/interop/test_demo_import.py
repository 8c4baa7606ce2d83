"""The Open edX demo course, from upload to a learner who has read and answered all of it."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.interop.answering import right_answer
from tests.make import identity as people
from tests.make import interop as make

pytestmark = pytest.mark.skipif(not make.DEMO_COURSE.exists(), reason="the OLX corpus is not beside the project")

AsUser = Callable[[Any], Awaitable[httpx.AsyncClient]]
Jobs = Callable[[], Awaitable[None]]
LINK = re.compile(r'(?:src|href)="(/[^"#]+)')


async def _json(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(f"/api/v1{path}")
    assert answer.status_code == 200, (path, answer.text)
    return answer.json()


async def _questions(teacher: httpx.AsyncClient, quiz_id: str) -> dict[str, Any]:
    """The key of each question, as only staff see it."""
    found = await _json(teacher, f"/assessments/{quiz_id}/questions")
    return {question["id"]: question for question in found}


async def _read(learner: httpx.AsyncClient, lesson_id: str, lessons: set[str]) -> None:
    """Reads a lesson; every file it shows opens, every lesson it links to is one of the course."""
    lesson = await _json(learner, f"/contents/{lesson_id}")
    assert lesson["content_html"]
    assert "asset:" not in lesson["content_html"]
    for path in sorted(set(LINK.findall(lesson["content_html"]))):
        if path.startswith("/lessons/"):
            assert path.removeprefix("/lessons/") in lessons
        else:
            answer = await learner.get(path)
            assert answer.status_code == 200, (lesson["title"], path)


async def _answer(learner: httpx.AsyncClient, teacher: httpx.AsyncClient, quiz_id: str) -> None:
    keys = await _questions(teacher, quiz_id)
    started = await learner.post(f"/api/v1/assessments/{quiz_id}/attempts")
    assert started.status_code == 201, started.text
    attempt = started.json()
    answers = {question["id"]: right_answer(keys[question["id"]]) for question in attempt["questions"]}
    body = {"attempt_id": attempt["id"], "answers": answers}
    answer = await learner.post(f"/api/v1/assessments/{quiz_id}/submit", json=body)
    assert answer.status_code == 200, answer.text
    if not any(question["question_type"] == "essay" for question in keys.values()):
        assert answer.json()["percentage"] == 100, answer.text
        assert answer.json()["passed"]


async def test_a_course_people_can_take(as_user: AsUser, jobs: Jobs) -> None:
    teacher = await as_user(await people.user("instructor"))
    job = await make.imported(teacher, jobs, make.DEMO_COURSE.read_bytes(), "demo.tar.gz")
    assert (job["status"], job["progress"]) == ("done", 1), job
    course_id = job["result"]["course_id"]
    assert {row["element"] for row in job["result"]["report"]} >= {"chapter", "vertical", "problem", "lti", "html"}
    assert (await teacher.patch(f"/api/v1/courses/{course_id}", json={"status": "published"})).status_code == 200

    learner = await as_user(await people.user())
    assert (await learner.post(f"/api/v1/courses/{course_id}/enroll")).status_code == 201
    lessons = await _json(learner, f"/courses/{course_id}/lessons")
    assert len(lessons) == 58
    for lesson in lessons:
        await _read(learner, lesson["id"], {one["id"] for one in lessons})
        done = await learner.post(
            "/api/v1/progress/update", json={"course_id": course_id, "lesson_id": lesson["id"], "completed": True}
        )
        assert done.status_code == 200, done.text
    for quiz_id in sorted(lesson["quiz_id"] for lesson in lessons if lesson["quiz_id"]):
        await _answer(learner, teacher, quiz_id)
    await jobs()
    certificates = await _json(learner, "/certificates")
    assert [one["course_id"] for one in certificates] == [course_id]


async def test_importing_again_changes_nothing(as_user: AsUser, jobs: Jobs) -> None:
    teacher = await as_user(await people.user("instructor"))
    data = make.DEMO_COURSE.read_bytes()
    first = (await make.imported(teacher, jobs, data, "demo.tar.gz"))["result"]
    before = await _json(teacher, f"/courses/{first['course_id']}/modules?content=true")
    again = (await make.imported(teacher, jobs, data, "demo.tar.gz"))["result"]
    assert (again["course_id"], again["created"], again["report"]) == (first["course_id"], False, first["report"])
    assert await _json(teacher, f"/courses/{first['course_id']}/modules?content=true") == before
    assert len(await _json(teacher, "/courses?mine=true")) == 1


async def test_the_library_is_imported(as_user: AsUser, jobs: Jobs) -> None:
    teacher = await as_user(await people.user("instructor"))
    job = await make.imported(teacher, jobs, make.DEMO_LIBRARY.read_bytes(), "library.tar.gz")
    assert job["status"] == "done"
    lessons = await _json(teacher, f"/courses/{job['result']['course_id']}/lessons")
    assert len(await _questions(teacher, lessons[0]["quiz_id"])) == 6
