"""Pages of lists: three ways to ask, one way on, and cursors that anybody may have written."""

import base64

import orjson
import pytest

from tests.make import identity

USERS = "/api/v1/users"


@pytest.fixture
async def admin(as_user):
    for _ in range(6):
        await identity.user()
    return await as_user(await identity.user("admin"))


def ids(answer):
    return [row["id"] for row in answer.json()]


async def test_three_ways_to_ask_give_the_same_and_lead_on_by_link(admin):
    everyone = ids(await admin.get(f"{USERS}?limit=100"))
    assert len(everyone) == 7
    for first in ("limit=3", "skip=0&limit=3", "page=1&per_page=3"):
        answer = await admin.get(f"{USERS}?{first}")
        seen = ids(answer)
        assert answer.headers["x-total-count"] == "7"
        while "link" in answer.headers:
            url, rel = answer.headers["link"].split("; ")
            assert rel == 'rel="next"'
            answer = await admin.get(url.strip("<>"))
            seen += ids(answer)
        assert seen == everyone, first
    assert ids(await admin.get(f"{USERS}?page=2&per_page=3")) == everyone[3:6]
    assert ids(await admin.get(f"{USERS}?skip=5&limit=3")) == everyone[5:]


async def test_the_link_names_the_scheme_people_use(admin, settings):
    settings.public_url = "https://school.example.org"
    assert (await admin.get(f"{USERS}?limit=3")).headers["link"].startswith("<https://")


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "page=0", "skip=-1", "per_page=x", "skip=1&cursor=abc"])
async def test_what_is_no_page_is_refused(admin, query):
    answer = await admin.get(f"{USERS}?{query}")
    assert (answer.status_code, answer.json()["error_code"]) == (422, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("path", "values"),
    [
        (USERS, "nonsense"),
        (USERS, []),
        (USERS, [5]),
        (USERS, [None]),
        (USERS, {"id": 1}),
        (USERS, ["not an id"]),
        ("/api/v1/enrollments", ["2026-01-01T00:00:00", "01890000-0000-7000-8000-000000000000"]),
        ("/api/v1/enrollments", [True, "01890000-0000-7000-8000-000000000000"]),
        ("/api/v1/courses?sort=price", [2**63, "01890000-0000-7000-8000-000000000000"]),
        ("/api/v1/courses?sort=price", [None, "01890000-0000-7000-8000-000000000000"]),
        ("/api/v1/courses?sort=title", ["a\u0000b", "01890000-0000-7000-8000-000000000000"]),
    ],
)
async def test_a_cursor_that_somebody_made_up_is_refused_or_harmless(admin, path, values):
    cursor = base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")
    answer = await admin.get(f"{path}{'&' if '?' in path else '?'}cursor={cursor}")
    assert answer.status_code in (200, 422), answer.text


async def test_a_cursor_that_is_no_base64_is_refused(admin):
    for cursor in ("%%%", "é", "a", "=" * 5):
        assert (await admin.get(USERS, params={"cursor": cursor})).status_code == 422
