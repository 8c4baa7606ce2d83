"""Declared access, limits, conditional requests, idempotency and forms, on routes of the tests' own."""

from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import Response
from pydantic import BaseModel
from sqlalchemy import func, select

from akademe.app import create_app
from akademe.kernel import auth, cache, db
from akademe.kernel.auth import Actor, Credentials
from akademe.kernel.errors import Forbidden, PreconditionFailed, Unauthenticated
from akademe.kernel.http import AnyCtx, IfMatch, Router, edit_etag
from akademe.kernel.http.security import CSRF_COOKIE, SESSION_COOKIE, csrf_token
from akademe.kernel.usages import Usage

PERSON = uuid4()
router = Router(tags=["test"])
calls = {"n": 0}


class Body(BaseModel):
    value: int


@router.get("/t/cached", access="public", summary="t", cached=True)
async def cached(ctx: AnyCtx) -> dict[str, int]:
    calls["n"] += 1
    return {"n": calls["n"]}


@router.get("/t/limited", access="public", summary="t", limit="3/min")
async def limited(ctx: AnyCtx) -> dict[str, int]:
    return {}


@router.get("/t/broken", access="public", summary="t", limit="3/min")
async def broken(ctx: AnyCtx) -> dict[str, int]:
    ctx.db.add(Usage(bucket="broken", user_id=PERSON))
    await ctx.db.flush()
    raise ZeroDivisionError("a secret detail")


@router.post("/t/daily", access="user", summary="t", limit="2/day/user", bucket="t-daily")
async def daily(ctx: AnyCtx) -> dict[str, int]:
    return {}


@router.post("/t/once", access="user", summary="t", idempotent=True, status_code=201)
async def once(ctx: AnyCtx, body: Body) -> dict[str, str]:
    row = Usage(bucket="once", user_id=PERSON)
    ctx.db.add(row)
    await ctx.db.flush()
    return {"id": str(row.id)}


@router.put("/t/edited", access="public", summary="t")
async def edited(ctx: AnyCtx, if_match: IfMatch, response: Response) -> dict[str, int]:
    if if_match is not None and if_match != 3:
        raise PreconditionFailed
    response.headers["etag"] = edit_etag(4)
    return {}


@router.get("/t/refused", access="course access", summary="t")
async def refused(ctx: AnyCtx) -> dict[str, int]:
    raise Forbidden


@router.get("/t/admin", access="admin", summary="t")
async def admin(ctx: AnyCtx) -> dict[str, int]:
    return {}


async def fake_sign_in(credentials: Credentials) -> Actor:
    token = credentials.bearer or credentials.cookie
    if token == "bad":
        raise Unauthenticated
    return Actor(user_id=PERSON, role=token) if token else auth.ANONYMOUS


@pytest.fixture(scope="module")
def test_app():
    app = create_app()
    app.router.routes.extend(router.routes)
    return app


@pytest.fixture
async def http(test_app, database, monkeypatch):
    monkeypatch.setattr(auth, "_authenticator", fake_sign_in)
    calls["n"] = 0
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=test_app), base_url="http://test") as client:
        yield client


STUDENT = {"authorization": "Bearer student"}


async def test_public_bytes_are_made_once_per_change_and_only_for_the_anonymous(http):
    first = await http.get("/api/v1/t/cached")
    again = await http.get("/api/v1/t/cached")
    assert (first.json(), again.json()) == ({"n": 1}, {"n": 1})
    assert first.headers["cache-control"].startswith("public")
    mine = await http.get("/api/v1/t/cached", headers=STUDENT)
    assert mine.json() == {"n": 2}
    assert mine.headers["cache-control"] == "private, no-store"
    same = await http.get("/api/v1/t/cached", headers={"if-none-match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    cache.forget()
    assert (await http.get("/api/v1/t/cached")).json() == {"n": 3}


async def test_a_limit_answers_429_with_what_to_wait(http, limits_on):
    codes = [(await http.get("/api/v1/t/limited")).status_code for _ in range(5)]
    assert codes == [200, 200, 200, 429, 429]
    refused = await http.get("/api/v1/t/limited")
    assert refused.json()["error_code"] == "RATE_LIMITED"
    assert int(refused.headers["retry-after"]) == refused.json()["retry_after"]
    assert refused.headers["ratelimit-limit"] == "3"
    assert (await http.get("/api/v1/t/limited", headers=STUDENT)).status_code == 200


async def test_faults_of_ours_do_not_count_leave_nothing_and_say_nothing(http, limits_on):
    answers = [await http.get("/api/v1/t/broken") for _ in range(5)]
    assert {answer.status_code for answer in answers} == {500}
    assert "secret" not in answers[0].text
    assert answers[0].json()["error_code"] == "INTERNAL_ERROR"
    async with db.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(Usage)) == 0


async def test_a_day_limit_is_counted_from_rows(http, limits_on):
    codes = [(await http.post("/api/v1/t/daily", headers=STUDENT)).status_code for _ in range(3)]
    assert codes == [200, 200, 429]


async def test_the_same_key_gives_the_same_answer_once(http):
    headers = STUDENT | {"idempotency-key": "k1"}
    first = await http.post("/api/v1/t/once", json={"value": 1}, headers=headers)
    again = await http.post("/api/v1/t/once", json={"value": 1}, headers=headers)
    other = await http.post("/api/v1/t/once", json={"value": 2}, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert (other.status_code, other.json()["error_code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    async with db.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(Usage)) == 1


async def test_if_match_compares_the_edit_version(http):
    assert (await http.put("/api/v1/t/edited", headers={"if-match": '"v3"'})).headers["etag"] == '"v4"'
    stale = await http.put("/api/v1/t/edited", headers={"if-match": '"v2"'})
    assert (stale.status_code, stale.json()["error_code"]) == (412, "PRECONDITION_FAILED")
    assert (await http.put("/api/v1/t/edited", headers={"if-match": "nonsense"})).status_code == 412


async def test_who_is_nobody_is_asked_to_sign_in_and_who_may_not_is_refused(http):
    assert (await http.get("/api/v1/t/refused")).status_code == 401
    assert (await http.get("/api/v1/t/refused", headers=STUDENT)).status_code == 403
    assert (await http.get("/api/v1/t/admin")).status_code == 401
    assert (await http.get("/api/v1/t/admin", headers=STUDENT)).status_code == 403
    assert (await http.get("/api/v1/t/admin", headers={"authorization": "Bearer admin"})).status_code == 200
    assert (await http.get("/api/v1/t/cached", headers={"authorization": "Bearer bad"})).status_code == 401


async def test_a_cookie_writes_only_with_the_token_of_our_form(http):
    http.cookies.set(SESSION_COOKIE, "student")
    http.cookies.set(CSRF_COOKIE, "abc")
    without = await http.post("/api/v1/t/once", json={"value": 1})
    assert (without.status_code, without.json()["error_code"]) == (403, "CSRF_FAILED")
    token = {"x-csrf-token": csrf_token("abc")}
    assert (await http.post("/api/v1/t/once", json={"value": 1}, headers=token)).status_code == 201
    foreign = token | {"sec-fetch-site": "cross-site"}
    assert (await http.post("/api/v1/t/once", json={"value": 1}, headers=foreign)).status_code == 403


async def test_a_body_over_the_limit_is_refused_before_it_is_read(http, settings):
    huge = b"x" * (settings.max_request_bytes + 1)
    answer = await http.post("/api/v1/t/once", content=huge, headers=STUDENT | {"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error_code"]) == (413, "TOO_LARGE")


async def test_a_body_without_a_length_is_cut_off_at_the_limit(http, settings):
    async def endless():
        for _ in range(settings.max_request_bytes // 65536 + 2):
            yield b" " * 65536

    answer = await http.post(
        "/api/v1/t/once", content=endless(), headers=STUDENT | {"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["error_code"]) == (413, "TOO_LARGE")


async def test_broken_json_and_wrong_values_name_the_field(http):
    broken = await http.post("/api/v1/t/once", content=b"{", headers=STUDENT | {"content-type": "application/json"})
    assert broken.status_code == 422
    wrong = await http.post("/api/v1/t/once", json={"value": "x"}, headers=STUDENT)
    assert wrong.json()["errors"][0]["field"] == "value"


async def test_head_answers_without_a_body(http):
    answer = await http.head("/api/v1/t/limited")
    assert (answer.status_code, answer.content) == (200, b"")


async def test_cors_names_the_exposed_headers(http):
    answer = await http.get("/api/v1/t/limited", headers={"origin": "http://localhost:3000"})
    assert isinstance(UUID(answer.headers["x-request-id"]), UUID)
