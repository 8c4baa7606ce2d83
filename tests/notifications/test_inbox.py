"""The inbox, its preferences, and what lands in it (R8.2, R8.4, R2.3, L5)."""

import asyncio
import re
import shutil
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

import akademe
from akademe.kernel import db
from akademe.kernel.ctx import open_ctx, system_ctx
from akademe.kernel.notices import Notice
from akademe.kernel.queue import Job
from akademe.learning import notices as learning_notices
from akademe.learning.service.telling import named_changes
from akademe.notifications import service
from akademe.notifications.models import Notification
from tests.make import catalog, identity, learning

HELLO = learning_notices.ENROLLED


async def tell(user, title="Course one", notice=HELLO):
    async with system_ctx() as ctx:
        await service.notify(ctx, notice, user.id, course_title=title, course_slug="one")


async def test_registering_welcomes(client, jobs):
    body = {"email": "new@example.org", "password": "correct horse battery staple", "first_name": "New"}
    answer = await client.post("/api/v1/auth/register", json=body)
    assert answer.status_code == 201, answer.text
    await jobs()
    token = answer.json().get("access_token")
    headers = {"authorization": f"Bearer {token}"} if token else {}
    inbox = await client.get("/api/v1/notifications", headers=headers)
    assert [item["type"] for item in inbox.json()] == ["identity.welcome"]


async def test_enrolling_tells_the_learner(client, as_user, jobs):
    course = await catalog.course(title="Rivers")
    user = await identity.user()
    await learning.enrolment(user, course)
    await jobs()
    told = (await (await as_user(user)).get("/api/v1/notifications", params={"type": "learning.enrolled"})).json()[0]
    assert told["title"] == "You are enrolled in Rivers"
    assert told["link"] == f"/courses/{course.slug}"
    assert told["read"] is False


async def test_r8_4_the_inbox_is_searched_filtered_and_read(client, as_user):
    user, other = await identity.user(), await identity.user()
    for title in ("Alpha", "Beta", "Gamma 100%"):
        await tell(user, title)
    await tell(other, "Alpha")
    mine = await as_user(user)
    inbox = (await mine.get("/api/v1/notifications")).json()
    assert [item["title"][-4:] for item in inbox] == ["100%", "Beta", "lpha"]
    assert len((await mine.get("/api/v1/notifications", params={"q": "alpha"})).json()) == 1
    assert len((await mine.get("/api/v1/notifications", params={"q": "0%"})).json()) == 1
    assert len((await mine.get("/api/v1/notifications", params={"type": "learning.other"})).json()) == 0
    url = f"/api/v1/notifications/{inbox[0]['id']}"
    assert (await mine.patch(url, json={"read": True})).json()["read"] is True
    assert len((await mine.get("/api/v1/notifications", params={"unread": "true"})).json()) == 2
    assert await service.unread_count(user.id) == 2
    assert (await mine.patch(url, json={"read": False})).json()["read"] is False
    assert (await (await as_user(other)).patch(url, json={"read": True})).status_code == 404
    assert (await mine.post("/api/v1/notifications/read-all")).json() == {"changed": 3}
    assert await service.unread_count(user.id) == 0
    assert await service.unread_count(other.id) == 1
    first = await mine.get("/api/v1/notifications", params={"limit": 2})
    assert 'rel="next"' in first.headers["link"]


async def test_r8_2_what_one_does_not_want_is_not_sent(client, as_user, jobs, settings):
    user = await identity.user()
    await jobs()
    shutil.rmtree(settings.data_dir / "mail")
    mine = await as_user(user)
    listed = (await mine.get("/api/v1/notifications/preferences")).json()["preferences"]
    assert {"type": "learning.enrolled", "label": HELLO.label, "inbox": True, "email": True} in listed
    assert "identity.password_reset" not in {item["type"] for item in listed}
    change = {"preferences": [{"type": "learning.enrolled", "email": False}]}
    assert (await mine.put("/api/v1/notifications/preferences", json=change)).status_code == 200
    await tell(user)
    await jobs()
    kind = {"type": "learning.enrolled"}
    assert len((await mine.get("/api/v1/notifications", params=kind)).json()) == 1
    assert not (settings.data_dir / "mail").exists()
    change["preferences"][0] = {"type": "learning.enrolled", "inbox": False}
    after = (await mine.put("/api/v1/notifications/preferences", json=change)).json()["preferences"]
    assert {"type": "learning.enrolled", "label": HELLO.label, "inbox": False, "email": False} in after
    await tell(user)
    assert len((await mine.get("/api/v1/notifications", params=kind)).json()) == 1
    for kind in ("identity.password_reset", "unknown"):
        refused = await mine.put("/api/v1/notifications/preferences", json={"preferences": [{"type": kind}]})
        assert refused.status_code == 422


async def test_markdown_in_a_title_stays_text(client, as_user):
    user = await identity.user()
    await tell(user, "**bold** <script>alert(1)</script> [x](javascript:1)")
    told = (await (await as_user(user)).get("/api/v1/notifications")).json()[0]
    from akademe.kernel.markdown import render

    assert "<script" not in render(told["body"]).html
    assert "\n" not in told["title"]


async def updated(course, owner):
    """New live text in the course, and the quarter of an hour after it."""
    async with open_ctx(await identity.actor(owner)) as ctx:
        from akademe.catalog import service as catalog_service
        from akademe.catalog.schemas import LessonPatch

        lesson = (await catalog_service.lessons_of(ctx, course.id))[0]
        await catalog_service.update_lesson(ctx, lesson.id, LessonPatch(content="New text."))
        await catalog_service.publish_lesson(ctx, lesson.id)


async def test_r2_3_an_update_is_announced_once_to_those_enrolled(client, as_user, jobs):
    owner = await identity.user("instructor")
    course = await catalog.course(owner, lessons=1)
    stays, leaves = await identity.user(), await identity.user()
    await learning.enrolment(stays, course)
    left = await learning.enrolment(leaves, course)
    async with open_ctx(await identity.actor(leaves)) as ctx:
        from akademe.learning import service as learning_service

        await learning_service.drop_enrolment(ctx, left.id)
    await jobs()
    await updated(course, owner)
    await updated(course, owner)
    await jobs()
    kind = {"type": "learning.course_updated"}
    assert (await (await as_user(stays)).get("/api/v1/notifications", params=kind)).json() == []
    with db.at(db.clock() + timedelta(minutes=16)):
        await jobs()
    async with system_ctx() as ctx:
        told = await ctx.db.scalars(select(Notification.user_id).where(Notification.type == kind["type"]))
        assert list(told) == [stays.id]


async def test_r8_6_many_are_told_in_batches(client, jobs, monkeypatch):
    monkeypatch.setattr(service, "BATCH", 4)
    course = await catalog.course(lessons=1)
    people = [await identity.user() for _ in range(10)]
    for person in people:
        await learning.enrolment(person, course)
    from akademe.learning.events import TellUpdate

    async with system_ctx() as ctx:
        ctx.enqueue(TellUpdate(course_id=course.id, changes="Lesson 1"))
    start = db.clock()
    for minute in range(3):
        with db.at(start + timedelta(minutes=minute)):
            await jobs()
    async with system_ctx() as ctx:
        kind = Notification.type == "learning.course_updated"
        assert await ctx.db.scalar(select(func.count()).select_from(Notification).where(kind)) == 10
        batches = select(func.count()).select_from(Job).where(Job.name == "learning.TellUpdate")
        assert await ctx.db.scalar(batches) == 3


def test_a_few_changes_are_named_and_the_others_counted():
    assert named_changes([]) == ""
    assert named_changes(["A", "B"]) == "A, B"
    assert named_changes([f"L{n}" for n in range(50)]) == "L0, L1, L2, L3, L4 (+45)"


async def test_two_choices_at_once_are_both_kept(client, as_user):
    user = await identity.user()
    mine = await as_user(user)
    url = "/api/v1/notifications/preferences"
    await mine.put(url, json={"preferences": []})
    kinds = ["learning.enrolled", "learning.course_updated", "learning.seat_offered", "learning.certificate_earned"]
    changes = [{"preferences": [{"type": kind, "email": False}]} for kind in kinds]
    answers = await asyncio.gather(*(mine.put(url, json=change) for change in changes))
    assert {answer.status_code for answer in answers} == {200}
    kept = (await mine.get(url)).json()["preferences"]
    assert {one["type"] for one in kept if not one["email"]} == set(kinds)


async def test_a_notice_needs_its_text():
    from akademe.kernel.notices import Manner, notices, words

    folder = Path(akademe.__file__).parent
    texts = [path.read_text("utf-8") for path in folder.glob("*/templates/notices/*.md")]
    fields = {
        name for text in [*texts, *(one.link for one in notices.values())] for name in re.findall(r"{(\w+)}", text)
    }
    for notice in notices.values():
        assert isinstance(notice, Notice)
        shown = words(notice, dict.fromkeys(fields, "x"), Manner("de-DE", "Europe/Berlin"))
        assert shown.title
        assert shown.text
