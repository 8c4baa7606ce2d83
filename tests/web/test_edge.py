"""What pages promise over HTTP: form tokens, redirects within the site, parts for htmx, errors people can read."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from akademe.identity import service
from akademe.kernel.ctx import system_ctx
from tests.conftest import make_client
from tests.make import catalog, identity

HTMX = {"hx-request": "true"}


@pytest.fixture
async def web(app: Any, database: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without script: it keeps cookies."""
    async with make_client(app, accept="text/html") as client:
        yield client


def token_in(page: httpx.Response) -> str:
    found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', page.text)
    assert found is not None
    return found[1]


async def sign_in(web: httpx.AsyncClient, person: Any) -> None:
    form = {"identifier": person.email, "password": identity.PASSWORD}
    page = await web.get("/sign-in")
    answer = await web.post("/sign-in", data=form | {"csrf_token": token_in(page), "next": ""})
    assert answer.status_code == 303


async def test_a_form_without_its_token_is_refused_in_words(web: httpx.AsyncClient) -> None:
    await web.get("/sign-in")
    answer = await web.post("/sign-in", data={"identifier": "a", "password": "b"})
    assert answer.status_code == 403
    assert "Reload the page" in answer.text


async def test_a_form_from_another_site_is_refused(web: httpx.AsyncClient) -> None:
    token = token_in(await web.get("/sign-in"))
    fields = {"identifier": "a", "password": "b", "csrf_token": token}
    answer = await web.post("/sign-in", data=fields, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


@pytest.mark.parametrize("bad", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
async def test_sign_in_leads_nowhere_else(web: httpx.AsyncClient, bad: str) -> None:
    person = await identity.user()
    page = await web.get("/sign-in", params={"next": bad})
    fields = {"identifier": person.email, "password": identity.PASSWORD, "csrf_token": token_in(page), "next": bad}
    answer = await web.post("/sign-in", data=fields)
    assert answer.headers["location"] == "/home"


async def test_a_page_for_people_asks_to_sign_in_and_comes_back(web: httpx.AsyncClient) -> None:
    answer = await web.get("/account/security")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/account/security"
    part = await web.get("/account/security", headers=HTMX)
    assert part.headers["hx-redirect"].startswith("/sign-in")


async def test_htmx_gets_the_part_it_names_and_history_the_whole_page(web: httpx.AsyncClient) -> None:
    await catalog.course(title="Plain statistics")
    part = await web.get("/courses", headers=HTMX | {"hx-target": "results"})
    assert "<html" not in part.text
    assert "Plain statistics" in part.text
    whole = await web.get("/courses", headers=HTMX | {"hx-history-restore-request": "true", "hx-target": "results"})
    assert "<html" in whole.text


async def test_errors_are_pages_for_people_and_json_for_htmx(web: httpx.AsyncClient) -> None:
    page = await web.get("/no-such-page")
    assert page.status_code == 404
    assert "There is nothing here" in page.text
    part = await web.get("/no-such-page", headers=HTMX)
    assert part.json()["error_code"] == "NOT_FOUND"
    assert "toast" in part.headers["hx-trigger"]


async def test_a_sentence_survives_one_redirect_and_no_more(web: httpx.AsyncClient) -> None:
    await sign_in(web, await identity.user())
    page = await web.get("/account")
    fields = {"csrf_token": token_in(page), "first_name": "Nora", "time_zone": "UTC", "locale": "en"}
    assert (await web.post("/account", data=fields)).status_code == 303
    assert "Your profile is saved." in (await web.get("/account")).text
    assert "Your profile is saved." not in (await web.get("/account")).text


async def test_what_was_typed_is_shown_again_escaped_and_passwords_are_not(web: httpx.AsyncClient) -> None:
    page = await web.get("/register")
    fields = {"full_name": '"><script>x</script>', "email": "bad", "password": "hunter2hunter2"}
    answer = await web.post("/register", data=fields | {"csrf_token": token_in(page)})
    assert answer.status_code == 422
    assert "<script>x" not in answer.text
    assert "hunter2" not in answer.text


async def test_hidden_courses_are_not_there(web: httpx.AsyncClient) -> None:
    draft = await catalog.course(title="Secret plans", published=False)
    assert (await web.get(f"/courses/{draft.slug}")).status_code == 404
    assert "Secret plans" not in (await web.get("/courses")).text


async def test_hostile_titles_are_text_everywhere(web: httpx.AsyncClient) -> None:
    made = await catalog.course(title="<img src=x onerror=alert(1)>", category='"><b>', lessons=1)
    for path in ("/", "/courses", f"/courses/{made.slug}", "/search?q=img"):
        page = await web.get(path)
        assert page.status_code == 200
        assert "<img src=x" not in page.text


async def test_forgetting_says_the_same_for_everyone(web: httpx.AsyncClient) -> None:
    person = await identity.user()
    said = []
    for email in (person.email, "nobody@example.org"):
        page = await web.get("/forgot")
        answer = await web.post("/forgot", data={"email": email, "csrf_token": token_in(page)})
        said.append(re.sub(r"[0-9a-f]{64}|[\w.+-]+@[\w.]+", "", answer.text))
    assert said[0] == said[1]


async def test_static_files_are_kept_for_ever_and_only_by_their_hash(web: httpx.AsyncClient) -> None:
    page = await web.get("/sign-in")
    found = re.search(r'href="(/static/app\.[0-9a-f]+\.css)"', page.text)
    assert found is not None
    style = await web.get(found[1])
    assert style.status_code == 200
    assert "immutable" in style.headers["cache-control"]
    assert (await web.get("/static/css/base.css")).status_code == 404
    assert (await web.get("/static/../ui/render.py")).status_code == 404


async def test_the_style_page_is_for_those_who_make_courses(web: httpx.AsyncClient) -> None:
    await sign_in(web, await identity.user("student"))
    assert (await web.get("/ui")).status_code == 403


async def test_a_password_is_set_by_the_link_of_the_mail_once(web: httpx.AsyncClient) -> None:
    person = await identity.user()
    async with system_ctx() as ctx:
        token = await service.make_reset_token(ctx, person.id)
    page = await web.get("/reset-password", params={"token": token})
    fields = {"token": token, "password": "seven quiet herons wade", "csrf_token": token_in(page)}
    answer = await web.post("/reset-password", data=fields)
    assert answer.headers["location"] == "/sign-in"
    again = await web.post("/reset-password", data=fields)
    assert again.status_code == 422
    assert "Ask for a new one" in again.text


@pytest.mark.parametrize(("sent", "kept"), [("Asia/Tokyo", "Asia/Tokyo"), ("Mars/Olympus", "UTC"), ("", "UTC")])
async def test_a_new_person_lives_in_the_time_zone_of_their_browser(
    web: httpx.AsyncClient, sent: str, kept: str
) -> None:
    page = await web.get("/register")
    fields = {
        "full_name": "Nora",
        "email": "nora@example.org",
        "password": "seven quiet herons wade",
        "time_zone": sent,
    }
    assert (await web.post("/register", data=fields | {"csrf_token": token_in(page)})).status_code == 303
    assert f'<option value="{kept}" selected>' in (await web.get("/account")).text
