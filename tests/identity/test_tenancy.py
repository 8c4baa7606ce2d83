"""Two organisations and the people between them: who loses what when a place or an organisation ends."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from akademe.identity import service
from akademe.identity.models import Grant, Membership, User
from akademe.identity.policy import can_see_user, visible_members, visible_users
from akademe.kernel.auth import ANONYMOUS, SYSTEM, Actor
from akademe.kernel.ctx import system_ctx
from akademe.orgs.models import Organization
from akademe.orgs.policy import can_edit_organization, visible_organizations
from tests.make import catalog, identity, learning, orgs
from tests.make.identity import PASSWORD

USERS, ME = "/api/v1/users", "/api/v1/auth/me"


@pytest.fixture
async def school():
    return await orgs.organization(name="Other School", domain="other.example.org")


async def _add(admin, person, school, role="student"):
    body = {"email": person.email, "role": role}
    return await admin.post(f"/api/v1/organizations/{school.id}/users", json=body)


async def test_can_and_visible_agree(database, school):
    home = await orgs.default()
    people = [await identity.user(role) for role in ("student", "ta", "instructor", "admin")]
    people += [await identity.user(role, organization_id=school.id) for role in ("student", "admin")]
    people += [await identity.platform_admin(), await identity.user("student", is_active=False)]
    async with system_ctx() as ctx:
        ctx.db.add(Membership(user_id=people[0].id, organization_id=school.id, role="ta"))
        (gone := await ctx.get(User, (await identity.user()).id)).deleted_at = ctx.now
        people.append(gone)
    actors = [await identity.actor(person) for person in people if person.is_active and not person.deleted_at]
    actors += [replace(actor, organization_id=school.id, role="ta") for actor in actors]
    actors += [ANONYMOUS, SYSTEM, Actor(organization_id=home.id), Actor(organization_id=school.id)]
    async with system_ctx() as ctx:
        places = list(await ctx.db.scalars(select(Membership)))
        for actor in actors:
            seen = set(await ctx.db.scalars(select(User.id).where(visible_users(actor))))
            here = {one.user_id: one for one in places if one.organization_id == actor.organization_id}
            users = await ctx.db.scalars(select(User))
            assert seen == {user.id for user in users if can_see_user(actor, user, here.get(user.id))}, actor
            listed = set(await ctx.db.scalars(select(Membership.id).where(visible_members(actor))))
            assert listed == {one.id for one in places if actor.admin_of(one.organization_id)}, actor
            run = set(await ctx.db.scalars(select(Organization.id).where(visible_organizations(actor))))
            assert run >= {one.id for one in (home, school) if can_edit_organization(actor, one)}, actor


async def test_who_leaves_an_organisation_keeps_no_right_in_it(as_user, school, jobs):
    platform = await as_user(await identity.platform_admin())
    there = {"host": "other.example.org"}
    owner = await identity.user("instructor", organization_id=school.id)
    taught, taken = await catalog.course(owner), await catalog.course(owner)
    person = await identity.user("student")
    assert (await _add(platform, person, school, "instructor")).status_code == 201
    await catalog.member(person, taught, "instructor")
    theirs = await as_user(person)
    enrol = f"/api/v1/courses/{taken.id}/enroll"
    assert (await theirs.post(enrol, headers=there)).status_code == 201
    edit = {"title": "Changed"}
    assert (await theirs.patch(f"/api/v1/courses/{taught.id}", json=edit, headers=there)).status_code == 200
    admin = await as_user(await identity.user("admin", organization_id=school.id))
    assert (await admin.delete(f"{USERS}/{person.id}")).status_code == 204
    assert (await theirs.patch(f"/api/v1/courses/{taught.id}", json=edit, headers=there)).status_code == 403
    async with system_ctx() as ctx:
        assert not list(await ctx.db.scalars(select(Grant).filter_by(user_id=person.id)))
    await jobs()
    listed = await admin.get(f"/api/v1/courses/{taken.id}/enrollments", params={"status": "dropped"})
    assert [one["user_id"] for one in listed.json()] == [str(person.id)]
    assert (await theirs.post(enrol, headers=there)).status_code == 201, "and may begin again"
    assert (await theirs.get(ME)).status_code == 200


async def test_the_school_at_home_can_let_somebody_go_whom_another_added(as_user, school):
    """Adding somebody gives another school no hold on them, and takes none from theirs but over the account."""
    person = await identity.user("student", email="both@example.org")
    home, away = (
        await as_user(await identity.user("admin")),
        await as_user(await identity.user("admin", organization_id=school.id)),
    )
    assert (await _add(away, person, school)).status_code == 201
    url = f"{USERS}/{person.id}"
    whole = (await home.get(url)).json()
    assert (await home.put(url, json=whole | {"role": "ta"})).json()["role"] == "ta"
    assert (await home.put(url, json=whole | {"last_name": "Other"})).status_code == 403
    assert (await home.delete(url)).status_code == 204
    assert (await home.get(url)).status_code == 404
    assert (await away.put(url, json={"password": "another long and strange one"})).status_code == 403
    platform = await as_user(await identity.platform_admin())
    assert person.email in [one["email"] for one in (await platform.get(USERS, params={"limit": 100})).json()]
    assert (await (await as_user(person)).get(ME)).json()["role"] == ""


async def test_a_deleted_account_gives_its_seat_to_who_waits(as_user, jobs):
    course = await catalog.course(enrollment_limit=1)
    first, second = await identity.user(), await identity.user()
    await learning.enrolment(first, course)
    waiting = await (await as_user(second)).post(f"/api/v1/courses/{course.id}/enroll")
    assert waiting.status_code == 202
    admin = await as_user(await identity.user("admin"))
    assert (await admin.delete(f"{USERS}/{first.id}")).status_code == 204
    await jobs()
    accepted = await (await as_user(second)).post(f"/api/v1/enrollments/{waiting.json()['id']}/accept")
    assert accepted.status_code in (200, 201)


async def test_nobody_acts_in_a_deleted_organisation(as_user, client, school):
    boss = await identity.user("admin", organization_id=school.id, email="boss@example.org")
    login = {"email": boss.email, "password": PASSWORD}
    tokens = (await client.post("/api/v1/auth/login", json=login)).json()
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await client.get(USERS, headers=headers)).status_code == 200
    runner = await identity.platform_admin(organization_id=school.id)
    platform = await as_user(runner)
    assert (await platform.delete(f"/api/v1/organizations/{school.id}")).status_code == 204
    refused = await client.get(USERS, headers=headers)
    assert (refused.status_code, refused.json()["error_code"]) == (401, "SESSION_ENDED")
    refreshed = await client.post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert refreshed.json()["error_code"] == "SESSION_ENDED"
    again = await client.post("/api/v1/auth/login", json=login)
    assert (again.status_code, again.json()["error_code"]) == (401, "INVALID_CREDENTIALS")
    assert (await platform.get(ME)).status_code == 200, "who runs the installation is not locked out by it"
    login = {"email": runner.email, "password": PASSWORD}
    assert (await client.post("/api/v1/auth/login", json=login)).status_code == 200


async def test_new_people_live_where_their_organisation_does(as_user, client):
    school = await orgs.organization(domain="berlin.example.org", time_zone="Europe/Berlin", locale="de")
    there = {"host": "berlin.example.org"}
    given = {"email": "new@example.org", "password": PASSWORD}
    user = (await client.post("/api/v1/auth/register", json=given, headers=there)).json()["user"]
    assert (user["time_zone"], user["locale"]) == ("Europe/Berlin", "de")
    admin = await as_user(await identity.user("admin", organization_id=school.id))
    made = await admin.post(USERS, json={"email": "other@example.org", "time_zone": "Asia/Tokyo"})
    assert (made.json()["time_zone"], made.json()["locale"]) == ("Asia/Tokyo", "de")
    for bad in ({"time_zone": "Mars/Base"}, {"locale": "no language"}):
        assert (await admin.post(USERS, json={"email": "third@example.org"} | bad)).status_code == 422


async def test_who_is_invited_is_told_how_to_choose_a_password(as_user, client, jobs, settings):
    admin = await as_user(await identity.user("admin"))
    assert (await admin.post(USERS, json={"email": "invited@example.org"})).status_code == 201
    await jobs()
    letters = [path.read_text() for path in settings.data_dir.rglob("*.eml")]
    mine = next(text for text in letters if "invited@example.org" in text)
    assert "/forgot" in mine
    assert "token" not in mine
    assert (await client.post("/api/v1/auth/forgot-password", json={"email": "invited@example.org"})).status_code == 202
    await jobs()
    assert any("reset-password?token=" in path.read_text() for path in settings.data_dir.rglob("*.eml"))
    async with system_ctx() as ctx:
        user = await service.find_by_email(ctx, "invited@example.org")
        assert user is not None
        assert user.password_hash is None
