"""Courses over HTTP: made, listed, changed, published, deleted, restored."""

import asyncio
from datetime import timedelta

import pytest

from akademe.catalog import service
from akademe.catalog.models import Course, Lesson, LessonVersion
from akademe.catalog.schemas import CourseIn
from akademe.kernel import db
from akademe.kernel.ctx import open_ctx, system_ctx
from tests.make import catalog, identity, orgs

API = "/api/v1"


async def test_a_course_has_every_field_of_the_contract(as_user):
    teacher = await as_user(await identity.user("instructor"))
    first = (await teacher.post(f"{API}/courses", json={"title": "First"})).json()
    given = {
        "title": "  Plain Statistics ",
        "description": "What the *mean* means.",
        "category": "Mathematics",
        "tags": ["numbers", "data", "numbers"],
        "difficulty_level": "intermediate",
        "duration_hours": 6.5,
        "price": 19.99,
        "currency": "eur",
        "access": "open",
        "enrollment_limit": 30,
        "prerequisites": [first["slug"]],
        "objectives": ["Read a histogram"],
        "thumbnail": "https://example.org/cover.png",
        "video_url": "/api/v1/files/x/content",
        "language": "en-GB",
        "certificate": False,
        "is_published": True,
    }
    answer = await teacher.post(f"{API}/courses", json=given)
    assert answer.status_code == 201
    made = answer.json()
    assert made["title"] == "Plain Statistics"
    assert made["slug"] == "plain-statistics"
    assert made["tags"] == ["numbers", "data"]
    assert (made["price"], made["currency"]) == (19.99, "EUR")
    assert made["prerequisites"] == [first["id"]]
    assert made["status"] == "published"
    assert made["is_published"] is True
    assert made["thumbnail"] == made["thumbnail_url"] == "https://example.org/cover.png"
    assert made["instructor"]["id"] == made["instructor_id"]
    assert made["ai_suggestions"] == []
    assert made["modules"] == []
    assert "<em>mean</em>" in made["description_html"]
    for name in ("duration_hours", "access", "enrollment_limit", "objectives", "language", "certificate"):
        assert made[name] == given[name]
    assert (await teacher.get(f"{API}/courses/plain-statistics")).json() == made


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "   "},
        {"title": "x" * 256},
        {"title": None},
        {},
        {"title": "A", "price": -1},
        {"title": "A", "price": "free"},
        {"title": "A", "duration_hours": -1},
        {"title": "A", "difficulty_level": "expert"},
        {"title": "A", "status": "hidden"},
        {"title": "A", "access": "some"},
        {"title": "A", "slug": "new"},
        {"title": "A", "slug": "Not A Slug"},
        {"title": "A", "slug": "01a1f917-81f8-7113-be85-1c50a08852cc"},
        {"title": "A", "thumbnail_url": "javascript:alert(1)"},
        {"title": "A", "video_url": "//evil.example"},
        {"title": "A", "enrollment_limit": 0},
        {"title": "A", "prerequisites": ["no-such-course"]},
        {"title": "A", "tags": [""]},
        {"title": "A", "currency": "euro"},
        {"title": "A", "language": "<script>"},
    ],
)
async def test_wrong_values_are_refused_by_name(as_user, wrong):
    teacher = await as_user(await identity.user("instructor"))
    answer = await teacher.post(f"{API}/courses", json=wrong)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"]


async def test_slugs_are_unique_within_the_organisation(as_user):
    owner = await identity.user("instructor")
    teacher = await as_user(owner)
    made = await asyncio.gather(*(teacher.post(f"{API}/courses", json={"title": "Same Title"}) for _ in range(4)))
    assert sorted(answer.json()["slug"] for answer in made) == [
        "same-title",
        "same-title-2",
        "same-title-3",
        "same-title-4",
    ]
    chosen = await teacher.post(f"{API}/courses", json={"title": "Other", "slug": "same-title"})
    assert (chosen.status_code, chosen.json()["error_code"]) == (409, "SLUG_TAKEN")
    elsewhere = await orgs.organization()
    other = await as_user(await identity.user("instructor", organization_id=elsewhere.id))
    assert (await other.post(f"{API}/courses", json={"title": "Same Title"})).json()["slug"] == "same-title"
    reserved = await teacher.post(f"{API}/courses", json={"title": "Analytics"})
    assert reserved.json()["slug"] == "course-analytics"
    nameless = await teacher.post(f"{API}/courses", json={"title": "统计学"})
    assert nameless.json()["slug"] == "course"


async def test_only_an_admin_names_another_instructor(as_user):
    colleague = await identity.user("instructor")
    student = await identity.user("student")
    teacher, admin = await as_user(await identity.user("instructor")), await as_user(await identity.user("admin"))
    given = {"title": "A", "instructor_id": str(colleague.id)}
    assert (await teacher.post(f"{API}/courses", json=given)).status_code == 403
    made = await admin.post(f"{API}/courses", json=given)
    assert made.json()["instructor_id"] == str(colleague.id)
    staff = (await (await as_user(colleague)).get(f"{API}/courses/{made.json()['id']}/staff")).json()
    assert [(row["user_id"], row["role"]) for row in staff] == [(str(colleague.id), "owner")]
    wrong = await admin.post(f"{API}/courses", json=given | {"instructor_id": str(student.id)})
    assert wrong.status_code == 422


async def test_put_and_patch_change_only_what_is_sent(as_user):
    owner = await identity.user("instructor")
    teacher = await as_user(owner)
    course = await catalog.course(owner, description="Before", tags=["a"], price=5, published=False)
    where = f"{API}/courses/{course.id}"
    changed = await teacher.patch(where, json={"category": "Science"})
    assert changed.json()["description"] == "Before"
    assert changed.json()["tags"] == ["a"]
    assert changed.json()["version"] == 2
    whole = changed.json() | {"is_published": True}
    published = await teacher.put(where, json=whole)
    assert published.json()["status"] == "published"
    again = await teacher.put(where, json=published.json())
    assert again.json()["version"] == published.json()["version"]
    unpublished = await teacher.put(where, json={"is_published": False})
    assert unpublished.json()["status"] == "draft"
    assert (await teacher.patch(where, json={"title": None})).status_code == 422


async def test_if_match_keeps_two_editors_apart(as_user):
    owner = await identity.user("instructor")
    teacher = await as_user(owner)
    course = await catalog.course(owner)
    where = f"{API}/courses/{course.id}"
    etag = (await teacher.get(where)).headers["etag"]
    assert (await teacher.patch(where, json={"title": "One"}, headers={"If-Match": etag})).status_code == 200
    late = await teacher.patch(where, json={"title": "Two"}, headers={"If-Match": etag})
    assert late.status_code == 412
    assert late.json()["version"] == 2
    assert (await teacher.get(where)).json()["title"] == "One"


async def test_prerequisites_form_no_circle(as_user):
    owner = await identity.user("instructor")
    teacher = await as_user(owner)
    a, b, c = [await catalog.course(owner) for _ in range(3)]
    for course, requires in ((b, a), (c, b)):
        answer = await teacher.patch(f"{API}/courses/{course.id}", json={"prerequisites": [str(requires.id)]})
        assert answer.json()["prerequisites"] == [str(requires.id)]
    circle = await teacher.patch(f"{API}/courses/{a.id}", json={"prerequisites": [str(c.id)]})
    assert circle.status_code == 422
    itself = await teacher.patch(f"{API}/courses/{a.id}", json={"prerequisites": [str(a.id)]})
    assert itself.status_code == 422
    async with system_ctx() as ctx:
        assert [course.id for course in await service.prerequisites_of(ctx, c.id)] == [b.id]


async def test_an_archived_course_is_read_only(as_user):
    owner, learner = await identity.user("instructor"), await identity.user("student")
    teacher, student, stranger = await as_user(owner), await as_user(learner), await as_user(await identity.user())
    course = await catalog.course(owner, lessons=1)
    await catalog.member(learner, course)
    where = f"{API}/courses/{course.id}"
    assert (await teacher.patch(where, json={"status": "archived"})).json()["status"] == "archived"
    for change in (
        teacher.patch(where, json={"title": "New"}),
        teacher.post(f"{where}/lessons", json={"title": "L", "content_type": "text"}),
        teacher.post(f"{where}/modules", json={"title": "M"}),
    ):
        answer = await change
        assert (answer.status_code, answer.json()["error_code"]) == (409, "COURSE_READ_ONLY")
    lesson = (await student.get(f"{where}/chapters")).json()[0]
    assert lesson["content"] == "Text of lesson 1."
    assert (await stranger.get(where)).status_code == 404
    assert (await teacher.patch(where, json={"status": "published", "title": "New"})).json()["title"] == "New"


async def test_delete_and_restore(client, as_user, jobs):
    owner = await identity.user("instructor")
    teacher, colleague = await as_user(owner), await identity.user("instructor")
    course = await catalog.course(owner, title="Botany", lessons=2)
    await catalog.member(colleague, course, "instructor")
    where = f"{API}/courses/{course.id}"
    assert (await client.get(where)).status_code == 200
    assert (await (await as_user(colleague)).delete(where)).status_code == 403
    assert (await teacher.delete(where)).status_code == 204
    assert (await client.get(where)).status_code == 404
    assert (await client.get(f"{API}/courses")).json() == []
    assert (await client.get(f"{API}/search", params={"q": "botany"})).json()["total"] == 0
    other = (await teacher.post(f"{API}/courses", json={"title": "Botany"})).json()
    assert other["slug"] == "botany"
    for somebody in (colleague, await identity.user("instructor"), await identity.user()):
        assert (await (await as_user(somebody)).post(f"{where}/restore")).status_code == 404
    back = await teacher.post(f"{where}/restore")
    assert (back.json()["slug"], back.json()["status"]) == ("botany-2", "draft")
    assert len(back.json()["modules"][0]["lessons"]) == 2
    assert (await teacher.post(f"{where}/restore")).status_code == 404


async def test_the_purge_erases_texts_after_30_days(as_user, database):
    owner = await identity.user("instructor")
    course = await catalog.course(owner, description="Secret text", lessons=2)
    await (await as_user(owner)).delete(f"{API}/courses/{course.id}")
    for days, erased in ((29, False), (31, True)):
        with db.at(db.clock() + timedelta(days=days)):
            async with system_ctx() as ctx:
                await service.purge_deleted(ctx)
            async with system_ctx() as ctx:
                stone = await ctx.get(Course, course.id)
                lessons = list(await ctx.db.scalars(Lesson.__table__.select()))
                versions = list(await ctx.db.scalars(LessonVersion.__table__.select()))
        assert (stone.description == "") is erased
        assert (stone.purged_at is not None) is erased
        assert len(lessons) == 2
        assert len(versions) == (0 if erased else 2)
    assert (await (await as_user(owner)).post(f"{API}/courses/{course.id}/restore")).status_code == 404


async def test_filters_and_sorts(client, as_user):
    owner, other = await identity.user("instructor"), await identity.user("instructor")
    await catalog.course(owner, title="Algebra", category="Maths", tags=["Numbers"], price=0)
    await catalog.course(owner, title="Botany 100%", category="Biology", tags=["plants"], price=10, description="Leaf")
    await catalog.course(other, title="Calculus", category="maths", difficulty_level="advanced", price=25.5)
    await catalog.course(other, title="Draft", published=False)

    async def titles(**params):
        answer = await client.get(f"{API}/courses", params=params)
        assert answer.status_code == 200, answer.text
        return [course["title"] for course in answer.json()]

    assert await titles() == ["Calculus", "Botany 100%", "Algebra"]
    assert await titles(category="Maths", sort="title") == ["Algebra", "Calculus"]
    assert await titles(tag="numbers") == ["Algebra"]
    assert await titles(difficulty_level="advanced") == ["Calculus"]
    assert await titles(instructor_id=str(other.id)) == ["Calculus"]
    assert await titles(price_min="5", price_max="25.49") == ["Botany 100%"]
    assert await titles(q="leaf botany") == ["Botany 100%"]
    assert await titles(q="100%") == ["Botany 100%"]
    assert await titles(q="_") == []
    assert await titles(sort="-price") == ["Calculus", "Botany 100%", "Algebra"]
    assert await titles(category="", tag="undefined", sort="title") == ["Algebra", "Botany 100%", "Calculus"]
    for name, value in (
        ("colour", "red"),
        ("sort", "size"),
        ("price_min", "x"),
        ("instructor_id", "x"),
        ("status", "x"),
    ):
        answer = await client.get(f"{API}/courses", params={name: value})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == name
    assert "difficulty_level" in (await client.get(f"{API}/courses?colour=red")).json()["detail"]


async def test_titles_and_categories_of_any_letters_are_sorted_as_people_would(client):
    owner = await identity.user("instructor")
    titles = ["Ångström", "apple", "Élodie", "Emil", "Øystein", "Øyvind", "Zebra", "Łódź"]
    for title in reversed(titles):
        await catalog.course(owner, title=title, category=f"{title} und mehr")
    for sort, wanted in (("title", 1), ("-title", -1)):
        url, seen = f"{API}/courses?limit=3&sort={sort}", []
        while url:
            answer = await client.get(url)
            seen += [course["title"] for course in answer.json()]
            url = answer.links.get("next", {}).get("url")
        assert seen == ["Ångström", "apple", "Élodie", "Emil", "Łódź", "Øystein", "Øyvind", "Zebra"][::wanted]
    for category in ("ÅNGSTRÖM UND MEHR", "ångström und mehr"):
        found = (await client.get(f"{API}/courses", params={"category": category})).json()
        assert [course["title"] for course in found] == ["Ångström"]


async def test_pages_follow_each_other(client):
    owner = await identity.user("instructor")
    for price in (1, 1, 2, 3, 3):
        await catalog.course(owner, price=price)
    for sort in ("-created_at", "price", "-price", "title", "rating"):
        url, seen = f"{API}/courses?limit=2&sort={sort}", []
        while url:
            answer = await client.get(url)
            assert answer.headers["x-total-count"] == "5"
            seen += [course["id"] for course in answer.json()]
            url = answer.links.get("next", {}).get("url")
        assert len(seen) == len(set(seen)) == 5


async def test_mine_lists_what_one_teaches(as_user, client):
    owner, colleague = await identity.user("instructor"), await identity.user("instructor")
    draft = await catalog.course(owner, title="Draft", published=False)
    public = await catalog.course(owner, title="Public")
    await catalog.course(colleague)
    teacher, other = await as_user(owner), await as_user(colleague)

    async def ids(who, **params):
        return {course["id"] for course in (await who.get(f"{API}/courses", params=params)).json()}

    assert await ids(teacher, mine="true") == {str(draft.id), str(public.id)}
    assert await ids(teacher, mine="true", status="draft") == {str(draft.id)}
    assert await ids(other, status="draft") == set()
    assert await ids(client, mine="true") == set()


async def test_students_get_a_recommendation_score(as_user, client):
    learner = await identity.user("student")
    owner = await identity.user("instructor")
    taken = await catalog.course(owner, tags=["numbers", "data"], category="Maths")
    near = await catalog.course(owner, tags=["Data"], category="maths", difficulty_level="intermediate")
    far = await catalog.course(owner, tags=["plants"], category="Biology", difficulty_level="advanced")
    await catalog.member(learner, taken)
    student = await as_user(learner)
    scores = {course["id"]: course["recommendation_score"] for course in (await student.get(f"{API}/courses")).json()}
    assert 1 >= scores[str(near.id)] > scores[str(far.id)] >= 0
    assert "recommendation_score" not in (await client.get(f"{API}/courses")).json()[0]


async def test_lists_keep_their_query_budget(as_user, client):
    owner, learner = await identity.user("instructor"), await identity.user("student")
    first = await catalog.course(owner, lessons=3, tags=["a"])
    for _ in range(6):
        course = await catalog.course(owner, lessons=2, tags=["a"], prerequisites=[str(first.id)])
    await catalog.member(learner, first)
    student = await as_user(learner)
    with db.queries(at_most=5):  # authentication, count, page, prerequisites, taste
        await student.get(f"{API}/courses")
    with db.queries(at_most=4):  # authentication, course, prerequisites, outline
        await student.get(f"{API}/courses/{course.id}")
    for path in ("lessons", "chapters", "modules"):
        with db.queries(at_most=3):
            assert (await student.get(f"{API}/courses/{course.slug}/{path}")).status_code == 200
    await client.get(f"{API}/courses")
    with db.queries(at_most=0):
        assert len((await client.get(f"{API}/courses")).json()) == 7


async def test_a_change_is_in_the_next_public_answer(client, as_user):
    owner = await identity.user("instructor")
    teacher = await as_user(owner)
    course = await catalog.course(owner, title="Before", lessons=1)
    where = f"{API}/courses/{course.id}"
    before = await client.get(where)
    assert (await client.get(where, headers={"If-None-Match": before.headers["etag"]})).status_code == 304
    await teacher.patch(where, json={"title": "After"})
    after = await client.get(where, headers={"If-None-Match": before.headers["etag"]})
    assert (after.status_code, after.json()["title"]) == (200, "After")
    assert (await client.get(f"{API}/courses")).json()[0]["title"] == "After"
    await teacher.post(f"{where}/lessons", json={"title": "Two", "content_type": "text"})
    assert len((await client.get(f"{where}/lessons")).json()) == 2


async def test_organisations_are_apart(as_user):
    elsewhere = await orgs.organization()
    course = await catalog.course(lessons=1)
    lesson = (await catalog.lessons(course))[0]
    for role in ("student", "instructor", "admin"):
        stranger = await as_user(await identity.user(role, organization_id=elsewhere.id))
        for method, path in (
            ("GET", f"/courses/{course.id}"),
            ("GET", f"/courses/{course.slug}"),
            ("PATCH", f"/courses/{course.id}"),
            ("DELETE", f"/courses/{course.id}"),
            ("GET", f"/courses/{course.id}/chapters"),
            ("GET", f"/chapters/{lesson.id}"),
            ("PATCH", f"/contents/{lesson.id}"),
            ("DELETE", f"/contents/{lesson.id}"),
            ("GET", f"/modules/{lesson.module_id}/contents"),
            ("DELETE", f"/modules/{lesson.module_id}"),
            ("GET", f"/contents/{lesson.id}/versions"),
            ("GET", f"/courses/{course.id}/staff"),
        ):
            answer = await stranger.request(method, API + path, json={} if method == "PATCH" else None)
            assert answer.status_code == 404, (role, method, path)
        assert (await stranger.get(f"{API}/courses")).json() == []
        assert (await stranger.get(f"{API}/search", params={"q": course.title})).json()["total"] == 0


async def test_a_second_create_in_one_unit_knows_its_grant(database):
    owner = await identity.user("instructor")
    async with open_ctx(await identity.actor(owner)) as ctx:
        course = await service.create_course(ctx, CourseIn(title="In one go"))
        await service.edit_course(ctx, course.id)


async def test_the_index_follows_address_and_access(client, as_user):
    owner = await identity.user("instructor")
    teacher = await as_user(owner)
    course = await catalog.course(owner, title="Weaving", lessons=1)
    taken = await catalog.course(owner)
    where = f"{API}/courses/{course.id}"

    async def hit():
        return (await client.get(f"{API}/search/chapters", params={"q": "lesson"})).json()["results"][0]

    assert (await hit())["locked"] is True
    await teacher.patch(where, json={"access": "open", "slug": "looms"})
    assert (await hit())["locked"] is False
    assert (await hit())["slug"] == "looms"
    assert (await client.get(f"{API}/courses/looms")).json()["id"] == str(course.id)
    refused = await teacher.patch(where, json={"slug": taken.slug})
    assert (refused.status_code, refused.json()["error_code"]) == (409, "SLUG_TAKEN")


async def test_filters_know_letters_beyond_ascii(client):
    await catalog.course(title="Ökologie des Waldes", category="Ökonomie", description="Über Bäume")
    await catalog.course(title="Something else", category="Biology")
    for params in (
        {"category": "Ökonomie"},
        {"q": "ökologie"},
        {"q": "ÖKOLOGIE WALD"},
        {"q": "okologie"},
        {"q": "bäume"},
        {"q": "ökon"},
    ):
        found = (await client.get(f"{API}/courses", params=params)).json()
        assert [course["title"] for course in found] == ["Ökologie des Waldes"], params


async def test_a_prerequisite_that_one_does_not_see_stays(as_user):
    owner, colleague = await identity.user("instructor"), await identity.user("instructor")
    teacher = await as_user(owner)
    theirs = await catalog.course(colleague)
    course = await catalog.course(owner, prerequisites=[str(theirs.id)])
    hidden = await catalog.course(colleague, published=False)
    await catalog.publish(theirs.id, "draft")
    where = f"{API}/courses/{course.id}"
    whole = (await teacher.get(where)).json()
    again = await teacher.put(where, json=whole | {"category": "Science"})
    assert (again.status_code, again.json()["prerequisites"]) == (200, [str(theirs.id)])
    added = await teacher.put(where, json={"prerequisites": [str(theirs.id), str(hidden.id)]})
    assert added.status_code == 422


async def test_a_prerequisite_is_of_the_same_organisation(as_user):
    course = await catalog.course()
    away = await catalog.course(await identity.user("instructor", organization_id=(await orgs.organization()).id))
    admin = await as_user(await identity.platform_admin())
    answer = await admin.patch(f"{API}/courses/{course.id}", json={"prerequisites": [str(away.id)]})
    assert answer.status_code == 422
