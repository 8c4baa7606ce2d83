"""Modules, lessons and their versions over HTTP."""

import asyncio
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from akademe.catalog import service
from akademe.catalog.models import Course, Lesson, Module
from akademe.kernel import db
from akademe.kernel.ctx import system_ctx
from akademe.kernel.db import new_id
from akademe.kernel.events import EventRow
from tests.make import catalog, identity

API = "/api/v1"
CONTENT = "# Means\n\nThe *mean* is $\\bar x$."


@pytest.fixture
async def owner(database):
    return await identity.user("instructor")


@pytest.fixture
async def teacher(owner, as_user):
    return await as_user(owner)


async def _events(name):
    async with system_ctx() as ctx:
        return list(await ctx.db.scalars(select(EventRow).where(EventRow.name == f"catalog.{name}")))


async def test_a_lesson_has_every_field_of_the_contract(teacher, owner):
    course = await catalog.course(owner)
    given = {
        "title": "Means",
        "content_type": "video",
        "content": CONTENT,
        "section": "Basics",
        "video_url": "https://example.org/v.mp4",
        "captions": [{"language": "en", "label": "English", "url": "/c.vtt"}],
        "transcript_url": "/t.txt",
        "duration_minutes": 12,
        "is_free": True,
        "is_required": False,
    }
    answer = await teacher.post(f"{API}/courses/{course.slug}/lessons", json=given)
    assert answer.status_code == 201
    made = answer.json()
    assert made | given == made
    assert "<math" in made["content_html"]
    assert (made["order"], made["order_index"], made["version"]) == (1, 1, 1)
    assert made["next_chapter_id"] is made["prev_chapter_id"] is made["quiz_id"] is None
    assert (await teacher.get(f"{API}/contents/{made['id']}")).json() == made
    assert (await teacher.get(f"{API}/contents/{made['id']}")).headers["etag"].startswith('"v1.')
    modules = (await teacher.get(f"{API}/courses/{course.id}/modules")).json()
    assert [(m["title"], m["order"]) for m in modules] == [("Lessons", 1)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": "A"},
        {"content_type": "text"},
        {"title": "A", "content_type": "song"},
        {"title": "A", "content_type": "text", "content": "x" * 200_001},
        {"title": "A", "content_type": "text", "video_url": "javascript:alert(1)"},
        {"title": "A", "content_type": "text", "captions": [{"url": "data:x"}]},
        {"title": "A", "content_type": "text", "duration_minutes": -1},
        {"title": "A", "content_type": "text", "module_id": str(uuid4())},
        {"title": "A", "content_type": "file", "file_id": str(uuid4())},
    ],
)
async def test_wrong_lessons_are_refused(teacher, owner, wrong):
    course = await catalog.course(owner)
    answer = await teacher.post(f"{API}/courses/{course.id}/lessons", json=wrong)
    assert answer.status_code == 422, answer.text


async def test_who_reads_what(teacher, owner, client, as_user):
    course = await catalog.course(owner)
    free = await catalog.lesson(course, is_free=True, content="Free text")
    closed = await catalog.lesson(course, content="Closed text", video_url="https://example.org/v")
    hidden = await catalog.lesson(course, is_active=False, content="Hidden text")
    learner, ta = await identity.user("student"), await identity.user("ta")
    await catalog.member(learner, course)
    await catalog.member(ta, course, "ta")
    student, assistant, stranger = await as_user(learner), await as_user(ta), await as_user(await identity.user())

    async def statuses(lesson):
        people = (client, stranger, student, assistant, teacher)
        return [(await who.get(f"{API}/chapters/{lesson.id}")).status_code for who in people]

    assert await statuses(free) == [200, 200, 200, 200, 200]
    assert await statuses(closed) == [401, 403, 200, 200, 200]
    assert await statuses(hidden) == [404, 404, 404, 200, 200]
    locked = (await client.get(f"{API}/courses/{course.id}/chapters")).json()
    assert [chapter["locked"] for chapter in locked] == [False, True]
    assert locked[1] | {"content": None, "content_html": None, "video_url": None, "file_id": None} == locked[1]
    assert (await stranger.get(f"{API}/chapters/{closed.id}")).json()["course_id"] == str(course.id)
    lines = (await client.get(f"{API}/courses/{course.id}")).json()["modules"][0]["lessons"]
    assert [(line["locked"], line["video_url"]) for line in lines] == [(False, None), (True, None)]
    assert len((await teacher.get(f"{API}/courses/{course.id}/lessons")).json()) == 3
    await teacher.patch(f"{API}/courses/{course.id}", json={"access": "open"})
    assert await statuses(closed) == [200, 200, 200, 200, 200]
    await teacher.patch(f"{API}/courses/{course.id}", json={"status": "draft"})
    assert await statuses(free) == [404, 404, 404, 200, 200]


async def test_next_and_previous_follow_the_order(teacher, owner, client):
    course = await catalog.course(owner, lessons=3, access="open")
    one, two, three = await catalog.lessons(course)
    second = await catalog.module(course, title="Second")
    four = await catalog.lesson(course, module_id=str(second.id))
    await teacher.patch(f"{API}/contents/{two.id}", json={"is_active": False})
    walked, here = [], (await client.get(f"{API}/chapters/{one.id}")).json()
    while True:
        walked.append(here["id"])
        answer = await client.get(f"{API}/chapters/{here['id']}/next")
        if answer.status_code == 404:
            break
        assert answer.json()["prev_chapter_id"] == here["id"]
        here = answer.json()
    assert walked == [str(one.id), str(three.id), str(four.id)]
    assert (await client.get(f"{API}/chapters/{one.id}/previous")).json()["error_code"] == "NO_PREVIOUS_LESSON"
    assert (await client.get(f"{API}/chapters/{four.id}/previous")).json()["id"] == str(three.id)
    chapters = (await client.get(f"{API}/courses/{course.id}/chapters")).json()
    assert [(c["order"], c["order_index"]) for c in chapters] == [(1, 1), (3, 3), (4, 4)]
    lessons = (await client.get(f"{API}/courses/{course.id}/lessons")).json()
    assert [c["order"] for c in lessons] == [1, 3, 1]


async def test_the_outline_is_put_whole_or_not_at_all(teacher, owner):
    course = await catalog.course(owner, lessons=3)
    other = await catalog.course(owner, lessons=1)
    a, b, c = [str(lesson.id) for lesson in await catalog.lessons(course)]
    foreign = str((await catalog.lessons(other))[0].id)
    first = str((await catalog.lessons(course))[0].module_id)
    second = str((await catalog.module(course)).id)
    where = f"{API}/courses/{course.id}/outline"

    async def put(modules, **headers):
        body = {"modules": [{"id": id_, "lessons": lessons} for id_, lessons in modules]}
        return await teacher.put(where, json=body, headers=headers)

    async def order():
        modules = (await teacher.get(f"{API}/courses/{course.id}/modules")).json()
        return [(m["id"], [lesson["id"] for lesson in m["lessons"]]) for m in modules]

    before = await order()
    for wrong, code in (
        ([(first, [a, b]), (second, [])], "missing"),
        ([(first, [a, b, c])], "missing"),
        ([(first, [a, b, c]), (second, [foreign])], "foreign"),
        ([(first, [a, b, c]), (second, []), (str(new_id()), [])], "foreign"),
        ([(first, [a, b, c, a]), (second, [])], ""),
    ):
        answer = await put(wrong)
        assert (answer.status_code, answer.json()["error_code"]) == (422, "OUTLINE_MISMATCH")
        assert not code or answer.json()[code]
        assert await order() == before
    wanted = [(second, [c, a]), (first, [b])]
    good = await put(wanted, **{"If-Match": '"v1"'})
    assert good.status_code == 200
    assert await order() == wanted == [(m["id"], [x["id"] for x in m["lessons"]]) for m in good.json()]
    late = await put(before, **{"If-Match": '"v1"'})
    assert late.status_code == 412
    lessons = (await teacher.get(f"{API}/courses/{course.id}/lessons")).json()
    assert [(lesson["order"], lesson["order_index"]) for lesson in lessons] == [(1, 1), (2, 2), (1, 3)]


async def test_a_failing_reorder_leaves_nothing(teacher, owner, monkeypatch):
    course = await catalog.course(owner, lessons=3)
    rows = await catalog.lessons(course)

    async def fail(*_):
        raise RuntimeError("in the middle")

    monkeypatch.setattr("akademe.catalog.service.modules._show_moved", fail)
    body = {"modules": [{"id": str(rows[0].module_id), "lessons": [str(row.id) for row in reversed(rows)]}]}
    assert (await teacher.put(f"{API}/courses/{course.id}/outline", json=body)).status_code == 500
    assert [row.id for row in await catalog.lessons(course)] == [row.id for row in rows]


async def test_places_stay_without_gaps(teacher, owner):
    course = await catalog.course(owner, lessons=4)
    rows = await catalog.lessons(course)
    front = (await teacher.post(f"{API}/courses/{course.id}/modules", json={"title": "Front", "order": 1})).json()
    assert front["order"] == 1
    added = await teacher.post(f"{API}/modules/{front['id']}/contents", json={"title": "New", "content_type": "text"})
    assert added.json()["order_index"] == 1
    await teacher.patch(f"{API}/contents/{rows[3].id}", json={"order": 1})
    await teacher.delete(f"{API}/contents/{rows[1].id}")
    await teacher.patch(f"{API}/contents/{rows[2].id}", json={"module_id": front["id"]})

    async def titles():
        lessons = (await teacher.get(f"{API}/courses/{course.id}/lessons")).json()
        assert [lesson["order_index"] for lesson in lessons] == list(range(1, len(lessons) + 1))
        return [lesson["title"] for lesson in lessons]

    assert await titles() == ["New", "Lesson 3", "Lesson 4", "Lesson 1"]
    back = await teacher.post(f"{API}/contents/{rows[1].id}/restore")
    assert back.json()["order"] == 3
    await teacher.patch(f"{API}/modules/{front['id']}", json={"order": 2})
    assert await titles() == ["Lesson 4", "Lesson 1", "Lesson 2", "New", "Lesson 3"]
    assert (await teacher.delete(f"{API}/modules/{front['id']}")).status_code == 204
    assert await titles() == ["Lesson 4", "Lesson 1", "Lesson 2"]


async def test_two_creates_at_once_get_two_places(teacher, owner):
    course = await catalog.course(owner)
    given = {"title": "At once", "content_type": "text"}
    answers = await asyncio.gather(*(teacher.post(f"{API}/courses/{course.id}/lessons", json=given) for _ in range(5)))
    assert sorted(answer.json()["order_index"] for answer in answers) == [1, 2, 3, 4, 5]


async def test_a_hidden_module_hides_its_lessons(teacher, owner, client):
    course = await catalog.course(owner, lessons=2, access="open")
    module_id = (await catalog.lessons(course))[0].module_id
    await teacher.patch(f"{API}/modules/{module_id}", json={"is_active": False})
    assert (await client.get(f"{API}/courses/{course.id}/modules")).json() == []
    assert (await client.get(f"{API}/search/chapters", params={"q": "lesson"})).json()["total"] == 0
    await teacher.patch(f"{API}/modules/{module_id}", json={"is_active": True})
    assert len((await client.get(f"{API}/courses/{course.id}/lessons")).json()) == 2


async def test_two_people_editing_one_lesson_lose_nothing(teacher, owner, as_user):
    course = await catalog.course(owner, lessons=1)
    colleague = await identity.user("instructor")
    await catalog.member(colleague, course, "instructor")
    other = await as_user(colleague)
    lesson = (await catalog.lessons(course))[0]
    where = f"{API}/contents/{lesson.id}"
    etag = (await teacher.get(where)).headers["etag"]
    mine, theirs = await asyncio.gather(
        teacher.patch(where, json={"content": "Mine"}, headers={"If-Match": etag}),
        other.patch(where, json={"content": "Theirs"}, headers={"If-Match": etag}),
    )
    assert sorted([mine.status_code, theirs.status_code]) == [200, 412]
    won, lost = (mine, theirs) if mine.status_code == 200 else (theirs, mine)
    assert lost.json()["error_code"] == "LESSON_CHANGED"
    assert lost.json()["version"] == 2
    assert (await teacher.get(where)).json()["content"] == won.json()["content"]
    again = await other.patch(where, json={"content": "Merged"}, headers={"If-Match": won.headers["etag"]})
    assert again.json()["version"] == 3
    versions = (await teacher.get(f"{where}/versions", params={"content": True})).json()
    assert [row["content"] for row in versions] == ["Merged", won.json()["content"], "Text of lesson 1."]
    assert versions[1]["author_name"]


async def test_a_draft_stays_beside_the_live_text(teacher, owner, client):
    course = await catalog.course(owner, access="open")
    lesson = await catalog.lesson(course, title="Live", content="Old words")
    where = f"{API}/contents/{lesson.id}"
    draft = await teacher.patch(where, json={"content": "New secret words", "draft": True})
    assert (draft.json()["content"], draft.json()["draft_content"]) == ("Old words", "New secret words")
    seen = (await client.get(f"{API}/chapters/{lesson.id}")).json()
    assert seen["content"] == "Old words"
    assert "draft_content" not in seen
    assert "has_draft" not in seen
    assert (await client.get(f"{API}/search", params={"q": "secret"})).json()["total"] == 0
    unrelated = await teacher.patch(where, json={"is_free": True})
    assert unrelated.json()["has_draft"] is True
    published = await teacher.patch(where, json={"draft": False})
    assert published.json()["has_draft"] is False
    assert (await client.get(f"{API}/chapters/{lesson.id}")).json()["content"] == "New secret words"
    assert (await client.get(f"{API}/search", params={"q": "secret"})).json()["total"] == 1
    versions = (await teacher.get(f"{where}/versions")).json()
    assert [row["is_live"] for row in versions] == [True, False, False]


async def test_a_lesson_begun_as_a_draft_is_shown_to_staff_alone(teacher, owner, client):
    course = await catalog.course(owner, access="open")
    lesson = await catalog.lesson(course, title="Begun", content="Not yet", draft=True)
    assert (await client.get(f"{API}/courses/{course.id}/lessons")).json() == []
    assert (await client.get(f"{API}/chapters/{lesson.id}")).status_code == 404
    assert (await client.get(f"{API}/search", params={"q": "begun"})).json()["total"] == 0
    assert (await teacher.get(f"{API}/contents/{lesson.id}")).json()["draft_content"] == "Not yet"
    await teacher.patch(f"{API}/contents/{lesson.id}", json={"draft": False})
    assert (await client.get(f"{API}/chapters/{lesson.id}")).json()["content"] == "Not yet"


async def test_versions_diff_and_restore(teacher, owner):
    course = await catalog.course(owner)
    lesson = await catalog.lesson(course, title="T", content="one\ntwo\nthree")
    where = f"{API}/contents/{lesson.id}"
    await teacher.patch(where, json={"content": "one\ntwo changed\nthree\nfour", "note": "More"})
    diff = (await teacher.get(f"{where}/versions/1/diff", params={"to": 2})).json()
    assert [line["kind"] for line in diff["lines"]] == ["equal", "replace", "equal", "insert"]
    assert [part["kind"] for part in diff["lines"][1]["parts"]] == ["equal", "insert"]
    restored = await teacher.post(f"{where}/versions/1/restore")
    assert (restored.json()["content"], restored.json()["version"]) == ("one\ntwo\nthree", 3)
    notes = [row["note"] for row in (await teacher.get(f"{where}/versions")).json()]
    assert notes == ["Restored from version 1", "More", ""]
    assert (await teacher.post(f"{where}/versions/99/restore")).status_code == 404


async def test_changes_are_announced_once(teacher, owner, jobs):
    course = await catalog.course(owner, lessons=2)
    one, two = await catalog.lessons(course)
    for lesson in (one, two, one):
        await teacher.patch(f"{API}/contents/{lesson.id}", json={"content": f"New {uuid4()}"})
    await jobs()
    assert await _events("CourseUpdated") == []
    with db.at(db.clock() + timedelta(minutes=16)):
        await jobs()
    told = await _events("CourseUpdated")
    assert len(told) == 1
    assert set(told[0].data["lesson_ids"]) == {str(one.id), str(two.id)}


async def test_a_draft_course_announces_nothing(teacher, owner, jobs):
    course = await catalog.course(owner, lessons=1, published=False)
    lesson = (await catalog.lessons(course))[0]
    await teacher.patch(f"{API}/contents/{lesson.id}", json={"content": "New"})
    with db.at(db.clock() + timedelta(minutes=16)):
        await jobs()
    assert await _events("CourseUpdated") == []
    assert len(await _events("LessonPublished")) == 2


async def test_reading_a_lesson_takes_two_queries(owner, as_user):
    learner = await identity.user("student")
    course = await catalog.course(owner, lessons=3)
    await catalog.member(learner, course)
    lesson = (await catalog.lessons(course))[1]
    student = await as_user(learner)
    for path in (f"/chapters/{lesson.id}", f"/contents/{lesson.id}"):
        with db.queries(at_most=2):
            answer = await student.get(API + path)
        assert answer.json()["next_chapter_id"]


async def test_a_course_holds_2000_lessons(teacher, owner):
    course = await catalog.course(owner, lessons=1)
    first = (await catalog.lessons(course))[0]
    columns = {name.key: getattr(first, name.key) for name in Lesson.__table__.columns}
    async with system_ctx() as ctx:
        rows = [columns | {"id": new_id(), "position": n, "order_index": n} for n in range(2, 2001)]
        await ctx.db.execute(Lesson.__table__.insert(), rows)
    full = await teacher.post(f"{API}/courses/{course.id}/lessons", json={"title": "A", "content_type": "text"})
    assert (full.status_code, full.json()["error_code"]) == (409, "COURSE_FULL")
    started = time.perf_counter()
    ids = [lesson["id"] for lesson in (await teacher.get(f"{API}/courses/{course.id}/lessons")).json()]
    assert len(ids) == 2000
    body = {"modules": [{"id": str(first.module_id), "lessons": ids[::-1]}]}
    assert (await teacher.put(f"{API}/courses/{course.id}/outline", json=body)).status_code == 200
    assert time.perf_counter() - started < 5


async def test_html_of_an_older_renderer_is_made_anew(teacher, owner, client):
    course = await catalog.course(owner, access="open")
    lesson = await catalog.lesson(course, content="Some *text*")
    async with system_ctx() as ctx:
        row = await ctx.get(Lesson, lesson.id)
        row.content_html, row.html_renderer = "<p>old</p>", 0
    assert "<em>text</em>" in (await client.get(f"{API}/chapters/{lesson.id}")).json()["content_html"]
    async with system_ctx() as ctx:
        await service.render_anew(ctx)
    async with system_ctx() as ctx:
        assert "<em>text</em>" in (await ctx.get(Lesson, lesson.id)).content_html


async def test_services_for_higher_domains(owner, client):
    course = await catalog.course(owner, lessons=1, access="open")
    lesson = (await catalog.lessons(course))[0]
    quiz = new_id()
    async with system_ctx() as ctx:
        await service.set_lesson_quizzes(ctx, [service.LessonQuiz(lesson.id, quiz)])
        await service.set_course_counts(ctx, course.id, enrollments=7)
    async with system_ctx() as ctx:
        assert (await ctx.get(Course, course.id)).enrollments == 7
    seen = (await client.get(f"{API}/chapters/{lesson.id}")).json()
    assert (seen["quiz_id"], seen["version"]) == (str(quiz), 1)


async def test_saving_what_is_there_already_is_no_edit(teacher, owner):
    course = await catalog.course(owner)
    lesson = await catalog.lesson(course, content="Same")
    where = f"{API}/contents/{lesson.id}"
    whole = (await teacher.get(where)).json()
    assert (await teacher.patch(where, json=whole)).json()["version"] == 1
    assert len((await teacher.get(f"{where}/versions")).json()) == 1
    moved = await teacher.patch(where, json={"video_url": "https://example.org/v"})
    assert moved.json()["version"] == 2
    assert (await teacher.patch(where, json={"video_url": None})).json()["video_url"] is None
    assert len((await teacher.get(f"{where}/versions")).json()) == 1


async def test_a_new_title_publishes_no_waiting_draft(teacher, owner, client):
    course = await catalog.course(owner, access="open")
    lesson = await catalog.lesson(course, title="Old", content="Old words")
    where = f"{API}/contents/{lesson.id}"
    await teacher.patch(where, json={"content": "New secret words", "draft": True})
    renamed = (await teacher.patch(where, json={"title": "New"})).json()
    assert (renamed["title"], renamed["content"], renamed["draft_content"]) == ("New", "Old words", "New secret words")
    seen = (await client.get(f"{API}/chapters/{lesson.id}")).json()
    assert (seen["title"], seen["content"]) == ("New", "Old words")
    published = (await teacher.patch(where, json={"draft": False})).json()
    assert (published["title"], published["content"], published["has_draft"]) == ("New", "New secret words", False)


async def test_a_lesson_begun_as_a_draft_is_renamed_as_a_draft(teacher, owner, client):
    course = await catalog.course(owner, access="open")
    lesson = await catalog.lesson(course, title="Begun", content="Not yet", draft=True)
    renamed = (await teacher.patch(f"{API}/contents/{lesson.id}", json={"title": "Renamed"})).json()
    assert (renamed["title"], renamed["draft_title"], renamed["draft_content"]) == ("Renamed", "Renamed", "Not yet")
    assert (await client.get(f"{API}/chapters/{lesson.id}")).status_code == 404


async def test_versions_of_an_archived_course_are_read_and_not_restored(teacher, owner):
    course = await catalog.course(owner, lessons=1)
    lesson = (await catalog.lessons(course))[0]
    where = f"{API}/contents/{lesson.id}/versions"
    await teacher.patch(f"{API}/contents/{lesson.id}", json={"content": "Two"})
    await catalog.publish(course.id, "archived")
    assert len((await teacher.get(where)).json()) == 2
    assert (await teacher.get(f"{where}/1/diff", params={"to": 2})).status_code == 200
    assert (await teacher.post(f"{where}/1/restore")).json()["error_code"] == "COURSE_READ_ONLY"


async def test_what_counts_is_told(teacher, owner):
    """Learners whose last open lesson goes, or comes back, are counted anew."""
    course = await catalog.course(owner, lessons=2)
    one, two = await catalog.lessons(course)
    where = f"{API}/contents/{one.id}"
    told = 0
    for call in (
        teacher.patch(where, json={"is_active": False}),
        teacher.patch(where, json={"is_active": True}),
        teacher.patch(where, json={"is_required": False}),
        teacher.patch(f"{API}/modules/{one.module_id}", json={"is_active": False}),
    ):
        assert (await call).status_code == 200
        told += 1
        assert len(await _events("OutlineChanged")) == told
    await teacher.delete(f"{API}/contents/{two.id}")
    await teacher.post(f"{API}/contents/{two.id}/restore")
    assert len(await _events("OutlineChanged")) == told + 1
    await teacher.patch(where, json={"duration_minutes": 5, "content": "More"})
    assert len(await _events("OutlineChanged")) == told + 1


async def test_a_course_holds_500_modules(teacher, owner):
    course = await catalog.course(owner)
    first = await catalog.module(course)
    columns = {name.key: getattr(first, name.key) for name in Module.__table__.columns}
    async with system_ctx() as ctx:
        await ctx.db.execute(
            Module.__table__.insert(), [columns | {"id": new_id(), "position": n} for n in range(2, 501)]
        )
    full = await teacher.post(f"{API}/courses/{course.id}/modules", json={"title": "One more"})
    assert (full.status_code, full.json()["error_code"]) == (409, "COURSE_FULL")


async def test_if_match_keeps_two_editors_of_a_module_apart(teacher, owner):
    course = await catalog.course(owner)
    made = await teacher.post(f"/api/v1/courses/{course.id}/modules", json={"title": "Week 1"})
    etag, where = made.headers["etag"], f"/api/v1/modules/{made.json()['id']}"
    first = await teacher.patch(where, json={"title": "One"}, headers={"If-Match": etag})
    assert (first.status_code, first.json()["version"]) == (200, 2)
    late = await teacher.patch(where, json={"title": "Two"}, headers={"If-Match": etag})
    assert (late.status_code, late.json()["version"]) == (412, 2)
    assert "version 2" in late.json()["detail"]
    again = await teacher.patch(where, json={"description": "Kept"}, headers={"If-Match": first.headers["etag"]})
    assert (again.json()["title"], again.json()["description"]) == ("One", "Kept")
    assert (await teacher.patch(where, json={"title": "Two"})).json()["version"] == 4
    modules = (await teacher.get(f"/api/v1/courses/{course.id}/modules")).json()
    assert [one["version"] for one in modules if one["id"] == made.json()["id"]] == [4]


async def test_an_etag_names_the_whole_answer_and_if_match_the_version(teacher, owner):
    course = await catalog.course(owner)
    where = f"{API}/courses/{course.id}"
    before = await teacher.get(where)
    assert (await teacher.get(where, headers={"If-None-Match": before.headers["etag"]})).status_code == 304
    await catalog.lesson(course, title="New")
    after = await teacher.get(where, headers={"If-None-Match": before.headers["etag"]})
    assert after.json()["modules"][0]["lessons"][0]["title"] == "New"
    saved = await teacher.patch(where, json={"title": "Mine"}, headers={"If-Match": before.headers["etag"]})
    assert saved.status_code == 200
    late = await teacher.patch(where, json={"title": "Theirs"}, headers={"If-Match": after.headers["etag"]})
    assert late.status_code == 412


async def test_a_new_video_and_a_lesson_shown_at_last_are_news(teacher, owner, jobs):
    course = await catalog.course(owner, lessons=2)
    one, two = await catalog.lessons(course)
    await teacher.patch(f"{API}/contents/{two.id}", json={"is_active": False})
    with db.at(db.clock() + timedelta(minutes=16)):
        await jobs()
        assert len(await _events("CourseUpdated")) == 1  # the two lessons themselves
        await teacher.patch(f"{API}/contents/{one.id}", json={"video_url": "https://example.org/v.mp4"})
        await teacher.patch(f"{API}/contents/{two.id}", json={"is_active": True})
        await teacher.patch(f"{API}/contents/{one.id}", json={"duration_minutes": 3})
    with db.at(db.clock() + timedelta(minutes=40)):
        await jobs()
    told = await _events("CourseUpdated")
    assert len(told) == 2
    assert set(told[1].data["lesson_ids"]) == {str(one.id), str(two.id)}


async def test_sending_a_lesson_back_unchanged_touches_no_draft(teacher, owner, client):
    course = await catalog.course(owner, access="open")
    live = await catalog.lesson(course, title="Live", content="Old words")
    begun = await catalog.lesson(course, title="Begun", content="Not yet", draft=True)
    await teacher.patch(f"{API}/contents/{live.id}", json={"title": "Next", "content": "New words", "draft": True})
    for lesson in (live, begun):
        whole = (await teacher.get(f"{API}/contents/{lesson.id}")).json()
        again = (await teacher.patch(f"{API}/contents/{lesson.id}", json=whole)).json()
        assert again == whole
    changed = (await teacher.patch(f"{API}/contents/{live.id}", json={"content": "Now"})).json()
    assert (changed["title"], changed["content"], changed["has_draft"]) == ("Live", "Now", False)
    assert (await client.get(f"{API}/chapters/{begun.id}")).status_code == 404


async def test_who_did_all_but_a_lesson_that_is_hidden_now_is_done(teacher, owner, as_user, jobs):
    course = await catalog.course(owner, lessons=3)
    one, two, three = await catalog.lessons(course)
    student = await as_user(await identity.user("student"))
    enrolment = (await student.post(f"{API}/courses/{course.id}/enroll")).json()
    for lesson in (one, two):
        done = await student.patch(f"{API}/enrollments/{enrolment['id']}/complete", json={"content_id": str(lesson.id)})
        assert done.status_code == 200
    await jobs()
    await teacher.patch(f"{API}/contents/{three.id}", json={"is_active": False})
    for minutes in (1, 2):  # the event is heard, then the count is due
        with db.at(db.clock() + timedelta(minutes=minutes)):
            await jobs()
    (mine,) = (await student.get(f"{API}/enrollments")).json()
    assert (mine["status"], mine["progress_percentage"]) == ("completed", 100)
