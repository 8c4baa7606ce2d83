"""Completing lessons: three routes and one service (R2.2, R2.6, P1.6)."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from akademe.catalog.models import Lesson
from akademe.kernel import db
from akademe.kernel.ctx import open_ctx, system_ctx
from akademe.learning import service
from akademe.learning.models import Enrolment
from akademe.learning.service import recounting
from tests.make import catalog, identity, learning


def by_enrolment(enrolment, course, lesson):
    return "PATCH", f"/api/v1/enrollments/{enrolment.id}/complete", {"content_id": str(lesson.id)}


def by_chapter(enrolment, course, lesson):
    return "POST", f"/api/v1/progress/{enrolment.user_id}/courses/{course.id}/chapters/{lesson.id}", None


def by_update(enrolment, course, lesson):
    body = {"course_id": course.slug, "lesson_id": str(lesson.id), "completed": True, "time_spent": 60}
    return "POST", "/api/v1/progress/update", body


ROUTES = [by_enrolment, by_chapter, by_update]


async def taught(lessons: int = 3, **fields):
    course = await catalog.course(lessons=lessons, **fields)
    user = await identity.user()
    return course, user, await learning.enrolment(user, course), await catalog.lessons(course)


@pytest.mark.parametrize("route", ROUTES)
async def test_p1_6_each_route_completes_once_and_the_next_request_sees_it(client, as_user, route):
    course, user, enrolment, lessons = await taught()
    learner = await as_user(user)
    method, url, body = route(enrolment, course, lessons[0])
    for _ in range(2):
        answer = await learner.request(method, url, json=body)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert told["completed_lessons"] == told["completed_chapters"] == [str(lessons[0].id)]
        assert told["progress_percentage"] == 33.3
        assert told["status"] == "in_progress"
        assert told["next_lesson_id"] == str(lessons[1].id)
    seen = (await learner.get(f"/api/v1/progress/{user.id}/courses/{course.slug}")).json()
    for name in (
        "completed_lessons",
        "progress_percentage",
        "status",
        "streak_days",
        "last_lesson_id",
        "engagement_score",
    ):
        assert seen[name] == told[name]
    assert seen["streak_days"] == 1
    same = (await learner.get(f"/api/v1/enrollments/{enrolment.id}/progress")).json()
    assert same == seen
    listed = (await learner.get(f"/api/v1/progress/{user.id}/courses")).json()
    assert listed[0]["completed_lessons"] == [str(lessons[0].id)]
    assert listed[0]["progress_percentage"] == 33.3
    own = (await learner.get("/api/v1/enrollments")).json()[0]
    assert (own["progress_percentage"], own["status"]) == (33.3, "in_progress")


async def test_completing_is_cheap(client, as_user):
    course, user, enrolment, lessons = await taught(20)
    learner = await as_user(user)
    await learner.patch(f"/api/v1/enrollments/{enrolment.id}/complete", json={"content_id": str(lessons[0].id)})
    # Who is there, two reads, the row, the enrolment, the event; the day's count is the kernel's.
    with db.queries(at_most=9):
        answer = await learner.patch(
            f"/api/v1/enrollments/{enrolment.id}/complete", json={"content_id": str(lessons[1].id)}
        )
    assert answer.status_code == 200
    with db.queries(at_most=3):
        await learner.get(f"/api/v1/progress/{user.id}/courses/{course.id}")
    with db.queries(at_most=3):
        await learner.get(f"/api/v1/courses/{course.id}/outline")


@pytest.mark.parametrize("route", ROUTES)
async def test_what_is_locked_or_elsewhere_does_not_exist(client, as_user, route):
    course, user, enrolment, _ = await taught()
    foreign = (await catalog.lessons(await catalog.course(lessons=1)))[0]
    learner = await as_user(user)
    method, url, body = route(enrolment, course, foreign)
    assert (await learner.request(method, url, json=body)).status_code == 404
    foreign.id = uuid4()
    method, url, body = route(enrolment, course, foreign)
    assert (await learner.request(method, url, json=body)).status_code == 404


async def test_writes_are_for_the_learner_alone(client, as_user):
    owner = await identity.user("instructor")
    course, user, enrolment, lessons = await taught(owner=owner)
    for person, hidden in ((owner, False), (await identity.user(), True)):
        other = await as_user(person)
        chapter = f"/api/v1/progress/{user.id}/courses/{course.id}/chapters/{lessons[0].id}"
        assert (await other.post(chapter)).status_code == 403
        patch = await other.patch(
            f"/api/v1/enrollments/{enrolment.id}/complete", json={"content_id": str(lessons[0].id)}
        )
        assert patch.status_code == (404 if hidden else 403)


async def test_progress_is_for_the_learner_staff_and_admins(client, as_user):
    owner = await identity.user("instructor")
    course, user, enrolment, _ = await taught(owner=owner)
    urls = [
        f"/api/v1/progress/{user.id}/courses/{course.id}",
        f"/api/v1/progress/{user.id}/courses",
        f"/api/v1/enrollments/{enrolment.id}/progress",
    ]
    for person in (user, owner, await identity.user("admin")):
        reader = await as_user(person)
        assert [(await reader.get(url)).status_code for url in urls] == [200, 200, 200]
    for person in (await identity.user(), await identity.user("instructor")):
        reader = await as_user(person)
        assert [(await reader.get(url)).status_code for url in urls] == [403, 403, 404]


async def test_an_open_course_enrols_whoever_completes(client, as_user):
    course = await catalog.course(lessons=2, access="open")
    lesson = (await catalog.lessons(course))[0]
    user = await identity.user()
    learner = await as_user(user)
    answer = await learner.post(f"/api/v1/progress/{user.id}/courses/{course.id}/chapters/{lesson.id}")
    assert (answer.status_code, answer.json()["progress_percentage"]) == (200, 50.0)
    assert (await learner.get("/api/v1/enrollments")).json()[0]["status"] == "in_progress"


async def test_a_closed_course_does_not_enrol_by_completing(client, as_user):
    course = await catalog.course()
    locked = await catalog.lesson(course)
    free = await catalog.lesson(course, is_free=True)
    user = await identity.user()
    learner = await as_user(user)
    url = f"/api/v1/progress/{user.id}/courses/{course.id}/chapters"
    assert (await learner.post(f"{url}/{locked.id}")).status_code == 404
    assert (await learner.post(f"{url}/{free.id}")).status_code == 403


async def test_a_quiz_lesson_is_completed_by_a_passed_attempt_alone(client, as_user):
    course, user, enrolment, _ = await taught(1)
    quiz_id = uuid4()
    quiz = await catalog.lesson(course, content_type="quiz")
    async with system_ctx() as ctx:
        from akademe.catalog import service as catalog_service

        await catalog_service.set_lesson_quizzes(ctx, [catalog_service.LessonQuiz(quiz.id, quiz_id, is_ready=True)])
        await service.register_requirements(ctx, course.id, "quiz", [service.CourseItem(quiz_id, quiz.id)])
    learner = await as_user(user)
    refused = await learner.patch(f"/api/v1/enrollments/{enrolment.id}/complete", json={"content_id": str(quiz.id)})
    assert (refused.status_code, refused.json()["error_code"]) == (409, "COMPLETED_BY_ATTEMPT")

    async def result(best: float, passed: bool, attempts: int) -> dict:
        async with open_ctx(await identity.actor(user)) as ctx:
            mine = await service.active_enrolment(ctx, user.id, course.id)
            await service.record_quiz_result(
                ctx, mine, quiz_id=quiz_id, lesson_id=quiz.id, best_score=best, passed=passed, attempts=attempts
            )
        return (await learner.get(f"/api/v1/progress/{user.id}/courses/{course.id}")).json()

    failed = await result(0.4, False, 1)
    assert failed["quiz_scores"] == {str(quiz_id): 0.4}
    assert failed["completed_lessons"] == []
    assert failed["weak_areas"] == [quiz.title]
    passed = await result(0.8, True, 2)
    assert passed["quiz_results"] == [
        {"lesson_id": str(quiz.id), "quiz_id": str(quiz_id), "score": 0.8, "attempts": 2, "passed": True}
    ]
    assert passed["completed_lessons"] == [str(quiz.id)]
    assert (passed["average_quiz_score"], passed["weak_areas"]) == (0.8, [])


async def test_a_required_quiz_beside_the_text_keeps_the_course_open(client, as_user):
    course, user, _, lessons = await taught(1)
    quiz_id = uuid4()
    async with system_ctx() as ctx:
        await service.register_requirements(ctx, course.id, "quiz", [service.CourseItem(quiz_id, lessons[0].id)])
    done = await learning.completion(user, course, lessons[0])
    assert done["status"] == "in_progress"
    async with open_ctx(await identity.actor(user)) as ctx:
        mine = await service.active_enrolment(ctx, user.id, course.id)
        await service.record_quiz_result(
            ctx, mine, quiz_id=quiz_id, lesson_id=lessons[0].id, best_score=1.0, passed=True, attempts=1
        )
        assert mine.status == "completed"
    seen = (await (await as_user(user)).get(f"/api/v1/progress/{user.id}/courses/{course.id}")).json()
    assert (seen["status"], seen["progress_percentage"]) == ("completed", 100.0)
    assert seen["completion_date"]


async def test_the_last_two_lessons_at_once_complete_the_course(database, client, as_user):
    course, user, enrolment, lessons = await taught(6)
    learner = await as_user(user)
    url = f"/api/v1/enrollments/{enrolment.id}/complete"
    answers = await asyncio.gather(*(learner.patch(url, json={"content_id": str(lesson.id)}) for lesson in lessons))
    assert {answer.status_code for answer in answers} == {200}
    seen = (await learner.get(f"/api/v1/progress/{user.id}/courses/{course.id}")).json()
    assert (seen["status"], seen["progress_percentage"]) == ("completed", 100.0)


async def test_completed_is_final_when_content_is_added(client, as_user, jobs):
    course, user, enrolment, lessons = await taught(1)
    await learning.completion(user, course, lessons[0])
    await catalog.lesson(course)
    await jobs()
    seen = (await (await as_user(user)).get(f"/api/v1/progress/{user.id}/courses/{course.id}")).json()
    assert (seen["status"], seen["progress_percentage"]) == ("completed", 100.0)
    assert len(seen["completed_lessons"]) == 1


async def test_who_has_everything_after_a_lesson_went_is_done(client, as_user, jobs):
    owner = await identity.user("instructor")
    course, user, enrolment, lessons = await taught(2, owner=owner)
    await learning.completion(user, course, lessons[0])
    assert (await (await as_user(owner)).delete(f"/api/v1/contents/{lessons[1].id}")).status_code in (200, 204)
    await jobs()
    with db.at(db.clock() + timedelta(seconds=10)):
        await jobs()
    seen = (await (await as_user(user)).get(f"/api/v1/progress/{user.id}/courses/{course.id}")).json()
    assert (seen["status"], seen["progress_percentage"]) == ("completed", 100.0)


async def test_a_changed_outline_is_counted_in_batches_and_a_quiz_not_passed_keeps_the_course_open(
    client, as_user, jobs, monkeypatch
):
    monkeypatch.setattr(recounting, "BATCH", 2)
    course = await catalog.course(lessons=2)
    kept, gone = await catalog.lessons(course)
    people = [await identity.user() for _ in range(5)]
    for person in people:
        await learning.enrolment(person, course)
        await learning.completion(person, course, kept)
    async with system_ctx() as ctx:
        await service.register_requirements(ctx, course.id, "quiz", [service.CourseItem(uuid4(), kept.id)])
        (await ctx.get(Lesson, gone.id)).is_required = False
    async with system_ctx() as ctx:
        await recounting.recount_progress(ctx, course.id, None)
    await jobs()
    for person in people:
        mine = (await (await as_user(person)).get("/api/v1/enrollments")).json()[0]
        assert (mine["status"], mine["progress_percentage"]) == ("in_progress", 100.0)


async def test_time_is_believed_within_bounds(client, as_user):
    course, user, _, lessons = await taught()
    learner = await as_user(user)
    body = {"course_id": str(course.id), "lesson_id": str(lessons[0].id), "time_spent": 300}
    told = (await learner.post("/api/v1/progress/update", json=body)).json()
    assert (told["time_spent"], told["status"], told["completed_lessons"]) == (300, "in_progress", [])
    told = (await learner.post("/api/v1/progress/update", json=body | {"time_spent": 80_000})).json()
    assert 3600 <= told["time_spent"] <= 3660
    assert (await learner.post("/api/v1/progress/update", json=body | {"time_spent": -1})).status_code == 422


async def test_many_claims_at_once_are_believed_no_more_than_one_after_the_other(client, as_user):
    course, user, enrolment, lessons = await taught()
    learner = await as_user(user)
    body = {"course_id": course.slug, "lesson_id": str(lessons[0].id), "time_spent": 3600}
    answers = await asyncio.gather(*(learner.post("/api/v1/progress/update", json=body) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {200}
    seen = (await learner.get(f"/api/v1/enrollments/{enrolment.id}/progress")).json()
    assert 3600 <= seen["time_spent"] <= 3660
    async with system_ctx() as ctx:
        assert (await ctx.get(Enrolment, enrolment.id)).active_days == 1


async def test_an_id_is_an_id_however_it_is_written(client, as_user):
    course, user, _, lessons = await taught()
    learner = await as_user(user)
    url = f"/api/v1/progress/{user.id}/courses/{str(course.id).upper()}/chapters/{str(lessons[0].id).upper()}"
    assert (await learner.post(url)).status_code == 200


async def test_an_open_course_with_a_price_refuses_as_enrolling_does(client, as_user):
    course = await catalog.course(lessons=1, access="open", price=5)
    lesson = (await catalog.lessons(course))[0]
    user = await identity.user()
    learner = await as_user(user)
    refused = await learner.post(f"/api/v1/progress/{user.id}/courses/{course.id}/chapters/{lesson.id}")
    assert (refused.status_code, refused.json()["error_code"]) == (402, "PAYMENT_REQUIRED")


async def test_the_history_of_who_left_is_kept_for_them_and_staff(client, as_user):
    owner = await identity.user("instructor")
    course, user, enrolment, lessons = await taught(owner=owner)
    await learning.completion(user, course, lessons[0])
    learner = await as_user(user)
    assert (await learner.delete(f"/api/v1/enrollments/{enrolment.id}")).status_code == 204
    for reader in (learner, await as_user(owner)):
        kept = (await reader.get(f"/api/v1/enrollments/{enrolment.id}/progress")).json()
        assert (kept["status"], kept["completed_lessons"]) == ("dropped", [str(lessons[0].id)])
        assert (await reader.get(f"/api/v1/progress/{user.id}/courses/{course.id}")).status_code == 404


async def test_a_score_the_browser_sends_counts_nowhere(client, as_user):
    course, user, enrolment, lessons = await taught()
    learner = await as_user(user)
    body = {"course_id": str(course.id), "lesson_id": str(lessons[0].id), "quiz_score": 1.0}
    told = (await learner.post("/api/v1/progress/update", json=body)).json()
    assert (told["quiz_scores"], told["average_quiz_score"]) == ({}, None)
    async with system_ctx() as ctx:
        row = await ctx.get(Enrolment, enrolment.id)
        assert row.quiz_results["self_reported"] == {str(lessons[0].id): 1.0}


async def test_r2_6_engagement_grows_with_work(client, as_user):
    course, user, _, lessons = await taught(4)
    first = await learning.completion(user, course, lessons[0])
    second = await learning.completion(user, course, lessons[1])
    assert 0 < first["engagement_score"] < second["engagement_score"] <= 100


async def test_a_hundred_completions_a_day_are_shared_by_the_routes(client, as_user, settings):
    course, user, enrolment, lessons = await taught(5)
    learner = await as_user(user)
    settings.rate_limits, settings.rate_limit_factor = "on", 0.03
    for index, route in enumerate(ROUTES):
        method, url, body = route(enrolment, course, lessons[index])
        assert (await learner.request(method, url, json=body)).status_code == 200
    for route in ROUTES[:2]:
        method, url, body = route(enrolment, course, lessons[4])
        refused = await learner.request(method, url, json=body)
        assert (refused.status_code, refused.json()["error_code"]) == (429, "RATE_LIMITED")
        assert int(refused.headers["retry-after"]) > 80_000


async def test_streaks_follow_the_persons_calendar(client, as_user):
    course, user, _, lessons = await taught(5)
    start = datetime(2027, 3, 10, 23, 30, tzinfo=UTC)
    async with system_ctx() as ctx:
        from akademe.identity.models import User

        (await ctx.get(User, user.id)).time_zone = "Asia/Tokyo"
    for index, moment in enumerate([start, start + timedelta(hours=15, minutes=40)]):
        with db.at(moment):
            told = await learning.completion(user, course, lessons[index])
    assert told["streak_days"] == 2
    learner = await as_user(user)
    reset = await learner.put(f"/api/v1/progress/{user.id}/streak/reset")
    assert (reset.status_code, reset.json()["streak_days"], reset.json()["longest"]) == (200, 0, 2)
    assert (
        await (await as_user(await identity.user())).put(f"/api/v1/progress/{user.id}/streak/reset")
    ).status_code == 403


async def test_a_streak_is_reset_once_a_day(client, as_user, limits_on):
    user = await identity.user()
    learner = await as_user(user)
    assert (await learner.put(f"/api/v1/progress/{user.id}/streak/reset")).status_code == 200
    assert (await learner.put(f"/api/v1/progress/{user.id}/streak/reset")).status_code == 429


async def test_dates_open_and_close_a_course_for_a_person(client, as_user):
    owner = await identity.user("instructor")
    course, user, enrolment, lessons = await taught(2, owner=owner)
    staff, learner = await as_user(owner), await as_user(user)
    closed = (db.clock() - timedelta(days=1)).isoformat()
    later = (db.clock() + timedelta(days=1)).isoformat()
    url = f"/api/v1/courses/{course.id}/dates"
    assert (await staff.put(url, json={"closes_at": closed})).status_code == 200
    assert (await learner.put(url, json={"closes_at": later})).status_code == 403
    complete = f"/api/v1/enrollments/{enrolment.id}/complete"
    refused = await learner.patch(complete, json={"content_id": str(lessons[0].id)})
    assert (refused.status_code, refused.json()["error_code"]) == (409, "CLOSED")
    assert (await staff.put(url, json={"user_id": str(user.id), "closes_at": later})).status_code == 200
    done = await learner.patch(complete, json={"content_id": str(lessons[0].id)})
    assert (done.status_code, done.json()["progress_percentage"]) == (200, 50.0)
    assert len((await staff.get(url)).json()) == 2
    assert (await staff.put(url, json={"user_id": str(uuid4())})).status_code == 422


async def test_the_outline_shows_what_is_done_and_what_is_locked(client, as_user):
    course, user, _, lessons = await taught(2)
    await learning.completion(user, course, lessons[0])
    mine = (await (await as_user(user)).get(f"/api/v1/courses/{course.slug}/outline")).json()
    shown = [lesson for module in mine["modules"] for lesson in module["lessons"]]
    assert [(lesson["completed"], lesson["locked"]) for lesson in shown] == [(True, False), (False, False)]
    assert (mine["progress_percentage"], mine["next_lesson_id"]) == (50.0, str(lessons[1].id))
    public = (await client.get(f"/api/v1/courses/{course.id}/outline")).json()
    shown = [lesson for module in public["modules"] for lesson in module["lessons"]]
    assert [(lesson["completed"], lesson["locked"]) for lesson in shown] == [(False, True), (False, True)]
    draft = await catalog.course(published=False)
    assert (await client.get(f"/api/v1/courses/{draft.id}/outline")).status_code == 404
