"""Lock-out, reset mails, and old hashes."""

import asyncio
from datetime import timedelta
from time import process_time

import bcrypt
import pytest
from sqlalchemy import select

from akademe.identity import rules, service
from akademe.identity.models import User
from akademe.identity.service.throttle import ADDRESS_FAILURES
from akademe.kernel import db
from akademe.kernel.auth import address_block
from akademe.kernel.ctx import system_ctx
from akademe.kernel.events import EventRow
from tests.make import identity
from tests.make.identity import PASSWORD

LOGIN, FORGOT, RESET = "/api/v1/auth/login", "/api/v1/auth/forgot-password", "/api/v1/auth/reset-password"
NEW = "another long and strange sentence"


def wrong(name="ada@example.org"):
    return {"email": name, "password": "not this one"}


def right(name="ada@example.org", password=PASSWORD):
    return {"email": name, "password": password}


async def test_an_unknown_account_takes_as_long(client):
    """Measured in processor time, which does not depend on what else the machine does."""
    await identity.user(email="ada@example.org")

    async def cost(name):
        started = process_time()
        for _ in range(5):
            assert (await client.post(LOGIN, json=wrong(name))).status_code == 401
        return process_time() - started

    await cost("ada@example.org")
    assert 0.5 < await cost("nobody@example.org") / await cost("ada@example.org") < 2


@pytest.mark.parametrize("known", [True, False])
async def test_the_sixth_guess_waits_whether_or_not_the_account_exists(client, limits_on, known):
    if known:
        await identity.user(email="ada@example.org", username="ada")
    for _ in range(4):
        assert (await client.post(LOGIN, json=wrong())).status_code == 401
    fifth = await client.post(LOGIN, json=wrong("ADA@example.org"))
    assert fifth.status_code == 401
    blocked = await client.post(LOGIN, json=right())
    assert blocked.status_code == 429
    assert blocked.json()["error_code"] == "TOO_MANY_ATTEMPTS"
    assert 1 <= blocked.json()["retry_after"] <= 31
    assert blocked.headers["retry-after"] == str(blocked.json()["retry_after"])


async def test_the_back_off_grows_and_ends(client, limits_on):
    await identity.user(email="ada@example.org")
    for _ in range(5):
        await client.post(LOGIN, json=wrong())
    later = db.clock() + timedelta(seconds=31)
    with db.at(later):
        assert (await client.post(LOGIN, json=wrong())).status_code == 401
        assert 50 <= (await client.post(LOGIN, json=wrong())).json()["retry_after"] <= 61
    with db.at(later + timedelta(seconds=61)):
        assert (await client.post(LOGIN, json=right())).status_code == 200
        for _ in range(4):
            assert (await client.post(LOGIN, json=wrong())).status_code == 401, "a success forgets the failures"


async def test_guesses_under_way_at_once_do_not_slip_through(client, limits_on):
    await identity.user(email="ada@example.org")
    answers = await asyncio.gather(*(client.post(LOGIN, json=wrong()) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 3
    assert (await client.post(LOGIN, json=right())).status_code == 429


async def test_an_address_has_its_own_count(client, limits_on, monkeypatch):
    from akademe.identity.service import throttle

    monkeypatch.setattr(throttle, "ADDRESS_FAILURES", 3)
    assert ADDRESS_FAILURES == 300
    for number in range(3):
        assert (await client.post(LOGIN, json=wrong(f"a{number}@example.org"))).status_code == 401
    assert (await client.post(LOGIN, json=wrong("b@example.org"))).status_code == 429


def test_back_off_never_shortens():
    waits = [rules.block_seconds(failures) for failures in range(40)]
    assert waits[:5] == [0, 0, 0, 0, 0]
    assert waits[5] == 30
    assert waits == sorted(waits)
    assert waits[-1] == rules.LONGEST_BLOCK_SECONDS


async def reset_events():
    async with system_ctx() as ctx:
        found = await ctx.db.scalars(select(EventRow).where(EventRow.name == "identity.PasswordResetRequested"))
        return list(found)


async def test_forgetting_says_the_same_to_everybody_and_mails_three_an_hour(client):
    person = await identity.user(email="ada@example.org")
    known = [await client.post(FORGOT, json={"email": "Ada@Example.org"}) for _ in range(5)]
    unknown = await client.post(FORGOT, json={"email": "nobody@example.org"})
    assert {answer.status_code for answer in known} == {unknown.status_code} == {202}
    assert known[0].json() == unknown.json()
    events = await reset_events()
    assert len(events) == 3
    assert events[0].data["user_id"] == str(person.id)
    assert set(events[0].data) == {"user_id", "organization_id", "course_id"}, "no secret travels in an event"


async def fresh_token(person):
    async with system_ctx() as ctx:
        return await service.make_reset_token(ctx, person.id)


async def test_a_reset_works_once_and_ends_every_sign_in(client, as_user):
    person = await identity.user(email="ada@example.org")
    signed_in = await as_user(person)
    token = await fresh_token(person)
    weak = await client.post(RESET, json={"token": token, "password": "password"})
    assert weak.json()["error_code"] == "WEAK_PASSWORD"
    assert (await client.post(RESET, json={"token": token, "password": NEW})).status_code == 204
    assert (await signed_in.get("/api/v1/auth/me")).status_code == 401
    assert (await client.post(LOGIN, json=right())).status_code == 401
    assert (await client.post(LOGIN, json=right(password=NEW))).status_code == 200
    again = await client.post(RESET, json={"token": token, "new_password": NEW})
    assert again.json()["error_code"] == "INVALID_RESET_TOKEN"


async def test_resets_expire_and_newer_ones_replace_them(client):
    person = await identity.user()
    old, new = await fresh_token(person), await fresh_token(person)
    assert (await client.post(RESET, json={"token": old, "password": NEW})).status_code == 422
    with db.at(db.clock() + timedelta(hours=1)):
        assert (await client.post(RESET, json={"token": new, "password": NEW})).status_code == 422
    both = await asyncio.gather(*(client.post(RESET, json={"token": new, "password": NEW}) for _ in range(2)))
    assert sorted(answer.status_code for answer in both) == [204, 422]


@pytest.mark.parametrize("password", [PASSWORD, "ü" * 50 + " and more than seventy-two bytes of it"])
async def test_bcrypt_hashes_sign_in_and_are_upgraded(client, password):
    old = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4)).decode()
    person = await identity.user(email="ada@example.org", password_hash=old)
    assert (await client.post(LOGIN, json=right(password="no" + password))).status_code == 401
    assert (await client.post(LOGIN, json=right(password=password))).status_code == 200
    async with system_ctx() as ctx:
        kept = (await ctx.get(User, person.id)).password_hash
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (await client.post(LOGIN, json=right(password=password))).status_code == 200


async def test_an_account_without_a_password_signs_nobody_in(client):
    await identity.user(email="ada@example.org", password_hash=None)
    for password in ("", "None", PASSWORD):
        assert (await client.post(LOGIN, json=right(password=password))).status_code == 401


async def test_the_own_password_is_guessed_no_faster(as_user, client, limits_on):
    """Whoever holds a session must not learn the password by asking many times at once."""
    person = await as_user(await identity.user(email="ada@example.org"))
    url, guess = "/api/v1/auth/profile", {"new_password": NEW, "current_password": "not this one"}
    weak = {"new_password": "password", "current_password": PASSWORD}
    assert (await person.put(url, json=weak)).json()["error_code"] == "WEAK_PASSWORD"
    guesses = [asyncio.create_task(person.put(url, json=guess)) for _ in range(7)]
    await asyncio.wait(guesses, return_when=asyncio.FIRST_COMPLETED)
    late = await person.put(url, json=guess | {"current_password": PASSWORD})
    assert sorted([(await one).status_code for one in guesses]) == [422] * 5 + [429] * 2
    assert late.status_code == 429, "right, and after five that were wrong"
    assert (await client.post(LOGIN, json=right())).status_code == 429, "one count for the account"


async def test_a_new_password_or_address_voids_what_was_mailed_before(client, as_user):
    person = await identity.user(email="ada@example.org")
    admin = await as_user(await identity.user("admin"))
    for change in ({"password": NEW}, {"email": "new@example.org"}):
        token = await fresh_token(person)
        assert (await admin.put(f"/api/v1/users/{person.id}", json=change)).status_code == 200
        late = await client.post(RESET, json={"token": token, "password": "a third and different sentence"})
        assert late.json()["error_code"] == "INVALID_RESET_TOKEN", change


def test_an_address_of_ipv6_is_the_network_of_its_subscriber():
    assert address_block("2001:db8:1:2:aaaa::1") == address_block("2001:db8:1:2:bbbb::2") == "2001:db8:1:2::/64"
    assert address_block("2001:db8:1:3::1") != address_block("2001:db8:1:2::1")
    assert [address_block(one) for one in ("192.0.2.7", "", "no:address")] == ["192.0.2.7", "", "no:address"]


@pytest.mark.parametrize("old", ["$2b$04$broken", "$argon2id$v=19$m=1,t=1,p=1$broken", "plain", "$2y$", ""])
async def test_a_hash_that_cannot_be_read_lets_nobody_in(client, old):
    await identity.user(email="ada@example.org", password_hash=old)
    for password in (PASSWORD, "", "a\x00b"):
        assert (await client.post(LOGIN, json=right(password=password))).status_code == 401


async def test_a_password_may_be_typed_in_either_form_of_unicode(client):
    """A phone composes its accents, a keyboard may not (RFC 8265, section 4.2)."""
    composed, apart = "caf\u00e9 au lait d\u00e9j\u00e0 bu", "cafe\u0301 au lait de\u0301ja\u0300 bu"
    given = {"email": "ada@example.org", "password": apart}
    assert (await client.post("/api/v1/auth/register", json=given)).status_code == 201
    for one in (composed, apart):
        assert (await client.post(LOGIN, json=right(password=one))).status_code == 200
    old = bcrypt.hashpw(apart.encode(), bcrypt.gensalt(4)).decode()
    await identity.user(email="bo@example.org", password_hash=old)
    assert (await client.post(LOGIN, json=right("bo@example.org", apart))).status_code == 200
    assert (await client.post(LOGIN, json=right("bo@example.org", composed))).status_code == 200, "since it is upgraded"


async def test_who_waits_for_a_hash_holds_no_connection(client, database):
    """Thirty pupils who register at once must not take every connection from those who read."""
    given = [{"email": f"pupil{number}@example.org", "password": PASSWORD} for number in range(6)]
    waiting = [asyncio.create_task(client.post("/api/v1/auth/register", json=one)) for one in given]
    held = []
    while not all(task.done() for task in waiting):
        held.append(database.engine.pool.checkedout())
        await asyncio.sleep(0.002)
    assert {(await task).status_code for task in waiting} == {201}
    assert sum(held) / len(held) < 2
