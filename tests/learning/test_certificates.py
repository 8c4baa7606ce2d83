"""Certificates: issued by a job, frozen, verified by anyone, revoked by staff (L4)."""

import asyncio
from datetime import UTC, datetime
from io import BytesIO
from uuid import UUID

import pypdf
import pytest

from akademe.kernel import db
from tests.make import catalog, identity, learning


async def issued(as_user, jobs, **fields):
    owner = await identity.user("instructor")
    course = await catalog.course(owner, lessons=2, **fields)
    user = await identity.user(first_name="Ada", last_name="Sample")
    await learning.completed(user, course)
    await jobs()
    learner = await as_user(user)
    return course, owner, user, learner, (await learner.get("/api/v1/certificates")).json()


async def test_l4_completing_a_course_earns_a_certificate_that_anyone_verifies(client, as_user, jobs):
    course, _, user, learner, listed = await issued(as_user, jobs, title="Bridges and tunnels")
    assert len(listed) == 1
    one = listed[0]
    assert (one["course_title"], one["full_name"], one["user_id"]) == (
        "Bridges and tunnels",
        "Ada Sample",
        str(user.id),
    )
    assert one["verify_url"] == f"http://test/certificates/{one['code']}"
    seen = await client.get(f"/api/v1/certificates/{one['code'].lower().replace('-', '')}")
    assert seen.status_code == 200
    public = seen.json()
    assert (public["full_name"], public["is_valid"], public["user_id"]) == ("Ada Sample", True, None)
    assert user.email not in seen.text
    document = await client.get(f"/api/v1/certificates/{one['code']}.pdf")
    assert document.status_code == 200
    assert document.headers["content-type"] == "application/pdf"
    assert "Bridges and tunnels" in pypdf.PdfReader(BytesIO(document.content)).pages[0].extract_text()
    told = (await learner.get("/api/v1/notifications", params={"type": "learning.certificate_earned"})).json()
    assert one["code"] in told[0]["link"]


@pytest.mark.parametrize(("zone", "day"), [("Pacific/Auckland", 2), ("UTC", 1), ("America/Los_Angeles", 1)])
async def test_it_is_dated_where_its_holder_lives(client, as_user, jobs, zone, day):
    user = await identity.user()
    course = await catalog.course(lessons=1)
    with db.at(datetime(2027, 3, 1, 20, tzinfo=UTC)):
        learner = await as_user(user)
        assert (await learner.put("/api/v1/auth/profile", json={"time_zone": zone})).status_code == 200
        await learning.completed(user, course)
        await jobs()
        [one] = (await learner.get("/api/v1/certificates")).json()
        await learner.put("/api/v1/auth/profile", json={"time_zone": "Asia/Tokyo"})
        listed = (await learner.get("/certificates")).text
    assert one["issued_on"] == f"2027-03-0{day}"
    assert f"{day} March 2027" in listed
    assert f"{day} March 2027" in (await client.get(f"/certificates/{one['code']}")).text
    document = await client.get(f"/api/v1/certificates/{one['code']}.pdf")
    assert f"2027-03-0{day}" in pypdf.PdfReader(BytesIO(document.content)).pages[0].extract_text()


async def test_it_is_issued_once_and_frozen(client, as_user, jobs):
    course, owner, user, learner, listed = await issued(as_user, jobs)
    staff = await as_user(owner)
    await staff.patch(f"/api/v1/courses/{course.id}", json={"title": "Another title"})
    await jobs()
    again = (await learner.get("/api/v1/certificates")).json()
    assert again == listed


async def test_a_job_that_runs_twice_issues_once(client, as_user, jobs):
    from akademe.kernel.ctx import system_ctx
    from akademe.learning import service

    course, _, user, learner, listed = await issued(as_user, jobs)
    mine = (await learner.get("/api/v1/enrollments")).json()[0]["id"]

    async def again():
        async with system_ctx() as ctx:
            return await service.issue_certificate(ctx, UUID(mine))

    assert {one.code for one in await asyncio.gather(again(), again())} == {listed[0]["code"]}
    await jobs()
    told = await learner.get("/api/v1/notifications", params={"type": "learning.certificate_earned"})
    assert len(told.json()) == 1


async def test_it_stays_valid_when_its_course_is_deleted(client, as_user, jobs):
    course, owner, _, learner, listed = await issued(as_user, jobs)
    assert (await (await as_user(owner)).delete(f"/api/v1/courses/{course.id}")).status_code in (200, 204)
    url = f"/api/v1/certificates/{listed[0]['code']}"
    assert (await client.get(url)).json()["is_valid"] is True
    assert (await client.get(f"{url}.pdf")).status_code == 200
    assert (await learner.get("/api/v1/certificates")).json() == listed


async def test_a_code_typed_in_odd_letters_names_the_file_by_the_code_as_issued(client, as_user, jobs, monkeypatch):
    from akademe.learning.service import certificates

    monkeypatch.setattr(certificates, "new_code", lambda: "SSSS-1111-0000")
    await issued(as_user, jobs)
    document = await client.get("/api/v1/certificates/ſſſſ-i1l1 oO00.pdf")
    assert document.status_code == 200
    assert document.headers["content-disposition"] == 'inline; filename="certificate-SSSS-1111-0000.pdf"'


async def test_staff_revoke_with_a_reason_and_everyone_sees_it(client, as_user, jobs):
    _, owner, _, learner, listed = await issued(as_user, jobs)
    url = f"/api/v1/certificates/{listed[0]['code']}"
    assert (await learner.post(f"{url}/revoke", json={"reason": "I did not like it"})).status_code == 403
    stranger = await as_user(await identity.user("instructor"))
    assert (await stranger.post(f"{url}/revoke", json={"reason": "I did not like it"})).status_code == 403
    staff = await as_user(owner)
    assert (await staff.post(f"{url}/revoke", json={})).status_code == 422
    revoked = await staff.post(f"{url}/revoke", json={"reason": "Somebody else did the work"})
    assert revoked.status_code == 200
    public = (await client.get(url)).json()
    assert public["is_valid"] is False
    assert public["revoked_at"]
    assert "Somebody else" not in (await client.get(url)).text
    assert (await client.get(f"{url}.pdf")).status_code == 410


async def test_a_course_may_give_none(client, as_user, jobs):
    *_, listed = await issued(as_user, jobs, certificate=False)
    assert listed == []


async def test_unknown_codes_are_404(client):
    for code in ("AAAA-AAAA-AAAA", "x", "..%2f", "0" * 41):
        assert (await client.get(f"/api/v1/certificates/{code}")).status_code in (404, 422)
        assert (await client.get(f"/api/v1/certificates/{code}.pdf")).status_code in (404, 422)
