"""Answers over 1 kB are compressed: zstd for clients that name it, else gzip."""

import asyncio
import sys
from typing import Any

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware, IdentityResponder
from starlette.types import ASGIApp, Receive, Scope, Send

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SMALLEST = 1000
LARGEST_ON_LOOP = 128 * 1024


class ZstdResponder(IdentityResponder):
    content_encoding = "zstd"
    _stream: zstd.ZstdCompressor | None = None

    async def apply_compression(self, body: bytes, *, more_body: bool) -> bytes:
        stream = self._stream = self._stream or zstd.ZstdCompressor(3)
        mode: Any = stream.FLUSH_BLOCK if more_body else stream.FLUSH_FRAME
        if len(body) > LARGEST_ON_LOOP:
            return await asyncio.to_thread(stream.compress, body, mode)
        return stream.compress(body, mode)


class Compression(GZipMiddleware):
    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, minimum_size=SMALLEST, compresslevel=5)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "zstd" in Headers(scope=scope).get("accept-encoding", ""):
            await ZstdResponder(self.app, SMALLEST)(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)
