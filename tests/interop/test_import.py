"""Importing over HTTP: what it updates, what it keeps, what it refuses, and that a refusal leaves nothing."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from akademe.catalog.models import Course
from akademe.files.models import File
from akademe.identity.commands import commands as people_commands
from akademe.interop.commands import commands
from akademe.interop.errors import SourceRefused
from akademe.kernel.config import Settings
from akademe.kernel.ctx import system_ctx
from akademe.kernel.errors import NotFound
from akademe.kernel.queue.models import Job
from tests.make import identity as people
from tests.make import interop as make

AsUser = Callable[[Any], Awaitable[httpx.AsyncClient]]
Jobs = Callable[[], Awaitable[None]]

COURSE = """format: akademe-course/1
id: plain-course
title: {title}
description: About the course.
modules:
  - id: m1
    title: One
    lessons: [{lessons}]
"""
FILES = {
    "course.yaml": COURSE.format(title="A course", lessons="lessons/a.md, lessons/b.md"),
    "lessons/a.md": "---\nid: a\ntitle: A\nquiz: quizzes/q.yaml\n---\n\nText of A, see [B](b.md) and [the notes](../assets/n.txt).\n",
    "lessons/b.md": "---\nid: b\ntitle: B\n---\n\nText of B.\n",
    "quizzes/q.yaml": "id: q\ntitle: Q\nquestions:\n  - {id: one, text: One?, type: true_false, answer: true}\n",
    "assets/n.txt": "Notes.",
}


def _zip(**changes: str | None) -> bytes:
    named = {
        name.replace("__", "/").replace("_yaml", ".yaml").replace("_md", ".md"): text for name, text in changes.items()
    }
    return make.zip_bytes({name: text for name, text in (FILES | named).items() if text is not None})


async def _lessons(client: httpx.AsyncClient, course_id: str) -> dict[str, dict[str, Any]]:
    listed = (await client.get(f"/api/v1/courses/{course_id}/lessons?content=true")).json()
    return {lesson["title"]: lesson for lesson in listed}


def _reasons(job: dict[str, Any]) -> dict[str, str]:
    return {row["element"]: row["reason"] for row in job["result"]["report"] if "reason" in row}


async def test_a_folder_becomes_a_course(as_user: AsUser, jobs: Jobs) -> None:
    teacher = await as_user(await people.user("instructor"))
    job = await make.imported(teacher, jobs, _zip())
    course = (await teacher.get(f"/api/v1/courses/{job['result']['course_id']}")).json()
    assert (course["title"], course["status"], course["description"]) == ("A course", "draft", "About the course.")
    lessons = await _lessons(teacher, course["id"])
    assert f'href="/lessons/{lessons["B"]["id"]}"' in lessons["A"]["content_html"]
    assert "/api/v1/files/" in lessons["A"]["content_html"]
    assert lessons["A"]["quiz_id"]


async def test_importing_again_updates(as_user: AsUser, jobs: Jobs) -> None:
    teacher = await as_user(await people.user("instructor"))
    first = (await make.imported(teacher, jobs, _zip()))["result"]
    before = await _lessons(teacher, first["course_id"])
    job = await make.imported(
        teacher,
        jobs,
        _zip(
            course_yaml=COURSE.format(title="A better course", lessons="lessons/c.md, lessons/a.md"),
            lessons__b_md=None,
            lessons__a_md=FILES["lessons/a.md"].replace("Text of A", "Better text").replace("see [B](b.md) and ", ""),
            lessons__c_md="---\nid: c\ntitle: C\n---\nNew.\n",
            quizzes__q_yaml=FILES["quizzes/q.yaml"].replace("One?", "Which one?"),
        ),
    )
    assert job["result"]["course_id"] == first["course_id"]
    after = await _lessons(teacher, first["course_id"])
    assert list(after) == ["C", "A"]
    assert (after["A"]["id"], after["A"]["version"]) == (before["A"]["id"], before["A"]["version"] + 1)
    assert "Better text" in after["A"]["content"]
    assert "deleted here too" in _reasons(job)["lesson"]
    questions = (await teacher.get(f"/api/v1/assessments/{after['A']['quiz_id']}/questions")).json()
    assert [question["question_text"] for question in questions] == ["Which one?"]
    assert (await teacher.get(f"/api/v1/courses/{first['course_id']}")).json()["title"] == "A better course"


async def test_what_was_edited_here_is_kept_and_named(as_user: AsUser, jobs: Jobs) -> None:
    teacher = await as_user(await people.user("instructor"))
    first = (await make.imported(teacher, jobs, _zip()))["result"]
    before = await _lessons(teacher, first["course_id"])
    await teacher.patch(f"/api/v1/contents/{before['A']['id']}", json={"content": "My own words."})
    await teacher.delete(f"/api/v1/contents/{before['B']['id']}")
    await teacher.patch(f"/api/v1/courses/{first['course_id']}", json={"status": "published"})
    quiz_id = before["A"]["quiz_id"]
    question = (await teacher.get(f"/api/v1/assessments/{quiz_id}/questions")).json()[0]
    await teacher.patch(f"/api/v1/questions/{question['id']}", json={"question_text": "Mine?"})
    job = await make.imported(
        teacher,
        jobs,
        _zip(
            course_yaml=COURSE.format(title="A better course", lessons="lessons/b.md, lessons/a.md"),
            lessons__a_md=FILES["lessons/a.md"].replace("Text of A", "Better text"),
            quizzes__q_yaml=FILES["quizzes/q.yaml"].replace("One?", "Which one?"),
        ),
    )
    after = await _lessons(teacher, first["course_id"])
    assert list(after) == ["A"]
    assert after["A"]["content"] == "My own words."
    rows = [row for row in job["result"]["report"] if row["element"] in ("lesson", "question") and "reason" in row]
    assert sorted((row["reason"].split(" here")[0], row["details"]) for row in rows) == [
        ("deleted", ["B"]), ("edited", ["A"]), ("edited", ["Q: Mine?"]),
    ]  # fmt: skip
    assert (await teacher.get(f"/api/v1/assessments/{quiz_id}/questions")).json()[0]["question_text"] == "Mine?"
    course = (await teacher.get(f"/api/v1/courses/{first['course_id']}")).json()
    assert (course["title"], course["status"]) == ("A better course", "published")


async def test_lessons_made_here_stay(as_user: AsUser, jobs: Jobs) -> None:
    teacher = await as_user(await people.user("instructor"))
    first = (await make.imported(teacher, jobs, _zip()))["result"]
    await teacher.post(f"/api/v1/courses/{first['course_id']}/lessons", json={"title": "Mine", "content_type": "text"})
    await make.imported(teacher, jobs, _zip(course_yaml=COURSE.format(title="A", lessons="lessons/b.md, lessons/a.md")))
    assert list(await _lessons(teacher, first["course_id"])) == ["B", "A", "Mine"]


async def test_an_export_edited_by_hand_updates_the_course_it_came_from(as_user: AsUser, jobs: Jobs) -> None:
    teacher = await as_user(await people.user("instructor"))
    made = (await teacher.post("/api/v1/courses", json={"title": "By hand"})).json()
    lesson = {"title": "L", "content_type": "text", "content": "Old words."}
    await teacher.post(f"/api/v1/courses/{made['id']}/lessons", json=lesson)
    quiz = {
        "title": "Q",
        "questions": [{"question_text": "Old?", "question_type": "true_false", "correct_answer": True}],
    }
    quiz_id = (await teacher.post(f"/api/v1/courses/{made['id']}/assessments", json=quiz)).json()["id"]
    exported = await teacher.get(f"/api/v1/courses/{made['slug']}/export")
    assert exported.headers["content-type"] == "application/zip"
    files = make.unzipped(exported.content)
    edited = {name: data.replace(b"Old", b"New") for name, data in files.items()}
    job = await make.imported(teacher, jobs, make.zip_bytes(edited))
    assert (job["result"]["course_id"], job["result"]["created"]) == (made["id"], False)
    assert (await _lessons(teacher, made["id"]))["L"]["content"] == "New words."
    questions = (await teacher.get(f"/api/v1/assessments/{quiz_id}/questions")).json()
    assert [question["question_text"] for question in questions] == ["New?"]


async def test_another_teacher_gets_a_course_of_their_own(as_user: AsUser, jobs: Jobs) -> None:
    one, other = await as_user(await people.user("instructor")), await as_user(await people.user("instructor"))
    first = (await make.imported(one, jobs, _zip()))["result"]
    second = (await make.imported(other, jobs, _zip()))["result"]
    assert first["course_id"] != second["course_id"]
    assert (await other.get(f"/api/v1/courses/{first['course_id']}/export")).status_code == 404
    assert (await one.get(f"/api/v1/courses/{first['course_id']}/export")).status_code == 200


async def test_only_instructors_import(as_user: AsUser, client: httpx.AsyncClient) -> None:
    files = {"file": ("c.zip", _zip())}
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
    ("c.zip", _zip(course_yaml="format: x\n"), "course.yaml, line 1"),
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
    first = (await make.imported(teacher, jobs, _zip()))["result"]
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
    lessons = await _lessons(teacher, job["result"]["course_id"])
    assert [lesson["content_type"] for lesson in lessons.values()] == ["quiz"]
    assert list(lessons) == ["Arithmetic"]


async def test_what_cannot_be_stored_is_named(as_user: AsUser, jobs: Jobs) -> None:
    teacher = await as_user(await people.user("instructor"))
    job = await make.imported(teacher, jobs, make.zip_bytes({**FILES, "assets/run.exe": "MZ", "assets/empty.txt": ""}))
    assert job["status"] == "done"
    lost = {name for row in job["result"]["report"] if "reason" in row for name in row["details"]}
    assert lost == {"assets/run.exe", "assets/empty.txt"}


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
    (folder / "course.yaml").write_text("title: x\n")
    broken = run(commands, ["import", str(folder)])
    assert isinstance(broken.exception, SourceRefused)
    assert "course.yaml, line 1: format: This field is missing." in str(broken.exception)
