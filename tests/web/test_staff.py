"""Running the place, by forms without a script."""

import re

import httpx

from akademe.kernel.http.security import SESSION_COOKIE
from tests.make import identity


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
