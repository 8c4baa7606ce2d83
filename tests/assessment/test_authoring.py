"""Making and changing assessments over HTTP, and who may."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from akademe.assessment import service
from akademe.assessment.models import Assessment, Attempt
from akademe.assessment.policy import can_read_assessment, can_see_attempt, visible_assessments, visible_attempts
from akademe.assessment.schemas import SubmitIn
from akademe.catalog.models import Course, Lesson
from akademe.kernel import db
from akademe.kernel.ctx import open_ctx, system_ctx
from akademe.learning.models import Requirement
from tests.assessment.test_attempts import submit
from tests.make import assessment as make
from tests.make import catalog, identity, orgs

AsUser = Callable[[Any], Awaitable[httpx.AsyncClient]]


async def staffed(as_user: AsUser) -> tuple[Any, httpx.AsyncClient]:
    owner = await identity.user("instructor")
    return await catalog.course(owner), await as_user(owner)


async def test_questions_come_inline_and_are_returned_with_ids(database: db.Database, as_user: AsUser) -> None:
    course, client = await staffed(as_user)
    asked = [make.question(kind).model_dump(mode="json") for kind in make.QUESTIONS]
    answer = await client.post(f"/api/v1/courses/{course.slug}/assessments", json={"title": "All", "questions": asked})
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert (body["type"], body["passing_score"], body["max_attempts"], body["total_points"]) == ("quiz", 0.7, None, 9)
    assert [one["order_index"] for one in body["questions"]] == list(range(1, 11))
    for sent, got in zip(asked, body["questions"], strict=True):
        assert got["id"]
        assert {name: got[name] for name in sent} == sent
    again = (await client.get(f"/api/v1/assessments/{body['id']}")).json()
    assert again == body
    assert (await client.get(f"/api/v1/assessments/{body['id']}/questions")).json() == body["questions"]


async def test_only_a_title_is_needed_and_types_have_their_defaults(database: db.Database, as_user: AsUser) -> None:
    course, client = await staffed(as_user)
    url = f"/api/v1/courses/{course.id}/assessments"
    rubric = {"criteria": [{"id": "c", "title": "Clarity", "levels": [{"title": "Good", "points": 2.5}]}]}
    body = {"title": "Essay", "type": "assignment", "total_points": 20, "rubric": rubric}
    made = (await client.post(url, json=body)).json()
    assert (made["max_attempts"], made["total_points"]) == (1, 20)
    assert made["rubric"]["criteria"][0]["levels"][0]["points"] == 2.5
    assert (await client.post(url, json={"title": "P", "type": "project", "max_attempts": None})).json()[
        "max_attempts"
    ] is None
    refused = await client.post(url, json={"title": "", "type": "exam"})
    assert {error["field"] for error in refused.json()["errors"]} == {"title", "type"}
    assert [one["title"] for one in (await client.get(url)).json()] == ["Essay", "P"]


async def test_a_bad_question_is_named_by_its_place(database: db.Database, as_user: AsUser) -> None:
    course, client = await staffed(as_user)
    asked = [{"question_text": "Why?", "options": ["a", "b"], "correct_answer": "c"}]
    answer = await client.post(f"/api/v1/courses/{course.id}/assessments", json={"title": "Q", "questions": asked})
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert "correct_answer" in error["field"]
    assert error["message"] == "No option has the id or the text 'c'."
    quiz = await make.assessment(course)
    for body, field in ((asked[0], "correct_answer"), (asked, "0.correct_answer")):
        refused = (await client.post(f"/api/v1/assessments/{quiz.id}/questions", json=body)).json()
        assert [error["field"] for error in refused["errors"]] == [field]


async def test_a_quiz_is_shown_by_its_lesson_and_required_by_its_course(database: db.Database, as_user: AsUser) -> None:
    course, client = await staffed(as_user)
    lesson, other = await catalog.lesson(course, content_type="quiz"), await catalog.lesson(course)
    url = f"/api/v1/courses/{course.id}/assessments"
    asked = [make.question("mcq").model_dump(mode="json")]
    made = (await client.post(url, json={"title": "Q", "lesson_id": str(lesson.id), "questions": asked})).json()

    async def state() -> tuple[dict[Any, Any], list[Any]]:
        async with system_ctx() as ctx:
            lessons = {row.id: row.quiz_id for row in await ctx.db.scalars(select(Lesson))}
            rows = await ctx.db.scalars(select(Requirement))
            return lessons, [(str(row.ref_id), row.lesson_id, row.is_required) for row in rows]

    lessons, requirements = await state()
    assert (str(lessons[lesson.id]), requirements) == (made["id"], [(made["id"], lesson.id, True)])
    changes = {"lesson_id": str(other.id), "required": False}
    assert (await client.put(f"/api/v1/assessments/{made['id']}", json=changes)).json()["required"] is False
    lessons, requirements = await state()
    assert (lessons[lesson.id], str(lessons[other.id])) == (None, made["id"])
    assert requirements == [(made["id"], other.id, False)]
    assert (await client.delete(f"/api/v1/assessments/{made['id']}")).status_code == 204
    assert await state() == ({lesson.id: None, other.id: None}, [])
    assert (await client.get(f"/api/v1/assessments/{made['id']}")).status_code == 404
    elsewhere = await catalog.lesson(await catalog.course())
    refused = await client.post(url, json={"title": "Q", "lesson_id": str(elsewhere.id)})
    assert refused.json()["errors"][0]["field"] == "lesson_id"


async def test_two_editors_do_not_overwrite_each_other(database: db.Database, as_user: AsUser) -> None:
    course, client = await staffed(as_user)
    quiz = await make.assessment(course)
    url = f"/api/v1/assessments/{quiz.id}"
    etag = (await client.get(url)).headers["etag"]
    assert (await client.put(url, json={"title": "One"}, headers={"if-match": etag})).status_code == 200
    second = await client.put(url, json={"title": "Two"}, headers={"if-match": etag})
    assert (second.status_code, second.json()["version"]) == (412, 2)
    [question] = (await client.get(url)).json()["questions"]
    stale = {"if-match": '"v7"'}
    assert (
        await client.patch(f"/api/v1/questions/{question['id']}", json={"points": 2}, headers=stale)
    ).status_code == 412


async def test_only_what_is_sent_is_changed(database: db.Database, as_user: AsUser) -> None:
    course, client = await staffed(as_user)
    quiz = await make.assessment(course, "mcq", "numeric", time_limit_minutes=5, instructions="Read.")
    changed = (await client.put(f"/api/v1/assessments/{quiz.id}", json={"time_limit_minutes": None})).json()
    assert (changed["time_limit_minutes"], changed["instructions"], changed["total_points"]) == (None, "Read.", 2)
    first, second = changed["questions"]
    moved = (await client.patch(f"/api/v1/questions/{second['id']}", json={"order_index": 1, "points": 2.5})).json()
    assert (moved["points"], moved["correct_answer"]) == (2.5, second["correct_answer"])
    after = (await client.get(f"/api/v1/assessments/{quiz.id}")).json()
    assert [one["id"] for one in after["questions"]] == [second["id"], first["id"]]
    assert after["total_points"] == 3.5
    refused = await client.patch(f"/api/v1/questions/{first['id']}", json={"correct_answer": "z"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "correct_answer")
    other = {"question_type": "true_false", "correct_answer": False}
    assert (await client.patch(f"/api/v1/questions/{first['id']}", json=other)).json()["options"] is None


async def test_several_questions_at_once_and_one(database: db.Database, as_user: AsUser) -> None:
    course, client = await staffed(as_user)
    quiz = await make.assessment(course, questions=[])
    url = f"/api/v1/assessments/{quiz.id}/questions"
    one = make.question("mcq").model_dump(mode="json")
    assert (await client.post(url, json=one)).json()["order_index"] == 1
    assert [made["order_index"] for made in (await client.post(url, json=[one, one])).json()] == [2, 3]
    pooled = {"pools": [{"name": "p", "draw": 2}]}
    await client.put(f"/api/v1/assessments/{quiz.id}", json=pooled)
    await client.post(url, json=[one | {"pool": "p", "points": points} for points in (1, 2, 3)])
    shown = (await client.get(f"/api/v1/assessments/{quiz.id}")).json()
    assert (shown["total_points"], shown["question_count"]) == (7, 5)


async def test_the_assessments_of_a_course_come_in_pages(database: db.Database, as_user: AsUser) -> None:
    course, client = await staffed(as_user)
    made = [str((await make.assessment(course, title=f"Quiz {number}")).id) for number in range(3)]
    person = await make.learner(course)
    learner = await as_user(person)
    lists = ((client, f"courses/{course.id}/assessments"), (learner, f"quizzes/user/{person.id}/course/{course.id}"))
    for who, path in lists:
        first = await who.get(f"/api/v1/{path}?limit=2")
        rest = await who.get(first.headers["link"].split(";")[0].strip("<>"))
        assert [one["id"] for one in first.json() + rest.json()] == made
        assert "link" not in rest.headers


async def test_an_archived_course_is_read_only(database: db.Database, as_user: AsUser) -> None:
    course, client = await staffed(as_user)
    quiz = await make.assessment(course)
    await catalog.publish(course.id, "archived")
    answer = await client.put(f"/api/v1/assessments/{quiz.id}", json={"title": "New"})
    assert (answer.status_code, answer.json()["error_code"]) == (409, "COURSE_READ_ONLY")


async def test_who_may_do_what(database: db.Database, as_user: AsUser, client: httpx.AsyncClient) -> None:
    course, _ = await staffed(as_user)
    quiz = await make.assessment(course)
    learner, ta = await make.learner(course), await identity.user("student")
    await catalog.member(ta, course, "ta")
    await submit(await as_user(learner), quiz, {})
    foreign = await orgs.organization()
    people = {
        "nobody": client,
        "foreign": await as_user(await identity.user("admin", organization_id=foreign.id)),
        "stranger": await as_user(await identity.user("student")),
        "instructor": await as_user(await identity.user("instructor")),
        "learner": await as_user(learner),
        "ta": await as_user(ta),
        "admin": await as_user(await identity.user("admin")),
    }
    async with system_ctx() as ctx:
        attempt = await ctx.db.scalar(select(Attempt.id))
        question = (await service.staff_assessment(ctx, await ctx.get(Assessment, quiz.id))).questions or []
    question_id = question[0].id
    read = {"nobody": 401, "foreign": 404, "stranger": 403, "instructor": 403, "learner": 200, "ta": 200, "admin": 200}
    edit = read | {"learner": 403, "ta": 403}
    own = read | {"foreign": 404, "stranger": 404, "instructor": 404}
    grade = own | {"learner": 403}
    table = [
        ("GET", f"assessments/{quiz.id}", None, read),
        ("GET", f"assessments/{quiz.id}/questions", None, read),
        ("GET", f"quizzes/{quiz.id}", None, read),
        ("GET", f"courses/{course.id}/assessments", None, read),
        ("GET", f"assessments/{quiz.id}/results", None, read),
        ("GET", f"assessments/{quiz.id}/grade-changes", None, read | {"learner": 403}),
        ("GET", f"attempts/{attempt}", None, own),
        ("GET", f"quizzes/attempts/{learner.id}/{quiz.id}", None, read),
        ("GET", f"quizzes/user/{learner.id}/course/{course.id}", None, read),
        ("PUT", f"assessments/{quiz.id}", {"title": "New"}, edit),
        ("PATCH", f"questions/{question_id}", {"points": 1}, edit),
        ("PATCH", f"attempts/{attempt}/grades", {"grades": {question_id: {"points": 1}}}, grade),
        ("PATCH", f"attempts/{attempt}", {"answers": {}}, own | {"learner": 409, "ta": 403, "admin": 403}),
    ]
    for method, path, body, expected in table:
        got = {
            name: (await one.request(method, f"/api/v1/{path}", json=body)).status_code for name, one in people.items()
        }
        assert got == expected, f"{method} {path}"
    for name in ("foreign", "stranger", "learner", "ta"):
        made = await people[name].post(f"/api/v1/courses/{course.id}/assessments", json={"title": "X"})
        assert made.status_code == (404 if name == "foreign" else 403)


async def test_a_draft_and_a_hidden_lesson_hide_their_quizzes(database: db.Database, as_user: AsUser) -> None:
    course, owner = await staffed(as_user)
    hidden = await catalog.lesson(course, is_active=False)
    quiz = await make.assessment(course, lesson_id=str(hidden.id))
    learner = await as_user(await make.learner(course))
    assert (await learner.get(f"/api/v1/quizzes/{quiz.id}")).status_code == 404
    assert (await learner.get(f"/api/v1/courses/{course.id}/assessments")).json() == []
    assert (await owner.get(f"/api/v1/quizzes/{quiz.id}")).status_code == 200
    await catalog.publish(course.id, "draft")
    assert (await learner.get(f"/api/v1/courses/{course.id}/assessments")).status_code == 404


async def test_an_open_course_shows_its_quiz_to_everyone(database: db.Database, client: httpx.AsyncClient) -> None:
    course = await catalog.course(access="open")
    quiz = await make.assessment(course, "mcq", "ordering")
    shown = await client.get(f"/api/v1/quizzes/{quiz.id}")
    assert shown.status_code == 200
    assert len(shown.json()["questions"]) == 2
    assert "correct_answer" not in json.dumps(shown.json())


@pytest.mark.parametrize("status", ["draft", "published", "archived"])
@pytest.mark.parametrize("access", ["open", "enrolled"])
async def test_what_may_be_seen_is_what_is_listed(database: db.Database, status: str, access: str) -> None:
    course = await catalog.course(access=access)
    quiz = await make.assessment(course)
    learner = await make.learner(course)
    async with open_ctx(await identity.actor(learner)) as ctx:
        await service.submit(ctx, quiz.id, SubmitIn())
    ta = await identity.user("student")
    await catalog.member(ta, course, "ta")
    await catalog.publish(course.id, status)
    people = [
        learner,
        ta,
        await identity.user("student"),
        await identity.user("admin"),
        await identity.platform_admin(),
    ]
    for person in people:
        actor = await identity.actor(person)
        async with open_ctx(actor) as ctx:
            row = await ctx.db.get(Course, course.id)
            attempt = await ctx.db.scalar(select(Attempt))
            assert row is not None
            assert attempt is not None
            listed = await ctx.db.scalar(
                select(Assessment.id).join(Course, Course.id == Assessment.course_id).where(visible_assessments(actor))
            )
            assert (listed is not None) == can_read_assessment(actor, row)
            seen = await ctx.db.scalar(select(Attempt.id).where(visible_attempts(actor)))
            assert (seen is not None) == can_see_attempt(actor, attempt)
