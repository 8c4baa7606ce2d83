"""The course folder: what a teacher writes is read as meant, and everything wrong is said at once with file and line."""

import re
from pathlib import Path

import pytest

from akademe.interop.native.rules import read_native
from akademe.interop.native.rules.shapes import (
    CaptionEntry,
    CourseFile,
    LessonFront,
    ModuleEntry,
    PoolEntry,
    QuestionEntry,
    QuizFile,
)
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
    "lessons/02-b.md": "---\r\ntitle: 2026\r\nvideo: assets/film%201.mp4\r\n---\r\nHi `[m](../assets/map.svg)`\r\n\r\n```\n[x](../nowhere)\n```\n",
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
    assert second.content == "Hi `[m](../assets/map.svg)`\n\n```\n[x](../nowhere)\n```"
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
        ("course.yaml", "x" * 5_000_000, 0, "more text"),
        ("course.yaml", f"title: C\ndescription: {'x' * 200_001}\n", 2, "200000 characters"),
        ("lessons/01-a.md", f"---\ntitle: A\n---\n{'x' * 200_001}", 0, "200,000 characters"),
        ("lessons/01-a.md", "---\ntitle: A\ncaptions: [{file: assets/map.svg, langage: fr}]\n---\n", 3, "not known"),
        ("lessons/01-a.md", "---\ntitle: A\ncaptions: [assets/map.svg, assets/gone.vtt]\n---\n", 3, "gone.vtt"),
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


def test_subtitles_in_several_languages(tmp_path: Path) -> None:
    text = "---\ntitle: A\ncaptions: [assets/a.fr.vtt, {file: assets/b.vtt, label: Plain}, {file: assets/b.vtt, language: de}]\n---\n"
    tree = _read(tmp_path, **{"lessons/01-a.md": text, "assets/a.fr.vtt": "x", "assets/b.vtt": "x"})
    tracks = next(tree.lessons()).captions
    assert [(one.file, one.language, one.label) for one in tracks] == [
        ("asset:assets/a.fr.vtt", "fr", ""), ("asset:assets/b.vtt", "en", "Plain"), ("asset:assets/b.vtt", "de", ""),
    ]  # fmt: skip


def test_a_list_that_never_ends_is_refused(tmp_path: Path) -> None:
    [fault] = _faults(tmp_path, course_yaml="modules:\n" + "- a\n" * 250_000)
    assert "longer than a course could need" in fault.message


def test_dead_links_without_number_are_counted(tmp_path: Path) -> None:
    links = "".join(f"[x](gone-{number}.md)\n" for number in range(500))
    tree = _read(tmp_path, **{"lessons/01-a.md": f"---\ntitle: A\n---\n{links}"})
    rows = [(row.count, row.details) for row in tree.report.rows() if row.element == "link"]
    assert [count for count, _ in rows] == [200, 300]
    assert rows[0][1][3] == "lessons/01-a.md, line 7: gone-3.md"


def test_texts_that_are_not_utf8_are_named(tmp_path: Path) -> None:
    files = make.folder(tmp_path, {**FILES, "lessons/01-a.md": b"---\ntitle: caf\xe9\n---\n"})
    with pytest.raises(ImportRefused, match="lessons/01-a.md, line 2"):
        read_native(files)


def test_the_example_of_the_documentation_is_a_course(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "native-format.md").read_text()
    course, quiz = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    [lesson] = re.findall(r"```markdown\n(.*?)```", page, re.DOTALL)
    files = {
        "course.yaml": course,
        "lessons/01-what-is-data.md": lesson,
        "lessons/02-middle.md": "---\ntitle: The middle\n---\n\n## The mean\n",
        "quizzes/first.yaml": quiz,
        "assets/map.svg": "<svg/>",
    }
    tree = read_native(make.folder(tmp_path, files))
    first = next(tree.lessons())
    assert first.content.count("asset:assets/map.svg") == first.content.count("lesson:lessons/02-middle#the-mean") == 1
    assert first.quiz is not None
    assert [question.question_type for question in first.quiz.questions] == ["mcq", "numeric", "short_answer"]
    assert not [row for row in tree.report.rows() if row.reason]


def test_the_documentation_names_every_field() -> None:
    page = (Path(__file__).parents[3] / "docs" / "native-format.md").read_text()
    for shape in (CourseFile, ModuleEntry, LessonFront, CaptionEntry, QuizFile, PoolEntry, QuestionEntry):
        assert [name for name in shape.model_fields if not re.search(rf"\b{name}\b", page)] == []
