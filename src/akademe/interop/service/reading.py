"""From a file or folder to a course tree: which format it is, and the reader for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from akademe.interop.rules import ImportRefused, SourceFiles, open_source
from akademe.interop.rules.tree import CourseTree, LessonTree, ModuleTree

LATER = {
    "imsmanifest.xml": "This is an IMS package (Common Cartridge, QTI or SCORM). Such packages cannot be imported yet.",
    "moodle_backup.xml": "This is a Moodle backup. Moodle backups cannot be imported yet.",
    "manifest.json": "This looks like an export of another system that cannot be imported yet.",
}
UNKNOWN = (
    "This holds no course that can be read here: neither course.yaml (our own format), nor course.xml (Open edX), "
    "nor a GIFT file."
)


@contextmanager
def open_course(path: Path, name: str, format_: str) -> Iterator[CourseTree]:
    """The course in a folder, an archive or a GIFT file; its assets can be read inside the `with` block.

    Blocks: run it in a thread. Raises ImportRefused.
    """
    if format_ == "gift" or (name.lower().endswith((".gift", ".txt")) and path.is_file()):
        yield _gift_course(name, SourceFiles({name: path}))
        return
    with open_source(path) as files:
        yield _read(files, format_)


def _read(files: SourceFiles, format_: str) -> CourseTree:
    # lxml and the readers are loaded here, for a server that imports nothing should not pay for them at its start.
    from akademe.interop.native import rules as native

    if format_ == "native" or (format_ == "auto" and native.find_root(files) is not None):
        return native.read_native(files)
    from akademe.interop.olx import rules as olx

    if format_ == "olx" or olx.find_root(files) is not None:
        return olx.read_olx(files)
    _refuse_known(files)
    alone = [name for name in files if name.lower().endswith(".gift")]
    if len(alone) != 1:
        raise ImportRefused("UNKNOWN_FORMAT", UNKNOWN)
    return _gift_course(alone[0], files)


def _refuse_known(files: SourceFiles) -> None:
    for name in files:
        sentence = LATER.get(name.rsplit("/", 1)[-1]) if name.count("/") < 2 else None
        if sentence is not None:
            raise ImportRefused("FORMAT_NOT_YET", sentence)


def _gift_course(name: str, files: SourceFiles) -> CourseTree:
    """A GIFT file as a course of one lesson, which is the quiz."""
    from akademe.interop.native.rules.faults import Faults
    from akademe.interop.native.rules.quizzes import read_quiz

    text = files.text(name).replace("\r\n", "\n")
    faults = Faults()
    stem = name.rsplit("/", 1)[-1].rsplit(".", 1)[0] or "quiz"
    quiz = read_quiz(f"{stem}.gift", text, faults)
    faults.refuse()
    if quiz is None or not quiz.questions:
        raise ImportRefused("EMPTY_COURSE", "This file holds no questions.")
    lesson = LessonTree(f"{stem}#lesson", quiz.title, content_type="quiz", quiz=quiz)
    tree = CourseTree("native", f"gift/{stem}", quiz.title, modules=[ModuleTree("quiz", quiz.title, "", [lesson])])
    tree.report.mapped("quiz", "a quiz", name)
    tree.report.mapped("question", "a question", count=len(quiz.questions))
    return tree
