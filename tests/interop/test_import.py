"""Importing over HTTP: what it updates, what it keeps, what it refuses, and that a refusal leaves nothing."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from akademe.catalog.models import Course
from akademe.files.models import File
from akademe.identity.commands import commands as people_commands
from akademe.interop import service
from akademe.interop.commands import commands
from akademe.interop.errors import SourceRefused
from akademe.interop.rules import AssetTree, CourseTree
from akademe.interop.service.assets import store_assets
from akademe.kernel.config import Settings
from akademe.kernel.ctx import system_ctx
from akademe.kernel.db import clock
from akademe.kernel.errors import NotFound
from akademe.kernel.queue.models import Job
from tests.interop.plain import COURSE, FILE, FILES, lessons_of, zipped
from tests.make import files
from tests.make import identity as people
from tests.make import interop as make

AsUser = Callable[[Any], Awaitable[httpx.AsyncClient]]
Jobs = Callable[[], Awaitable[None]]


async def test_a_folder_becomes_a_course(as_user: AsUser, jobs: Jobs) -> None:
    teacher = await as_user(await people.user("instructor"))
    job = await make.imported(teacher, jobs, zipped())
    course = (await teacher.get(f"/api/v1/courses/{job['result']['course_id']}")).json()
    assert (course["title"], course["status"], course["description"]) == ("A course", "draft", "About the course.")
    lessons = await lessons_of(teacher, course["id"])
    assert f'href="/lessons/{lessons["B"]["id"]}"' in lessons["A"]["content_html"]
    assert "/api/v1/files/" in lessons["A"]["content_html"]
    assert lessons["A"]["quiz_id"]


async def test_imports_at_the_same_time_keep_their_files(as_user: AsUser, jobs: Jobs) -> None:
    """Two courses share a picture, and one of them is imported twice."""
    teacher = await as_user(await people.user("instructor"))
    other = zipped(course_yaml=FILES["course.yaml"].replace("plain-course", "another-course"))
    uploads = [zipped(), zipped(), other]
    started = [
        (await teacher.post("/api/v1/courses/import", files={"file": ("c.zip", data)})).json() for data in uploads
    ]
    await jobs()
    ended = [(await teacher.get(f"/api/v1/jobs/{one['job']}")).json() for one in started]
    done = [job["result"]["course_id"] for job in ended if job["status"] == "done"]
    assert len(set(done)) == 2
    assert all("at the same time" in job["error"] for job in ended if job["status"] != "done")
    for course_id in set(done):
        path = FILE.search((await lessons_of(teacher, course_id))["A"]["content_html"])
        assert path
        assert (await teacher.get(path[0])).text == "Notes."


async def test_files_of_an_import_that_was_killed_are_swept(database: Any) -> None:
    actor = await people.actor(await people.user("instructor"))
    tree = CourseTree("native", "c", "C", assets=[AssetTree("assets/n.txt", b"Notes.")])

    async def silent(_: float) -> None:
        """Nobody watches."""

    await store_assets(actor, tree, None, silent)
    for days, left in ((0, 1), (3, 0)):
        async with system_ctx(now=clock() + timedelta(days=days)) as ctx:
            await service.sweep_leftovers(ctx)
            living = select(func.count()).select_from(File).where(File.deleted_at.is_(None))
            assert await ctx.db.scalar(living) == left


async def test_hidden_modules_and_subtitles_go_round(as_user: AsUser, jobs: Jobs) -> None:
    teacher = await as_user(await people.user("instructor"))
    made = (await teacher.post("/api/v1/courses", json={"title": "C"})).json()
    module = (
        await teacher.post(f"/api/v1/courses/{made['id']}/modules", json={"title": "M", "is_active": False})
    ).json()
    tracks = [{"language": "fr", "label": "Français", "url": "https://example.org/a.vtt"}]
    lesson = {"title": "L", "content_type": "video", "module_id": module["id"], "captions": tracks,
              "video_url": "/api/v1/files/0190a1b2-0000-7000-8000-000000000000/content"}  # fmt: skip
    assert (await teacher.post(f"/api/v1/courses/{made['id']}/lessons", json=lesson)).status_code == 201
    exported = (await teacher.get(f"/api/v1/courses/{made['id']}/export")).content
    other = await as_user(await people.user("instructor"))
    job = await make.imported(other, jobs, exported)
    assert job["status"] == "done", job["error"]
    modules = (await other.get(f"/api/v1/courses/{job['result']['course_id']}/modules?content=true")).json()
    assert not modules[0]["is_active"]
    again = make.unzipped((await other.get(f"/api/v1/courses/{job['result']['course_id']}/export")).content)
    assert "{file: https" not in str(again)
    assert "language: fr" in again["lessons/01-l.md"].decode()


async def test_too_many_lessons_are_refused_before_anything_is_stored(as_user: AsUser, jobs: Jobs) -> None:
    teacher = await as_user(await people.user("instructor"))
    names = [f"lessons/{number}.md" for number in range(2_001)]
    files = {"course.yaml": COURSE.format(title="Long", lessons=", ".join(names)), "assets/a.txt": "x"}
    job = await make.imported(teacher, jobs, make.zip_bytes({**files, **dict.fromkeys(names, "---\ntitle: L\n---\n")}))
    assert "2,000 lessons" in job["error"]


async def test_only_instructors_import(as_user: AsUser, client: httpx.AsyncClient) -> None:
    files = {"file": ("c.zip", zipped())}
    assert (await client.post("/api/v1/courses/import", files=files)).status_code == 401
    learner = await as_user(await people.user())
    assert (await learner.post("/api/v1/courses/import", files=files)).status_code == 403


def _bomb() -> bytes:
    return make.zip_bytes({"course.yaml": FILES["course.yaml"], "assets/b.txt": bytes(40 * 1024**2)})


HOSTILE: list[tuple[str, bytes, str]] = [
    ("c.zip", make.zip_bytes({**FILES, "../../evil": "x"}), "leaves its folder"),
    ("c.tar.gz", make.tar_bytes({"/etc/evil": b"x"}), "absolute path"),
    ("c.zip", _bomb(), "far more"),
    ("c.zip", b"PK\x03\x04 broken", "damaged"),
    ("c.bin", b"hello", "neither a zip nor a tar"),
    ("c.zip", make.zip_bytes({"a.txt": "x"}), "no course"),
    ("c.zip", make.zip_bytes({"imsmanifest.xml": "<manifest/>"}), "cannot be imported yet"),
    ("c.mbz", make.tar_bytes({"moodle_backup.xml": b"<x/>"}), "Moodle"),
    ("c.zip", make.zip_bytes({"course.xml": '<!DOCTYPE a [<!ENTITY b "c">]><course/>'}), "document type"),
    ("c.zip", make.zip_bytes({**FILES, "lessons/a.md": b"---\ntitle: caf\xe9\n---\n"}), "not UTF-8"),
    ("c.zip", zipped(course_yaml="format: x\n"), "course.yaml, line 1"),
    ("c.zip", make.zip_bytes({f"{n}": b"" for n in range(25_000)}), "20,000"),
    ("c.gift", b"::broken:: {=", "line 1"),
]


@pytest.mark.parametrize(("name", "data", "sentence"), HOSTILE, ids=[sentence for _, _, sentence in HOSTILE])
async def test_refusals_leave_nothing(
    name: str, data: bytes, sentence: str, as_user: AsUser, jobs: Jobs, settings: Settings
) -> None:
    teacher = await as_user(await people.user("instructor"))
    job = await make.imported(teacher, jobs, data, name)
    assert job["status"] == "failed"
    assert sentence in job["error"]
    async with system_ctx() as ctx:
        counts = [await ctx.db.scalar(select(func.count()).select_from(model)) for model in (Course, File)]
        tries = await ctx.db.scalar(select(Job.attempts).where(Job.name.like("%mport%")))
    assert (counts, tries) == ([0, 0], 1)
    assert not [path for path in Path(settings.data_dir, "files").rglob("*") if path.is_file()]


async def test_a_failure_at_the_end_leaves_no_files(as_user: AsUser, jobs: Jobs, settings: Settings) -> None:
    """The course may not be changed any more once it is archived; what was stored before is taken away."""
    teacher = await as_user(await people.user("instructor"))
    first = (await make.imported(teacher, jobs, zipped()))["result"]
    await teacher.patch(f"/api/v1/courses/{first['course_id']}", json={"status": "archived"})
    job = await make.imported(
        teacher,
        jobs,
        make.zip_bytes({**FILES, "lessons/b.md": "---\nid: b\ntitle: B\n---\nNew", "assets/m.txt": "more"}),
    )
    assert job["status"] == "failed"
    assert "archived" in job["error"]
    async with system_ctx() as ctx:
        living = await ctx.db.scalars(select(File.name).where(File.deleted_at.is_(None)))
        assert list(living) == ["n.txt"]


async def test_a_gift_file_is_a_course_with_a_quiz(as_user: AsUser, jobs: Jobs) -> None:
    teacher = await as_user(await people.user("instructor"))
    job = await make.imported(teacher, jobs, b"// title: Arithmetic\n::one:: Two and two? {=4 ~5}\n", "arithmetic.gift")
    lessons = await lessons_of(teacher, job["result"]["course_id"])
    assert [lesson["content_type"] for lesson in lessons.values()] == ["quiz"]
    assert list(lessons) == ["Arithmetic"]


async def test_what_cannot_be_stored_is_named(as_user: AsUser, jobs: Jobs) -> None:
    teacher = await as_user(await people.user("instructor"))
    strange = {
        "assets/run.exe": "MZ",
        "assets/empty.txt": "",
        "assets/text.png": "words",
        "assets/photo.jpeg": files.png(),
    }
    job = await make.imported(teacher, jobs, make.zip_bytes({**FILES, **strange}))
    assert job["status"] == "done"
    lost = {name for row in job["result"]["report"] if "reason" in row for name in row["details"]}
    assert lost == {"assets/run.exe", "assets/empty.txt", "assets/text.png"}
    async with system_ctx() as ctx:
        assert set(await ctx.db.scalars(select(File.name))) == {"n.txt", "photo.png"}


def test_the_commands(settings: Settings, tmp_path: Path) -> None:
    """On the embedded database, as on a new machine."""
    folder, target = tmp_path / "course", tmp_path / "out.zip"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    run = CliRunner().invoke
    nobody = run(commands, ["import", str(folder)])
    assert isinstance(nobody.exception, NotFound)
    assert (
        run(
            people_commands,
            ["create", "--email", "t@example.org", "--role", "instructor", "--password", people.PASSWORD],
        ).exit_code
        == 0
    )
    made = run(commands, ["import", str(folder), "--instructor", "t@example.org"])
    assert (made.exit_code, made.output) == (0, "Imported “A course” as a-course.\n"), made.output
    assert "Updated" in run(commands, ["import", str(folder)]).output
    assert run(commands, ["export", "a-course", str(target)]).exit_code == 0
    assert set(make.unzipped(target.read_bytes())) >= {
        "course.yaml",
        "lessons/01-a.md",
        "quizzes/q.yaml",
        "assets/n.txt",
    }
    assert run(commands, ["import", str(folder), "--format", "scorm"]).exit_code == 2
    assert run(commands, ["export", "a-course", str(tmp_path / "nowhere" / "out.zip")]).exit_code == 2
    assert "no course 'b-course'" in str(run(commands, ["export", "b-course", str(target)]).exception)
    (folder / "course.yaml").write_text("title: x\n")
    broken = run(commands, ["import", str(folder)])
    assert isinstance(broken.exception, SourceRefused)
    assert "course.yaml, line 1: format: This field is missing." in str(broken.exception)
