"""R9.2: admins and people, each inside their own organisation."""

import pytest
from sqlalchemy import select

from akademe.identity.models import Membership, User
from akademe.kernel.ctx import system_ctx
from akademe.kernel.db import fold
from tests.make import catalog, identity, learning, orgs
from tests.make.identity import PASSWORD

USERS = "/api/v1/users"


@pytest.fixture
async def school():
    return await orgs.organization(name="Other School")


async def test_an_admin_makes_finds_changes_and_deletes_people(as_user):
    admin = await as_user(await identity.user("admin"))
    given = {"email": "new@example.org", "password": PASSWORD, "first_name": "New", "role": "instructor"}
    made = await admin.post(USERS, json=given)
    assert made.status_code == 201
    person = made.json()
    assert (person["role"], person["status"]) == ("instructor", "active")
    assert (await admin.post(USERS, json=given)).json()["error_code"] == "EMAIL_TAKEN"
    url = f"{USERS}/{person['id']}"
    changed = await admin.put(url, json={"last_name": "Name", "role": "ta", "email": "Newer@Example.org"})
    assert changed.status_code == 200
    assert (changed.json()["role"], changed.json()["email"]) == ("ta", "newer@example.org")
    assert changed.json()["first_name"] == "New"
    assert (await admin.delete(url)).status_code == 204
    assert (await admin.get(url)).status_code == 404
    assert (await admin.post(USERS, json=given | {"email": "newer@example.org"})).status_code == 201


async def test_the_list_filters_counts_and_pages(as_user):
    admin = await as_user(await identity.user("admin", email="zz-boss@example.org"))
    for number in range(5):
        await identity.user("student", email=f"pupil{number}@example.org", first_name="Pupil")
    first = await admin.get(USERS, params={"role": "student", "limit": 3})
    assert first.headers["x-total-count"] == "5"
    following = first.headers["link"].split(">")[0].strip("<")
    second = await admin.get(following)
    assert len(first.json()) + len(second.json()) == 5
    assert not {one["id"] for one in first.json()} & {one["id"] for one in second.json()}
    assert len((await admin.get(USERS, params={"q": "PUPIL3"})).json()) == 1
    assert (await admin.get(USERS, params={"q": "100%"})).json() == []
    assert (await admin.get(USERS, params={"role": "emperor"})).status_code == 422


async def test_listing_costs_the_same_for_many(as_user):
    from akademe.kernel import db

    admin = await as_user(await identity.user("admin"))
    for _ in range(20):
        await identity.user()
    with db.queries(at_most=4):
        assert len((await admin.get(USERS)).json()) == 21


async def test_one_person_is_for_themselves_and_their_admins(as_user, school):
    person = await identity.user()
    url = f"{USERS}/{person.id}"
    viewers = {
        "self": (await as_user(person), 200),
        "admin": (await as_user(await identity.user("admin")), 200),
        "platform admin": (await as_user(await identity.platform_admin()), 200),
        "fellow": (await as_user(await identity.user()), 404),
        "instructor": (await as_user(await identity.user("instructor")), 404),
        "other admin": (await as_user(await identity.user("admin", organization_id=school.id)), 404),
    }
    for who, (viewer, status) in viewers.items():
        assert (await viewer.get(url)).status_code == status, who


async def test_an_admin_reaches_nobody_of_another_organisation(as_user, school):
    outsider = await as_user(await identity.user("admin", organization_id=school.id))
    person = await identity.user(email="mine@example.org")
    url = f"{USERS}/{person.id}"
    assert (await outsider.put(url, json={"role": "admin"})).status_code == 404
    assert (await outsider.delete(url)).status_code == 404
    assert person.email not in (await outsider.get(USERS)).text
    home = person.home_organization_id
    assert (await outsider.get(USERS, params={"organization_id": str(home)})).json() == []
    assert (await outsider.get(f"/api/v1/organizations/{home}/users")).status_code == 404
    body = {"email": "x@example.org", "password": PASSWORD, "organization_id": str(home)}
    assert (await outsider.post(USERS, json=body)).status_code == 404
    assert (await outsider.post(f"/api/v1/organizations/{home}/users", json=body)).status_code == 404


async def test_membership_in_two_organisations(as_user, client, school):
    """Another school's admin may give a role there, and gains nothing over the account itself."""
    person = await identity.user("instructor", email="shared@example.org")
    theirs = await as_user(await identity.user("admin", organization_id=school.id))
    url = f"/api/v1/organizations/{school.id}/users"
    added = await theirs.post(url, json={"email": "Shared@example.org", "role": "ta"})
    assert added.status_code == 201
    assert (added.json()["role"], added.json()["organization_id"]) == ("ta", str(school.id))
    assert (await theirs.post(url, json={"email": "shared@example.org"})).json()["error_code"] == "ALREADY_MEMBER"
    one = f"{USERS}/{person.id}"
    assert (await theirs.put(one, json={"role": "instructor"})).status_code == 200
    for grab in ({"password": "another long and strange one"}, {"email": "e@example.org"}, {"is_active": False}):
        assert (await theirs.put(one, json=grab)).status_code == 403
    assert (await theirs.delete(one)).status_code == 204
    assert (await theirs.get(one)).status_code == 404
    me = await (await as_user(person)).get("/api/v1/auth/me")
    assert (me.status_code, me.json()["role"]) == (200, "instructor")


async def test_the_host_decides_which_membership_is_in_use(as_user, school):
    named = await orgs.organization(domain="named.example.org")
    person = await identity.user("student")
    platform = await as_user(await identity.platform_admin())
    body = {"user_id": str(person.id), "role": "admin"}
    assert (await platform.post(f"/api/v1/organizations/{named.id}/users", json=body)).status_code == 201
    client = await as_user(person)
    there = {"host": "named.example.org"}
    assert (await client.get("/api/v1/auth/me")).json()["role"] == "student"
    assert (await client.get("/api/v1/auth/me", headers=there)).json()["role"] == "admin"
    assert (await client.get(USERS)).status_code == 403
    assert [one["id"] for one in (await client.get(USERS, headers=there)).json()] == [str(person.id)]
    stranger = await as_user(await identity.user("admin"))
    assert (await stranger.get(USERS, headers=there)).status_code == 403


async def test_signing_in_elsewhere_shows_the_role_at_home(client, school):
    await identity.user("instructor", organization_id=school.id, email="away@example.org")
    answer = await client.post("/api/v1/auth/login", json={"email": "away@example.org", "password": PASSWORD})
    shown = answer.json()["user"]
    assert (shown["role"], shown["organization_id"]) == ("instructor", str(school.id))
    me = await client.get("/api/v1/auth/me", headers={"authorization": f"Bearer {answer.json()['access_token']}"})
    assert me.json() == shown


async def test_only_platform_admins_make_platform_admins(as_user):
    admin = await as_user(await identity.user("admin"))
    body = {"email": "p@example.org", "password": PASSWORD, "is_platform_admin": True}
    assert (await admin.post(USERS, json=body)).status_code == 403
    person = await identity.user()
    assert (await admin.put(f"{USERS}/{person.id}", json={"is_platform_admin": True})).status_code == 403
    boss = await identity.platform_admin()
    assert (await admin.put(f"{USERS}/{boss.id}", json={"password": "x" * 20})).status_code == 403
    assert (await admin.delete(f"{USERS}/{boss.id}")).status_code == 403
    platform = await as_user(boss)
    assert (await platform.put(f"{USERS}/{person.id}", json={"is_platform_admin": True})).json()["is_platform_admin"]


async def test_nobody_locks_themselves_out(as_user):
    person = await identity.user("admin")
    admin = await as_user(person)
    url = f"{USERS}/{person.id}"
    for body in ({"role": "student"}, {"status": "inactive"}):
        assert (await admin.put(url, json=body)).json()["error_code"] == "LAST_ADMIN"
    assert (await admin.delete(url)).status_code == 409


async def test_edits_of_an_older_version_are_refused(as_user):
    admin = await as_user(await identity.user("admin"))
    person = await identity.user()
    url = f"{USERS}/{person.id}"
    etag = (await admin.get(url)).headers["etag"]
    assert (await admin.put(url, json={"first_name": "A"}, headers={"if-match": etag})).status_code == 200
    assert (await admin.put(url, json={"first_name": "B"}, headers={"if-match": etag})).status_code == 412


async def test_an_admin_sets_a_password_and_ends_the_sign_ins(as_user, client):
    person = await identity.user(email="ada@example.org")
    theirs = await as_user(person)
    admin = await as_user(await identity.user("admin"))
    weak = await admin.put(f"{USERS}/{person.id}", json={"password": "password"})
    assert weak.json()["error_code"] == "WEAK_PASSWORD"
    assert (await admin.put(f"{USERS}/{person.id}", json={"password": "a new and better one"})).status_code == 200
    assert (await theirs.get("/api/v1/auth/me")).status_code == 401
    login = {"email": "ada@example.org", "password": "a new and better one"}
    assert (await client.post("/api/v1/auth/login", json=login)).status_code == 200


@pytest.mark.parametrize("name", ["Ångström", "Élodie", "Øystein", "Łukasz", "Weiß"])
async def test_people_are_found_by_names_of_any_letters(as_user, name):
    owner = await identity.user("instructor")
    person = await identity.user("student", first_name=name, last_name="Somebody")
    course = await catalog.course(owner)
    await learning.enrolment(person, course)
    admin, teacher = await as_user(await identity.user("admin")), await as_user(owner)
    for said in (name, name.upper(), name.lower(), fold(name), f"{name} some"):
        found = (await admin.get(USERS, params={"q": said})).json()
        assert [one["id"] for one in found] == [str(person.id)], said
        shown = await teacher.get(f"/teach/{course.slug}/people", params={"q": said})
        assert f"/people/{person.id}" in shown.text, said
    assert (await admin.get(USERS, params={"q": "Nobody"})).json() == []


async def test_who_is_added_to_an_organisation_hears_of_it_and_may_leave(as_user, school, jobs, settings):
    person = await identity.user(email="shared@example.org", first_name="Sha")
    admin = await as_user(await identity.user("admin", organization_id=school.id))
    members = f"/api/v1/organizations/{school.id}/users"
    assert (await admin.post(members, json={"email": "shared@example.org"})).status_code == 201
    await jobs()
    await jobs()
    theirs = await as_user(person)
    [told] = (await theirs.get("/api/v1/notifications", params={"type": "identity.added"})).json()
    assert told["title"] == "You belong to Other School now"
    letters = [letter.read_text() for letter in (settings.data_dir / "mail").glob("*.eml")]
    assert [letter for letter in letters if "You belong to Other School now" in letter]
    places = (await theirs.get("/api/v1/auth/memberships")).json()
    assert [(one["role"], one["is_home"]) for one in places] == [("student", True), ("student", False)]
    page = (await theirs.get("/account")).text
    assert f"/account/organizations/{school.id}/leave" in page
    assert f"/account/organizations/{person.home_organization_id}/leave" not in page
    leave = "/api/v1/auth/memberships"
    refused = await theirs.delete(f"{leave}/{person.home_organization_id}")
    assert (refused.status_code, refused.json()["error_code"]) == (409, "HOME_ORGANIZATION")
    assert (await theirs.delete(f"{leave}/{school.id}")).status_code == 204
    assert (await theirs.delete(f"{leave}/{school.id}")).status_code == 404
    assert person.email not in (await admin.get(members)).text
    assert (await theirs.get("/api/v1/auth/me")).status_code == 200
    assert "/leave" not in (await theirs.get("/account")).text


async def test_an_organisation_keeps_an_administrator(as_user, school):
    person = await identity.user(email="shared@example.org")
    first = await identity.user("admin", organization_id=school.id)
    admin, theirs = await as_user(first), await as_user(person)
    added = await admin.post(f"/api/v1/organizations/{school.id}/users", json={"email": person.email, "role": "admin"})
    assert added.status_code == 201
    async with system_ctx() as ctx:
        alone = select(Membership).where(Membership.user_id == first.id)
        (await ctx.db.scalar(alone)).role = "student"
    url = f"/api/v1/auth/memberships/{school.id}"
    assert (await theirs.delete(url)).json()["error_code"] == "LAST_ADMIN"
    async with system_ctx() as ctx:
        (await ctx.db.scalar(alone)).role = "admin"
    assert (await theirs.delete(url)).status_code == 204


async def test_hostile_words_are_only_words(as_user):
    admin = await as_user(await identity.user("admin"))
    for text in ("'; DROP TABLE users; --", "%", "_", "\\", "<script>alert(1)</script>", "🦆"):
        assert (await admin.get(USERS, params={"q": text})).status_code == 200
    async with system_ctx() as ctx:
        assert await ctx.db.get(User, (await identity.user()).id)


@pytest.mark.parametrize("other", [{"role": "ta"}, {"is_active": False}, {"password": "a new and better one"}])
async def test_a_name_that_is_taken_is_refused_whatever_else_is_asked(as_user, other):
    await identity.user(email="taken@example.org", username="taken")
    admin = await as_user(await identity.user("admin"))
    url = f"{USERS}/{(await identity.user()).id}"
    for code, taken in {"EMAIL_TAKEN": {"email": "taken@example.org"}, "USERNAME_TAKEN": {"username": "TAKEN"}}.items():
        answer = await admin.put(url, json=taken | other)
        assert (answer.status_code, answer.json()["error_code"]) == (409, code)


async def test_a_taken_username_is_refused_beside_a_new_password(as_user):
    await identity.user(username="taken")
    person = await as_user(await identity.user())
    patch = {"username": "taken", "current_password": PASSWORD, "new_password": "another long and strange one"}
    assert (await person.put("/api/v1/auth/profile", json=patch)).json()["error_code"] == "USERNAME_TAKEN"


async def test_the_refusal_names_what_is_taken_not_what_it_looks_like(as_user):
    """PostgreSQL repeats the values in its message, so an address may contain the name of a column."""
    admin = await as_user(await identity.user("admin"))
    given = {"email": "username_key@example.org"}
    assert (await admin.post(USERS, json=given)).status_code == 201
    assert (await admin.post(USERS, json=given)).json()["error_code"] == "EMAIL_TAKEN"


async def test_an_account_may_be_sent_back_as_it_was_read(as_user):
    person = await identity.user("admin")
    admin = await as_user(person)
    for one in (person, await identity.user("instructor")):
        url = f"{USERS}/{one.id}"
        whole = (await admin.get(url)).json()
        changed = await admin.put(url, json=whole | {"last_name": "Changed"})
        assert (changed.status_code, changed.json()["last_name"]) == (200, "Changed")
        assert changed.json()["role"] == whole["role"]


async def test_ones_own_password_is_changed_only_by_who_knows_it(as_user):
    person = await identity.user("admin")
    admin = await as_user(person)
    answer = await admin.put(f"{USERS}/{person.id}", json={"password": "another long and strange one"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "password")


async def test_preferences_stay_small_and_their_keys_can_be_taken_away(as_user):
    person = await as_user(await identity.user())
    url = "/api/v1/auth/profile"
    assert (await person.put(url, json={"preferences": {"theme": "dark", "size": 2}})).status_code == 200
    gone = await person.put(url, json={"preferences": {"theme": None}})
    assert gone.json()["preferences"] == {"size": 2}
    large = await person.put(url, json={"preferences": {"note": "x" * 30_000}})
    assert (large.status_code, large.json()["errors"][0]["field"]) == (422, "preferences")
    for field in ("avatar_url", "avatar"):
        body = {"avatar_url": "javascript:alert(1)"} if field == "avatar_url" else {"profile": {"avatar": "data:x"}}
        assert (await person.put(url, json=body)).status_code == 422
