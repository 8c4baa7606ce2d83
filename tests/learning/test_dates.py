"""Dates are set by the editors of a course, for what is in it."""

from datetime import timedelta
from uuid import uuid4

from akademe.kernel import db
from akademe.kernel.ctx import system_ctx
from akademe.learning.models import Section
from tests.make import assessment, catalog, identity, learning


async def test_nobody_sets_dates_for_what_others_teach(client, as_user):
    victim = await catalog.course(lessons=1)
    quiz = await assessment.assessment(victim)
    person = await identity.user("instructor")
    attacker = await as_user(person)
    own = await catalog.course(person, lessons=1)
    enrolment = await learning.enrolment(person, victim)
    lesson = (await catalog.lessons(victim))[0]
    closed = (db.clock() - timedelta(days=1)).isoformat()
    for ref_id in (victim.id, lesson.id, quiz.id, uuid4()):
        for target in ({}, {"user_id": str(person.id)}):
            body = {"ref_id": str(ref_id), "closes_at": closed, "extra_attempts": 100} | target
            refused = await attacker.put(f"/api/v1/courses/{own.id}/dates", json=body)
            assert refused.status_code == 422, refused.text
    url = f"/api/v1/enrollments/{enrolment.id}/complete"
    assert (await attacker.patch(url, json={"content_id": str(lesson.id)})).status_code == 200


async def test_a_lesson_a_quiz_and_the_course_itself_have_dates(client, as_user):
    owner = await identity.user("instructor")
    course = await catalog.course(owner, lessons=1)
    quiz = await assessment.assessment(course)
    lesson = (await catalog.lessons(course))[0]
    staff = await as_user(owner)
    later = (db.clock() + timedelta(days=1)).isoformat()
    for ref_id in (None, course.id, lesson.id, quiz.id):
        body = {"ref_id": str(ref_id) if ref_id else None, "opens_at": later}
        assert (await staff.put(f"/api/v1/courses/{course.id}/dates", json=body)).status_code == 200
    assert len((await staff.get(f"/api/v1/courses/{course.id}/dates")).json()) == 3
    swapped = {"opens_at": later, "closes_at": db.clock().isoformat()}
    assert (await staff.put(f"/api/v1/courses/{course.id}/dates", json=swapped)).status_code == 422


async def test_a_section_has_its_own_dates(client, as_user):
    owner = await identity.user("instructor")
    course = await catalog.course(owner, lessons=1)
    lesson = (await catalog.lessons(course))[0]
    early, late = await identity.user(), await identity.user()
    made = [await learning.enrolment(person, course) for person in (early, late)]
    async with system_ctx() as ctx:
        section = Section(course_id=course.id, name="Second run", created_at=ctx.now)
        ctx.db.add(section)
        await ctx.db.flush()
        (await ctx.get(type(made[1]), made[1].id)).section_id = section.id
    later = (db.clock() + timedelta(days=1)).isoformat()
    body = {"section_id": str(section.id), "opens_at": later}
    assert (await (await as_user(owner)).put(f"/api/v1/courses/{course.id}/dates", json=body)).status_code == 200
    answers = [
        await (await as_user(person)).patch(
            f"/api/v1/enrollments/{one.id}/complete", json={"content_id": str(lesson.id)}
        )
        for person, one in zip((early, late), made, strict=True)
    ]
    assert [answer.status_code for answer in answers] == [200, 409]
    assert answers[1].json()["error_code"] == "NOT_OPEN_YET"
