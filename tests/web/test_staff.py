"""Running the place, by forms without a script."""

import re

import httpx

from akademe.identity.models import RoleRequest
from akademe.kernel.ctx import system_ctx
from akademe.kernel.http.security import SESSION_COOKIE
from tests.make import identity
from tests.web.reader import read_as


async def signed_in(client: httpx.AsyncClient, role: str = "admin") -> None:
    person = await identity.user(role)
    shown = await client.get("/sign-in")
    form = {"csrf_token": csrf_of(shown), "identifier": person.email, "password": identity.PASSWORD}
    answer = await client.post("/sign-in", data=form)
    assert answer.status_code == 303, answer.text
    assert SESSION_COOKIE in client.cookies


def csrf_of(page: httpx.Response) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found
    return found[1]


async def test_an_administrator_renames_the_organisation_and_keeps_its_short_name(client):
    await signed_in(client)
    shown = await client.get("/manage/organization")
    action = re.search(r'action="(/manage/organizations/[^"]+)"', shown.text)
    form = {"csrf_token": csrf_of(shown), "name": "Another school", "registration": "closed", "slug": "default"}
    answer = await client.post(action[1], data=form)
    assert answer.status_code == 303, answer.text
    assert "Another school" in (await client.get("/manage/organization")).text


async def test_an_administrator_adds_a_person_and_gives_another_role(client):
    await signed_in(client)
    shown = await client.get("/manage/people/new")
    added = await client.post(
        "/manage/people/new", data={"csrf_token": csrf_of(shown), "email": "new.one@example.org", "role": "student"}
    )
    assert added.status_code == 303, added.text
    person = await client.get(added.headers["location"])
    answer = await client.post(
        added.headers["location"],
        data={"csrf_token": csrf_of(person), "email": "new.one@example.org", "role": "instructor"},
    )
    assert answer.status_code == 303
    assert "Instructor" in (await client.get("/manage/people?q=new.one")).text


async def test_a_taken_address_comes_back_at_its_field(client):
    await signed_in(client)
    taken = await identity.user()
    shown = await client.get("/manage/people/new")
    answer = await client.post("/manage/people/new", data={"csrf_token": csrf_of(shown), "email": taken.email})
    assert answer.status_code in (409, 422)
    assert taken.email in answer.text


async def test_students_do_not_manage(client):
    await signed_in(client, "student")
    assert (await client.get("/manage/people")).status_code == 403


async def test_a_wish_to_teach_is_found_and_accepted_or_declined(client):
    admin = await identity.user("admin")
    asking = [await identity.user("student", email=f"asks{n}@example.org") for n in range(2)]
    for person in asking:
        async with system_ctx() as ctx:
            row = RoleRequest(user_id=person.id, organization_id=person.home_organization_id, role="instructor")
            ctx.db.add(row)
    reader = await read_as(client, admin)
    assert "2 people ask to teach" in await reader.open("/manage/people")
    said = await reader.open("/manage/people?role_request=pending")
    assert "asks0@example.org" in said
    assert admin.email not in said
    await reader.open(f"/manage/people/{asking[0].id}")
    said = await reader.send("/request", role="instructor")
    assert "Accepted." in said
    await reader.open(f"/manage/people/{asking[1].id}")
    assert "Declined." in await reader.send("/request", role="student")
    assert "ask to teach" not in await reader.open("/manage/people")


async def test_an_account_is_deleted_without_script_and_ones_own_is_not(client):
    admin, person = await identity.user("admin"), await identity.user()
    reader = await read_as(client, admin)
    await reader.open(f"/manage/people/{person.id}")
    assert "The account is deleted." in await reader.send(f"/{person.id}/delete")
    await reader.open(f"/manage/people/{admin.id}")
    await reader.send(f"/{admin.id}/delete")
    assert reader.path == f"/manage/people/{admin.id}"


async def test_a_deleted_organisation_is_brought_back(client):
    reader = await read_as(client, await identity.platform_admin())
    await reader.open("/manage/organizations/new")
    await reader.send("/organizations/new", name="Second school")
    here = reader.path
    assert "The organisation is deleted." in await reader.send(f"{here}/delete")
    assert "Second school is back." in await reader.send(f"{here}/restore")
