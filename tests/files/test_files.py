"""Uploading and reading files over HTTP."""

import asyncio
import hashlib
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from akademe.files import service
from akademe.files.models import File, FileUsage
from akademe.kernel import db
from akademe.kernel.ctx import open_ctx, system_ctx
from akademe.kernel.storage import storage
from akademe.orgs.models import Organization
from tests.conftest import make_client
from tests.make import files, identity, orgs
from tests.make.files import PDF, SVG, TEXT, mp4, png, zipped

URL = "/api/v1/files"
WORD = zipped("[Content_Types].xml", "word/document.xml")


async def upload(client, name, data, **form):
    return await client.post(URL, files={"file": (name, data)}, data=form)


async def stored_keys():
    return [key async for batch in storage().list("files") for key, _ in batch]


@pytest.fixture
async def person(database):
    return await identity.user("instructor")


@pytest.fixture
async def client(as_user, person, database):
    return await as_user(person)


@pytest.fixture
def thing():
    """A kind of owner: members read, nobody but the first writes, one file is open to all."""
    rules = {"readers": set(), "writers": set(), "open": set()}

    async def can_read(ctx, owner_id):
        return ctx.actor.user_id in rules["readers"]

    async def can_write(ctx, owner_id):
        return ctx.actor.user_id in rules["writers"]

    async def can_read_file(ctx, file_id):
        return file_id in rules["open"]

    service.register_owner("thing", can_read, can_write, can_read_file=can_read_file)
    yield rules
    del service.owner_checks["thing"]


async def test_an_upload_tells_what_it_is(client):
    answer = await upload(client, "Plan der Woche.PNG", png(640, 480))
    assert answer.status_code == 201
    body = answer.json()
    assert (body["content_type"], body["width"], body["height"]) == ("image/png", 640, 480)
    assert body["sha256"] == hashlib.sha256(png(640, 480)).hexdigest()
    assert body["size"] == len(png())
    assert (await client.get(f"{URL}/{body['id']}")).json() == body
    content = await client.get(body["url"])
    assert content.content == png(640, 480)
    assert content.headers["content-type"] == "image/png"
    assert content.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("name", "data", "content_type"),
    [
        ("a.txt", TEXT, "text/plain; charset=utf-8"),
        ("a.md", b"# Title", "text/markdown; charset=utf-8"),
        ("a.csv", "ä;b\n1;2\n".encode(), "text/csv; charset=utf-8"),
        ("a.vtt", b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello", "text/vtt; charset=utf-8"),
        ("a.svg", SVG, "image/svg+xml"),
        ("a.pdf", PDF, "application/pdf"),
        ("a.mp4", mp4(), "video/mp4"),
        ("a.mp3", b"ID3\x03" + bytes(100), "audio/mpeg"),
        ("a.docx", WORD, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.zip", zipped("x.txt"), "application/zip"),
        ("a.jpeg", b"\xff\xd8\xff\xe0" + bytes(100), "image/jpeg"),
    ],
)
async def test_what_teachers_use_is_accepted(client, name, data, content_type):
    answer = await upload(client, name, data)
    assert answer.status_code == 201, answer.text
    assert answer.json()["content_type"] == content_type


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("virus.exe", b"MZ\x90\x00", "FILE_TYPE_REFUSED"),
        ("page.html", b"<html>", "FILE_TYPE_REFUSED"),
        ("noextension", b"text", "FILE_TYPE_REFUSED"),
        ("picture.png", b"MZ\x90\x00" + bytes(100), "FILE_TYPE_MISMATCH"),
        ("picture.png", b"\xff\xd8\xff\xe0" + bytes(100), "FILE_TYPE_MISMATCH"),
        ("notes.txt", b"MZ\x90\x00\x01", "FILE_TYPE_MISMATCH"),
        ("notes.txt", b"\xff\xfe\xfa", "FILE_TYPE_MISMATCH"),
        ("a.svg", b"<html><svg></svg></html>", "FILE_TYPE_MISMATCH"),
        ("a.svg", b'<!DOCTYPE svg [<!ENTITY a "b">]><svg></svg>', "FILE_TYPE_MISMATCH"),
        ("a.docx", zipped("x.txt"), "FILE_TYPE_MISMATCH"),
        ("a.docx", b"PK\x03\x04" + bytes(50), "FILE_TYPE_MISMATCH"),
        ("a.vtt", b"not subtitles", "FILE_TYPE_MISMATCH"),
        ("a.mp4", b"\0\0\0\x18ftypheic" + bytes(50), "FILE_TYPE_MISMATCH"),
    ],
)
async def test_what_is_not_what_it_says_is_refused_and_leaves_nothing(client, name, data, code):
    answer = await upload(client, name, data)
    assert answer.status_code == 415
    assert answer.json()["error_code"] == code
    assert await stored_keys() == []


async def test_an_empty_file_and_no_file_are_refused(client):
    assert (await upload(client, "a.txt", b"")).status_code == 422
    assert (await client.post(URL, data={"file": "text"})).status_code == 422
    assert (await client.post(URL)).status_code == 422


async def test_a_file_over_the_limit_is_refused_and_leaves_nothing(client, settings):
    settings.max_upload_bytes = 3000
    assert (await upload(client, "a.txt", b"x" * 2000)).status_code == 201
    refused = await upload(client, "a.txt", b"x" * 3001)
    assert refused.status_code == 413
    assert len(await stored_keys()) == 1


async def set_quota(person, size):
    async with system_ctx() as ctx:
        (await ctx.get(Organization, person.home_organization_id)).file_quota_bytes = size


async def used():
    async with system_ctx() as ctx:
        return await ctx.db.scalar(select(FileUsage.used_bytes)), await ctx.db.scalar(select(func.sum(File.size)))


async def test_the_quota_refuses_and_leaves_nothing(client, person):
    await set_quota(person, 5000)
    assert (await upload(client, "a.txt", b"x" * 3000)).status_code == 201
    refused = await upload(client, "b.txt", b"x" * 3000)
    assert refused.status_code == 413
    assert refused.json()["error_code"] == "QUOTA_EXCEEDED"
    assert (refused.json()["used"], refused.json()["quota"]) == (3000, 5000)
    assert len(await stored_keys()) == 1
    assert await used() == (3000, 3000)


async def test_uploads_at_once_cannot_pass_the_quota_together(client, person):
    await set_quota(person, 5000)
    answers = await asyncio.gather(*(upload(client, f"{n}.txt", b"x" * 2000) for n in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 413, 413, 413, 413]
    assert await used() == (4000, 4000)
    assert len(await stored_keys()) == 2


async def test_ranges(client, person):
    file = await files.file(person, "film.mp4", mp4())
    data, url, size = mp4(), f"{URL}/{file.id}/content", len(mp4())
    parts = {
        "bytes=0-9": (0, 10),
        "bytes=100-": (100, size),
        "bytes=-50": (size - 50, size),
        "bytes=10-99999": (10, size),
    }
    for header, (start, end) in parts.items():
        answer = await client.get(url, headers={"range": header})
        assert answer.status_code == 206
        assert answer.content == data[start:end]
        assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
        assert answer.headers["content-length"] == str(end - start)
    beyond = await client.get(url, headers={"range": f"bytes={size}-"})
    assert beyond.status_code == 416
    assert beyond.headers["content-range"] == f"bytes */{size}"
    for ignored in ("bytes=0-1,5-6", "lines=1-2", "bytes=9-1"):
        assert (await client.get(url, headers={"range": ignored})).status_code == 200


async def test_conditional_requests(client, person):
    file = await files.file(person)
    url = f"{URL}/{file.id}/content"
    whole = await client.get(url)
    etag = whole.headers["etag"]
    assert whole.headers["accept-ranges"] == "bytes"
    assert (await client.get(url, headers={"if-none-match": etag})).status_code == 304
    first = {"range": "bytes=0-4"}
    assert (await client.get(url, headers=first | {"if-range": etag})).status_code == 206
    assert (await client.get(url, headers=first | {"if-range": '"older"'})).content == TEXT
    head = await client.head(url)
    assert (head.content, head.headers["content-length"]) == (b"", str(len(TEXT)))


async def test_what_people_upload_never_runs(client, person):
    file = await files.file(person, "drawing.svg", SVG)
    answer = await client.get(f"{URL}/{file.id}/content")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert (file.width, file.height) == (30, 20)
    zip_file = await files.file(person, "a.zip", zipped("x"))
    assert (await client.get(f"{URL}/{zip_file.id}/content")).headers["content-disposition"].startswith("attachment")
    forced = await client.get(f"{URL}/{file.id}/content?download=true")
    assert forced.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.txt", "a\r\nSet-Cookie: x=1.txt", 'quo"te;.txt', "Übung №1 管理.txt", "\u202egpj.txt"]
)
async def test_names_break_neither_headers_nor_folders(client, person, name):
    file = await files.file(person, name)
    assert not {"/", "\\", "\r", "\n", '"', "\u202e"} & set(file.name)
    header = (await client.get(f"{URL}/{file.id}/content")).headers["content-disposition"]
    assert header.count('"') == 2
    assert header.isascii()


async def test_r7_3_access_follows_the_owner(app, as_user, client, person, thing):
    reader, other = await identity.user(), await identity.user()
    school = await orgs.organization()
    viewers = {
        "reader": (await as_user(reader), 200),
        "other": (await as_user(other), 404),
        "uploader": (client, 200),
        "admin": (await as_user(await identity.user("admin")), 200),
        "other admin": (await as_user(await identity.user("admin", organization_id=school.id)), 404),
        "anonymous": (make_client(app), 404),
    }
    thing["readers"].add(reader.id)
    file = await files.file(person, owner_kind="thing", owner_id=uuid4())
    for who, (viewer, status) in viewers.items():
        for path in ("", "/content"):
            assert (await viewer.get(f"{URL}/{file.id}{path}")).status_code == status, who
    thing["open"].add(file.id)
    assert (await viewers["anonymous"][0].get(f"{URL}/{file.id}/content")).status_code == 200
    await viewers["anonymous"][0].aclose()


async def test_a_draft_is_its_uploaders_until_an_owner_takes_it(as_user, person, thing):
    reader = await identity.user()
    thing["readers"].add(reader.id)
    theirs = await as_user(reader)
    draft = await files.file(person)
    url = f"{URL}/{draft.id}"
    assert (await theirs.get(url)).status_code == 404
    async with open_ctx(await identity.actor(reader)) as ctx:
        with pytest.raises(service.access.NotFound):
            await service.adopt(ctx, [draft.id], "thing", uuid4())
    async with open_ctx(await identity.actor(person)) as ctx:
        await service.adopt(ctx, [draft.id], "thing", uuid4())
    assert (await theirs.get(url)).status_code == 200


async def test_only_writers_add_to_an_owner(client, person, thing):
    form = {"owner_kind": "thing", "owner_id": str(uuid4())}
    assert (await upload(client, "a.txt", TEXT, **form)).status_code == 403
    assert (await upload(client, "a.txt", TEXT, owner_kind="nothing", owner_id=str(uuid4()))).status_code == 422
    assert (await upload(client, "a.txt", TEXT, owner_kind="thing")).status_code == 422
    thing["writers"].add(person.id)
    assert (await upload(client, "a.txt", TEXT, **form)).json()["owner_id"] == form["owner_id"]


async def test_what_is_deleted_is_gone_at_once_and_purged_a_day_later(client, person):
    file, kept = await files.file(person), await files.file(person)
    async with open_ctx(await identity.actor(person)) as ctx:
        await service.delete_file(ctx, file.id)
    assert (await client.get(f"{URL}/{file.id}")).status_code == 404
    assert (await used())[0] == kept.size
    assert len(await stored_keys()) == 2
    async with system_ctx(now=db.clock() + timedelta(days=1, minutes=1)) as ctx:
        await service.purge(ctx)
    assert await stored_keys() == [kept.storage_key]


async def test_who_may_delete_a_file(client, as_user, person, thing):
    reader, other = await identity.user(), await identity.user()
    thing["readers"].add(reader.id)
    file = await files.file(person, owner_kind="thing", owner_id=uuid4())
    assert (await (await as_user(other)).delete(f"{URL}/{file.id}")).status_code == 404
    assert (await (await as_user(reader)).delete(f"{URL}/{file.id}")).status_code == 403
    assert (await client.delete(f"{URL}/{file.id}")).status_code == 204
    assert (await client.delete(f"{URL}/{file.id}")).status_code == 404
    assert (await used())[0] == 0


async def test_bytes_that_no_row_knows_are_swept(person):
    file = await files.file(person)
    await storage().put("files/orphan/one", b"left by a crash")
    async with system_ctx() as ctx:
        assert await service.sweep_orphans(ctx) == 0
    async with system_ctx(now=db.clock() + timedelta(days=2)) as ctx:
        assert await service.sweep_orphans(ctx) == 1
    assert await stored_keys() == [file.storage_key]


async def test_importing_the_same_content_again_makes_no_second_file(person):
    owner_id = uuid4()
    again = {"owner_kind": "course", "owner_id": owner_id, "source": "olx", "source_id": "static/a.txt"}
    first, second = await files.file(person, **again), await files.file(person, **again)
    changed = await files.file(person, data=b"other content", **again)
    assert first.id == second.id != changed.id


async def test_a_stream_of_unknown_length_is_bounded(person, settings):
    async def endless():
        while True:
            yield b"x" * 1000

    settings.max_upload_bytes = 50_000
    with pytest.raises(service.storing.FileTooLarge):
        await files.file(person, data=endless())
    assert await stored_keys() == []


async def test_missing_bytes_say_so(client, person):
    file = await files.file(person)
    await storage().delete([file.storage_key])
    answer = await client.get(f"{URL}/{file.id}/content")
    assert answer.status_code == 404
    assert answer.json()["error_code"] == "CONTENT_MISSING"


async def test_uploading_twice_to_an_owner_is_once(client, person, thing):
    thing["writers"].add(person.id)
    form = {"owner_kind": "thing", "owner_id": str(uuid4())}
    first = (await upload(client, "a.txt", TEXT, **form)).json()
    again = (await upload(client, "a.txt", TEXT, **form)).json()
    other = (await upload(client, "b.txt", TEXT, **form)).json()
    assert again == first
    assert other["id"] != first["id"]
    assert await used() == (2 * len(TEXT), 2 * len(TEXT))


async def test_drafts_that_nobody_took_go_after_30_days(client, person):
    forgotten, face = await files.file(person), await files.file(person, "me.png", png())
    await client.put("/api/v1/auth/profile", json={"avatar_url": face.url})
    for days, left in ((29, [200, 200]), (31, [404, 200])):
        async with system_ctx(now=db.clock() + timedelta(days=days)) as ctx:
            await service.purge(ctx)
        assert [(await client.get(f"{URL}/{file.id}")).status_code for file in (forgotten, face)] == left
    assert (await used())[0] == face.size


async def test_admins_hear_once_before_the_quota_is_used(client, person, as_user, jobs):
    await set_quota(person, 10_000)
    admin = await as_user(await identity.user("admin"))

    async def told():
        await jobs()
        rows = (await admin.get("/api/v1/notifications")).json()
        return [row["title"] for row in rows if row["type"] == "files.quota_nearly_used"]

    for size, times in ((8000, 0), (1500, 1), (400, 1)):
        assert (await upload(client, f"{size}.txt", b"x" * size)).status_code == 201
        assert len(await told()) == times
    assert (await upload(client, "more.txt", b"x" * 200)).json()["error_code"] == "QUOTA_EXCEEDED"
    assert (await client.get("/api/v1/notifications?type=files.quota_nearly_used")).json() == []
