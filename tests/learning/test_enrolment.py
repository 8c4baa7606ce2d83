"""Enrolling: three routes and one service (R2.2, R2.4, R2.5, P1.4, L2)."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from akademe.catalog.models import Course
from akademe.identity.models import Grant
from akademe.kernel import db
from akademe.kernel.ctx import open_ctx, system_ctx
from akademe.kernel.events import EventRow
from akademe.learning import service
from akademe.learning.models import Enrolment
from tests.make import catalog, identity, learning

ROUTES = [
    lambda course: (f"/api/v1/courses/{course}/enroll", None),
    lambda course: (f"/api/v1/enrollments/{course}", None),
    lambda course: ("/api/v1/enrollments", {"course_id": str(course)}),
]


async def statuses(course: Course) -> dict[str, int]:
    async with db.transaction() as session:
        counts = select(Enrolment.status, func.count()).where(Enrolment.course_id == course.id)
        return dict((await session.execute(counts.group_by(Enrolment.status))).tuples().all())


@pytest.mark.parametrize("route", ROUTES)
async def test_r2_2_enrolling_is_201_then_200_with_the_same_body(client, as_user, route):
    course = await catalog.course(lessons=2)
    learner = await as_user(await identity.user())
    for key in (course.id, course.slug):
        url, body = route(key)
        answer = await learner.post(url, json=body)
        assert answer.status_code == (201 if key == course.id else 200), answer.text
        assert answer.json()["status"] == "enrolled"
        assert answer.json()["is_active"] is True
        assert answer.json()["user_id"] == answer.json()["student_id"]
    own = (await learner.get("/api/v1/enrollments")).json()
    assert [item["course"]["title"] for item in own] == [course.title]


async def test_enrolling_is_a_few_statements(client, as_user):
    course = await catalog.course()
    await learning.enrolment(await identity.user(), course)
    learner = await as_user(await identity.user())
    for at_most in (13, 3):
        with db.queries(at_most=at_most):
            await learner.post(f"/api/v1/courses/{course.id}/enroll")


async def test_anonymous_enrolling_asks_for_sign_in(client):
    course = await catalog.course()
    answer = await client.post(f"/api/v1/courses/{course.id}/enroll")
    assert answer.status_code == 401
    assert answer.json()["error_code"] == "UNAUTHENTICATED"


async def test_what_one_may_not_see_cannot_be_enrolled_in(as_user, client):
    draft = await catalog.course(published=False)
    learner = await as_user(await identity.user())
    assert (await learner.post(f"/api/v1/courses/{draft.id}/enroll")).status_code == 404
    owner = await identity.user("instructor")
    own = await catalog.course(owner, published=False)
    refused = await (await as_user(owner)).post(f"/api/v1/courses/{own.id}/enroll")
    assert (refused.status_code, refused.json()["error_code"]) == (409, "COURSE_NOT_PUBLISHED")


async def test_an_idempotency_key_gives_the_same_answer_once(as_user, client):
    course = await catalog.course()
    learner = await as_user(await identity.user())
    url = f"/api/v1/courses/{course.id}/enroll"
    first = await learner.post(url, headers={"idempotency-key": "k1"})
    again = await learner.post(url, headers={"idempotency-key": "k1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()


async def test_r2_4_missing_prerequisites_are_named(as_user, client):
    first, second = await catalog.course(lessons=1), await catalog.course(lessons=1)
    course = await catalog.course(prerequisites=[str(first.id), str(second.id)])
    user = await identity.user()
    await learning.completed(user, first)
    learner = await as_user(user)
    refused = await learner.post(f"/api/v1/courses/{course.id}/enroll")
    assert (refused.status_code, refused.json()["error_code"]) == (409, "PREREQUISITES_MISSING")
    assert [item["id"] for item in refused.json()["missing_prerequisites"]] == [str(second.id)]
    await learning.completed(user, second)
    assert (await learner.post(f"/api/v1/courses/{course.id}/enroll")).status_code == 201


async def test_a_priced_course_asks_for_payment_until_staff_enrol(as_user, client):
    owner = await identity.user("instructor")
    course = await catalog.course(owner, price=19.5, currency="EUR")
    user = await identity.user()
    learner = await as_user(user)
    refused = await learner.post(f"/api/v1/courses/{course.id}/enroll")
    assert (refused.status_code, refused.json()["error_code"]) == (402, "PAYMENT_REQUIRED")
    assert (refused.json()["amount"], refused.json()["currency"]) == (19.5, "EUR")
    assert refused.json()["order_url"]
    staff = await as_user(owner)
    given = await staff.post(f"/api/v1/courses/{course.id}/enrollments", json={"user_ids": [str(user.id)]})
    assert given.status_code == 200
    assert given.json()[0]["user"]["email"] == user.email
    mine = (await learner.get("/api/v1/enrollments")).json()[0]
    assert (await learner.delete(f"/api/v1/enrollments/{mine['id']}")).status_code == 204
    assert (await learner.post(f"/api/v1/courses/{course.id}/enroll")).status_code == 201


async def test_only_staff_enrol_others_and_see_who_is_in(as_user, client):
    course = await catalog.course()
    user = await identity.user()
    learner = await as_user(user)
    body = {"user_ids": [str(user.id)]}
    assert (await learner.post(f"/api/v1/courses/{course.id}/enrollments", json=body)).status_code == 403
    assert (await learner.get(f"/api/v1/courses/{course.id}/enrollments")).status_code == 403


async def test_staff_see_everyone_in_few_statements_and_filter_active(as_user, client):
    owner = await identity.user("instructor")
    course = await catalog.course(owner)
    people = [await identity.user() for _ in range(12)]
    made = [await learning.enrolment(person, course) for person in people]
    staff = await as_user(owner)
    await staff.delete(f"/api/v1/enrollments/{made[0].id}")
    with db.queries(at_most=6):
        answer = await staff.get(f"/api/v1/courses/{course.id}/enrollments")
    assert len(answer.json()) == 12
    assert answer.headers["x-total-count"] == "12"
    assert {item["user"]["email"] for item in answer.json()} == {person.email for person in people}
    active = await staff.get(f"/api/v1/courses/{course.id}/enrollments", params={"status": "active"})
    assert len(active.json()) == 11
    dropped = await staff.get(f"/api/v1/courses/{course.id}/enrollments", params={"status": "dropped"})
    assert len(dropped.json()) == 1
    assert (await staff.get(f"/api/v1/courses/{course.id}/enrollments?status=odd")).status_code == 422


async def test_fifty_at_once_on_ten_seats_leave_exactly_ten(database, client, as_user):
    course = await catalog.course(enrollment_limit=10)
    clients = [await as_user(await identity.user()) for _ in range(50)]
    answers = await asyncio.gather(*(one.post(f"/api/v1/courses/{course.id}/enroll") for one in clients))
    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [202] * 40
    assert await statuses(course) == {"enrolled": 10, "waiting": 40}
    places = sorted(answer.json()["place"] for answer in answers if answer.status_code == 202)
    assert places == list(range(1, 41))


async def test_the_same_person_at_once_is_enrolled_once(client, as_user):
    course = await catalog.course()
    learner = await as_user(await identity.user())
    answers = await asyncio.gather(*(learner.post(f"/api/v1/courses/{course.id}/enroll") for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_who_leaves_makes_room_for_the_first_who_waits(client, as_user, jobs):
    course = await catalog.course(enrollment_limit=1, lessons=1)
    first, second, third = [await identity.user() for _ in range(3)]
    seated = await learning.enrolment(first, course)
    waiting = await as_user(second)
    answer = await waiting.post(f"/api/v1/courses/{course.id}/enroll")
    assert (answer.status_code, answer.json()["status"], answer.json()["place"]) == (202, "waiting", 1)
    await learning.enrolment(third, course)
    mine = answer.json()["id"]
    too_early = await waiting.post(f"/api/v1/enrollments/{mine}/accept")
    assert (too_early.status_code, too_early.json()["error_code"]) == (409, "NO_SEAT_OFFERED")
    lesson = (await catalog.lessons(course))[0]
    assert (await waiting.get(f"/api/v1/contents/{lesson.id}")).status_code in (403, 404)

    assert (await (await as_user(first)).delete(f"/api/v1/enrollments/{seated.id}")).status_code == 204
    await jobs()
    offered = (await waiting.get("/api/v1/notifications", params={"type": "learning.seat_offered"})).json()
    assert len(offered) == 1
    accepted = await waiting.post(f"/api/v1/enrollments/{mine}/accept")
    assert (accepted.status_code, accepted.json()["status"]) == (200, "enrolled")
    assert (await waiting.get(f"/api/v1/contents/{lesson.id}")).status_code == 200
    assert (await (await as_user(third)).post(f"/api/v1/enrollments/{mine}/accept")).status_code == 404


async def test_an_offer_nobody_takes_goes_to_the_next_after_48_hours(client, as_user, jobs):
    course = await catalog.course(enrollment_limit=1)
    people = [await identity.user() for _ in range(3)]
    made = [await learning.enrolment(person, course) for person in people]
    async with open_ctx(await identity.actor(people[0])) as ctx:
        await service.drop_enrolment(ctx, made[0].id)
    with db.at(db.clock() + timedelta(hours=48, minutes=1)):
        await jobs()
        third = await as_user(people[2])
        answer = await third.post(f"/api/v1/courses/{course.id}/enroll")
    assert (answer.status_code, answer.json()["status"]) == (201, "enrolled")
    assert await statuses(course) == {"enrolled": 1, "dropped": 2}


async def test_a_raised_limit_is_offered_to_those_who_wait(client, jobs):
    course = await catalog.course(enrollment_limit=1)
    people = [await identity.user() for _ in range(2)]
    made = [await learning.enrolment(person, course) for person in people]
    async with system_ctx() as ctx:
        (await ctx.get(Course, course.id)).enrollment_limit = 5
    with db.at(db.clock() + timedelta(minutes=16)):
        await jobs()
    async with system_ctx() as ctx:
        assert (await ctx.get(Enrolment, made[1].id)).offer_expires_at is not None


async def test_l2_dropped_reads_nothing_and_resumes_with_its_history(client, as_user):
    course = await catalog.course(lessons=2)
    user = await identity.user()
    first, second = await catalog.lessons(course)
    made = await learning.enrolment(user, course)
    await learning.completion(user, course, first)
    learner = await as_user(user)
    assert (await learner.get(f"/api/v1/contents/{second.id}")).status_code == 200
    assert (await learner.delete(f"/api/v1/enrollments/{made.id}")).status_code == 204
    assert (await learner.get(f"/api/v1/contents/{second.id}")).status_code in (403, 404)
    own = (await learner.get("/api/v1/enrollments", params={"status": "dropped"})).json()
    assert own[0]["progress_percentage"] == 50.0
    again = await learner.post(f"/api/v1/courses/{course.id}/enroll")
    assert (again.status_code, again.json()["status"]) == (201, "in_progress")
    assert again.json()["progress_percentage"] == 50.0


async def test_r2_5_an_archived_course_stays_readable_and_read_only(client, as_user):
    course = await catalog.course(lessons=2)
    user, late = await identity.user(), await identity.user()
    made = await learning.enrolment(user, course)
    lesson = (await catalog.lessons(course))[0]
    await catalog.publish(course.id, "archived")
    learner = await as_user(user)
    assert (await learner.get(f"/api/v1/contents/{lesson.id}")).status_code == 200
    assert (await learner.get(f"/api/v1/progress/{user.id}/courses/{course.id}")).status_code == 200
    refused = await learner.patch(f"/api/v1/enrollments/{made.id}/complete", json={"content_id": str(lesson.id)})
    assert (refused.status_code, refused.json()["error_code"]) == (409, "COURSE_ARCHIVED")
    assert (await learner.delete(f"/api/v1/enrollments/{made.id}")).status_code == 409
    assert (await (await as_user(late)).post(f"/api/v1/courses/{course.id}/enroll")).status_code == 404


async def test_the_count_a_course_shows_follows_by_a_job(client, jobs):
    course = await catalog.course()
    for _ in range(3):
        await learning.enrolment(await identity.user(), course)
    with db.at(db.clock() + timedelta(minutes=1)):
        await jobs()
    assert (await client.get(f"/api/v1/courses/{course.id}")).json()["enrollments"] == 3


async def test_another_organisation_sees_nothing(client, as_user):
    from tests.make import orgs

    course = await catalog.course()
    made = await learning.enrolment(await identity.user(), course)
    elsewhere = await orgs.organization()
    stranger = await as_user(await identity.user("admin", organization_id=elsewhere.id))
    assert (await stranger.post(f"/api/v1/courses/{course.id}/enroll")).status_code == 404
    assert (await stranger.get(f"/api/v1/enrollments/{made.id}/progress")).status_code == 404
    assert (await stranger.delete(f"/api/v1/enrollments/{made.id}")).status_code == 404


async def test_a_hundred_people_are_enrolled_by_as_many_statements_as_one(as_user, client, jobs):
    owner = await identity.user("instructor")
    course = await catalog.course(owner, enrollment_limit=60)
    people = [await identity.user() for _ in range(100)]
    [here, back, waits] = people[10], people[20], people[90]
    for person in (here, back):
        await learning.enrolment(person, course)
    staff, url = await as_user(owner), f"/api/v1/courses/{course.id}/enrollments"
    kept = (await (await as_user(back)).get("/api/v1/enrollments")).json()[0]["id"]
    assert (await (await as_user(back)).delete(f"/api/v1/enrollments/{kept}")).status_code == 204
    body = {"user_ids": [str(one.id) for one in people[:50]], "emails": [one.email.upper() for one in people[50:]]}
    with db.queries(at_most=18):
        answer = await staff.post(url, json=body)
    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert [one["user_id"] for one in made] == [str(one.id) for one in people]
    assert [one["status"] for one in made] == ["enrolled"] * 60 + ["waiting"] * 40
    assert [one["place"] for one in made[60:]] == list(range(1, 41))
    assert made[20]["id"] == kept
    async with system_ctx() as ctx:
        told = await ctx.db.scalars(select(EventRow.data).where(EventRow.name == "learning.Enrolled"))
        assert len([one for one in told if one["user_id"] == str(here.id)]) == 1
        rights = await ctx.db.scalar(
            select(func.count()).select_from(Grant).where(Grant.scope == f"course:{course.id}", Grant.role == "student")
        )
        assert rights == 60
    assert (await (await as_user(people[0])).get(f"/api/v1/courses/{course.id}/outline")).json()["status"] == "enrolled"
    assert (await staff.post(url, json=body)).json() == made
    seat = await (await as_user(people[0])).delete(f"/api/v1/enrollments/{made[0]['id']}")
    assert seat.status_code == 204
    first = (await staff.post(url, json={"user_ids": [str(people[60].id), str(waits.id)]})).json()
    assert [one["status"] for one in first] == ["enrolled", "waiting"]
    assert (await (await as_user(people[60])).get(f"/api/v1/courses/{course.id}/outline")).json()[
        "status"
    ] == "enrolled"


async def test_staff_and_the_person_at_once_enrol_once(as_user, client):
    owner = await identity.user("instructor")
    course = await catalog.course(owner)
    people = [await identity.user() for _ in range(8)]
    staff = await as_user(owner)
    theirs = [await as_user(person) for person in people]
    answers = await asyncio.gather(
        staff.post(f"/api/v1/courses/{course.id}/enrollments", json={"user_ids": [str(one.id) for one in people]}),
        *(one.post(f"/api/v1/courses/{course.id}/enroll") for one in theirs),
    )
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert await statuses(course) == {"enrolled": 8}
    async with system_ctx() as ctx:
        told = select(func.count()).select_from(EventRow).where(EventRow.name == "learning.Enrolled")
        assert await ctx.db.scalar(told) == 8


async def test_staff_enrol_by_e_mail_all_or_none_and_learn_nothing_of_others(as_user, client):
    from tests.make import orgs

    owner, user = await identity.user("instructor"), await identity.user()
    elsewhere = await identity.user(organization_id=(await orgs.organization()).id)
    course = await catalog.course(owner)
    staff = await as_user(owner)
    url = f"/api/v1/courses/{course.id}/enrollments"
    answers = [
        (await staff.post(url, json={"emails": [user.email, name]})).json()
        for name in (elsewhere.email, "nobody@example.org")
    ]
    assert [answer["error_code"] for answer in answers] == ["VALIDATION_ERROR"] * 2
    assert answers[0]["detail"].replace(elsewhere.email, "") == answers[1]["detail"].replace("nobody@example.org", "")
    assert await statuses(course) == {}
    assert (await staff.post(url, json={"emails": [user.email.upper()]})).status_code == 200
    assert await statuses(course) == {"enrolled": 1}
