"""Every route as everybody: the answers are those of the reviewed table `access.tsv`.

After a change of the rules run `ACCESS_TABLE=write pytest tests/architecture/test_access.py` and review the difference.
"""

import csv
import os
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from akademe.identity import service
from akademe.identity.models import User
from akademe.identity.schemas import Origin
from akademe.kernel.ctx import open_ctx
from akademe.kernel.http.security import CSRF_COOKIE, SAFE_METHODS, SESSION_COOKIE
from tests.architecture.world import ABSENT, ACTORS, World
from tests.make import identity

TABLE = Path(__file__).with_name("access.tsv")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
FILE = {"files": {"file": ("notes.txt", b"Some notes.", "text/plain")}}
PASSWORD = "correct horse battery staple nine"
# A body that would be accepted of somebody who may; routes that need none are not named.
BODIES: dict[str, Any] = {
    "POST /api/v1/assessments/{assessment_id}/import": {"files": {"file": ("q.gift", b"Is it so?{T}", "text/plain")}},
    "POST /api/v1/assessments/{assessment_id}/questions": {
        "json": {"question_text": "So?", "question_type": "true_false", "correct_answer": True}
    },
    "PUT /api/v1/assessments/{assessment_id}": {"json": {"title": "Another"}},
    "POST /api/v1/assessments/{assessment_id}/submit": {"json": {"answers": {}}},
    "PATCH /api/v1/attempts/{attempt_id}": {"json": {"answers": {}}},
    "PATCH /api/v1/attempts/{attempt_id}/grades": {"json": {"grades": {"{question_id}": {"points": 1}}}},
    "POST /api/v1/auth/forgot-password": {"json": {"email": "nobody@example.org"}},
    "POST /api/v1/auth/login": {"json": {"email": "nobody@example.org", "password": "wrong"}},
    "POST /api/v1/auth/refresh": {"json": {"refresh_token": "none"}},
    "POST /api/v1/auth/register": {"json": {"email": "new.person@example.org", "password": PASSWORD}},
    "POST /api/v1/auth/reset-password": {"json": {"token": "none", "password": PASSWORD}},
    "PUT /api/v1/auth/profile": {"json": {"first_name": "Another"}},
    "POST /api/v1/certificates/{code}/revoke": {"json": {"reason": "A mistake"}},
    "PATCH /api/v1/contents/{content_id}": {"json": {"title": "Another"}},
    "POST /api/v1/courses": {"json": {"title": "Another"}},
    "POST /api/v1/courses/import": FILE,
    "PATCH /api/v1/courses/{course}": {"json": {"title": "Another"}},
    "PUT /api/v1/courses/{course}": {"json": {"title": "Another"}},
    "POST /api/v1/courses/{course}/assessments": {"json": {"title": "Another"}},
    "PUT /api/v1/courses/{course}/dates": {"json": {"ref_id": "{course}"}},
    "POST /api/v1/courses/{course}/enrollments": {"json": {"user_ids": ["{user_id}"]}},
    "POST /api/v1/courses/{course}/lessons": {"json": {"title": "Another", "content_type": "text"}},
    "POST /api/v1/courses/{course}/modules": {"json": {"title": "Another"}},
    "PUT /api/v1/courses/{course}/outline": {
        "json": {"modules": [{"id": "{module_id}", "lessons": ["{other_lesson}", "{content_id}"]}]}
    },
    "POST /api/v1/courses/{course}/staff": {"json": {"user_id": "{user_id}", "role": "ta"}},
    "POST /api/v1/enrollments": {"json": {"course_id": "{course}"}},
    "PATCH /api/v1/enrollments/{enrollment_id}/complete": {"json": {"content_id": "{content_id}"}},
    "POST /api/v1/files": FILE,
    "PATCH /api/v1/modules/{module_id}": {"json": {"title": "Another"}},
    "POST /api/v1/modules/{module_id}/contents": {"json": {"title": "Another", "content_type": "text"}},
    "PUT /api/v1/notifications/preferences": {"json": {"preferences": []}},
    "GET /api/v1/notifications/unsubscribe": {"params": {"token": "none"}},
    "POST /api/v1/notifications/unsubscribe": {"params": {"token": "none"}},
    "PATCH /api/v1/notifications/{notification_id}": {"json": {"read": True}},
    "POST /api/v1/organizations": {"json": {"name": "Another"}},
    "PUT /api/v1/organizations/{organization_id}": {"json": {"name": "Another"}},
    "POST /api/v1/organizations/{organization_id}/users": {"json": {"email": "new.person@example.org"}},
    "POST /api/v1/progress/update": {"json": {"course_id": "{course}", "lesson_id": "{content_id}", "completed": True}},
    "PATCH /api/v1/questions/{question_id}": {"json": {"points": 2}},
    "POST /api/v1/quizzes/submit": {"json": {"quiz_id": "{quiz_id}", "answers": {}}},
    "GET /api/v1/contents/{content_id}/versions/{version}/diff": {"params": {"to": "1", "against": "1"}},
    "POST /api/v1/users": {"json": {"email": "new.person@example.org"}},
    "PUT /api/v1/users/{user_id}": {"json": {"first_name": "Another"}},
}
# What a part of a path names where it is not what it names everywhere else.
OTHERS = {
    "DELETE /api/v1/courses/{course}/staff/{user_id}": ("{user_id}", "{ta_id}"),
    "POST /api/v1/contents/{content_id}/restore": ("{content_id}", "{deleted_lesson}"),
}


def routes(app: Any) -> list[str]:
    found = app.openapi()["paths"]
    return sorted(
        f"{method.upper()} {path}" for path, item in found.items() for method in item if method.upper() in METHODS
    )


def filled(world: World, value: Any) -> Any:
    if isinstance(value, str):
        return world.path(value)
    if isinstance(value, dict):
        return {world.path(name): filled(world, item) for name, item in value.items()}
    return [filled(world, item) for item in value] if isinstance(value, list) else value


def told(world: World, text: str) -> list[str]:
    """What of the other school's world an answer names."""
    return [name for name, value in world.ids.items() if len(value) > len("1") and value in text]


async def walk(app: Any, world: World) -> dict[str, list[str]]:
    """Route -> the status for each of ACTORS. What anybody may verify aside, a stranger's answers name nothing."""
    seen: dict[str, list[str]] = {}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        for route in routes(app):
            method, path = route.split(" ")
            seen[route] = []
            for actor in ACTORS:
                body = filled(world, BODIES.get(route, {}))
                url = world.path(path.replace(*OTHERS.get(route, ("", ""))))
                answer = await client.request(method, url, headers=world.headers(actor), **body)
                seen[route].append(str(answer.status_code))
                assert actor != "stranger" or "{code}" in route or not told(world, answer.text), route
                if method != "GET" and answer.status_code < 300:
                    await world.reset()
    return seen


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_every_route_answers_everybody_as_reviewed(app, database, tmp_path):
    world = World(database, tmp_path)
    await world.build()
    seen = await walk(app, world)
    if os.environ.get("ACCESS_TABLE") == "write":
        lines = ["\t".join(["route", *ACTORS]), *("\t".join([route, *codes]) for route, codes in seen.items())]
        TABLE.write_text("\n".join(lines) + "\n")
    with TABLE.open() as file:
        reviewed = {row["route"]: [row[actor] for actor in ACTORS] for row in csv.DictReader(file, delimiter="\t")}
    assert seen.keys() == reviewed.keys(), "a route is missing from the reviewed table, or is gone"
    assert seen == reviewed


def unsafe(app: Any) -> list[tuple[str, str]]:
    """Every method and path, of the API and of pages, that may change something."""
    found = [route for route in app.routes if isinstance(route, APIRoute)]
    return [(method, route.path) for route in found for method in route.methods if method not in SAFE_METHODS]


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_nothing_unsafe_rides_on_a_cookie(app, database):
    """A form of another site carries the session's cookie, and cannot know the token of our forms."""
    person = await identity.platform_admin()
    async with open_ctx() as ctx:
        value = await service.open_web_session(ctx, await ctx.get(User, person.id), Origin())
    cookies = {SESSION_COOKIE: value, CSRF_COOKIE: "planted"}
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test", cookies=cookies) as client:
        assert (await client.get("/api/v1/auth/me")).status_code == 200
        for method, path in unsafe(app):
            for headers in ({}, {"x-csrf-token": "guessed"}):
                answer = await client.request(method, re.sub(r"{[^}]+}", ABSENT, path), headers=headers)
                assert answer.status_code == 403, (method, path)
                assert not path.startswith("/api/") or answer.json()["error_code"] == "CSRF_FAILED", (method, path)
