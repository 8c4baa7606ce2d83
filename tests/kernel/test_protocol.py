"""What is no HTTP is refused in the shape of every error, before there is a request."""

import asyncio
import json
import socket

import pytest
import uvicorn

from akademe.kernel.http.protocol import Protocol


async def nothing(scope, receive, send):
    raise AssertionError("it is not reached")


@pytest.mark.parametrize(
    "sent",
    [b"no http at all\r\n\r\n", b"GET /?q=" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"],
    ids=["noise", "long"],
)
async def test_what_cannot_be_read(sent: bytes) -> None:
    server = uvicorn.Server(uvicorn.Config(nothing, http=Protocol, lifespan="off", log_config=None))
    with socket.create_server(("127.0.0.1", 0)) as door:
        serving = asyncio.create_task(server.serve(sockets=[door]))
        reader, writer = await asyncio.open_connection(*door.getsockname())
        writer.write(sent)
        head, _, body = (await asyncio.wait_for(reader.read(), 10)).partition(b"\r\n\r\n")
        server.should_exit = True
        writer.close()
        await serving
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in head
    problem = json.loads(body)
    assert (problem["error_code"], problem["status"]) == ("BAD_REQUEST", 400)
    assert {"detail", "timestamp", "request_id", "type", "title"} <= problem.keys()
