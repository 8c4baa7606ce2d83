"""What is said where a page cannot be shown or a form is refused, and where it leads from there."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from akademe.kernel.errors import AppError, Forbidden, RateLimited, TooLarge, Unavailable
from akademe.web.ui.render import error_page
from tests.conftest import make_client
from tests.make import identity
from tests.web.reader import read_as


@pytest.fixture
async def web(app: Any, database: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(app, accept="text/html") as client:
        yield client


async def test_a_refused_form_leads_back_to_where_it_stood(web: httpx.AsyncClient) -> None:
    stale = await web.post("/sign-out", headers={"referer": "http://test/courses?q=soil"})
    assert stale.status_code == 403
    assert "That form was not sent" in stale.text
    assert 'href="/courses?q=soil"' in stale.text
    for odd in ("https://evil.example/courses", "http://test//evil.example", ""):
        answer = await web.post("/sign-out", headers={"referer": odd})
        assert "evil" not in answer.text
        assert "Go home" in answer.text


async def test_who_is_not_signed_in_may_sign_in_where_nothing_is(web: httpx.AsyncClient) -> None:
    assert 'href="/sign-in?next=/courses/hidden"' in (await web.get("/courses/hidden")).text


async def test_too_many_wrong_passwords_say_how_long_to_wait(web: httpx.AsyncClient, limits_on: None) -> None:
    person = await identity.user()
    reader = await read_as(web)
    await reader.open("/sign-in")
    for _ in range(5):
        said = await reader.send("/sign-in", identifier=person.email, password="wrong and wrong")
        assert "do not match" in said
    said = await reader.send("/sign-in", identifier=person.email, password=identity.PASSWORD)
    assert reader.status == 429
    assert "Please wait 3" in said
    assert dict(reader.form("/sign-in").form_values())["identifier"] == person.email


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "1 second."), (90, "90 seconds."), (900, "15 minutes."), (80_000, "23 hours.")]
)
def test_a_wait_is_told_in_a_unit_one_can_picture(seconds: int, words: str) -> None:
    assert RateLimited(retry_after=seconds).detail.endswith(words)


@pytest.mark.parametrize(
    ("error", "method", "expected"),
    [
        (RateLimited(retry_after=900), "GET", ("It works again from", "<time", "Try again")),
        (RateLimited(retry_after=900), "POST", ("It works again from", "<time", "Back to the form")),
        (TooLarge(), "POST", ("Choose a smaller file", "Back to the form")),
        (Forbidden(), "GET", ("ask the person who runs the course", "Go home")),
        (AppError(), "GET", ("Something went wrong on our side", "Try again")),
        (Unavailable(), "GET", ("We are busy for a moment", "Try again")),
    ],
    ids=lambda value: value.code if isinstance(value, AppError) else None,
)
async def test_each_refusal_names_the_next_step(
    settings: Any, error: AppError, method: str, expected: tuple[str, ...]
) -> None:
    headers = [(b"host", b"test"), (b"referer", b"http://test/account")]
    scope = {"type": "http", "method": method, "path": "/account", "query_string": b"", "headers": headers}
    answer = await error_page(Request(scope | {"server": ("test", 80), "scheme": "http"}), error)
    assert answer.status_code == error.status
    assert answer.headers.get("retry-after") == error.headers.get("Retry-After")
    for words in expected:
        assert words in bytes(answer.body).decode()
