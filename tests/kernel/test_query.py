"""Queries that browser clients write."""

import pytest

from tests.make import identity


@pytest.mark.parametrize("query", ["role=undefined", "role=", "q=&role=&limit=", "limit=undefined&cursor=", ""])
async def test_values_that_mean_nothing_are_ignored(as_user, query):
    admin = await as_user(await identity.user("admin"))
    answer = await admin.get(f"/api/v1/users?{query}")
    assert answer.status_code == 200
    assert len(answer.json()) == 1


async def test_a_field_that_a_list_does_not_know_is_named(as_user):
    admin = await as_user(await identity.user("admin"))
    answer = await admin.get("/api/v1/users?sortt=name&role=admin")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "sortt"
    assert "organization_id" in answer.json()["detail"]


async def test_words_with_accents_stay_whole(as_user):
    admin = await as_user(await identity.user("admin", first_name="Zoë"))
    assert len((await admin.get("/api/v1/users", params={"q": "Zoë", "role": ""})).json()) == 1
