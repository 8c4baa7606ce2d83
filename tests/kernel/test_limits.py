"""Rate limits: who counts where, what an admin sets while it runs, and what happens while Redis is away."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from akademe.kernel import db, usages
from akademe.kernel.errors import RateLimited
from akademe.kernel.http import limits
from akademe.kernel.http.limits import Counters, Limit, Limiter
from tests.load.servers import free_port
from tests.make import identity, orgs

API = "/api/v1"


async def codes(client, path, count, **options):
    """What so many requests within a moment are answered."""
    with db.at(db.clock()):
        return [(await client.get(f"{API}{path}", **options)).status_code for _ in range(count)]


async def test_an_admin_sets_limits_while_it_runs(as_user, client, limits_on):
    admin = await as_user(await identity.user("admin"))
    organization = (await admin.get(f"{API}/auth/me")).json()["organization_id"]
    where = f"{API}/organizations/{organization}"
    assert await codes(client, "/courses", 4) == [200] * 4
    await admin.put(where, json={"settings": {"rate_limits": {"GET /courses": 6, "address": 3}}})
    limits.reset()
    assert await codes(client, "/courses", 8) == [200] * 6 + [429] * 2
    refused = await client.get(f"{API}/courses")
    assert refused.headers["ratelimit-limit"] == "6"
    await admin.put(where, json={"settings": {"rate_limits": {}}})
    assert await codes(client, "/courses", 2) == [200, 200]


async def test_a_limit_that_nothing_counts_in_is_refused_with_the_known_ones(as_user):
    admin = await as_user(await identity.user("admin"))
    organization = (await admin.get(f"{API}/auth/me")).json()["organization_id"]
    for given in ({"nonsense": 5}, {"submit": 0}, {"submit": "many"}):
        answer = await admin.put(f"{API}/organizations/{organization}", json={"settings": {"rate_limits": given}})
        assert answer.status_code == 422
    first = await admin.put(f"{API}/organizations/{organization}", json={"settings": {"rate_limits": {"none": 5}}})
    assert "submit" in first.json()["detail"]


async def test_a_day_limit_can_be_set_too_and_says_when(as_user, limits_on):
    admin, person = await as_user(await identity.user("admin")), await identity.user()
    organization = (await admin.get(f"{API}/auth/me")).json()["organization_id"]
    bucket = next(name for name in usages.PER_DAY if "streak" in name)
    await admin.put(f"{API}/organizations/{organization}", json={"settings": {"rate_limits": {bucket: 2}}})
    learner = await as_user(person)
    with db.at(db.clock()):
        answers = [await learner.put(f"{API}/progress/{person.id}/streak/reset") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["ratelimit-limit"] == "2"
    assert 86_000 < int(answers[2].headers["retry-after"]) <= 86_400


async def test_tokens_that_are_no_good_are_counted_by_address(client, limits_on):
    wrong = {"authorization": "Bearer nonsense"}
    seen = await codes(client, "/auth/me", 302, headers=wrong)
    assert (seen.count(401), seen[-2:]) == (300, [429, 429])
    assert (await client.get(f"{API}/courses")).status_code == 200, "who has no token is not held up by them"


async def test_only_a_trusted_proxy_says_whose_request_it_is(client, settings, limits_on):
    async def search(address):
        return (await client.get(f"{API}/search?q=x", headers={"x-forwarded-for": address})).status_code

    settings.rate_limit_factor = 0.02  # one a minute
    assert [await search("203.0.113.1"), await search("203.0.113.2")] == [200, 429], "anybody can write that header"
    limits.reset()
    settings.trusted_proxies = "127.0.0.0/8"
    assert [await search("203.0.113.1"), await search("203.0.113.2")] == [200, 200]
    assert await search("203.0.113.9, 203.0.113.1") == 429, "what the client wrote before the proxy counts for nothing"


async def test_organisations_do_not_share_their_settings(as_user, client, limits_on):
    other = await orgs.organization(domain="school.example.org")
    admin = await as_user(await identity.user("admin", organization_id=other.id))
    host = {"host": "school.example.org"}
    changed = {"settings": {"rate_limits": {"GET /courses": 1}}}
    assert (await admin.put(f"{API}/organizations/{other.id}", json=changed, headers=host)).status_code == 200
    assert await codes(client, "/courses", 2, headers=host) == [200, 429]


LIMIT = Limit(3, "min", "ip", "test")


async def used_up(limiter):
    for _ in range(3):
        await limiter.hit(LIMIT, "me")
    with pytest.raises(RateLimited) as caught:
        await limiter.hit(LIMIT, "me")
    assert 1 <= caught.value.data["retry_after"] <= 121
    await limiter.give_back(LIMIT, "me")
    await limiter.hit(LIMIT, "me")
    await limiter.hit(LIMIT, "you")


async def test_counts_on_redis_are_shared(settings):
    url = os.environ.get("TEST_REDIS_URL")
    if not url:
        pytest.skip("TEST_REDIS_URL names no server")
    first, second = Limiter(url), Limiter(url)
    bucket = Limit(3, "min", "ip", f"test-{os.urandom(6).hex()}")
    for limiter in (first, second, first):
        await limiter.hit(bucket, "me")
    with pytest.raises(RateLimited):
        await second.hit(bucket, "me")
    await first.give_back(bucket, "me")
    await second.hit(bucket, "me")


async def test_while_redis_is_away_each_process_counts_for_itself(settings):
    await used_up(Limiter(f"redis://127.0.0.1:{free_port()}/0"))


async def test_counts_in_the_process(settings):
    await used_up(Limiter())


def test_a_count_slides_out_of_its_window(settings):
    """Refused until just before what was said, taken after it."""
    counters, item, start = Counters(), LIMIT.item, datetime(2026, 1, 1, 12, 0, 7, tzinfo=UTC)
    with db.at(start):
        assert [counters.hit(item, "k", 1) for _ in range(4)] == [True, True, True, False]
        wait = counters.seconds(item, "k")
    with db.at(start + timedelta(seconds=wait - 1.1)):
        assert not counters.hit(item, "k", 1)
    with db.at(start + timedelta(seconds=wait)):
        assert counters.hit(item, "k", 1)
