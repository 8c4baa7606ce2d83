"""Taking a quiz over HTTP: begin, save, submit, limits, deadlines, double clicks."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from akademe.assessment.events import SubmitWhenDue
from akademe.assessment.models import Attempt
from akademe.kernel import db
from akademe.kernel.ctx import open_ctx, system_ctx
from akademe.kernel.queue import Job, JobStatus
from akademe.learning import service as learning
from akademe.learning.schemas import DatesIn
from tests.make import assessment as make
from tests.make import catalog, identity

AsUser = Callable[[Any], Awaitable[httpx.AsyncClient]]
NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


async def begin(client: httpx.AsyncClient, quiz: Any, status: int = 201) -> dict[str, Any]:
    answer = await client.post(f"/api/v1/assessments/{quiz.id}/attempts")
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def submit(client: httpx.AsyncClient, quiz: Any, answers: Any, status: int = 200, **more: Any) -> dict[str, Any]:
    answer = await client.post(f"/api/v1/assessments/{quiz.id}/submit", json={"answers": answers, **more})
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


def right_answers(attempt: dict[str, Any]) -> dict[str, Any]:
    return {one["id"]: make.RIGHT[one["question_type"]] for one in attempt["questions"]}


async def count_attempts() -> int:
    async with system_ctx() as ctx:
        return await ctx.db.scalar(select(func.count()).select_from(Attempt)) or 0


async def test_a_quiz_of_every_type_is_taken_and_graded(database: db.Database, as_user: AsUser) -> None:
    """P1.5."""
    course = await catalog.course()
    quiz = await make.assessment(course, *make.RIGHT, "description")
    client = await as_user(await make.learner(course))
    attempt = await begin(client, quiz)
    assert attempt["due_at"] is None
    assert len(attempt["questions"]) == len(make.RIGHT) + 1
    answers = {one["id"]: make.RIGHT.get(one["question_type"]) for one in attempt["questions"]}
    result = await submit(client, quiz, answers, attempt_id=attempt["id"])
    assert (result["score"], result["points_earned"], result["total_points"]) == (1.0, 8, 8)
    assert (result["percentage"], result["passed"], result["status"]) == (100.0, True, "graded")
    assert {line["is_correct"] for line in result["results"]} == {True}
    progress = (await client.get(f"/api/v1/courses/{course.id}/assessments")).json()
    assert [one["title"] for one in progress] == ["A quiz"]


async def test_beginning_twice_gives_the_same_attempt(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course)
    client = await as_user(await make.learner(course))
    first = await begin(client, quiz)
    again = await begin(client, quiz, status=200)
    first.pop("server_time"), again.pop("server_time")
    assert first == again


async def test_double_clicks_make_one_attempt(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course)
    client = await as_user(await make.learner(course))
    url = f"/api/v1/assessments/{quiz.id}/attempts"
    started = await asyncio.gather(*(client.post(url) for _ in range(6)))
    assert sorted(answer.status_code for answer in started) == [200] * 5 + [201]
    assert len({answer.json()["id"] for answer in started}) == 1
    attempt = started[0].json()
    body = {"attempt_id": attempt["id"], "answers": right_answers(attempt)}
    done = await asyncio.gather(*(client.post(f"/api/v1/assessments/{quiz.id}/submit", json=body) for _ in range(6)))
    assert {answer.status_code for answer in done} == {200}
    assert len({answer.text for answer in done}) == 1
    assert await count_attempts() == 1


async def test_a_double_submit_without_an_attempt_is_one_attempt(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course)
    client = await as_user(await make.learner(course))
    url = f"/api/v1/assessments/{quiz.id}/submit"
    headers = {"idempotency-key": "one"}
    first = await client.post(url, json={"answers": {}}, headers=headers)
    again = await client.post(url, json={"answers": {}}, headers=headers)
    assert first.json()["attempt_id"] == again.json()["attempt_id"]
    assert await count_attempts() == 1


async def test_submitting_without_an_attempt(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, "mcq", "numeric")
    client = await as_user(await make.learner(course))
    shown = (await client.get(f"/api/v1/assessments/{quiz.id}")).json()
    assert shown["attempt_required"] is False
    first = await submit(client, quiz, right_answers(shown))
    second = await submit(client, quiz, {})
    assert (first["score"], first["number"], second["score"], second["number"]) == (1.0, 1, 0.0, 2)
    assert first["attempts_left"] is None
    open_ = await begin(client, quiz)
    third = await submit(client, quiz, {})
    assert third["attempt_id"] == open_["id"]


@pytest.mark.parametrize("fields", [{"time_limit_minutes": 5}, {"pools": [{"name": "p", "draw": 1}]}])
async def test_a_timed_or_pooled_quiz_needs_an_attempt(
    database: db.Database, as_user: AsUser, fields: dict[str, Any]
) -> None:
    course = await catalog.course()
    asked = [make.question("mcq", pool="p"), make.question("numeric", pool="p")]
    quiz = await make.assessment(course, questions=asked, **fields)
    client = await as_user(await make.learner(course))
    for path in ("assessments", "quizzes"):
        shown = (await client.get(f"/api/v1/{path}/{quiz.id}")).json()
        assert (shown["questions"], shown["attempt_required"]) == ([], True)
    assert (await client.get(f"/api/v1/assessments/{quiz.id}/questions")).json() == []
    refused = await submit(client, quiz, {}, status=409)
    assert refused["error_code"] == "ATTEMPT_REQUIRED"
    attempt = await begin(client, quiz)
    shown = (await client.get(f"/api/v1/assessments/{quiz.id}")).json()
    assert [one["id"] for one in shown["questions"]] == [one["id"] for one in attempt["questions"]]
    assert (await submit(client, quiz, right_answers(attempt)))["score"] == 1.0


async def test_attempts_are_bounded(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, max_attempts=2)
    client = await as_user(await make.learner(course))
    assert (await submit(client, quiz, {}))["attempts_left"] == 1
    assert (await submit(client, quiz, {}))["attempts_left"] == 0
    refused = await submit(client, quiz, {}, status=409)
    assert (refused["error_code"], refused["max_attempts"]) == ("NO_ATTEMPTS_LEFT", 2)
    assert (await begin(client, quiz, status=409))["error_code"] == "NO_ATTEMPTS_LEFT"


async def test_the_last_attempt_is_given_once(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, max_attempts=1)
    client = await as_user(await make.learner(course))
    url = f"/api/v1/assessments/{quiz.id}/submit"
    await asyncio.gather(*(client.post(url, json={"answers": {}}) for _ in range(4)))
    assert await count_attempts() == 1


async def test_autosave_merges_what_two_tabs_send(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, "mcq", "numeric", "true_false")
    client = await as_user(await make.learner(course))
    attempt = await begin(client, quiz)
    ids = [one["id"] for one in attempt["questions"]]
    url = f"/api/v1/attempts/{attempt['id']}"
    sent = [{ids[0]: "a"}, {ids[1]: "3,14"}, {ids[2]: True, "unknown": "x"}]
    saved = await asyncio.gather(*(client.patch(url, json={"answers": one}) for one in sent))
    assert [answer.status_code for answer in saved] == [200] * 3
    assert (await client.get(url)).json()["answers"] == {ids[0]: "a", ids[1]: "3,14", ids[2]: True}
    await client.patch(url, json={"answers": {ids[0]: None}})
    result = await submit(client, quiz, {})
    assert result["answers"] == {ids[1]: "3,14", ids[2]: True}
    assert (await client.patch(url, json={"answers": {}})).json()["error_code"] == "ATTEMPT_CLOSED"
    assert (await client.get(url)).json()["score"] == result["score"]


async def test_autosaves_are_bounded_together(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, "essay", "essay")
    client = await as_user(await make.learner(course))
    attempt = await begin(client, quiz)
    first, second = (one["id"] for one in attempt["questions"])
    url, text = f"/api/v1/attempts/{attempt['id']}", "x" * 300_000
    assert (await client.patch(url, json={"answers": {first: text}})).status_code == 200
    refused = await client.patch(url, json={"answers": {second: text}})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "answers")
    assert (await submit(client, quiz, {second: text}, status=422))["errors"][0]["field"] == "answers"
    assert (await client.patch(url, json={"answers": {first: "x", second: text}})).status_code == 200


async def test_an_archived_course_saves_no_answers(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course)
    client = await as_user(await make.learner(course))
    attempt = await begin(client, quiz)
    await catalog.publish(course.id, "archived")
    refused = await client.patch(f"/api/v1/attempts/{attempt['id']}", json={"answers": {}})
    assert (refused.status_code, refused.json()["error_code"]) == (409, "COURSE_ARCHIVED")


async def test_the_time_limit_is_the_servers(
    database: db.Database, as_user: AsUser, jobs: Callable[[], Awaitable[None]]
) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, "mcq", time_limit_minutes=10)
    person = await make.learner(course)
    with db.at(NOON):
        client = await as_user(person)
        attempt = await begin(client, quiz)
        assert attempt["due_at"] == "2027-03-01T12:10:00Z"
    question = attempt["questions"][0]["id"]
    url = f"/api/v1/attempts/{attempt['id']}"
    with db.at(NOON + timedelta(minutes=10, seconds=14)):
        client = await as_user(person)
        assert (await client.patch(url, json={"answers": {question: "b"}})).status_code == 200
    with db.at(NOON + timedelta(minutes=10, seconds=16)):
        client = await as_user(person)
        late = await client.patch(url, json={"answers": {question: "a"}})
        assert (late.status_code, late.json()["error_code"]) == (409, "ATTEMPT_CLOSED")
        result = await submit(client, quiz, {question: "a"}, attempt_id=attempt["id"])
    assert (result["auto_submitted"], result["answers"], result["score"]) == (True, {question: "b"}, 1.0)
    assert (result["completed_at"], result["time_spent"]) == ("2027-03-01T12:10:00Z", 600)


async def test_what_was_saved_is_submitted_at_the_deadline(
    database: db.Database, as_user: AsUser, jobs: Callable[[], Awaitable[None]]
) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, "mcq", time_limit_minutes=10)
    person = await make.learner(course)
    with db.at(NOON):
        client = await as_user(person)
        attempt = await begin(client, quiz)
        question = attempt["questions"][0]["id"]
        await client.patch(f"/api/v1/attempts/{attempt['id']}", json={"answers": {question: "b"}})
        await jobs()
    with db.at(NOON + timedelta(minutes=9)):
        client = await as_user(person)
        await jobs()
        assert (await client.get(f"/api/v1/attempts/{attempt['id']}")).json()["status"] == "open"
    with db.at(NOON + timedelta(minutes=11)):
        client = await as_user(person)
        await jobs()
        await jobs()
        async with system_ctx() as ctx:
            row = await ctx.db.scalar(select(Attempt))
            assert row is not None
            assert (row.status, row.is_auto, row.earned, row.score_number) == ("graded", True, 100, 1)
            enrolment = await learning.active_enrolment(ctx, person.id, course.id)
            assert enrolment is not None
            assert enrolment.average_quiz_score == 1.0


@pytest.mark.parametrize("said_of", ["quiz itself", "quiz", "lesson", "course", "person"])
async def test_a_closing_date_set_later_ends_what_is_open(
    database: db.Database, as_user: AsUser, jobs: Callable[[], Awaitable[None]], said_of: str
) -> None:
    course = await catalog.course(lessons=1)
    lesson = (await catalog.lessons(course))[0]
    quiz = await make.assessment(course, "mcq", lesson_id=str(lesson.id))
    person = await make.learner(course)
    with db.at(NOON):
        client, owner = await as_user(person), await as_user(await identity.user("admin"))
        attempt = await begin(client, quiz)
        answers = {attempt["questions"][0]["id"]: "b"}
        await client.patch(f"/api/v1/attempts/{attempt['id']}", json={"answers": answers})
        closes = {"closes_at": (NOON + timedelta(hours=1)).isoformat()}
        if said_of == "quiz itself":
            answer = await owner.put(f"/api/v1/assessments/{quiz.id}", json=closes)
        else:
            named = {"quiz": quiz.id, "lesson": lesson.id, "course": None, "person": quiz.id}[said_of]
            whom = {"user_id": str(person.id)} if said_of == "person" else {}
            body = closes | whom | ({"ref_id": str(named)} if named else {})
            answer = await owner.put(f"/api/v1/courses/{course.id}/dates", json=body)
        assert answer.status_code == 200, answer.text
        await jobs()
    with db.at(NOON + timedelta(minutes=59)):
        await jobs()
        async with system_ctx() as ctx:
            assert await ctx.db.scalar(select(Attempt.status)) == "open"
    with db.at(NOON + timedelta(minutes=61)):
        await jobs()
        async with system_ctx() as ctx:
            row = await ctx.db.scalar(select(Attempt))
            assert row is not None
            assert (row.status, row.is_auto, row.earned) == ("graded", True, 100)


async def test_the_deadline_of_a_deleted_quiz_is_no_failure(
    database: db.Database, as_user: AsUser, jobs: Callable[[], Awaitable[None]]
) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, "mcq", time_limit_minutes=10)
    person = await make.learner(course)
    with db.at(NOON):
        await begin(await as_user(person), quiz)
        owner = await as_user(await identity.user("admin"))
        assert (await owner.delete(f"/api/v1/assessments/{quiz.id}")).status_code == 204
    with db.at(NOON + timedelta(minutes=11)):
        await jobs()
        async with system_ctx() as ctx:
            ends = select(Job.status).where(Job.name == SubmitWhenDue.name)
            assert set(await ctx.db.scalars(ends)) == {JobStatus.DONE}


async def test_looking_at_an_attempt_past_its_time_submits_it(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, "mcq", time_limit_minutes=10)
    person = await make.learner(course)
    with db.at(NOON):
        client = await as_user(person)
        attempt = await begin(client, quiz)
    with db.at(NOON + timedelta(hours=1)):
        client = await as_user(person)
        seen = (await client.get(f"/api/v1/attempts/{attempt['id']}")).json()
        assert (seen["status"], seen["auto_submitted"], seen["score"]) == ("graded", True, 0.0)
        assert (await begin(client, quiz))["number"] == 2


async def test_beginning_again_after_the_deadline_ends_the_old_attempt(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, "mcq", time_limit_minutes=10, max_attempts=1)
    person = await make.learner(course)
    with db.at(NOON):
        client = await as_user(person)
        attempt = await begin(client, quiz)
    with db.at(NOON + timedelta(hours=1)):
        client = await as_user(person)
        assert (await begin(client, quiz, status=409))["error_code"] == "NO_ATTEMPTS_LEFT"
        assert (await client.get(f"/api/v1/attempts/{attempt['id']}")).json()["status"] == "graded"


async def test_dates_open_close_and_extend(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    opens, closes = NOON, NOON + timedelta(hours=2)
    quiz = await make.assessment(course, time_limit_minutes=10, max_attempts=1, opens_at=opens, closes_at=closes)
    person = await make.learner(course)
    with db.at(NOON - timedelta(minutes=1)):
        client = await as_user(person)
        assert (await begin(client, quiz, status=409))["error_code"] == "NOT_OPEN_YET"
    with db.at(NOON + timedelta(hours=3)):
        client = await as_user(person)
        assert (await begin(client, quiz, status=409))["error_code"] == "CLOSED"
    with db.at(NOON + timedelta(hours=1, minutes=55)):
        client = await as_user(person)
        assert (await begin(client, quiz))["due_at"] == "2027-03-01T14:00:00Z"
    async with system_ctx(course.organization_id) as ctx:
        extra = {"closes_at": closes + timedelta(days=1), "extra_minutes": 20, "extra_attempts": 1}
        await learning.set_dates(ctx, course.id, DatesIn(ref_id=quiz.id, user_id=person.id, **extra))
    with db.at(NOON + timedelta(hours=2, minutes=20)):
        client = await as_user(person)
        again = await begin(client, quiz, status=200)
        assert again["due_at"] == "2027-03-01T14:25:00Z"
        question = again["questions"][0]["id"]
        saved = await client.patch(f"/api/v1/attempts/{again['id']}", json={"answers": {question: "b"}})
        assert saved.json()["due_at"] == "2027-03-01T14:25:00Z"
        assert (await submit(client, quiz, {}))["attempts_left"] == 1


async def test_lateness_is_flagged_and_costs_what_the_policy_says(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    policy = {"percent_per_day": 25, "max_percent": 50}
    quiz = await make.assessment(course, due_date=NOON, late_policy=policy)
    strict = await make.assessment(course, due_date=NOON, late_policy={"accept": False})
    person = await make.learner(course)
    with db.at(NOON + timedelta(hours=30)):
        client = await as_user(person)
        shown = (await client.get(f"/api/v1/assessments/{quiz.id}")).json()
        result = await submit(client, quiz, right_answers(shown))
        assert (result["late"], result["score"], result["passed"]) == (True, 0.5, False)
        assert (await submit(client, strict, {}, status=409))["error_code"] == "CLOSED"


async def test_a_shuffled_attempt_shows_the_same_again(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    kinds = ("mcq", "numeric", "ordering", "matching", "true_false")
    quiz = await make.assessment(course, *kinds, shuffle_questions=True, shuffle_options=True)
    clients = [await as_user(await make.learner(course)) for _ in range(4)]
    papers = [await begin(client, quiz) for client in clients]
    again = [
        (await client.get(f"/api/v1/attempts/{paper['id']}")).json()
        for client, paper in zip(clients, papers, strict=True)
    ]
    assert [one["questions"] for one in again] == [one["questions"] for one in papers]
    assert len({str([one["id"] for one in paper["questions"]]) for paper in papers}) > 1
    assert (await submit(clients[0], quiz, right_answers(papers[0])))["score"] == 1.0


async def test_an_attempt_keeps_the_order_of_options_it_was_begun_with(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    asked = make.question(options=[str(number) for number in range(9)], correct_answer="3")
    quiz = await make.assessment(course, questions=[asked], shuffle_options=True)
    client = await as_user(await make.learner(course))
    attempt = await begin(client, quiz)
    owner = await as_user(await identity.user("admin"))
    await owner.put(f"/api/v1/assessments/{quiz.id}", json={"shuffle_options": False})
    again = (await client.get(f"/api/v1/attempts/{attempt['id']}")).json()
    assert again["questions"] == attempt["questions"]


async def test_an_attempt_keeps_the_questions_it_was_begun_with(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, "mcq", "numeric")
    client = await as_user(await make.learner(course))
    attempt = await begin(client, quiz)
    mcq, numeric = attempt["questions"]
    owner = await as_user(await identity.user("admin"))
    changed = await owner.patch(
        f"/api/v1/questions/{mcq['id']}", json={"question_text": "New", "options": ["x", "y"], "correct_answer": "x"}
    )
    assert changed.status_code == 200, changed.text
    assert (await owner.delete(f"/api/v1/questions/{numeric['id']}")).status_code == 204
    await owner.post(f"/api/v1/assessments/{quiz.id}/questions", json=make.question("essay").model_dump(mode="json"))
    again = (await client.get(f"/api/v1/attempts/{attempt['id']}")).json()
    assert again["questions"] == attempt["questions"]
    assert (await submit(client, quiz, right_answers(attempt)))["score"] == 1.0
    assert [one["question_type"] for one in (await begin(client, quiz))["questions"]] == ["mcq", "essay"]


async def test_a_passed_quiz_completes_its_lesson_and_the_course(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    lesson = await catalog.lesson(course, content_type="quiz")
    quiz = await make.assessment(course, "mcq", lesson_id=str(lesson.id))
    person = await make.learner(course)
    client = await as_user(person)
    shown = (await client.get(f"/api/v1/quizzes/{quiz.id}")).json()
    assert shown["chapter_id"] == str(lesson.id)
    body = {"quiz_id": str(quiz.id), "answers": {}}
    assert (await client.post("/api/v1/quizzes/submit", json=body)).json()["passed"] is False
    async with system_ctx() as ctx:
        enrolment = await learning.active_enrolment(ctx, person.id, course.id)
        assert enrolment is not None
        assert enrolment.status != "completed"
    body["answers"] = right_answers(shown)
    assert (await client.post("/api/v1/quizzes/submit", json=body)).json()["passed"] is True
    async with system_ctx() as ctx:
        enrolment = await learning.active_enrolment(ctx, person.id, course.id)
        assert enrolment is not None
        assert (enrolment.status, enrolment.average_quiz_score) == ("completed", 1.0)
        best = enrolment.quiz_results["quizzes"][str(quiz.id)]
        assert (best["score"], best["attempts"], best["passed"]) == (1.0, 2, True)
    await client.post("/api/v1/quizzes/submit", json={"quiz_id": str(quiz.id), "answers": {}})
    async with open_ctx(await identity.actor(person)) as ctx:
        enrolment = await learning.active_enrolment(ctx, person.id, course.id)
        assert enrolment is not None
        assert enrolment.average_quiz_score == 1.0


@pytest.mark.parametrize("place", ["a lesson of its own", "beside the text", "no lesson"])
async def test_a_quiz_without_questions_is_asked_for_once_it_has_one(
    database: db.Database, as_user: AsUser, jobs: Callable[[], Awaitable[None]], place: str
) -> None:
    owner = await identity.user("instructor")
    course = await catalog.course(owner, lessons=1)
    [text] = await catalog.lessons(course)
    own = await catalog.lesson(course, content_type="quiz") if place == "a lesson of its own" else text
    lesson_id = None if place == "no lesson" else str(own.id)
    quiz = await make.assessment(course, lesson_id=lesson_id, questions=[])
    staff, early, late = await as_user(owner), await make.learner(course), await make.learner(course)

    async def read(person: Any) -> tuple[str, float]:
        client = await as_user(person)
        body = {"course_id": course.slug, "lesson_id": str(text.id), "completed": True, "time_spent": 60}
        assert (await client.post("/api/v1/progress/update", json=body)).status_code == 200
        await jobs()
        seen = (await client.get(f"/api/v1/progress/{person.id}/courses/{course.id}")).json()
        return seen["status"], seen["progress_percentage"]

    outline = (await (await as_user(early)).get(f"/api/v1/courses/{course.slug}/outline")).json()
    asked_for = [one["is_required"] for module in outline["modules"] for one in module["lessons"]]
    assert asked_for == ([True] if own is text else [True, False])
    assert await read(early) == ("completed", 100.0)
    url = f"/api/v1/assessments/{quiz.id}/questions"
    made = await staff.post(url, json=make.question("mcq").model_dump(mode="json"))
    assert made.status_code == 201, made.text
    assert await read(late) == ("in_progress", 50.0 if own is not text else 100.0)
    with db.at(db.clock() + timedelta(seconds=10)):
        question = (await (await as_user(owner)).get(url)).json()[0]["id"]
        gone = await (await as_user(owner)).delete(f"/api/v1/questions/{question}")
        assert gone.status_code == 204
    with db.at(db.clock() + timedelta(seconds=20)):
        assert (await read(late))[0] == "completed"


async def test_an_open_course_enrols_whoever_submits(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course(access="open")
    quiz = await make.assessment(course)
    person = await identity.user("student")
    client = await as_user(person)
    assert (await submit(client, quiz, {}))["number"] == 1
    async with system_ctx() as ctx:
        assert await learning.active_enrolment(ctx, person.id, course.id) is not None


async def test_who_may_not_take_it(database: db.Database, as_user: AsUser, client: httpx.AsyncClient) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course)
    stranger = await as_user(await identity.user("student"))
    assert (await begin(stranger, quiz, status=403))["error_code"] == "FORBIDDEN"
    assert (await submit(stranger, quiz, {}, status=403))["error_code"] == "FORBIDDEN"
    assert (await begin(client, quiz, status=401))["error_code"] == "UNAUTHENTICATED"
    learner = await as_user(await make.learner(course))
    await catalog.publish(course.id, "archived")
    assert (await begin(learner, quiz, status=409))["error_code"] == "COURSE_ARCHIVED"


async def test_who_left_the_course_reads_and_writes_nothing(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course)
    person = await make.learner(course)
    client = await as_user(person)
    attempt = await begin(client, quiz)
    async with open_ctx(await identity.actor(person)) as ctx:
        enrolment = await learning.active_enrolment(ctx, person.id, course.id)
        assert enrolment is not None
        await learning.drop_enrolment(ctx, enrolment.id)
    url = f"/api/v1/attempts/{attempt['id']}"
    assert (await client.get(url)).status_code == 403
    assert (await client.patch(url, json={"answers": {}})).status_code == 403
    assert (await submit(client, quiz, {}, status=403))["error_code"] == "FORBIDDEN"
    assert (await client.get(f"/api/v1/assessments/{quiz.id}/results")).status_code == 403


async def test_a_premium_quiz_asks_for_premium(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, is_premium=True)
    client = await as_user(await make.learner(course))
    assert (await client.get(f"/api/v1/quizzes/{quiz.id}")).json()["error_code"] == "PREMIUM_REQUIRED"
    assert (await begin(client, quiz, status=403))["error_code"] == "PREMIUM_REQUIRED"


async def test_an_empty_quiz_cannot_be_taken(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, questions=[])
    client = await as_user(await make.learner(course))
    assert (await begin(client, quiz, status=409))["error_code"] == "NO_QUESTIONS"


@pytest.mark.parametrize("answers", [["a"], "a", {"x": {"deep": [[[[]]]]}}, {"x": "\u0000"}, {"x": 10**30}])
async def test_odd_answers_are_refused_or_worth_nothing(database: db.Database, as_user: AsUser, answers: Any) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, "mcq", "cloze", "matching", "ordering")
    client = await as_user(await make.learner(course))
    shown = (await client.get(f"/api/v1/assessments/{quiz.id}")).json()
    value = next(iter(answers.values())) if isinstance(answers, dict) else answers
    result = await submit(client, quiz, {one["id"]: value for one in shown["questions"]})
    assert result["score"] == 0.0
    refused = await client.post(f"/api/v1/assessments/{quiz.id}/submit", json={"answers": [answers]})
    assert refused.status_code == 422
    for odd in ('{"x": NaN}', '{"x": 1e999}', '{"x": ' + "[" * 60 + "]" * 60 + "}"):
        url, headers = f"/api/v1/assessments/{quiz.id}/submit", {"content-type": "application/json"}
        assert (await client.post(url, content=f'{{"answers": {odd}}}', headers=headers)).status_code in (400, 422)


async def test_beginning_and_submitting_take_few_statements(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, *make.RIGHT)
    client = await as_user(await make.learner(course))
    await submit(client, quiz, right_answers(await begin(client, quiz)))
    with db.queries(at_most=5):
        attempt = await begin(client, quiz)
    with db.queries(at_most=10):
        await submit(client, quiz, right_answers(attempt))


async def test_ten_submissions_an_hour_by_either_route(database: db.Database, as_user: AsUser, limits_on: None) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course)
    clients = [await as_user(await make.learner(course)) for _ in range(2)]
    routes = (f"assessments/{quiz.id}/submit", "quizzes/submit")
    body = {"quiz_id": str(quiz.id), "answers": {}}
    answers = [await clients[0].post(f"/api/v1/{routes[turn % 2]}", json=body) for turn in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert (await clients[1].post(f"/api/v1/{routes[0]}", json=body)).status_code == 200
