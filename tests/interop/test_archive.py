"""Archives from strangers: read where they are honest, refused with a clear sentence where not, nothing left behind."""

import io
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
import zlib
from pathlib import Path

import pytest

from akademe.interop.rules import ImportRefused, Limits, open_source
from akademe.interop.rules.xml import parse_xml
from tests.make import interop as make

HONEST = {"course/course.yaml": b"a", "course/assets/\xc3\xa4.txt".encode("latin-1").decode(): b"b"}


@pytest.fixture(autouse=True)
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Temporary folders go here, so that a test sees what is left of them."""
    temp = tmp_path / "temp"
    temp.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temp))
    return temp


def _refusal(data: bytes, room: Path, limits: Limits | None = None) -> ImportRefused:
    source = room.parent / "upload"
    source.write_bytes(data)
    with pytest.raises(ImportRefused) as caught, open_source(source, limits):
        pass
    assert list(room.iterdir()) == []
    assert caught.value.sentence.endswith(".")
    return caught.value


@pytest.mark.parametrize(
    "data", [make.zip_bytes(dict(HONEST)), *(make.tar_bytes(HONEST, c) for c in ("", "gz", "bz2"))]
)
def test_an_honest_archive_is_read(data: bytes, room: Path) -> None:
    source = room.parent / "upload"
    source.write_bytes(data)
    with open_source(source) as files:
        assert {name: files.read(name) for name in files} == HONEST
        assert list(files.below("course")) == [name.removeprefix("course/") for name in files]
    assert list(room.iterdir()) == []


def test_nested_archives_stay_files(room: Path) -> None:
    source = room.parent / "upload"
    source.write_bytes(make.zip_bytes({"inner.zip": make.zip_bytes({"../x": b""})}))
    with open_source(source) as files:
        assert list(files) == ["inner.zip"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../evil", "UNSAFE_PATH"),
        ("a/../../evil", "UNSAFE_PATH"),
        ("/etc/evil", "UNSAFE_PATH"),
        ("C:\\evil", "UNSAFE_PATH"),
        ("a\\..\\..\\evil", "UNSAFE_PATH"),
        ("a//b", "UNSAFE_PATH"),
        ("a\nb", "UNSAFE_PATH"),
        ("x" * 600, "UNSAFE_PATH"),
        ("/".join("x" * 40), "UNSAFE_PATH"),
    ],
)
def test_names_that_lead_elsewhere_are_refused(name: str, code: str, room: Path) -> None:
    assert _refusal(make.zip_bytes({"good": b"", name: b"x"}), room).code == code
    assert _refusal(make.tar_bytes({"good": b"", name: b"x"}), room).code == code


@pytest.mark.parametrize("names", [("a.md", "A.md"), ("a.md", "a.md"), ("\u00e4", "a\u0308")])
def test_two_names_for_one_file_are_refused(names: tuple[str, str], room: Path) -> None:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    assert _refusal(data.getvalue(), room).code == "DUPLICATE_NAME"


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused(kind: bytes, room: Path) -> None:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        member = tarfile.TarInfo("link")
        member.type, member.linkname = kind, "/etc/passwd"
        archive.addfile(member)
    assert _refusal(data.getvalue(), room).code == "UNSAFE_ENTRY"


def test_links_in_zips_and_folders_are_refused(room: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        info = zipfile.ZipInfo("link")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    assert _refusal(data.getvalue(), room).code == "UNSAFE_ENTRY"
    folder = room.parent / "folder"
    folder.mkdir()
    (folder / "link").symlink_to("/etc")
    with pytest.raises(ImportRefused, match="link"), open_source(folder):
        pass


@pytest.mark.parametrize("packing", ["zip", "gz", "bz2"])
def test_bombs_are_refused(packing: str, room: Path) -> None:
    zeros = {"bomb": bytes(40 * 1024**2)}
    data = make.zip_bytes(dict(zeros)) if packing == "zip" else make.tar_bytes(zeros, packing)
    assert _refusal(data, room).code == "ARCHIVE_BOMB"
    assert _refusal(data, room, Limits(file=1024)).code == "ARCHIVE_TOO_LARGE"
    assert _refusal(data, room, Limits(total=1024)).code == "ARCHIVE_TOO_LARGE"


def test_a_zip_that_lies_about_sizes_is_refused(room: Path) -> None:
    honest = make.zip_bytes({"bomb": bytes(20 * 1024**2)})
    size = struct.pack("<I", 20 * 1024**2)
    assert _refusal(honest.replace(size, struct.pack("<I", 10)), room).code in ("DAMAGED_ARCHIVE", "ARCHIVE_BOMB")


def test_a_zip_whose_second_end_record_lies_is_refused(room: Path) -> None:
    """The record of zip64 is believed more than the plain one, and may name a directory of any length."""
    directory = b"PK\x01\x02" + bytes(42)
    many = directory * 200_000
    zip64 = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 200_000, 200_000, len(many), 4)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, 4 + len(many), 1)
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, 46, 4, 0)
    assert _refusal(b"PK\x03\x04" + many + zip64 + locator + end, room).code == "ARCHIVE_BOMB"


def test_a_tar_of_headers_upon_headers_is_refused(room: Path) -> None:
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XGLTYPE, 10
    data = (header.tobuf() + b"10 a=bcde\n".ljust(512, b"\0")) * 3_000
    assert _refusal(zlib.compress(data, wbits=31), room).code == "DAMAGED_ARCHIVE"


def test_a_header_of_gigabytes_is_refused(room: Path) -> None:
    member = tarfile.TarInfo("././@LongLink")
    member.type, member.size = tarfile.GNUTYPE_LONGNAME, 7 * 1024**3
    data = zlib.compress(member.tobuf() + bytes(4096), wbits=31)
    assert _refusal(data, room).code == "ARCHIVE_BOMB"


@pytest.mark.parametrize("packing", ["zip", "gz"])
def test_a_hundred_thousand_entries_are_refused_at_once(packing: str, room: Path) -> None:
    names = {f"{number}": b"" for number in range(100_000 if packing == "zip" else 20_500)}
    data = make.zip_bytes(dict(names)) if packing == "zip" else make.tar_bytes(names)
    began = time.process_time()
    assert _refusal(data, room).code == "TOO_MANY_FILES"
    assert time.process_time() - began < (0.5 if packing == "zip" else 5)


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"PK\x03\x04broken", b"\x1f\x8bbroken", b"BZhbroken", b"\xfd7zXZ\x00broken"]
)
def test_what_is_no_archive_is_refused(data: bytes, room: Path) -> None:
    assert _refusal(data, room).code in ("UNKNOWN_ARCHIVE", "DAMAGED_ARCHIVE")


def test_truncated_archives_are_refused(room: Path) -> None:
    files = {"a": bytes(range(256)) * 1000}
    for data in (make.zip_bytes(dict(files)), make.tar_bytes(files), make.tar_bytes(files, "bz2")):
        assert _refusal(data[: len(data) * 2 // 3], room).code == "DAMAGED_ARCHIVE"


def test_wrong_encodings_are_named(room: Path, tmp_path: Path) -> None:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.GNU_FORMAT, encoding="latin-1") as archive:
        archive.addfile(tarfile.TarInfo("caf\u00e9"), io.BytesIO())
    assert _refusal(data.getvalue(), room).code == "BAD_ENCODING"
    files = make.folder(tmp_path / "f", {"a.md": b"one\ntwo \xe9\n"})
    with pytest.raises(ImportRefused, match="a.md, line 2"):
        files.text("a.md")


def test_locked_zips_are_refused(room: Path) -> None:
    data = bytearray(make.zip_bytes({"a": b"x"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert _refusal(bytes(data), room).code == "ENCRYPTED_ARCHIVE"


def test_texts_are_bounded_and_files_are_not(tmp_path: Path) -> None:
    long = bytes(5 * 1024**2)
    files = make.folder(tmp_path / "one", {"course/a.md": long})
    with pytest.raises(ImportRefused, match="a.md: This is more text"):
        files.below("course").text("a.md")
    many = {f"{number}.md": bytes(3 * 1024**2) for number in range(24)}
    files = make.folder(tmp_path / "many", many)
    assert len(files.read("0.md") + files.read("0.md")) == 6 * 1024**2
    with pytest.raises(ImportRefused) as caught:
        [files.read(name) for name in files]
    assert caught.value.code == "TOO_MUCH_TEXT"


KILLED = """
import os, signal, sys, tempfile
from pathlib import Path
from akademe.interop.rules import open_source
tempfile.tempdir = sys.argv[1]
with open_source(Path(sys.argv[2])):
    print(os.listdir(sys.argv[1])[0], flush=True)
    os.kill(os.getpid(), signal.SIGKILL) if sys.argv[3] == "die" else sys.stdin.read()
"""


def test_what_a_killed_process_left_is_removed_by_the_next_one(room: Path) -> None:
    source = room.parent / "upload"
    source.write_bytes(make.zip_bytes({"a": b"x" * 1000}))
    command = [sys.executable, "-c", KILLED, str(room), str(source)]
    subprocess.run([*command, "die"], check=False, stdout=subprocess.PIPE)
    assert len(list(room.iterdir())) == 1
    with subprocess.Popen([*command, "wait"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as living:
        assert living.stdout
        theirs = living.stdout.readline().strip()
        assert [path.name for path in room.iterdir()] == [theirs]
        with open_source(source):
            assert theirs in {path.name for path in room.iterdir()}
        living.communicate("")
    assert list(room.iterdir()) == []


LAUGHS = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'


@pytest.mark.parametrize("text", [LAUGHS, OUTSIDE, '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_types_are_refused(text: str, encoding: str) -> None:
    with pytest.raises(ImportRefused) as caught:
        parse_xml(text.encode(encoding), "a.xml")
    assert caught.value.code == "XML_DTD"
    assert caught.value.faults[0].file == "a.xml"


@pytest.mark.parametrize("data", [b"", b"<a>", b"<a>\xff</a>", b"<a>&nbsp;</a>", b"<a>" * 100_000])
def test_broken_xml_is_refused_with_its_line(data: bytes) -> None:
    with pytest.raises(ImportRefused) as caught:
        parse_xml(data, "b.xml")
    assert caught.value.code == "BAD_XML"
    assert "b.xml" in caught.value.sentence
