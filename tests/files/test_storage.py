"""The storage itself: a local folder and an S3 server, the same behaviour."""

import asyncio
import errno
import os
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from akademe.kernel.config import ConfigError
from akademe.kernel.storage import ContentMissing, StorageFull, StorageUnavailable, _refusal, storage

BIG = os.urandom(1000) * 20_000  # 20 MB: three parts


@pytest.fixture(scope="module")
def s3_server():
    """An S3 server on a free port, with a bucket."""
    import boto3
    from moto.server import ThreadedMotoServer

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    url = f"http://127.0.0.1:{port}"
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=url, **keys).create_bucket(Bucket="school")
    yield url
    server.stop()


@pytest.fixture(params=["local", "s3"])
def store(request, settings):
    if request.param == "s3":
        settings.storage_url = f"s3://school/{request.node.name.replace('[', '-').replace(']', '')}"
        settings.aws_endpoint_url = request.getfixturevalue("s3_server")
        settings.aws_access_key_id = settings.aws_secret_access_key = "testing"
    return storage()


async def everything(chunks):
    return b"".join([chunk async for chunk in chunks])


async def in_pieces(data):
    for start in range(0, len(data), 300_000):
        yield data[start : start + 300_000]


async def test_what_is_put_comes_back_whole_and_in_parts(store, tmp_path):
    path = tmp_path / "source"
    path.write_bytes(BIG)
    await store.put("a/bytes", b"0123456789")
    await store.put("a/path", path)
    await store.put("a/pieces", in_pieces(BIG))
    with path.open("rb") as file:
        await store.put("a/file", file)
    for key in ("a/path", "a/pieces", "a/file"):
        assert await everything(await store.get(key)) == BIG
    assert await store.read("a/bytes") == b"0123456789"
    assert await everything(await store.get("a/bytes", 3, 7)) == b"3456"
    assert await everything(await store.get("a/bytes", 8)) == b"89"


async def test_reading_streams_in_small_chunks(store):
    await store.put("big", BIG)
    sizes = [len(chunk) async for chunk in await store.get("big")]
    assert sum(sizes) == len(BIG)
    assert max(sizes) < 4 * 2**20


async def test_what_is_not_there(store):
    with pytest.raises(ContentMissing):
        await store.get("nothing/here")
    await store.put("a", b"a")
    await store.delete(["nothing/here", "a", "a"])
    with pytest.raises(ContentMissing):
        await store.get("a")


async def test_sweeping_takes_a_folder_and_no_more(store):
    for key in ("import/1/a", "import/1/b/c", "import/12/a", "other"):
        await store.put(key, b"x")
    assert await store.sweep("import/1") == 2
    assert [key async for batch in store.list("import") for key, _ in batch] == ["import/12/a"]
    assert await store.read("other") == b"x"


@pytest.mark.parametrize("key", ["../secret", "/etc/passwd", "a/../../b", "a//b", "", "a/..", "a b", "a\\b", ".hidden"])
async def test_keys_stay_inside(settings, key):
    with pytest.raises(ValueError, match="storage key"):
        await storage().put(key, b"x")
    assert not list(Path(settings.data_dir).rglob("*secret*"))


async def test_a_failing_source_leaves_nothing(store):
    async def breaks():
        yield b"x" * 10_000_000
        raise OSError(errno.EIO, "the client went away")

    with pytest.raises(StorageUnavailable):
        await store.put("half", breaks())
    with pytest.raises(ContentMissing):
        await store.get("half")


def test_a_full_disk_has_a_sentence_of_its_own():
    assert isinstance(_refusal(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))), StorageFull)


def test_a_storage_that_nobody_knows_is_named(settings):
    settings.storage_url = "unknown://school"
    with pytest.raises(ConfigError, match="STORAGE_URL"):
        storage()


@pytest.fixture
def recorder():
    """A server that takes everything and remembers what was asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            asked.append((self.command, self.path, dict(self.headers), body))
            self.send_response(200)
            self.send_header("etag", '"0"')
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


async def test_requests_to_s3_are_signed_as_amazon_says(settings, recorder):
    """The server above does not look at signatures: botocore, by the same secret and moment, must come to ours."""
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    url, asked = recorder
    settings.storage_url, settings.aws_endpoint_url = "s3://school/a", url
    settings.aws_access_key_id, settings.aws_secret_access_key, settings.aws_region = "AKID", "a secret", "eu-north-1"
    await storage().put("files/some-key", b"some bytes")
    (method, path, headers, body) = asked[0]
    lowered = {name.lower(): value for name, value in headers.items()}
    scheme, _, rest = lowered.pop("authorization").partition(" ")
    sent = dict(part.strip().split("=", 1) for part in rest.split(","))
    signed = {name: lowered[name] for name in sent["SignedHeaders"].split(";")}
    assert scheme == "AWS4-HMAC-SHA256"
    assert {"host", "x-amz-date", "x-amz-content-sha256"} <= signed.keys()
    assert sent["Credential"] == f"AKID/{lowered['x-amz-date'][:8]}/eu-north-1/s3/aws4_request"
    request = AWSRequest(method, url + path, data=body, headers=signed)
    request.context["timestamp"] = lowered["x-amz-date"]
    auth = S3SigV4Auth(Credentials("AKID", "a secret"), "s3", "eu-north-1")
    request.context["payload_signing_enabled"] = True
    expected = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    assert sent["Signature"] == expected


async def test_a_cancelled_upload_leaves_nothing(store, settings):
    begun = asyncio.Event()

    async def slow():
        for _ in range(3):
            yield b"x" * 10_000_000
        begun.set()
        await asyncio.sleep(30)
        yield b"never"

    upload = asyncio.ensure_future(store.put("half", slow()))
    await asyncio.wait_for(begun.wait(), 20)
    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    await asyncio.sleep(0.2)
    with pytest.raises(ContentMissing):
        await store.get("half")
    assert [path for path in Path(settings.data_dir).rglob("*") if path.is_file()] == []
