"""Text that no database keeps is refused, and is no fault of ours."""

import pytest

from tests.make import identity

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize("text", [rb"a\u0000b", rb"\ud800"])
async def test_nul_and_lone_surrogates_are_no_server_error(client, as_user, text):
    person = await as_user(await identity.user("admin"))
    calls = [
        client.post("/api/v1/auth/login", content=b'{"email": "%s", "password": "x"}' % text, headers=JSON),
        client.post("/api/v1/auth/forgot-password", content=b'{"email": "%s"}' % text, headers=JSON),
        person.put("/api/v1/auth/profile", content=b'{"preferences": {"a": "%s"}}' % text, headers=JSON),
        person.put("/api/v1/auth/profile", content=b'{"avatar_url": "%s"}' % text, headers=JSON),
        person.get("/api/v1/users?q=%00"),
    ]
    for call in calls:
        assert (await call).status_code < 500
    assert (await person.get("/api/v1/auth/me")).status_code == 200
