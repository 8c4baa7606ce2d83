"""What the server itself refuses, before there is a request that the edge could answer."""

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from akademe.kernel import realtime
from akademe.kernel.db import new_id
from akademe.kernel.errors import BadRequest
from akademe.kernel.http.problems import MEDIA_TYPE, body_of


class Protocol(HttpToolsProtocol):
    """uvicorn's; what is no HTTP (also an address of over 65,535 bytes) is refused in the shape of every error."""

    def shutdown(self) -> None:
        """The server begins an orderly end. A long poll would hold it up for as long as it may wait."""
        super().shutdown()
        realtime.say_goodbye()

    def send_400_response(self, msg: str) -> None:
        body = orjson.dumps(body_of(BadRequest(msg), str(new_id())))
        head = f"HTTP/1.1 400 Bad Request\r\ncontent-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n"
        self.transport.write(f"{head}cache-control: no-store\r\nconnection: close\r\n\r\n".encode() + body)
        self.transport.close()
