"""What is shown when, what never leaves, and grades that change: regrading, grading by hand, the log."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from akademe.assessment import service
from akademe.assessment.models import Attempt, AttemptScore
from akademe.assessment.schemas import QuestionPatch, SubmitIn
from akademe.kernel import db, realtime
from akademe.kernel.ctx import open_ctx, system_ctx
from akademe.learning import service as learning
from tests.assessment.test_attempts import begin, right_answers, submit
from tests.make import assessment as make
from tests.make import catalog, identity

AsUser = Callable[[Any], Awaitable[httpx.AsyncClient]]
NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
SECRET = "CANARY"


def marked(kind: str) -> Any:
    """A question whose key and feedback carry a canary wherever a learner's view has no business to show it."""
    said = {name: f"{SECRET} {name}" for name in ("general", "correct", "incorrect")}
    keys: dict[str, dict[str, Any]] = {
        "mcq": {"options": [{"text": "A", "feedback": SECRET, "weight": 33}, "B"], "correct_answer": "b"},
        "multiple_response": {"options": [{"text": "A", "feedback": SECRET}, "B"], "correct_answer": ["b"]},
        "true_false": {"correct_answer": True},
        "short_answer": {"correct_answer": [SECRET, {"regex": SECRET}]},
        "numeric": {"correct_answer": [{"value": 1234567, "tolerance": 1, "feedback": SECRET}]},
        "matching": make.QUESTIONS["matching"],
        "ordering": make.QUESTIONS["ordering"],
        "cloze": {"correct_answer": {"1": [SECRET], "2": {"options": ["cold", "hot"], "answer": "hot"}}},
        "essay": {"correct_answer": SECRET},
        "description": {},
    }
    return make.question(kind, feedback=said, skills=[SECRET], source="native", source_id=SECRET, **keys[kind])


@pytest.mark.parametrize("kind", make.QUESTIONS)
async def test_no_key_is_in_anything_a_learner_receives(database: db.Database, as_user: AsUser, kind: str) -> None:
    course = await catalog.course(access="open")
    asked = marked(kind)
    quiz = await make.assessment(course, questions=[asked, make.question("numeric")], review="score_only")
    timed = await make.assessment(
        course, questions=[asked, make.question("numeric")], review="never", time_limit_minutes=5
    )
    person = await make.learner(course)
    client = await as_user(person)
    heard = []
    for one in (quiz, timed):
        attempt = await client.post(f"/api/v1/assessments/{one.id}/attempts")
        heard += [attempt, await client.get(f"/api/v1/attempts/{attempt.json()['id']}")]
        for path in ("assessments/{}", "assessments/{}/questions", "quizzes/{}"):
            heard.append(await client.get(f"/api/v1/{path.format(one.id)}"))
        url = f"/api/v1/attempts/{attempt.json()['id']}"
        heard.append(await client.patch(url, json={"answers": {attempt.json()["questions"][0]["id"]: "a"}}))
        heard.append(await client.post(f"/api/v1/assessments/{one.id}/submit", json={"answers": {}}))
        heard += [await client.get(url), await client.get(f"/api/v1/assessments/{one.id}/results")]
        heard.append(await client.get(f"/api/v1/quizzes/attempts/{person.id}/{one.id}"))
    heard.append(await client.get(f"/api/v1/quizzes/user/{person.id}/course/{course.id}"))
    heard.append(await client.get(f"/api/v1/courses/{course.id}/assessments"))
    for answer in heard:
        assert answer.status_code in (200, 201), answer.text
        assert SECRET not in answer.text
        assert not {"correct_answer", "solution", "weight", "tolerance", "skills"} & names(answer.json())


def names(value: Any) -> set[str]:
    """Every key at any depth whose value is not null."""
    if isinstance(value, dict):
        inner = set().union(*(names(one) for one in value.values())) if value else set()
        return inner | {name for name, one in value.items() if one is not None}
    return set().union(*(names(one) for one in value)) if isinstance(value, list) and value else set()


@pytest.mark.parametrize(
    ("review", "score", "details"),
    [("never", False, False), ("score_only", True, False), ("after_submit", True, True), ("after_close", True, False)],
)
async def test_the_review_setting_decides_what_is_shown(
    database: db.Database, as_user: AsUser, review: str, score: bool, details: bool
) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, "mcq", review=review)
    client = await as_user(await make.learner(course))
    result = await submit(client, quiz, {})
    assert (result["score"] is not None, result["passed"] is not None) == (score, score)
    assert (result["results"] is not None, result["questions"] is not None) == (details, details)


async def test_solutions_come_when_they_help_no_further_attempt(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, "mcq", max_attempts=2)
    client = await as_user(await make.learner(course))
    first = await submit(client, quiz, {})
    assert first["results"][0]["solution"] is None
    last = await submit(client, quiz, {})
    assert last["results"][0]["solution"] == "b"
    assert "correct_answer" not in json.dumps(last)


async def test_the_last_attempt_is_not_helped_by_the_solutions_of_the_one_before(
    database: db.Database, as_user: AsUser
) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, "mcq", max_attempts=2)
    client = await as_user(await make.learner(course))
    first = await submit(client, quiz, {})
    last = await begin(client, quiz)
    looked = [
        (await client.get(f"/api/v1/attempts/{first['id']}")).json(),
        (await client.get(f"/api/v1/assessments/{quiz.id}/results")).json()[0],
    ]
    assert [one["results"][0]["solution"] for one in looked] == [None, None]
    await submit(client, quiz, {}, attempt_id=last["id"])
    assert (await client.get(f"/api/v1/attempts/{first['id']}")).json()["results"][0]["solution"] == "b"


@pytest.mark.parametrize("review", ["after_submit", "after_close"])
async def test_a_due_date_shows_no_solutions_while_late_work_counts(
    database: db.Database, as_user: AsUser, review: str
) -> None:
    course = await catalog.course()
    late = await make.assessment(course, "mcq", review=review, due_date=NOON)
    refused = await make.assessment(course, "mcq", review=review, due_date=NOON, late_policy={"accept": False})
    person = await make.learner(course)
    with db.at(NOON - timedelta(hours=1)):
        client = await as_user(person)
        ids = [(await submit(client, one, {}))["id"] for one in (late, refused)]
    with db.at(NOON + timedelta(hours=1)):
        client = await as_user(person)
        seen = [(await client.get(f"/api/v1/attempts/{id_}")).json()["results"][0]["solution"] for id_ in ids]
        assert seen == [None, "b"]


async def test_after_pass_shows_details_once_passed(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, "mcq", review="after_pass")
    client = await as_user(await make.learner(course))
    shown = (await client.get(f"/api/v1/quizzes/{quiz.id}")).json()
    assert (await submit(client, quiz, {}))["results"] is None
    assert (await submit(client, quiz, right_answers(shown)))["results"][0]["solution"] == "b"


async def test_after_close_shows_details_once_closed(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, "mcq", review="after_close", closes_at=NOON)
    person = await make.learner(course)
    result = await submit(await as_user(person), quiz, {})
    assert result["results"] is None
    with db.at(NOON):
        client = await as_user(person)
        seen = (await client.get(f"/api/v1/attempts/{result['id']}")).json()
        assert seen["results"][0]["solution"] == "b"


async def test_feedback_is_that_of_the_answer(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    asked = make.question(
        options=[{"text": "A", "feedback": "A is near."}, "B"],
        correct_answer="b",
        feedback={"general": "See lesson 2.", "correct": "Yes.", "incorrect": "No."},
    )
    quiz = await make.assessment(course, questions=[asked])
    client = await as_user(await make.learner(course))
    [question] = (await client.get(f"/api/v1/quizzes/{quiz.id}")).json()["questions"]
    wrong = await submit(client, quiz, {question["id"]: "a"})
    assert wrong["results"][0]["feedback"] == "A is near.\n\nNo.\n\nSee lesson 2."
    right = await submit(client, quiz, {question["id"]: "b"})
    assert right["results"][0]["feedback"] == "Yes.\n\nSee lesson 2."


async def test_a_corrected_key_regrades_and_says_what_changed(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, "mcq", "numeric")
    people = [await make.learner(course) for _ in range(3)]
    clients = [await as_user(person) for person in people]
    shown = (await clients[0].get(f"/api/v1/quizzes/{quiz.id}")).json()["questions"]
    mcq, numeric = (one["id"] for one in shown)
    for client, choice in zip(clients, "abb", strict=True):
        await submit(client, quiz, {mcq: choice, numeric: "3.14"})
    open_ = await begin(clients[2], quiz)
    staff = await as_user(await identity.user("admin"))
    answer = await staff.patch(f"/api/v1/questions/{mcq}", json={"correct_answer": "a", "reason": "B was wrong"})
    assert answer.status_code == 200, answer.text
    regraded = answer.json()["regraded"]
    assert (answer.json()["version"], regraded["attempts"], regraded["pending"]) == (2, 3, False)
    moved = {one["user_id"]: (one["old_score"], one["new_score"]) for one in regraded["changed"]}
    assert moved == {str(people[0].id): (0.5, 1.0), str(people[1].id): (1.0, 0.5), str(people[2].id): (1.0, 0.5)}
    log = (await staff.get(f"/api/v1/assessments/{quiz.id}/grade-changes")).json()
    assert len(log) == 3
    assert {(line["reason"], line["old_total"], line["new_total"]) for line in log} == {("B was wrong", 2, 2)}
    assert {(line["old_points"], line["new_points"]) for line in log} == {(1, 2), (2, 1)}
    own = (await clients[0].get(f"/api/v1/assessments/{quiz.id}/results")).json()
    assert (own[0]["score"], own[0]["passed"]) == (1.0, True)
    async with system_ctx() as ctx:
        enrolment = await learning.active_enrolment(ctx, people[0].id, course.id)
        assert enrolment is not None
        assert enrolment.average_quiz_score == 1.0
        rows = (await ctx.db.scalars(select(AttemptScore).order_by(AttemptScore.number))).all()
        assert sorted((row.number, row.reason) for row in rows) == [(1, "submitted")] * 3 + [(2, "B was wrong")] * 3
    assert (await submit(clients[2], quiz, {mcq: "a"}, attempt_id=open_["id"]))["points_earned"] == 1


async def test_another_passing_score_judges_again_what_was_submitted(
    database: db.Database, as_user: AsUser, jobs: Callable[[], Awaitable[None]]
) -> None:
    owner = await identity.user("instructor")
    course = await catalog.course(owner)
    lesson = await catalog.lesson(course, content_type="quiz")
    quiz = await make.assessment(course, "mcq", "numeric", passing_score=0.7, lesson_id=str(lesson.id))
    half, full = await make.learner(course), await make.learner(course)
    clients = {person.id: await as_user(person) for person in (half, full)}
    mcq, numeric = (await clients[half.id].get(f"/api/v1/quizzes/{quiz.id}")).json()["questions"]
    await submit(clients[half.id], quiz, {mcq["id"]: "b"})
    await submit(clients[full.id], quiz, {mcq["id"]: "b", numeric["id"]: "3.14"})
    staff, url = await as_user(owner), f"/api/v1/assessments/{quiz.id}"

    async def results(person: Any) -> tuple[Any, ...]:
        [own] = (await clients[person.id].get(f"{url}/results")).json()
        seen = (await clients[person.id].get(f"/api/v1/progress/{person.id}/courses/{course.id}")).json()
        return own["score"], own["passed"], seen["quiz_results"][0]["passed"], seen["status"]

    assert await results(half) == (0.5, False, False, "in_progress")
    lower = await staff.put(url, json={"passing_score": 0.5})
    assert lower.status_code == 200, lower.text
    [changed] = lower.json()["regraded"]["changed"]
    assert (changed["user_id"], changed["old_passed"], changed["new_passed"]) == (str(half.id), False, True)
    assert (changed["old_score"], changed["new_score"], lower.json()["regraded"]["attempts"]) == (0.5, 0.5, 2)
    assert await results(half) == (0.5, True, True, "completed")
    assert (await staff.put(url, json={"passing_score": 0.5})).json()["regraded"] is None
    higher = (await staff.put(url, json={"passing_score": 0.8})).json()["regraded"]
    assert [one["new_passed"] for one in higher["changed"]] == [False]
    assert await results(half) == (0.5, False, False, "completed")
    assert await results(full) == (1.0, True, True, "completed")
    page = (await staff.get(f"/teach/{course.slug}/quizzes/{quiz.id}/changes")).text
    assert "the passing score is 50 % now: passed" in page
    assert "the passing score is 80 % now: not passed" in page
    with db.at(db.clock() + timedelta(minutes=2)):
        await jobs()
    assert len((await (await as_user(owner)).get(f"{url}/grade-changes")).json()) == 2


async def test_a_large_regrade_goes_on_in_jobs(
    database: db.Database, as_user: AsUser, jobs: Callable[[], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("akademe.assessment.service.regrading.BATCH", 2)
    course = await catalog.course()
    quiz = await make.assessment(course, "mcq")
    client = await as_user(await make.learner(course))
    [question] = (await client.get(f"/api/v1/quizzes/{quiz.id}")).json()["questions"]
    for _ in range(5):
        await submit(client, quiz, {question["id"]: "a"})
    staff = await as_user(await identity.user("admin"))
    answer = (await staff.patch(f"/api/v1/questions/{question['id']}", json={"correct_answer": "a"})).json()
    assert (answer["regraded"]["pending"], len(answer["regraded"]["changed"])) == (True, 2)
    await jobs()
    await jobs()
    async with system_ctx() as ctx:
        assert set(await ctx.db.scalars(select(Attempt.earned))) == {100}


async def test_what_is_being_submitted_while_the_key_changes_is_graded_by_the_new_one(
    database: db.Database, as_user: AsUser, jobs: Callable[[], Awaitable[None]]
) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, "mcq")
    client = await as_user(await make.learner(course))
    await submit(client, quiz, {})
    attempt = await begin(client, quiz)
    [question] = attempt["questions"]
    staff = await identity.actor(await identity.user("admin"))
    async with open_ctx(staff) as ctx:
        await ctx.get(Attempt, UUID(attempt["id"]), lock=True)
        under_way = asyncio.create_task(submit(client, quiz, {question["id"]: "a"}, attempt_id=attempt["id"]))
        await asyncio.sleep(0.3)
        await service.update_question(ctx, UUID(question["id"]), QuestionPatch(correct_answer="a"))
    assert (await under_way)["score"] == 0.0
    await jobs()
    with db.at(db.clock() + timedelta(minutes=2)):
        await jobs()
    assert (await client.get(f"/api/v1/attempts/{attempt['id']}")).json()["score"] == 1.0


@pytest.mark.parametrize("first", ["the regrade", "the submission"])
async def test_the_best_score_is_that_of_a_regrade_and_a_submission_at_once(
    database: db.Database, as_user: AsUser, first: str
) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, "mcq")
    person = await make.learner(course)
    client = await as_user(person)
    [question] = (await client.get(f"/api/v1/quizzes/{quiz.id}")).json()["questions"]
    await submit(client, quiz, {question["id"]: "a"})
    staff = await as_user(await identity.user("admin"))
    answers, key = {question["id"]: "c"}, {"correct_answer": "a"}
    url = f"/api/v1/questions/{question['id']}"
    if first == "the regrade":
        async with open_ctx(await identity.actor(await identity.user("admin"))) as ctx:
            await service.update_question(ctx, UUID(question["id"]), QuestionPatch.model_validate(key))
            other = asyncio.create_task(submit(client, quiz, answers))
            await asyncio.sleep(0.3)
        await other
    else:
        async with open_ctx(await identity.actor(person)) as ctx:
            await service.submit(ctx, quiz.id, SubmitIn(answers=answers))
            other = asyncio.create_task(staff.patch(url, json=key))
            await asyncio.sleep(0.3)
        assert (await other).status_code == 200
    progress = (await client.get(f"/api/v1/progress/{person.id}/courses/{course.id}")).json()
    [result] = progress["quiz_results"]
    assert (result["score"], result["attempts"], result["passed"]) == (1.0, 2, True)


async def test_a_gap_added_later_takes_no_credit_from_those_who_never_saw_it(
    database: db.Database, as_user: AsUser
) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, "cloze")
    client = await as_user(await make.learner(course))
    [question] = (await client.get(f"/api/v1/quizzes/{quiz.id}")).json()["questions"]
    result = await submit(client, quiz, {question["id"]: make.RIGHT["cloze"]})
    staff = await as_user(await identity.user("admin"))
    key = {"1": ["red"], "2": "b", "3": ["old"]}
    patch = {"question_text": "The sun is {{1}}, {{2}} and {{3}}.", "correct_answer": key}
    answer = await staff.patch(f"/api/v1/questions/{question['id']}", json=patch)
    assert (answer.status_code, answer.json()["regraded"]) == (200, None)
    assert (await client.get(f"/api/v1/attempts/{result['id']}")).json()["score"] == 1.0


async def test_a_change_that_moves_no_grade_regrades_nothing(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, "mcq")
    client = await as_user(await make.learner(course))
    [question] = (await client.get(f"/api/v1/quizzes/{quiz.id}")).json()["questions"]
    await submit(client, quiz, {question["id"]: "b"})
    staff = await as_user(await identity.user("admin"))
    answer = (await staff.patch(f"/api/v1/questions/{question['id']}", json={"question_text": "Said better"})).json()
    assert (answer["version"], answer["regraded"]) == (2, None)
    assert (await staff.get(f"/api/v1/assessments/{quiz.id}/grade-changes")).json() == []


async def test_an_essay_waits_for_a_person(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, questions=[make.question("essay", points=3), make.question("mcq")])
    person = await make.learner(course)
    client = await as_user(person)
    attempt = await begin(client, quiz)
    essay, mcq = (one["id"] for one in attempt["questions"])
    result = await submit(client, quiz, {essay: "My thoughts", mcq: "b"})
    assert (result["status"], result["needs_grading"], result["score"], result["passed"]) == (
        "submitted",
        True,
        0.25,
        False,
    )
    assert [line["is_correct"] for line in result["results"]] == [None, True]
    url = f"/api/v1/attempts/{attempt['id']}/grades"
    body = {"grades": {essay: {"points": 2.5, "feedback": "Well argued."}}}
    assert (await client.patch(url, json=body)).status_code == 403
    ta = await identity.user("student")
    await catalog.member(ta, course, "ta")
    grader = await as_user(ta)
    too_many = await grader.patch(url, json={"grades": {essay: {"points": 3.5}}})
    assert (too_many.status_code, too_many.json()["error_code"]) == (422, "VALIDATION_ERROR")
    assert (await grader.patch(url, json={"grades": {"x": {"points": 1}}})).status_code == 422
    graded = (await grader.patch(url, json=body)).json()
    assert (graded["status"], graded["points_earned"], graded["passed"]) == ("graded", 3.5, True)
    seen = (await client.get(f"/api/v1/attempts/{attempt['id']}")).json()
    assert seen["results"][0]["feedback"] == "Well argued."
    async with system_ctx() as ctx:
        enrolment = await learning.active_enrolment(ctx, person.id, course.id)
        assert enrolment is not None
        assert enrolment.average_quiz_score == 0.875
    staff = await as_user(await identity.user("admin"))
    await staff.patch(f"/api/v1/questions/{mcq}", json={"correct_answer": "a"})
    seen = (await client.get(f"/api/v1/attempts/{attempt['id']}")).json()
    assert [line["points_earned"] for line in seen["results"]] == [2.5, 0]


async def test_the_learner_is_told_when_a_person_has_graded(
    database: db.Database, as_user: AsUser, jobs: Callable[[], Awaitable[None]]
) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, "essay", "essay")
    client = await as_user(await make.learner(course))
    attempt = await begin(client, quiz)
    ids = [one["id"] for one in attempt["questions"]]
    await submit(client, quiz, dict.fromkeys(ids, "My thoughts"))
    staff = await as_user(await identity.user("admin"))
    for id_, told in zip(ids, (0, 1), strict=True):
        body = {"grades": {id_: {"points": 1}}}
        await staff.patch(f"/api/v1/attempts/{attempt['id']}/grades", json=body)
        await jobs()
        heard = (await client.get("/api/v1/notifications?type=assessment.graded")).json()
        assert [one["title"] for one in heard] == ["A quiz is graded"] * told


async def test_an_open_attempt_cannot_be_graded(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, "essay")
    attempt = await begin(await as_user(await make.learner(course)), quiz)
    staff = await as_user(await identity.user("admin"))
    body = {"grades": {attempt["questions"][0]["id"]: {"points": 1}}}
    answer = await staff.patch(f"/api/v1/attempts/{attempt['id']}/grades", json=body)
    assert (answer.status_code, answer.json()["error_code"]) == (409, "NOT_YET_SUBMITTED")


async def test_results_are_ones_own_and_all_for_staff(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    quiz = await make.assessment(course, "mcq", review="never", max_attempts=1)
    people = [await make.learner(course) for _ in range(2)]
    clients = [await as_user(person) for person in people]
    for client in clients:
        await submit(client, quiz, {})
    staff = await as_user(await identity.user("admin"))
    url = f"/api/v1/assessments/{quiz.id}/results"
    assert [one["user_id"] for one in (await clients[0].get(url)).json()] == [str(people[0].id)]
    assert (await clients[0].get(f"{url}?user_id={people[1].id}")).status_code == 403
    everyone = (await staff.get(url)).json()
    assert [one["user_id"] for one in everyone] == [str(people[1].id), str(people[0].id)]
    assert (everyone[0]["score"], everyone[0]["results"][0]["solution"]) == (0.0, "b")
    assert everyone[0]["user_name"]
    assert [one["attempts_left"] for one in everyone] == [None, None]
    first = await staff.get(f"{url}?limit=1")
    rest = await staff.get(first.headers["link"].split(";")[0].strip("<>"))
    assert [one["user_id"] for one in rest.json()] == [str(people[0].id)]
    mine = f"/api/v1/quizzes/attempts/{people[0].id}/{quiz.id}"
    assert len((await clients[0].get(mine)).json()) == 1
    assert (await clients[1].get(mine)).status_code == 403
    with db.queries(at_most=9):
        await staff.get(url)


async def test_events_are_pushed_and_a_hidden_score_only_to_staff(
    database: db.Database, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, dict[str, Any], list[str]]] = []

    async def hear(event: str, payload: dict[str, Any], rooms: list[str]) -> None:
        heard.append((event, payload, list(rooms)))

    monkeypatch.setattr(realtime, "emit", hear)
    course = await catalog.course()
    person = await make.learner(course)
    client = await as_user(person)
    heard.clear()
    for review in ("after_submit", "never"):
        quiz = await make.assessment(course, "mcq", review=review)
        attempt = await begin(client, quiz)
        await submit(client, quiz, right_answers(attempt))
    mine = [(event, payload.get("score")) for event, payload, rooms in heard if f"user:{person.id}" in rooms]
    names_heard = [event for event, _ in mine if event.startswith("assessment:")]
    assert names_heard == ["assessment:started", "assessment:submitted", "assessment:graded"] + [
        "assessment:started",
        "assessment:submitted",
    ]
    assert ("assessment:graded", 1.0) in mine
    staff = [
        payload for event, payload, rooms in heard if event == "assessment:graded" and f"course:{course.id}:ta" in rooms
    ]
    assert [payload["studentId"] for payload in staff] == [str(person.id)] * 2


async def test_importing_again_updates_keeps_and_removes(database: db.Database, as_user: AsUser) -> None:
    course = await catalog.course()
    owner = await identity.actor(await identity.user("admin"))

    def given(*names: str, **fields: Any) -> list[Any]:
        return [make.question(source="gift", source_id=name, question_text=f"Q {name}", **fields) for name in names]

    quiz = await make.assessment(course, questions=[])
    async with open_ctx(owner) as ctx:
        assert len((await service.replace_questions_by_source(ctx, quiz.id, given("a", "b", "c"))).added) == 3
    async with open_ctx(owner) as ctx:
        by_name = {
            one.source_id: one
            for one in (await service.staff_assessment(ctx, await ctx.get(type(quiz), quiz.id))).questions or []
        }
    staff = await as_user(await identity.user("admin"))
    await staff.patch(f"/api/v1/questions/{by_name['a'].id}", json={"question_text": "Edited here"})
    async with open_ctx(owner) as ctx:
        wanted = [*given("a", "d"), *given("b", correct_answer="a")]
        again = await service.replace_questions_by_source(ctx, quiz.id, wanted)
    assert [len(part) for part in (again.added, again.updated, again.unchanged, again.kept, again.removed)] == [
        1,
        1,
        0,
        1,
        1,
    ]
    shown = (await staff.get(f"/api/v1/assessments/{quiz.id}")).json()["questions"]
    assert [one["question_text"] for one in shown] == ["Edited here", "Q d", "Q b"]
