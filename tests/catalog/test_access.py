"""`can_*` and `visible_*` state the same rule; staff; hostile text."""

import re
from dataclasses import replace
from itertools import product
from urllib.parse import quote

import pytest
from sqlalchemy import select

from akademe.catalog.models import Course, CourseAccess, CourseStatus
from akademe.catalog.policy import (
    can_edit_course,
    can_see_course,
    has_course_access,
    is_course_staff,
    staffed_courses,
    visible_courses,
)
from akademe.kernel.auth import ANONYMOUS, SYSTEM, Actor
from akademe.kernel.ctx import system_ctx
from tests.make import catalog, identity, orgs
from tests.make.xss import PAYLOADS, assert_harmless

API = "/api/v1"


async def _courses(organization_id):
    owner = await identity.user("instructor", organization_id=organization_id)
    made = []
    for status, access in product(CourseStatus, CourseAccess):
        course = await catalog.course(owner, status=status, access=access, published=False)
        made.append(course.id)
    gone = await catalog.course(owner)
    async with system_ctx() as ctx:
        (await ctx.get(Course, gone.id)).deleted_at = ctx.now
    return owner, [*made, gone.id]


async def test_can_and_visible_agree(database):
    home, away = await orgs.default(), await orgs.organization()
    owner, here = await _courses(home.id)
    other_owner, there = await _courses(away.id)
    people = [owner, other_owner, await identity.platform_admin(), await identity.user("admin")]
    for role in ("student", "ta", "instructor"):
        for course_role in ("student", "ta", "instructor", "owner"):
            person = await identity.user(role)
            people.append(person)
            async with system_ctx() as ctx:
                for course_id in here[::2] + there[::2]:
                    await catalog.member(person, await ctx.get(Course, course_id), course_role)
    actors = [await identity.actor(person) for person in people]
    actors += [replace(actor, role="", may_browse=False) for actor in actors]
    actors += [Actor(organization_id=home.id, may_browse=False)]
    actors += [ANONYMOUS, SYSTEM, Actor(organization_id=home.id), Actor(organization_id=away.id)]
    async with system_ctx() as ctx:
        courses = list(await ctx.db.scalars(select(Course)))
        for actor in actors:
            seen = set(await ctx.db.scalars(select(Course.id).where(visible_courses(actor))))
            assert seen == {course.id for course in courses if can_see_course(actor, course)}, actor
            taught = set(await ctx.db.scalars(select(Course.id).where(staffed_courses(actor))))
            assert taught <= {course.id for course in courses if is_course_staff(actor, course)}
            for course in courses:
                assert not has_course_access(actor, course) or can_see_course(actor, course)
                assert not can_edit_course(actor, course) or is_course_staff(actor, course)


async def test_a_catalogue_for_members_alone(as_user, client):
    admin = await as_user(await identity.platform_admin())
    learner, guest = await identity.user("student"), await identity.user("student")
    course = await catalog.course(title="Members read this", lessons=1, access="open")
    home, school = await orgs.default(), await orgs.organization()
    away = await identity.user("student", organization_id=school.id)
    assert (await client.get(f"{API}/courses")).json()
    settings = {"settings": {"catalogue": "members"}}
    assert (await admin.put(f"{API}/organizations/{home.id}", json=settings)).status_code == 200
    for path in (f"/courses/{course.id}", f"/courses/{course.slug}/chapters"):
        assert (await client.get(API + path)).status_code == 404
        assert (await (await as_user(learner)).get(API + path)).status_code == 200
    assert (await client.get(f"{API}/courses")).json() == []
    assert (await client.get(f"{API}/search", params={"q": "members"})).json()["total"] == 0
    assert (await (await as_user(guest)).get(f"{API}/search", params={"q": "members"})).json()["total"] == 1
    assert (await (await as_user(away)).get(f"{API}/courses/{course.id}")).status_code == 404


async def test_staff(as_user):
    owner, colleague, helper, outsider = [await identity.user("instructor") for _ in range(4)]
    stranger = await identity.user("instructor", organization_id=(await orgs.organization()).id)
    course = await catalog.course(owner, published=False)
    where = f"{API}/courses/{course.id}"
    mine, theirs = await as_user(owner), await as_user(colleague)
    assert (await theirs.get(where)).status_code == 404
    added = await mine.post(f"{where}/staff", json={"email": colleague.email, "role": "instructor"})
    assert (added.status_code, added.json()["role"]) == (201, "instructor")
    assert (await theirs.patch(where, json={"title": "Ours"})).status_code == 200
    assert (await theirs.post(f"{where}/staff", json={"user_id": str(outsider.id)})).status_code == 403
    assert (await mine.post(f"{where}/staff", json={"email": stranger.email})).status_code == 422
    assert (await mine.post(f"{where}/staff", json={"email": "nobody@example.org"})).status_code == 422
    assert (await mine.post(f"{where}/staff", json={"user_id": str(helper.id), "role": "ta"})).status_code == 201
    assistant = await as_user(helper)
    assert (await assistant.get(where)).status_code == 200
    assert (await assistant.patch(where, json={"title": "Mine"})).status_code == 403
    assert [row["role"] for row in (await assistant.get(f"{where}/staff")).json()] == ["owner", "instructor", "ta"]
    assert (await mine.delete(f"{where}/staff/{owner.id}")).json()["error_code"] == "LAST_OWNER"
    demoted = await mine.post(f"{where}/staff", json={"user_id": str(owner.id), "role": "ta"})
    assert demoted.status_code == 409
    assert (await mine.post(f"{where}/staff", json={"user_id": str(colleague.id), "role": "owner"})).status_code == 201
    assert (await theirs.delete(f"{where}/staff/{owner.id}")).status_code == 204
    assert (await mine.get(where)).status_code == 404
    assert (await theirs.get(where)).json()["instructor_id"] == str(colleague.id)
    assert (await theirs.delete(f"{where}/staff/{owner.id}")).status_code == 404


async def test_no_payload_survives_in_any_rich_text(as_user, client):
    owner = await identity.user("instructor")
    teacher = await as_user(owner)
    course = await catalog.course(owner, access="open")
    where = f"{API}/courses/{course.id}"
    for payload in dict.fromkeys(PAYLOADS):
        plain = {"title": f"word {payload}"[:255], "category": payload[:255], "tags": [payload[:50]]}
        changed = await teacher.patch(where, json=plain | {"description": payload, "objectives": [payload[:500]]})
        assert changed.status_code == 200, payload
        assert_harmless(changed.json()["description_html"])
        lesson = {
            "title": payload[:255],
            "content_type": "text",
            "content": f"word {payload}",
            "section": payload[:255],
        }
        assert (await teacher.post(f"{where}/lessons", json=lesson)).status_code == 201, payload
    chapters = (await client.get(f"{where}/chapters")).json()
    assert len(chapters) == len(set(PAYLOADS))
    for chapter in chapters:
        assert_harmless(chapter["content_html"])
    for query in ("word", "alert", "script", "word img"):
        for hit in (await client.get(f"{API}/search", params={"q": query, "limit": 100})).json()["results"]:
            assert not re.search(r"<(?!/?mark>)", hit["snippet"]), hit


INJECTIONS = [
    "' OR 1=1 --",
    "x'; DROP TABLE courses; --",
    '" OR ""="',
    "1) UNION SELECT password_hash FROM users --",
    "%",
    "\\",
    "{{7*7}}",
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
]


@pytest.mark.parametrize("text", INJECTIONS)
async def test_no_text_is_a_statement_or_a_path(client, as_user, text):
    await catalog.course(title="The only one", lessons=1)
    for name in ("category", "difficulty_level", "tag", "instructor_id", "price_min", "q", "sort", "status", "cursor"):
        answer = await client.get(f"{API}/courses", params={name: text})
        assert answer.status_code == 422 or (answer.status_code, answer.json()) == (200, []), name
    teacher = await as_user(await identity.user("instructor"))
    for path in (
        "courses",
        "courses/{}/lessons",
        "chapters",
        "contents",
        "modules/{}/contents",
        "files",
        "files/{}/content",
    ):
        url = f"{API}/{path.format(quote(text, safe=''))}" if "{}" in path else f"{API}/{path}/{quote(text, safe='')}"
        assert (await teacher.get(url)).status_code in (404, 422), url
    assert len((await client.get(f"{API}/courses")).json()) == 1
