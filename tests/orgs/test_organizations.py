"""Organisations over HTTP, and which of them a host shows."""

import asyncio

from akademe.kernel.auth import Credentials, authenticate
from akademe.kernel.ctx import system_ctx
from akademe.orgs import rules, service
from tests.make import catalog, identity, orgs

URL = "/api/v1/organizations"


async def test_a_platform_admin_makes_changes_and_deletes_them(as_user):
    platform = await as_user(await identity.platform_admin())
    made = await platform.post(URL, json={"name": "North School", "settings": {"instructor_requests": "allow"}})
    assert made.status_code == 201
    body = made.json()
    assert body["slug"] == "north-school"
    assert body["settings"]["instructor_requests"] == "allow"
    assert body["settings"]["catalogue"] == "public"
    url = f"{URL}/{body['id']}"
    changed = await platform.put(url, json={"settings": {"catalogue": "members"}, "time_zone": "Europe/Berlin"})
    assert changed.json()["settings"]["instructor_requests"] == "allow"
    assert changed.json()["settings"]["catalogue"] == "members"
    assert changed.json()["name"] == "North School"
    assert len((await platform.get(URL)).json()) == 2
    assert (await platform.delete(url)).status_code == 204
    assert (await platform.get(url)).status_code == 404
    assert (await platform.post(URL, json={"name": "North School"})).status_code == 201


async def test_what_cannot_be_is_refused(as_user):
    platform = await as_user(await identity.platform_admin())
    await orgs.organization(slug="taken", domain="taken.example.org")
    refused = {
        "SLUG_TAKEN": {"slug": "taken"},
        "DOMAIN_TAKEN": {"domain": "Taken.example.org"},
        "VALIDATION_ERROR": {"slug": "admin"},
    }
    for code, fields in refused.items():
        assert (await platform.post(URL, json={"name": "X"} | fields)).json()["error_code"] == code
    for bad in ({"slug": "Not A Slug"}, {"domain": "no domain"}, {"time_zone": "Mars"}, {"name": ""}):
        assert (await platform.post(URL, json={"name": "X"} | bad)).status_code == 422
    for settings in ({"catalogue": "nobody"}, {"unknown": 1}):
        answer = await platform.post(URL, json={"name": "Y", "settings": settings})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"].startswith("settings.")


async def test_two_with_one_name_at_once_make_one(as_user):
    platform = await as_user(await identity.platform_admin())
    answers = await asyncio.gather(*(platform.post(URL, json={"name": "Twice"}) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]


async def test_members_see_it_and_its_admins_its_settings(as_user):
    mine, other = await orgs.organization(), await orgs.organization()
    member = await as_user(await identity.user("student", organization_id=mine.id))
    admin = await as_user(await identity.user("admin", organization_id=mine.id))
    seen = (await member.get(f"{URL}/{mine.id}")).json()
    assert (seen["name"], seen["settings"], seen["file_quota_bytes"]) == (mine.name, None, None)
    assert (await admin.get(f"{URL}/{mine.id}")).json()["settings"]["registration"] == "open"
    for client in (member, admin):
        assert (await client.get(f"{URL}/{other.id}")).status_code == 404
    assert (await member.get(URL)).status_code == 403
    assert [one["id"] for one in (await admin.get(URL)).json()] == [str(mine.id)]


async def test_an_admin_changes_their_own_within_limits(as_user):
    mine, other = await orgs.organization(), await orgs.organization()
    admin = await as_user(await identity.user("admin", organization_id=mine.id))
    url = f"{URL}/{mine.id}"
    assert (await admin.put(url, json={"name": "New Name"})).json()["name"] == "New Name"
    for fields in ({"file_quota_bytes": 2**50}, {"subscription_plan": "gold"}, {"domain": "x.example.org"}):
        assert (await admin.put(url, json=fields)).status_code == 403
    assert (await admin.put(f"{URL}/{other.id}", json={"name": "Mine"})).status_code == 404
    assert (await admin.delete(url)).status_code == 403


async def test_edits_of_an_older_version_are_refused(as_user):
    mine = await orgs.organization()
    admin = await as_user(await identity.user("admin", organization_id=mine.id))
    url = f"{URL}/{mine.id}"
    etag = (await admin.get(url)).headers["etag"]
    assert (await admin.put(url, json={"name": "A"}, headers={"if-match": etag})).status_code == 200
    assert (await admin.put(url, json={"name": "B"}, headers={"if-match": etag})).status_code == 412
    assert (await admin.get(url, headers={"if-none-match": etag})).status_code == 200


async def test_the_default_one_is_made_once_and_stays(as_user, database):
    async def one():
        async with system_ctx() as ctx:
            return (await service.default_organization(ctx)).id

    assert len(set(await asyncio.gather(*(one() for _ in range(5))))) == 1
    platform = await as_user(await identity.platform_admin())
    url = f"{URL}/{await one()}"
    assert (await platform.delete(url)).json()["error_code"] == "DEFAULT_ORGANIZATION_KEPT"
    assert (await platform.put(url, json={"slug": "other"})).status_code == 409
    assert (await platform.put(url, json={"name": "Our School"})).status_code == 200


async def test_a_host_shows_its_organisation_at_once(as_user, database):
    default = await orgs.default()
    assert (await authenticate(Credentials(host="a.example.org"))).organization_id == default.id
    school = await orgs.organization(domain="a.example.org")
    assert (await authenticate(Credentials(host="a.example.org"))).organization_id == school.id
    assert (await authenticate(Credentials(host="elsewhere"))).organization_id == default.id
    platform = await as_user(await identity.platform_admin())
    await platform.delete(f"{URL}/{school.id}")
    assert (await authenticate(Credentials(host="a.example.org"))).organization_id == default.id


def test_slugs_made_of_names_can_be_used():
    for name in ("North School", "École №1", "管理", "Admin", "--", "a" * 200):
        assert rules.slug_problem(rules.slug_from(name)) == "", name


async def test_an_organisation_may_be_sent_back_as_it_was_read(as_user):
    platform = await as_user(await identity.platform_admin())
    await orgs.organization(slug="taken")
    for one in (await orgs.default(), await orgs.organization()):
        url = f"{URL}/{one.id}"
        whole = (await platform.get(url)).json()
        changed = await platform.put(url, json=whole | {"name": "Changed"})
        assert (changed.status_code, changed.json()["name"]) == (200, "Changed")
    for slug in ("default", "taken"):
        assert (await platform.put(url, json={"slug": slug})).json()["error_code"] == "SLUG_TAKEN"


async def test_the_refusal_names_what_is_taken_not_what_it_looks_like(as_user):
    platform = await as_user(await identity.platform_admin())
    await orgs.organization(slug="domain")
    assert (await platform.post(URL, json={"name": "X", "slug": "domain"})).json()["error_code"] == "SLUG_TAKEN"


async def test_names_and_domains_are_tidied_or_refused(as_user):
    platform = await as_user(await identity.platform_admin())
    made = await platform.post(URL, json={"name": "  North  ", "settings": {"email_domains": ["@School.Example.org "]}})
    assert (made.json()["name"], made.json()["settings"]["email_domains"]) == ("North", ["school.example.org"])
    for bad in (
        {"name": "   "},
        {"name": "a\nb"},
        {"settings": {"email_domains": ["a b.org"]}},
        {"logo_url": "data:x"},
    ):
        assert (await platform.post(URL, json={"name": "X"} | bad)).status_code == 422, bad


async def test_a_kept_answer_names_no_host_that_another_client_made_up(client):
    for _ in range(2):
        await catalog.course()
    url = "/api/v1/courses?limit=1"
    assert "evil.example.org" in (await client.get(url, headers={"host": "evil.example.org"})).headers["link"]
    assert "evil.example.org" not in (await client.get(url)).headers["link"]
