"""The waiting list of a full course: places, offers, and who may take a seat (R2.2)."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from akademe.catalog.models import Course
from akademe.kernel import db
from akademe.kernel.ctx import open_ctx, system_ctx
from akademe.learning import service
from akademe.learning.models import Enrolment
from akademe.notifications.models import Notification
from tests.make import catalog, identity, learning

LATER = timedelta(hours=48, minutes=1)


async def full(people: int = 3, **fields):
    """A course of one seat: the first person has it, the others wait."""
    course = await catalog.course(enrollment_limit=1, **fields)
    persons = [await identity.user() for _ in range(people)]
    return course, persons, [await learning.enrolment(person, course) for person in persons]


async def leave(user, enrolment):
    async with open_ctx(await identity.actor(user)) as ctx:
        await service.drop_enrolment(ctx, enrolment.id)


async def offers(course) -> int:
    async with system_ctx() as ctx:
        offered = select(Enrolment).where(Enrolment.course_id == course.id, Enrolment.offer_expires_at.is_not(None))
        return len((await ctx.db.scalars(offered)).all())


async def test_fifty_at_once_on_three_seats_and_one_who_leaves(database, client, as_user, jobs):
    course = await catalog.course(enrollment_limit=3)
    clients = [await as_user(await identity.user()) for _ in range(50)]
    answers = await asyncio.gather(*(one.post(f"/api/v1/courses/{course.id}/enroll") for one in clients))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [202] * 47
    seated = next(index for index, answer in enumerate(answers) if answer.status_code == 201)
    first = next(index for index, answer in enumerate(answers) if answer.json()["place"] == 1)
    left = await clients[seated].delete(f"/api/v1/enrollments/{answers[seated].json()['id']}")
    assert left.status_code == 204
    # The offered seat, a newcomer and a click repeated all at once: still three seats.
    newcomer = await as_user(await identity.user())
    accept = f"/api/v1/enrollments/{answers[first].json()['id']}/accept"
    again = await asyncio.gather(
        clients[first].post(accept),
        clients[first].post(accept),
        clients[first].post(f"/api/v1/courses/{course.id}/enroll"),
        newcomer.post(f"/api/v1/courses/{course.id}/enroll"),
        clients[seated].post(f"/api/v1/courses/{course.id}/enroll"),
    )
    assert [answer.status_code // 10 * 10 for answer in again] == [200, 200, 200, 200, 200]
    assert [answer.json()["status"] for answer in again] == ["enrolled"] * 3 + ["waiting"] * 2
    async with system_ctx() as ctx:
        assert (await service.enrolment_counts(ctx, course.id))["enrolled"] == 3


async def test_who_leaves_the_list_moves_the_others_up(client, as_user):
    _, persons, made = await full(4)
    second, last = await as_user(persons[1]), await as_user(persons[3])
    assert (await last.get("/api/v1/enrollments")).json()[0]["place"] == 3
    assert (await second.delete(f"/api/v1/enrollments/{made[1].id}")).status_code == 204
    assert (await last.get("/api/v1/enrollments", params={"status": "waiting"})).json()[0]["place"] == 2
    assert (await second.get("/api/v1/enrollments", params={"status": "active"})).json() == []


async def test_who_leaves_with_an_offer_passes_it_on(client):
    course, persons, made = await full(3)
    await leave(persons[0], made[0])
    await leave(persons[1], made[1])
    async with system_ctx() as ctx:
        assert (await ctx.get(Enrolment, made[2].id)).offer_expires_at is not None
    assert await offers(course) == 1


async def test_an_offer_that_has_passed_is_not_taken(client, as_user):
    _, persons, made = await full(2)
    await leave(persons[0], made[0])
    with db.at(db.clock() + LATER):
        late = await as_user(persons[1])
        refused = await late.post(f"/api/v1/enrollments/{made[1].id}/accept")
    assert (refused.status_code, refused.json()["error_code"]) == (409, "NO_SEAT_OFFERED")


async def test_an_offer_accepted_in_its_last_moment_is_kept(client):
    _, persons, made = await full(2)
    await leave(persons[0], made[0])
    accepted = asyncio.Event()

    async def expire():
        await accepted.wait()
        async with system_ctx(now=db.clock() + LATER) as ctx:
            await service.expire_offer(ctx, made[1].id)

    late = asyncio.create_task(expire())
    async with open_ctx(await identity.actor(persons[1])) as ctx:
        await service.accept_offer(ctx, made[1].id)
        accepted.set()
        await asyncio.sleep(0.2)  # the job has read the offer by now, and waits for the lock
    await late
    async with system_ctx() as ctx:
        assert (await ctx.get(Enrolment, made[1].id)).status == "enrolled"


async def test_staff_seat_somebody_who_holds_an_offer(client, as_user):
    owner = await identity.user("instructor")
    course = await catalog.course(owner, enrollment_limit=1)
    persons = [await identity.user() for _ in range(2)]
    made = [await learning.enrolment(person, course) for person in persons]
    await leave(persons[0], made[0])
    body = {"user_ids": [str(persons[1].id)]}
    given = await (await as_user(owner)).post(f"/api/v1/courses/{course.id}/enrollments", json=body)
    assert given.status_code == 200, given.text
    assert given.json()[0]["status"] == "enrolled"


@pytest.mark.parametrize("fate", ["archived", "draft", "deleted"])
async def test_nobody_is_offered_a_seat_where_nobody_can_enter(client, as_user, jobs, fate):
    owner = await identity.user("instructor")
    course = await catalog.course(owner, enrollment_limit=1)
    persons = [await identity.user() for _ in range(4)]
    made = [await learning.enrolment(person, course) for person in persons]
    await leave(persons[0], made[0])
    staff = await as_user(owner)
    if fate == "deleted":
        assert (await staff.delete(f"/api/v1/courses/{course.id}")).status_code in (200, 204)
    else:
        await catalog.publish(course.id, fate)
        taken = await (await as_user(persons[1])).post(f"/api/v1/enrollments/{made[1].id}/accept")
        code = {"archived": "COURSE_ARCHIVED", "draft": "COURSE_NOT_PUBLISHED"}[fate]
        assert (taken.status_code, taken.json()["error_code"]) == (409, code)
    with db.at(db.clock() + LATER):
        await jobs()
    assert await offers(course) == 0
    async with system_ctx() as ctx:
        (await ctx.get(Course, course.id)).enrollment_limit = 5
        told = select(Notification).where(Notification.type == "learning.seat_offered")
        assert len((await ctx.db.scalars(told)).all()) == 1
    with db.at(db.clock() + LATER + timedelta(minutes=16)):
        await jobs()
    assert await offers(course) == 0
