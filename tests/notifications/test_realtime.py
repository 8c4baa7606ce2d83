"""Socket.IO against a real server: who is let in, and who hears what."""

import asyncio
import contextlib
import socket

import pytest
import socketio
import uvicorn
from sqlalchemy import update

from akademe.identity.models import AuthSession
from akademe.kernel import db, realtime
from akademe.kernel.ctx import open_ctx, system_ctx
from akademe.learning import service
from tests.make import catalog, identity, learning


@pytest.fixture
async def server(app, database):
    """The application with its sockets on a free port of this machine, in this event loop."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = uvicorn.Config(realtime.asgi(app), host="127.0.0.1", port=port, lifespan="off", log_level="warning")
    running = uvicorn.Server(config)
    task = asyncio.create_task(running.serve())
    while not running.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    await task


class Ear:
    """A connected client that remembers what it heard."""

    def __init__(self) -> None:
        self.client = socketio.AsyncClient(reconnection=False)
        self.heard: list[tuple[str, dict]] = []
        self.refusal: dict | None = None
        self.client.on("*", self._hear)
        self.client.on("connect_error", self._refused)

    async def _hear(self, event, data):
        self.heard.append((event, data))

    async def _refused(self, data):
        self.refusal = data

    def names(self) -> list[str]:
        return [event for event, _ in self.heard]

    async def hears(self, event: str) -> dict:
        for _ in range(300):
            for name, data in self.heard:
                if name == event:
                    return data
            await asyncio.sleep(0.01)
        raise AssertionError(f"{event} was not heard, only {self.names()}")


@pytest.fixture
async def listen(server):
    ears = []

    async def connect(user=None, *, headers=None, token=None, transports=("websocket",)):
        ear = Ear()
        ears.append(ear)
        token = token or (await identity.bearer(user) if user else None)
        auth = {"token": token} if token else None
        with contextlib.suppress(socketio.exceptions.ConnectionError):
            await ear.client.connect(server, auth=auth, headers=headers or {}, transports=list(transports))
        return ear

    yield connect
    for ear in ears:
        await ear.client.disconnect()


async def test_who_is_not_signed_in_is_answered_the_error_body(listen):
    for ear in (await listen(), await listen(token="nonsense")):
        assert not ear.client.connected
        body = ear.refusal["data"]
        assert body["error_code"] in ("UNAUTHENTICATED", "INVALID_TOKEN")
        assert {"detail", "timestamp", "request_id"} <= body.keys()


async def test_learner_and_staff_hear_progress_and_strangers_do_not(listen):
    owner, user, other = await identity.user("instructor"), await identity.user(), await identity.user()
    course = await catalog.course(owner, lessons=1)
    await learning.enrolment(other, course)
    teacher, learner, classmate = await listen(owner), await listen(user), await listen(other, transports=("polling",))
    elsewhere = await listen(await identity.user("instructor"))
    await learning.completed(user, course)
    both = {"courseId": str(course.id), "studentId": str(user.id)}
    for ear in (learner, teacher):
        assert await ear.hears("course:enrolled") == both
        assert await ear.hears("course:progress") == both | {"progress": 100.0}
        assert await ear.hears("course:completed") == both
        assert ear.names().count("course:progress") == 1
    await asyncio.sleep(0.05)
    assert classmate.heard == elsewhere.heard == []


async def test_a_notification_is_heard_by_its_person_alone(listen, jobs):
    user = await identity.user()
    await jobs()
    mine, other = await listen(user), await listen(await identity.user())
    course = await catalog.course()
    await learning.enrolment(user, course)
    await jobs()
    told = await mine.hears("notification:new")
    assert told.keys() == {"userId", "type", "data"}
    assert (told["userId"], told["type"]) == (str(user.id), "learning.enrolled")
    assert told["data"]["title"].startswith("You are enrolled")
    assert {"id", "link", "course_id"} <= told["data"].keys()
    assert all(data["userId"] != str(user.id) for name, data in other.heard if name == "notification:new")


async def test_what_is_rolled_back_is_not_heard(listen):
    user, course = await identity.user(), await catalog.course()
    ear = await listen(user)

    async def enrol_and_fail():
        async with open_ctx(await identity.actor(user)) as ctx:
            await service.enrol(ctx, course.id)
            raise RuntimeError("the commit does not come")

    with pytest.raises(RuntimeError):
        await enrol_and_fail()
    await asyncio.sleep(0.1)
    assert ear.heard == []


async def test_a_grant_given_later_opens_the_room_and_taken_closes_it(listen):
    user = await identity.user()
    course = await catalog.course()
    ear = await listen(user)
    room = f"course:{course.id}:ta"
    await realtime.emit("probe", {"n": 1}, [room])
    async with system_ctx(course.organization_id) as ctx:
        from akademe.identity import service as people

        await people.grant(
            ctx, user.id, f"course:{course.id}", "ta", source="test", organization_id=course.organization_id
        )
    await realtime.emit("probe", {"n": 2}, [room])
    assert (await ear.hears("probe"))["n"] == 2
    async with system_ctx(course.organization_id) as ctx:
        await people.revoke_grant(ctx, user.id, f"course:{course.id}", role="ta")
    await realtime.emit("probe", {"n": 3}, [room])
    await asyncio.sleep(0.05)
    assert [data["n"] for _, data in ear.heard] == [2]


async def test_the_web_cookie_connects_from_this_site_alone(listen, server):
    from akademe.identity.models import User
    from akademe.identity.schemas import Origin
    from akademe.identity.service import sessions

    user = await identity.user()
    async with system_ctx() as ctx:
        cookie = await sessions.open_web_session(ctx, await ctx.get(User, user.id), Origin("127.0.0.1", "tests"))
    headers = {"cookie": f"akademe_session={cookie}"}
    assert (await listen(headers=headers | {"origin": server})).client.connected
    assert not (await listen(headers=headers | {"origin": "https://evil.example.org"})).client.connected


async def test_an_ended_sign_in_ends_its_sockets(listen, as_user, server):
    user = await identity.user()
    token = await identity.bearer(user)
    ear, other = await listen(token=token), await listen(user)
    import httpx

    async with httpx.AsyncClient(base_url=server, headers={"authorization": f"Bearer {token}"}) as http:
        assert (await http.post("/api/v1/auth/logout")).status_code in (200, 204)
    for _ in range(200):
        if not ear.client.connected:
            break
        await asyncio.sleep(0.01)
    assert not ear.client.connected
    assert other.client.connected


async def test_what_another_process_ended_is_noticed_by_looking_again(listen, monkeypatch):
    monkeypatch.setattr(realtime, "LOOK_AGAIN_SECONDS", 0.05)
    user = await identity.user()
    ear = await listen(user)
    watching = asyncio.create_task(realtime.watch())
    try:
        async with db.transaction() as session:
            await session.execute(
                update(AuthSession).where(AuthSession.user_id == user.id).values(revoked_at=db.clock())
            )
        for _ in range(200):
            if not ear.client.connected:
                break
            await asyncio.sleep(0.01)
    finally:
        watching.cancel()
    assert not ear.client.connected
