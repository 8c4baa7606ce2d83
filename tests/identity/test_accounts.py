"""R1.1 to R1.6 and the rest of registering, signing in and out, over HTTP."""

import asyncio
from datetime import timedelta

import pytest

from akademe.kernel import db
from tests.conftest import make_client
from tests.make import identity, orgs
from tests.make.identity import PASSWORD

REGISTER = "/api/v1/auth/register"
LOGIN = "/api/v1/auth/login"
ME = "/api/v1/auth/me"


def ada(**fields):
    return {"email": "ada@example.org", "password": PASSWORD, "first_name": "Ada", "last_name": "Example"} | fields


def bearer(tokens):
    return {"authorization": f"Bearer {tokens['access_token']}"}


async def test_register_gives_tokens_and_the_person(client):
    answer = await client.post(REGISTER, json=ada(username="ada"))
    assert answer.status_code == 201
    body = answer.json()
    assert body["token_type"] == "bearer"
    assert body["expires_in"] == 1800
    assert body["user"]["full_name"] == "Ada Example"
    assert body["user"]["role"] == "student"
    assert body["user"]["profile"]["skill_level"] == "beginner"
    me = await client.get(ME, headers=bearer(body))
    assert me.json()["id"] == body["user"]["id"]
    assert PASSWORD not in answer.text


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ada@example.org", "ADA@Example.ORG"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@school.local", " Ada@school.local "),
    ],
)
async def test_r1_1_email_is_unique_in_any_spelling(client, first, second):
    assert (await client.post(REGISTER, json=ada(email=first))).status_code == 201
    again = await client.post(REGISTER, json=ada(email=second))
    assert again.status_code == 409
    assert again.json()["error_code"] == "EMAIL_TAKEN"


@pytest.mark.parametrize("password", ["short", "password123", "ada@example.org", "x" * 257, "12345678"])
async def test_r1_1_weak_passwords_are_refused_with_the_reason(client, password):
    answer = await client.post(REGISTER, json=ada(password=password))
    assert answer.status_code == 422
    body = answer.json()
    assert body["error_code"] == "WEAK_PASSWORD"
    assert body["reason"]
    assert body["errors"][0]["field"] == "password"
    assert isinstance(body["suggestions"], list)


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "a b@example.org", "a@example..org", '"x y"@example.org'])
async def test_r1_1_what_is_no_address_is_refused(client, email):
    answer = await client.post(REGISTER, json=ada(email=email))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "email"


async def test_two_registrations_at_once_make_one_account(client):
    answers = await asyncio.gather(*(client.post(REGISTER, json=ada()) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_usernames_compare_without_case(client):
    assert (await client.post(REGISTER, json=ada(username="Straße"))).status_code == 201
    taken = await client.post(REGISTER, json=ada(email="b@example.org", username="STRASSE"))
    assert taken.json()["error_code"] == "USERNAME_TAKEN"
    assert (await client.post(REGISTER, json=ada(email="c@example.org", username="a@b"))).status_code == 422


@pytest.mark.parametrize("named", [{"email": "Ada@Example.org"}, {"username": "ADA"}, {"username": "ada@example.org"}])
async def test_r1_2_sign_in_returns_a_jwt(client, named):
    await client.post(REGISTER, json=ada(username="ada"))
    answer = await client.post(LOGIN, json=named | {"password": PASSWORD})
    assert answer.status_code == 200
    tokens = answer.json()
    assert tokens["access_token"].count(".") == 2
    assert tokens["user"]["last_login"]
    assert (await client.get(ME, headers=bearer(tokens))).json()["email"] == "ada@example.org"


async def test_r1_2_sign_in_by_oauth2_form(client):
    await client.post(REGISTER, json=ada())
    form = {"grant_type": "password", "username": "ada@example.org", "password": PASSWORD}
    answer = await client.post(LOGIN, data=form)
    assert answer.status_code == 200
    assert answer.json()["token_type"] == "bearer"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"email": "a@example.org"}', b'{"password": "x"}', b'"x"'])
async def test_a_sign_in_that_cannot_be_read_is_no_server_error(client, body):
    answer = await client.post(LOGIN, content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.json()["error_code"] in ("BAD_REQUEST", "VALIDATION_ERROR")


async def test_wrong_password_and_unknown_account_answer_alike(client):
    await client.post(REGISTER, json=ada())
    wrong = await client.post(LOGIN, json={"email": "ada@example.org", "password": "not this one"})
    unknown = await client.post(LOGIN, json={"email": "nobody@example.org", "password": "not this one"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json()["error_code"] == unknown.json()["error_code"] == "INVALID_CREDENTIALS"
    assert wrong.json()["detail"] == unknown.json()["detail"]


async def test_r1_3_protected_routes_verify_the_token(client):
    assert (await client.get(ME)).status_code == 401
    refused = await client.get(ME, headers={"authorization": "Bearer nonsense"})
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"


async def test_r1_4_roles_decide(as_user):
    student = await as_user(await identity.user("student"))
    admin = await as_user(await identity.user("admin"))
    assert (await student.get("/api/v1/users")).status_code == 403
    assert (await admin.get("/api/v1/users")).status_code == 200
    assert (await admin.post("/api/v1/organizations", json={"name": "X"})).status_code == 403


async def test_r1_5_a_day_of_inactivity_asks_for_sign_in_again(client, database):
    settings_minutes = 60 * 48
    from akademe.kernel.config import settings

    settings().access_token_expire_minutes = settings_minutes
    tokens = (await client.post(REGISTER, json=ada())).json()
    start = db.clock()
    with db.at(start + timedelta(hours=23)):
        assert (await client.get(ME, headers=bearer(tokens))).status_code == 200
    with db.at(start + timedelta(hours=46)):
        assert (await client.get(ME, headers=bearer(tokens))).status_code == 200, "activity was noted"
    tokens = (await client.post(LOGIN, json={"email": "ada@example.org", "password": PASSWORD})).json()
    with db.at(db.clock() + timedelta(hours=24, seconds=1)):
        ended = await client.get(ME, headers=bearer(tokens))
        refreshed = await client.post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert ended.status_code == refreshed.status_code == 401
    assert ended.json()["error_code"] == "SESSION_ENDED"


async def test_r1_6_sign_out_kills_both_tokens_at_once(client):
    tokens = (await client.post(REGISTER, json=ada())).json()
    other = (await client.post(LOGIN, json={"email": "ada@example.org", "password": PASSWORD})).json()
    body = {"refresh_token": other["refresh_token"]}
    assert (await client.post("/api/v1/auth/logout", json=body, headers=bearer(tokens))).status_code == 204
    for one in (tokens, other):
        assert (await client.get(ME, headers=bearer(one))).status_code == 401
        refresh = await client.post("/api/v1/auth/refresh", json={"refresh": one["refresh_token"]})
        assert refresh.status_code == 401


async def test_sign_out_needs_no_body_and_cannot_end_anothers(client):
    mine = (await client.post(REGISTER, json=ada())).json()
    theirs = (await client.post(REGISTER, json=ada(email="b@example.org"))).json()
    body = {"refresh_token": theirs["refresh_token"]}
    assert (await client.post("/api/v1/auth/logout", json=body, headers=bearer(mine))).status_code == 204
    assert (await client.get(ME, headers=bearer(theirs))).status_code == 200
    assert (await client.post("/api/v1/auth/logout", headers=bearer(theirs))).status_code == 204
    assert (await client.get(ME, headers=bearer(theirs))).status_code == 401


async def test_asking_to_teach_waits_for_an_admin(client, as_user):
    answer = await client.post(REGISTER, json=ada(requested_role="instructor"))
    assert answer.json()["role_request"] == "pending"
    person = answer.json()["user"]
    assert person["role"] == "student"
    admin = await as_user(await identity.user("admin"))
    listed = await admin.get("/api/v1/users", params={"q": "ada"})
    assert listed.json()[0]["role_request"] == "pending"
    accepted = await admin.put(f"/api/v1/users/{person['id']}", json={"role": "instructor"})
    assert (accepted.json()["role"], accepted.json()["role_request"]) == ("instructor", None)
    me = await client.get(ME, headers=bearer(answer.json()))
    assert me.json()["role"] == "instructor"


async def test_an_organisation_may_let_anybody_teach_or_nobody_register(app, database, client):
    await orgs.organization(domain="open.example.org", settings={"instructor_requests": "allow"})
    await orgs.organization(domain="closed.example.org", settings={"registration": "closed"})
    await orgs.organization(domain="own.example.org", settings={"email_domains": ["own.example.org"]})
    at_once = await client.post(REGISTER, json=ada(role="instructor"), headers={"host": "open.example.org"})
    assert (at_once.json()["user"]["role"], at_once.json()["role_request"]) == ("instructor", None)
    closed = await client.post(REGISTER, json=ada(email="b@example.org"), headers={"host": "closed.example.org"})
    assert closed.json()["error_code"] == "REGISTRATION_CLOSED"
    foreign = await client.post(REGISTER, json=ada(email="c@example.org"), headers={"host": "own.example.org"})
    assert foreign.json()["error_code"] == "EMAIL_DOMAIN_REFUSED"


@pytest.mark.parametrize("role", ["admin", "platform_admin", "superuser", "ta"])
async def test_nobody_registers_as_more_than_a_student(client, role):
    answer = await client.post(REGISTER, json=ada(role=role, is_platform_admin=True))
    assert answer.json()["user"]["role"] == "student"
    assert answer.json()["user"]["is_platform_admin"] is False


async def test_profile_changes_only_what_is_sent(client, as_user):
    person = await as_user(await identity.user(username="grace"))
    before = (await person.get(ME)).json()
    patch = {"profile": {"career_goals": ["teach"], "skill_level": "advanced"}, "preferences": {"theme": "dark"}}
    changed = (await person.put("/api/v1/auth/profile", json=patch)).json()
    assert changed["profile"]["skill_level"] == "advanced"
    assert changed["profile"]["full_name"] == before["full_name"]
    assert changed["preferences"] == {"theme": "dark"}
    renamed = (await person.put("/api/v1/auth/profile", json={"full_name": "Grace Brewster Example"})).json()
    assert renamed["first_name"] == "Grace"
    assert renamed["profile"]["career_goals"] == ["teach"]
    assert renamed["username"] == "grace"
    for bad in ({"time_zone": "Mars/Base"}, {"profile": {"skill_level": "godlike"}}, {"username": "@"}):
        assert (await person.put("/api/v1/auth/profile", json=bad)).status_code == 422


async def test_profile_edits_of_an_older_version_are_refused(as_user):
    person = await as_user(await identity.user())
    etag = (await person.get(ME)).headers["etag"]
    first = await person.put("/api/v1/auth/profile", json={"first_name": "One"}, headers={"if-match": etag})
    second = await person.put("/api/v1/auth/profile", json={"first_name": "Two"}, headers={"if-match": etag})
    assert (first.status_code, second.status_code) == (200, 412)
    assert (await person.get(ME)).json()["first_name"] == "One"


async def test_a_new_password_needs_the_current_one_and_ends_other_sign_ins(client):
    old = (await client.post(REGISTER, json=ada())).json()
    here = (await client.post(LOGIN, json={"email": "ada@example.org", "password": PASSWORD})).json()
    url, new = "/api/v1/auth/profile", "another long and strange sentence"
    assert (await client.put(url, json={"new_password": new}, headers=bearer(here))).status_code == 422
    wrong = await client.put(url, json={"new_password": new, "current_password": "no"}, headers=bearer(here))
    assert wrong.json()["error_code"] == "WRONG_PASSWORD"
    good = {"new_password": new, "current_password": PASSWORD}
    assert (await client.put(url, json=good, headers=bearer(here))).status_code == 200
    assert (await client.get(ME, headers=bearer(here))).status_code == 200
    assert (await client.get(ME, headers=bearer(old))).status_code == 401
    assert (await client.post(LOGIN, json={"email": "ada@example.org", "password": new})).status_code == 200


async def test_the_deactivated_and_the_deleted_are_nobody_at_once(client, app, as_user):
    admin = await as_user(await identity.user("admin"))
    for change in ("deactivate", "delete"):
        person = await identity.user(email=f"{change}@example.org")
        theirs = make_client(app, authorization=f"Bearer {await identity.bearer(person)}")
        url = f"/api/v1/users/{person.id}"
        if change == "deactivate":
            assert (await admin.put(url, json={"is_active": False})).json()["status"] == "inactive"
        else:
            assert (await admin.delete(url)).status_code == 204
        assert (await theirs.get(ME)).status_code == 401
        login = await client.post(LOGIN, json={"email": person.email, "password": PASSWORD})
        assert login.json()["error_code"] == "INVALID_CREDENTIALS"
        await theirs.aclose()
