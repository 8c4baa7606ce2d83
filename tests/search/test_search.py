"""Searching over HTTP and through the service."""

import html
import re
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from akademe.catalog import service as catalog_service
from akademe.catalog.schemas import CourseIn, LessonIn, LessonPatch
from akademe.kernel.auth import Actor
from akademe.kernel.ctx import open_ctx, system_ctx
from akademe.kernel.db import new_id
from akademe.search import rules, service
from tests.make import catalog, identity, orgs
from tests.search.corpus import COURSES, LESSONS, QUERIES

API = "/api/v1"


@pytest.fixture
async def library(database):
    owner = await identity.user("instructor")
    async with open_ctx(await identity.actor(owner)) as ctx:
        courses = {}
        for key, (title, description, language) in COURSES.items():
            fields = {"title": title, "description": description, "language": language, "access": "open"}
            courses[key] = await catalog_service.create_course(ctx, CourseIn(**fields, is_published=True))
        for key, title, text in LESSONS:
            lesson = LessonIn(title=title, content_type="text", content=text)
            await catalog_service.create_lesson(ctx, courses[key].id, lesson)
    return courses


async def test_the_top_result_is_the_expected_one(library, client):
    wrong = []
    for query, expected in QUERIES:
        found = (await client.get(f"{API}/search", params={"q": query})).json()
        titles = [hit["title"] for hit in found["results"]]
        if titles[:1] != [expected]:
            wrong.append((query, expected, titles[:3]))
    assert wrong == []


async def test_the_answer_has_the_shape_of_the_contract(library, client):
    found = (await client.get(f"{API}/search", params={"q": "water sugar", "limit": 1})).json()
    assert found["query"] == "water sugar"
    assert found["total"] == 2
    (hit,) = found["results"]
    assert hit.keys() == {"type", "id", "title", "slug", "course_id", "snippet", "score", "locked"}
    assert hit["type"] == "chapter"
    assert hit["slug"] == "how-plants-live"
    assert hit["course_id"] == str(library["plants"].id)
    assert "<mark>water</mark>" in hit["snippet"]
    assert "<mark>sugar</mark>" in hit["snippet"]


async def test_kinds(library, client):
    courses = (await client.get(f"{API}/search/courses", params={"q": "botany plants"})).json()["results"]
    assert {hit["type"] for hit in courses} == {"course"}
    chapters = (await client.get(f"{API}/search/chapters", params={"q": "plant"})).json()["results"]
    assert {hit["type"] for hit in chapters} == {"chapter"}
    assert (await client.get(f"{API}/search", params={"q": "mean", "limit": 0})).status_code == 422
    assert (await client.get(f"{API}/search")).json() == {"query": "", "total": 0, "results": []}


async def test_every_word_first_then_any(library, client):
    found = (await client.get(f"{API}/search", params={"q": "osmosis trombone"})).json()
    assert [hit["title"] for hit in found["results"]] == ["Roots and water"]


HARD = [
    "c++",
    "a OR",
    "OR",
    "AND NOT",
    '"',
    "''",
    '"unclosed',
    "a AND (b",
    "NEAR(a b)",
    "title:x",
    "*",
    "a*",
    "-",
    "^a",
]
HARD += [
    "{title_stems} : x",
    "\x00",
    "🎓",
    "é" * 50,
    "x" * 10_000,
    "a b " * 3_000,
    "'; DROP TABLE search_documents; --",
]
HARD += ["&|!:*()<->", "\\", "%", "_", "a'b", "==", "日本語", "ﬁ", "İ", "ß" * 9]


@pytest.mark.parametrize("text", HARD)
async def test_no_text_is_a_syntax_error(library, client, text):
    for path in ("search", "search/courses", "search/chapters"):
        answer = await client.get(f"{API}/{path}", params={"q": text})
        assert answer.status_code == 200, answer.text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.one_of(st.text(max_size=80), st.text(alphabet="ab\"'*:()^-&|!<> \\{}+#=", max_size=40)))
async def test_any_string_is_a_query(library, text):
    async with open_ctx(Actor(organization_id=library["stats"].organization_id)) as ctx:
        total, hits = await service.query(ctx, text)
    assert total >= len(hits) or total == service.MOST


@given(st.text(), st.sampled_from(["en", "de", "fr", "es", "zh", "xx"]))
def test_stems_begin_their_words_and_positions_stay(text, language):
    assert len(rules.fold(text)) == len(text)
    for word in rules.words(text):
        assert word.startswith(rules.stem(word, language))
        assert word


@given(st.text(max_size=300), st.text(max_size=30))
def test_snippets_hold_nothing_but_marks(body, query):
    shown = rules.snippet(rules.parse(query), body, "en")
    assert not re.search(r"<(?!/?mark>)", shown)
    bare = html.unescape(re.sub(r"</?mark>", "", shown))
    for part in bare.removeprefix("… ").removesuffix(" …").split():
        assert part in body


@given(st.text(max_size=200), st.text(max_size=400))
def test_vectors_hold_every_stem(title, body):
    vector = rules.tsvector(rules.stems(title, "en"), rules.stems(body, "en"))
    assert all(f"'{stem}':" in vector for stem in rules.stems(f"{title} {body}", "en").split())


def test_languages_fold_to_the_same_stem():
    for language, forms in {
        "en": ["study", "studies", "studied", "studying"],
        "de": ["Wurzel", "Wurzeln"],
        "fr": ["sauce", "sauces"],
        "es": ["ciudad", "ciudades"],
    }.items():
        assert len({rules.stems(form, language) for form in forms}) == 1, forms


def test_distance_counts_edits():
    cases = [("mean", "mean", 0), ("mean", "maen", 1), ("mean", "men", 1), ("mean", "means", 1), ("abc", "xyz", 3)]
    for a, b, expected in cases:
        assert rules.distance(a, b) == rules.distance(b, a) == expected


async def test_who_finds_what(database, as_user, client):
    owner, learner = await identity.user("instructor"), await identity.user("student")
    course = await catalog.course(owner, title="Closed course")
    await catalog.lesson(course, title="Xylophones", content="A wooden instrument")
    await catalog.lesson(course, title="Free xylophones", content="Another one", is_free=True)
    await catalog.lesson(course, title="Hidden xylophones", is_active=False)
    await catalog.member(learner, course)
    teacher, student = await as_user(owner), await as_user(learner)
    admin, stranger = await as_user(await identity.user("admin")), await as_user(await identity.user())
    away = await as_user(await identity.user("admin", organization_id=(await orgs.organization()).id))

    async def found(who, query="xylophone"):
        hits = (await who.get(f"{API}/search", params={"q": query})).json()["results"]
        return {hit["title"]: hit["snippet"] for hit in hits}

    assert await found(client) == {"Xylophones": None, "Free xylophones": "Another one"}
    assert await found(stranger) == await found(client)
    assert (await found(student))["Xylophones"] == "A wooden instrument"
    assert (await found(teacher)).keys() == {"Xylophones", "Free xylophones", "Hidden xylophones"}
    assert (await found(admin)).keys() == {"Xylophones", "Free xylophones", "Hidden xylophones"}
    assert await found(away) == {}
    await catalog.publish(course.id, "archived")
    assert await found(client) == await found(stranger) == {}
    assert (await found(student)).keys() == {"Xylophones", "Free xylophones"}
    await catalog.publish(course.id, "draft")
    assert await found(student) == {}
    assert len(await found(teacher)) == 3
    await catalog.publish(course.id)
    assert len(await found(client)) == 2


async def test_what_changes_is_found_by_the_next_request(database, client):
    course = await catalog.course(title="Weaving", access="open")
    lesson = await catalog.lesson(course, title="Looms", content="Warp and weft")

    async def total(query):
        return (await client.get(f"{API}/search", params={"q": query})).json()["total"]

    assert await total("weft") == 1
    async with system_ctx() as ctx:
        await catalog_service.update_lesson(ctx, lesson.id, LessonPatch(title="Spindles", content="Spinning yarn"))
    assert (await total("weft"), await total("loom"), await total("yarn"), await total("spindle")) == (0, 0, 1, 1)
    async with system_ctx() as ctx:
        await catalog_service.delete_lesson(ctx, lesson.id)
    assert await total("yarn") == 0
    async with system_ctx() as ctx:
        await catalog_service.restore_lesson(ctx, lesson.id)
    assert await total("yarn") == 1


async def test_a_unit_that_fails_leaves_the_index_alone(database, client):
    course = await catalog.course(title="Weaving", access="open")
    with pytest.raises(RuntimeError):
        async with system_ctx() as ctx:
            lesson = LessonIn(title="Never", content_type="text", content="Vanishing")
            await catalog_service.create_lesson(ctx, course.id, lesson)
            raise RuntimeError("after the write")
    assert (await client.get(f"{API}/search", params={"q": "vanishing"})).json()["total"] == 0


async def _indexed(organization_id, kind, count, body, **fields):
    """That many documents, straight into the index."""
    async with system_ctx() as ctx:
        await service.put(
            ctx,
            *(
                service.Entry(
                    kind, new_id(), organization_id, new_id(), service.prepare(f"Number {number}", body), **fields
                )
                for number in range(count)
            ),
        )


async def test_what_others_have_takes_no_place_in_the_answer(database, client):
    """More documents than a search looks at, of another organisation, of another kind, and hidden ones."""
    many, here, away = service.MOST + service.MOST_TITLES + 1, await orgs.default(), await orgs.organization()
    await _indexed(away.id, "course", many, "about looms")
    await _indexed(here.id, "chapter", many, "about looms", visibility="staff")
    await _indexed(here.id, "chapter", 5, "about looms")
    course = await catalog.course(title="Weaving", description="All about looms", access="open")
    for path, total in (("search/courses", 1), ("search/chapters", 5), ("search", 6)):
        found = (await client.get(f"{API}/{path}", params={"q": "looms"})).json()
        assert found["total"] == total, path
    assert str(course.id) in {hit["id"] for hit in found["results"]}


async def test_accents_typed_apart_are_the_same_letters(database, client):
    apart = unicodedata.normalize("NFD", "Résumé für Übungen")
    assert apart != "Résumé für Übungen"
    course = await catalog.course(title="Letters", access="open", language="de")
    await catalog.lesson(course, title="Bewerben", content=f"Ein {apart} ist kurz.")
    for query in ("Résumé", "resume", unicodedata.normalize("NFD", "résumé"), "übung"):
        found = (await client.get(f"{API}/search/chapters", params={"q": query})).json()
        assert [hit["title"] for hit in found["results"]] == ["Bewerben"], query
        assert "<mark>" in found["results"][0]["snippet"]


@pytest.mark.parametrize(
    ("title", "queries"),
    [
        ("Введение в статистику", ["статистику", "Стат", "введение"]),
        ("हिन्दी व्याकरण", ["हिन्दी", "व्याकरण"]),
        ("النحو العربي", ["النحو", "العربي"]),
        ("مُقَدِّمَة في الجبر", ["مقدمة", "الجبر"]),
        ("ภาษาไทยเบื้องต้น", ["ภาษาไทย"]),
        ("한국어 문법", ["한국어", "문법"]),
        ("Εισαγωγή στη βιολογία", ["βιολογια", "ΕΙΣΑΓΩΓΗ"]),
    ],
)
async def test_scripts(database, client, title, queries):
    await catalog.course(title=title, language="xx")
    await catalog.course(title="Something else")
    for query in queries:
        found = (await client.get(f"{API}/search", params={"q": query})).json()
        assert [hit["title"] for hit in found["results"]] == [title], query


async def test_a_text_of_more_words_than_a_vector_holds(database, client):
    han = "".join(map(chr, range(0x4E00, 0x9FFF)))
    pairs = "".join(han[start::step] for step in range(1, 10) for start in range(step))
    course = await catalog.course(title="Han", access="open", language="zh")
    await catalog.lesson(course, title="Many", content=pairs)
    assert (await client.get(f"{API}/search/chapters", params={"q": "many"})).json()["total"] == 1
