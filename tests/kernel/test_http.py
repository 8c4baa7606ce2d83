"""Declared access, limits, conditional requests, idempotency and forms, on routes of the tests' own."""

import asyncio
import gzip
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import Response
from pydantic import BaseModel
from sqlalchemy import func, select

from akademe.app import create_app
from akademe.kernel import auth, cache, db
from akademe.kernel.auth import Actor, Credentials
from akademe.kernel.errors import Conflict, Forbidden, PreconditionFailed, Unauthenticated
from akademe.kernel.http import AnyCtx, IfMatch, Router, edit_etag
from akademe.kernel.http.compression import zstd
from akademe.kernel.http.edge import canonical_path
from akademe.kernel.http.security import CSRF_COOKIE, SESSION_COOKIE, csrf_token
from akademe.kernel.usages import Usage

PERSON = uuid4()
router = Router(tags=["test"])
calls = {"n": 0}
people: dict[str, UUID] = {}


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
@router.post("/t/again", access="user", summary="t", idempotent=True, status_code=201)
async def once(ctx: AnyCtx, body: Body) -> dict[str, str]:
    if body.value < 0:
        raise Conflict
    row = Usage(bucket="once", user_id=PERSON)
    ctx.db.add(row)
    await ctx.db.flush()
    return {"id": str(row.id)}


@router.post("/t/unwritable", access="public", summary="t")
async def unwritable(ctx: AnyCtx) -> dict[str, str]:
    ctx.db.add(Usage(bucket=None, user_id=PERSON))
    return {"status": "all is well"}


@router.get("/t/long", access="public", summary="t")
async def long(ctx: AnyCtx) -> dict[str, str]:
    return {"text": "word " * 400}


@router.get("/t/same", access="public", summary="t")
async def get_same(ctx: AnyCtx) -> dict[str, str]:
    return {}


@router.delete("/t/same", access="public", summary="t")
async def delete_same(ctx: AnyCtx) -> dict[str, str]:
    return {}


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
    return Actor(user_id=people.get(token, PERSON), role=token) if token else auth.ANONYMOUS


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


async def test_a_failed_commit_is_not_answered_as_a_success(http):
    """The unit is committed before the answer leaves (a FastAPI dependency with `yield` would end after it)."""
    answer = await http.post("/api/v1/t/unwritable")
    assert (answer.status_code, answer.json()["error_code"]) == (500, "INTERNAL_ERROR")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/t/nothing", 404, "NOT_FOUND"),
        ("POST", "/api/v1/nothing/at/all", 404, "NOT_FOUND"),
        ("PATCH", "/api/v1/t/same", 405, "METHOD_NOT_ALLOWED"),
        ("OPTIONS", "/api/v1/t/same", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/api/v1/t/refused", 401, "UNAUTHENTICATED"),
        ("GET", "/api/v1/t/broken", 500, "INTERNAL_ERROR"),
    ],
)
async def test_every_error_has_the_contracts_shape_and_is_not_kept(http, method, path, status, code):
    answer = await http.request(method, path)
    body = answer.json()
    assert (answer.status_code, body["error_code"], body["status"]) == (status, code, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "private, no-store"
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["timestamp"].endswith("Z")
    assert {"detail", "type", "title"} <= body.keys()


async def test_a_refused_method_is_told_the_others(http):
    assert (await http.post("/api/v1/t/same")).headers["allow"] == "DELETE, GET, HEAD"
    assert (await http.head("/api/v1/t/once")).headers["allow"] == "POST"


async def test_a_body_that_is_not_json_says_so(http):
    json = STUDENT | {"content-type": "application/json"}
    broken = await http.post("/api/v1/t/once", content=b'{"value": 1,}', headers=json)
    assert (broken.status_code, broken.json()["errors"][0]["field"]) == (422, "body")
    for kind in ({"content-type": "text/plain"}, {"content-type": "application/xml"}, {}):
        other = await http.post("/api/v1/t/once", content=b'{"value": 1}', headers=STUDENT | kind)
        assert (other.status_code, other.json()["error_code"]) == (415, "UNSUPPORTED_TYPE")
    assert (await http.post("/api/v1/t/once", headers=STUDENT)).status_code == 422


@pytest.mark.parametrize("path", ["/api/t/once", "/api/t/once/", "/api/v1/t/once/", "/api/v1/t/once"])
async def test_other_spellings_of_a_path_keep_the_body(http, path):
    assert (await http.post(path, json={"value": 1}, headers=STUDENT)).status_code == 201


def test_hybrid_needs_no_prefix():
    assert canonical_path("/hybrid/usage/1/") == "/api/v1/hybrid/usage/1"
    assert canonical_path("/hybrids") == "/hybrids"
    assert canonical_path("/") == "/"


async def test_if_none_match_may_be_weak_or_a_list(http):
    etag = (await http.get("/api/v1/t/cached")).headers["etag"]
    strong = etag.removeprefix("W/")
    for given in (etag, strong, f'"other", {etag}', "*"):
        answer = await http.get("/api/v1/t/cached", headers={"if-none-match": given})
        assert (answer.status_code, answer.content) == (304, b""), given
        assert answer.headers["etag"] == etag
    assert (await http.get("/api/v1/t/cached", headers={"if-none-match": '"other", "é"'.encode()})).status_code == 200


async def test_two_with_one_key_at_once_are_carried_out_once(http):
    headers = STUDENT | {"idempotency-key": "both"}
    sent = (http.post("/api/v1/t/once", json={"value": 1}, headers=headers) for _ in range(5))
    answers = await asyncio.gather(*sent)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_a_key_is_the_actors_the_routes_and_for_a_day(http, monkeypatch):
    headers = STUDENT | {"idempotency-key": "k"}

    async def send(path="/api/v1/t/once"):
        return (await http.post(path, json={"value": 1}, headers=headers)).json()["id"]

    first = await send()
    assert await send("/api/v1/t/again") != first
    monkeypatch.setitem(people, "student", uuid4())
    other = await send()
    assert other != first
    with db.at(db.clock() + timedelta(hours=23)):
        assert await send() == other
    with db.at(db.clock() + timedelta(hours=25)):
        assert await send() != other


async def test_a_refused_request_may_be_sent_again_with_its_key(http):
    headers = STUDENT | {"idempotency-key": "again"}
    assert (await http.post("/api/v1/t/once", json={"value": -1}, headers=headers)).status_code == 409
    assert (await http.post("/api/v1/t/once", json={"value": 1}, headers=headers)).status_code == 201
    long = STUDENT | {"idempotency-key": "k" * 201}
    assert (await http.post("/api/v1/t/once", json={"value": 1}, headers=long)).status_code == 422


async def test_a_form_token_of_any_characters_is_only_wrong(http):
    http.cookies.set(SESSION_COOKIE, "student")
    http.cookies.set(CSRF_COOKIE, "abc")
    answer = await http.post("/api/v1/t/once", json={"value": 1}, headers={"x-csrf-token": "é".encode("latin-1")})
    assert (answer.status_code, answer.json()["error_code"]) == (403, "CSRF_FAILED")


async def test_long_answers_are_compressed_as_the_client_says(http):
    plain = (await http.get("/api/v1/t/long", headers={"accept-encoding": "identity"})).content
    for asked, encoding in (("gzip", "gzip"), ("gzip, zstd", "zstd"), ("zstd", "zstd")):
        async with http.stream("GET", "/api/v1/t/long", headers={"accept-encoding": asked}) as answer:
            raw = b"".join([part async for part in answer.aiter_raw()])
        assert answer.headers["content-encoding"] == encoding
        assert "Accept-Encoding" in answer.headers["vary"]
        assert len(raw) == int(answer.headers["content-length"]) < len(plain) / 5
        assert (gzip.decompress(raw) if encoding == "gzip" else zstd.decompress(raw)) == plain
    short = await http.get("/api/v1/t/limited", headers={"accept-encoding": "gzip, zstd"})
    assert "content-encoding" not in short.headers


@pytest.fixture
def from_elsewhere(settings, monkeypatch):
    """The application as made where CORS_ORIGINS names a client."""
    settings.cors_origins = "http://localhost:3000"
    app = create_app()
    app.router.routes.extend(router.routes)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


async def test_a_client_of_cors_origins_reads_what_the_contract_names(from_elsewhere, database):
    mine = {"origin": "http://localhost:3000"}
    answer = await from_elsewhere.get("/api/v1/t/nothing", headers=mine)
    assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"
    exposed = set(answer.headers["access-control-expose-headers"].split(", "))
    assert {"Link", "X-Total-Count", "ETag", "X-Request-ID", "Retry-After", "RateLimit-Limit"} <= exposed
    asked = {"access-control-request-method": "PUT", "access-control-request-headers": "authorization, if-match"}
    preflight = await from_elsewhere.options("/api/v1/t/edited", headers=mine | asked)
    assert preflight.status_code == 200
    assert "if-match" in preflight.headers["access-control-allow-headers"].lower()
    stranger = await from_elsewhere.get("/api/v1/t/long", headers={"origin": "https://evil.example.org"})
    assert "access-control-allow-origin" not in stranger.headers


async def test_other_hosts_are_refused_where_the_site_says_its_own(settings, database):
    settings.allowed_hosts = "school.example.org, *.school.example.org"
    app = create_app()

    async def status(host, path="/api/v1/courses"):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://x") as client:
            return (await client.get(path, headers={"host": host})).status_code

    assert [await status(host) for host in ("school.example.org", "MATHS.school.example.org:8000")] == [200, 200]
    assert [await status(host) for host in ("evil.example.org", "school.example.org.evil.org", "")] == [400] * 3
    assert await status("10.0.0.7:8000", "/health/ready") == 200, "a probe asks by address"


async def test_what_every_answer_tells_the_browser_to_refuse(http, settings):
    for path in ("/api/v1/t/limited", "/nothing", "/health/live"):
        headers = (await http.get(path)).headers
        policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert policy["script-src"] == policy["connect-src"] == policy["default-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers
        assert "x-powered-by" not in headers


async def test_counters_are_for_this_machine_or_a_token(http, settings):
    assert (await http.get("/metrics")).status_code == 200
    assert (await http.get("/metrics", headers={"x-forwarded-for": "203.0.113.9"})).status_code == 403
    settings.metrics_token = "of the tests"
    assert (await http.get("/metrics")).status_code == 403
    assert (await http.get("/metrics", headers={"authorization": "Bearer é".encode("latin-1")})).status_code == 403
    assert (await http.get("/metrics", headers={"authorization": "Bearer of the tests"})).status_code == 200


def test_what_is_kept_for_everyone_is_bounded(monkeypatch):
    monkeypatch.setattr(cache, "MAX_BYTES", 10_000)
    cache.forget()
    for number in range(50):
        cache.keep(f"k{number}", b"x" * 1000, [], b"e", cache.generation())
    kept = [number for number in range(50) if cache.find(f"k{number}")]
    assert kept == [47, 48, 49]
    cache.keep("k49", b"x", [], b"e", cache.generation())
    cache.keep("huge", b"x" * 2000, [], b"e", cache.generation())
    assert [bool(cache.find(key)) for key in ("huge", "k48", "k49")] == [False, True, True]
    cache.forget()
