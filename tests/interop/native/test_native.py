"""The course folder: what a teacher writes is read as meant, and everything wrong is said at once with file and line."""

from pathlib import Path

import pytest

from akademe.interop.native.rules import read_native
from akademe.interop.rules import CourseTree, Fault, ImportRefused
from tests.make import interop as make

COURSE = """format: akademe-course/1
id: c
title: A course
price: 9.50
description: |
  See [the map](assets/map.svg).
modules:
  - id: m1
    title: One
    lessons: [lessons/01-a.md, lessons/02-b.md]
"""
FILES = {
    "course.yaml": COURSE,
    "lessons/01-a.md": "---\nid: a\ntitle: A\nquiz: quizzes/q.yaml\n---\n\n![m](../assets/map.svg) [next](02-b.md#there)\n",
    "lessons/02-b.md": "---\r\ntitle: 2026\r\nvideo: assets/film%201.mp4\r\n---\r\nHi\r\n\r\n```\n[x](../nowhere)\n```\n",
    "quizzes/q.yaml": "title: Q\nquestions:\n  - text: Ready?\n    type: mcq\n    options: [Yes, No, 12:30]\n    answer: No\n",
    "quizzes/loose.gift": "// title: Loose\n::one:: Two and two? {=4 ~5}\n\n::two:: Sky is blue. {T}\n",
    "assets/map.svg": "<svg/>",
    "assets/film 1.mp4": "x",
    "README.md": "hello",
}


def _read(path: Path, **changes: str) -> CourseTree:
    named = {
        name.replace("__", "/").replace("_yaml", ".yaml").replace("_md", ".md"): text for name, text in changes.items()
    }
    return read_native(make.folder(path, FILES | named))


def _faults(path: Path, **changes: str) -> list[Fault]:
    with pytest.raises(ImportRefused) as caught:
        _read(path, **changes)
    assert caught.value.code == "BAD_COURSE"
    return list(caught.value.faults)


def test_a_folder_as_a_teacher_writes_it(tmp_path: Path) -> None:
    tree = _read(tmp_path)
    first, second = tree.lessons()
    assert (tree.source_id, str(tree.price), tree.description) == ("c", "9.5", "See [the map](asset:assets/map.svg).")
    assert first.content == "![m](asset:assets/map.svg) [next](lesson:lessons/02-b#there)"
    assert (second.source_id, second.title, second.video) == ("lessons/02-b", "2026", "asset:assets/film%201.mp4")
    assert second.content == "Hi\n\n```\n[x](../nowhere)\n```"
    assert first.quiz is not None
    question = first.quiz.questions[0]
    assert [option["text"] for option in question.options] == ["Yes", "No", "12:30"]
    assert (question.correct_answer, question.source_id) == ("b", "question-1")
    loose = tree.quizzes[0]
    assert (loose.title, [q.source_id for q in loose.questions]) == ("Loose", ["one", "two"])
    assert ("file", "it is not part of the course format") in [(row.element, row.reason) for row in tree.report.rows()]


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    faults = _faults(
        tmp_path,
        course_yaml=COURSE.replace("02-b.md", "03-c.md")
        + "colour: red\nprice: cheap\n".replace("price", "language: [x]\nslugg"),
        lessons__01_a_md="---\nid: a\ntitle: A\n---\n",
    )
    assert {(fault.file, fault.line) for fault in faults} >= {("course.yaml", 11), ("course.yaml", 12)}
    faults = _faults(
        tmp_path,
        **{
            "lessons/01-a.md": "---\nid: a\ntitle: A\nis_free: perhaps\n---\n\n[gone](../assets/gone.png)\n",
            "lessons/02-b.md": "---\ntitle: B\nfile: assets/gone.pdf\n---\n\nText\n\n[gone](nowhere.md)\n",
            "quizzes/q.yaml": "title: Q\npools: [{name: p, draw: 2}]\nquestions:\n  - text: a\n    type: mcq\n    options: [a, b]\n"
            "    answer: c\n  - text: b\n    type: true_false\n    answer: true\n    pool: x\n",
            "quizzes/loose.gift": "{=broken\n",
        },
    )
    assert [(fault.file, fault.line) for fault in faults] == [
        ("lessons/01-a.md", 4), ("lessons/02-b.md", 3), ("quizzes/loose.gift", 1), ("quizzes/q.yaml", 2),
        ("quizzes/q.yaml", 7), ("quizzes/q.yaml", 11),
    ]  # fmt: skip


def test_links_that_lead_nowhere_are_kept_and_named(tmp_path: Path) -> None:
    tree = _read(tmp_path, **{"lessons/01-a.md": "---\ntitle: A\n---\n\nOne\n\n[x](gone.md)\n"})
    assert next(tree.lessons()).content == "One\n\n[x](gone.md)"
    assert [row.details for row in tree.report.rows() if row.element == "link"] == [
        ["lessons/01-a.md, line 7: gone.md"]
    ]


@pytest.mark.parametrize(
    ("name", "text", "line", "says"),
    [
        ("course.yaml", "", 1, "format"),
        ("course.yaml", "a: 1\nb: ]\n", 2, "not YAML"),
        ("course.yaml", "a: &x 1\nb: *x\n", 2, "Aliases"),
        ("course.yaml", "a: 1\na: 2\n", 2, "twice"),
        ("course.yaml", COURSE.replace("/1", "/9"), 1, "format"),
        ("course.yaml", COURSE.replace("01-a.md, ", "01-a.md, lessons/01-a.md, "), 10, "listed twice"),
        ("course.yaml", "[" * 50_000, 1, "nested"),
        ("lessons/01-a.md", "no front matter", 1, "front matter"),
        ("lessons/01-a.md", "---\ntitle: A\ncontent_type: quiz\n---\n", 2, "names its quiz"),
        ("lessons/01-a.md", "---\ntitle: A\nquiz: quizzes/none.yaml\n---\n", 3, "missing"),
        ("lessons/01-a.md", "---\ntitle: A\nquiz: assets/map.svg\n---\n", 3, "quizzes/"),
        ("lessons/01-a.md", "---\ntitle: A\ntitel: B\n---\n", 3, "Known are"),
    ],
)
def test_mistakes_name_file_and_line(name: str, text: str, line: int, says: str, tmp_path: Path) -> None:
    faults = _faults(tmp_path, **{name: text})
    assert any(fault.file == name and fault.line == line and says in fault.message for fault in faults), faults


def test_texts_that_are_not_utf8_are_named(tmp_path: Path) -> None:
    files = make.folder(tmp_path, {**FILES, "lessons/01-a.md": b"---\ntitle: caf\xe9\n---\n"})
    with pytest.raises(ImportRefused, match="lessons/01-a.md, line 2"):
        read_native(files)
