"""Refreshing, stolen and confused tokens, sessions and the web's cookie."""

import asyncio
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import func, select

from akademe.identity import service
from akademe.identity.models import RefreshToken, User
from akademe.identity.schemas import Origin
from akademe.kernel import db
from akademe.kernel.auth import Credentials, authenticate
from akademe.kernel.config import settings
from akademe.kernel.ctx import open_ctx, system_ctx
from akademe.kernel.errors import Unauthenticated
from tests.make import identity
from tests.make.identity import PASSWORD

ME, REFRESH, LOGIN = "/api/v1/auth/me", "/api/v1/auth/refresh", "/api/v1/auth/login"


@pytest.fixture
async def tokens(client):
    person = await identity.user(email="ada@example.org")
    return (await client.post(LOGIN, json={"email": person.email, "password": PASSWORD})).json()


async def me(client, token):
    return await client.get(ME, headers={"authorization": f"Bearer {token}"})


async def refresh(client, token):
    return await client.post(REFRESH, json={"refresh_token": token})


async def test_refresh_rotates(client, tokens):
    with db.at(db.clock() + timedelta(minutes=29)):
        second = (await refresh(client, tokens["refresh_token"])).json()
        assert second["refresh_token"] != tokens["refresh_token"]
        assert (await me(client, second["access_token"])).status_code == 200
        third = await refresh(client, second["refresh_token"])
        assert third.status_code == 200


async def test_using_a_refresh_token_again_ends_the_family(client, tokens):
    newer = (await refresh(client, tokens["refresh_token"])).json()
    with db.at(db.clock() + timedelta(seconds=11)):
        again = await refresh(client, tokens["refresh_token"])
        assert again.status_code == 401
        assert again.json()["error_code"] == "REFRESH_TOKEN_REUSED"
    assert (await refresh(client, newer["refresh_token"])).json()["error_code"] == "SESSION_ENDED"
    assert (await me(client, newer["access_token"])).status_code == 401


async def test_two_tabs_refreshing_at_once_stay_signed_in(client, tokens):
    answers = await asyncio.gather(*(refresh(client, tokens["refresh_token"]) for _ in range(3)))
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({answer.json()["refresh_token"] for answer in answers}) == 3
    for answer in answers:
        assert (await me(client, answer.json()["access_token"])).status_code == 200


async def test_tokens_expire(client, tokens):
    with db.at(db.clock() + timedelta(minutes=30)):
        expired = await me(client, tokens["access_token"])
    assert expired.json()["error_code"] == "TOKEN_EXPIRED"
    settings().session_idle_hours = 24 * 30
    with db.at(db.clock() + timedelta(days=7)):
        assert (await refresh(client, tokens["refresh_token"])).json()["error_code"] == "TOKEN_EXPIRED"


def forged(token, *, key=None, header=None, **claims):
    """`token` with other claims, signed by `key` (default: the right one)."""
    right = OctKey.import_key(settings().secret("jwt_secret_key"))
    found = jwt.decode(token, right, algorithms=["HS256"])
    return jwt.encode(found.header | (header or {}), found.claims | claims, key or right)


def without_signature(token):
    import base64

    header = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    return f"{header}.{token.split('.')[1]}."


async def test_confused_tokens_are_refused(client, tokens):
    token = tokens["access_token"]
    assert (await me(client, forged(token))).status_code == 200, "the forger of this test forges well"
    bad = {
        "alg none": without_signature(token),
        "wrong key": forged(token, key=OctKey.import_key("another secret of good length")),
        "other algorithm": jwt.encode(
            {"alg": "RS256"}, {"sub": tokens["user"]["id"]}, RSAKey.generate_key(2048), algorithms=["RS256"]
        ),
        "other key id": forged(token, header={"kid": "other"}),
        "refresh as access": tokens["refresh_token"],
        "other audience": forged(token, aud="elsewhere"),
        "other issuer": forged(token, iss="elsewhere"),
        "no session": forged(token, sid="01a1f908-b15d-739c-b1ad-96527aab8199"),
        "no id": forged(token, sid="nobody"),
        "no kind": forged(token, typ=None),
        "expired": forged(token, exp=1),
        "exp as text": forged(token, exp="soon"),
        "cut": token[:-2],
        "changed": token[:-10] + ("A" * 10),
        "empty parts": "..",
    }
    for name, one in bad.items():
        answer = await me(client, one)
        assert answer.status_code == 401, name
        assert "Traceback" not in answer.text
    assert (await refresh(client, token)).status_code == 401, "access as refresh"
    assert (await me(client, token)).status_code == 200


async def test_a_signature_is_not_taken_for_proof_of_another_token(client, tokens):
    """What was verified once is kept by the whole token, not by a part of it."""
    token = tokens["access_token"]
    assert (await me(client, token)).status_code == 200
    head, body, signature = token.split(".")
    assert (await me(client, f"{head}.{body}A.{signature}")).status_code == 401


async def test_sessions_are_listed_and_revoked(client, tokens):
    other = (
        await client.post(
            LOGIN, json={"email": "ada@example.org", "password": PASSWORD}, headers={"user-agent": "Tablet"}
        )
    ).json()
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    listed = (await client.get("/api/v1/auth/sessions", headers=headers)).json()
    assert [one["is_current"] for one in listed].count(True) == 1
    tablet = next(one for one in listed if one["user_agent"] == "Tablet")
    url = f"/api/v1/auth/sessions/{tablet['id']}"
    assert (await client.delete(url, headers=headers)).status_code == 204
    assert (await me(client, other["access_token"])).status_code == 401
    assert (await client.delete(url, headers=headers)).status_code == 404


async def test_nobody_revokes_anothers_session(client, tokens, as_user):
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    session_id = (await client.get("/api/v1/auth/sessions", headers=headers)).json()[0]["id"]
    stranger = await as_user(await identity.user("admin"))
    assert (await stranger.delete(f"/api/v1/auth/sessions/{session_id}")).status_code == 404
    assert (await me(client, tokens["access_token"])).status_code == 200


async def test_the_web_cookie_names_the_same_kind_of_session(database):
    person = await identity.user("instructor")
    async with open_ctx() as ctx:
        first = await service.open_web_session(ctx, await ctx.get(User, person.id), Origin("", "Browser"))
    actor = await authenticate(Credentials(cookie=first))
    assert (actor.user_id, actor.role) == (person.id, "instructor")
    async with open_ctx(actor) as ctx:
        second = await service.open_web_session(ctx, await ctx.get(User, person.id), Origin())
    with pytest.raises(Unauthenticated):
        await authenticate(Credentials(cookie=first))
    actor = await authenticate(Credentials(cookie=second))
    async with open_ctx(actor) as ctx:
        await service.close_web_session(ctx)
    with pytest.raises(Unauthenticated):
        await authenticate(Credentials(cookie=second))


async def test_who_is_there_takes_one_statement(database):
    person = await identity.user()
    token = await identity.bearer(person)
    async with open_ctx(await identity.actor(person)) as ctx:
        for number in range(30):
            home = person.home_organization_id
            await service.grant(ctx, person.id, f"course:{number}", "student", source="t", organization_id=home)
        past = ctx.now - timedelta(seconds=1)
        await service.grant(ctx, person.id, "course:0", "ta", source="t", organization_id=home, until=past)
    with db.queries(at_most=1):
        actor = await authenticate(Credentials(bearer=token, host="test"))
    assert len(actor.grants) == 30
    assert actor.grants["course:0"] == {"student"}, "what has ended is not held"


async def test_activity_is_noted_at_most_every_five_minutes(client, tokens):
    start = db.clock()
    with db.at(start + timedelta(minutes=4)), db.queries(at_most=4):
        await me(client, tokens["access_token"])
    with db.at(start + timedelta(minutes=6)):
        await me(client, tokens["access_token"])
        listed = await client.get(
            "/api/v1/auth/sessions", headers={"authorization": f"Bearer {tokens['access_token']}"}
        )
    assert listed.json()[0]["last_seen_at"] > db.iso(start + timedelta(minutes=5))


async def test_old_credentials_do_not_stand_in_the_way_of_new_ones(client, tokens):
    """Clients send the access token that has just expired along with the refresh token, and browsers an old cookie."""
    person = {"email": "ada@example.org", "password": PASSWORD}
    body = {"refresh_token": tokens["refresh_token"]}
    with db.at(db.clock() + timedelta(minutes=31)):
        old = {"authorization": f"Bearer {tokens['access_token']}"}
        assert (await client.get("/api/v1/courses", headers=old)).json()["error_code"] == "TOKEN_EXPIRED"
        for headers in (old, {"cookie": "akademe_session=ended"}, {"authorization": "Bearer nonsense"}):
            assert (await client.post(LOGIN, json=person, headers=headers)).status_code == 200
            assert (await client.post(REFRESH, json=body, headers=headers)).status_code == 200
            forgot = await client.post("/api/v1/auth/forgot-password", json=person, headers=headers)
            assert forgot.status_code == 202


async def test_refresh_tokens_that_expired_are_forgotten_and_stay_refused(client, tokens):
    settings().session_idle_hours = 24 * 30
    first, later = tokens["refresh_token"], db.clock()
    for _ in range(3):
        later += timedelta(days=3)
        with db.at(later):
            tokens = (await refresh(client, tokens["refresh_token"])).json()
    with db.at(later):
        async with system_ctx() as ctx:
            await service.purge(ctx)
            assert await ctx.db.scalar(select(func.count()).select_from(RefreshToken)) == 3
        assert (await refresh(client, first)).json()["error_code"] == "TOKEN_EXPIRED"
        assert (await refresh(client, tokens["refresh_token"])).status_code == 200
