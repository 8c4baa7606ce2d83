"""From a course tree to the files of a course folder: the same tree gives the same bytes."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from akademe.interop.native.rules.quizzes import write_quiz
from akademe.interop.native.rules.shapes import FORMAT, CourseFile, LessonFront
from akademe.interop.native.rules.yaml import dump
from akademe.interop.rules.links import rewrite_links, rewrite_question, split_link
from akademe.interop.rules.tree import AssetTree, CaptionTree, CourseTree, LessonTree, QuizTree, caption_language


def write_native(tree: CourseTree) -> Iterator[tuple[str, bytes | AssetTree]]:
    """(path, content) of each file, in order; assets come as they are, so that they need not be in memory at once.

    The source ids of assets begin with `assets/`.
    """
    yield from _Writing(tree).files()


class _Writing:
    def __init__(self, tree: CourseTree) -> None:
        self.tree = tree
        self.taken: set[str] = set()
        self.lessons = {
            lesson.source_id: self._name(f"lessons/{number:02}", lesson.title, ".md")
            for number, lesson in enumerate(tree.lessons(), 1)
        }
        self.quizzes = {quiz.source_id: self._name("quizzes/", quiz.title, ".yaml") for quiz in tree.all_quizzes()}

    def _name(self, start: str, title: str, end: str) -> str:
        """A readable file name that no other file has."""
        slug = re.sub(r"[^\w]+", "-", unicodedata.normalize("NFKC", title).casefold()).strip("-")[:60].strip("-")
        base = f"{start}-{slug}" if not start.endswith("/") else f"{start}{slug or 'quiz'}"
        names = (f"{base.rstrip('-')}{f'-{number}' if number > 1 else ''}{end}" for number in range(1, 10_000))
        name = next(name for name in names if unicodedata.normalize("NFKC", name).casefold() not in self.taken)
        self.taken.add(unicodedata.normalize("NFKC", name).casefold())
        return unicodedata.normalize("NFC", name)

    def files(self) -> Iterator[tuple[str, bytes | AssetTree]]:
        yield "course.yaml", dump(self._course()).encode()
        for lesson in self.tree.lessons():
            yield self.lessons[lesson.source_id], self._lesson(lesson).encode()
        for quiz in self.tree.all_quizzes():
            yield self.quizzes[quiz.source_id], dump(write_quiz(self._quiz(quiz))).encode()
        for asset in sorted(self.tree.assets, key=lambda asset: asset.source_id):
            yield asset.source_id, asset

    def _course(self) -> dict[str, Any]:
        tree = self.tree
        data: dict[str, Any] = {"format": FORMAT, "id": tree.source_id, "title": tree.title}
        said = {
            "description": self._relative(tree.description, "course.yaml"),
            "price": _money(tree.price),
            "thumbnail": _path(tree.thumbnail),
            "video": _path(tree.video),
        }
        for name, field in CourseFile.model_fields.items():
            if name in data or name == "modules":
                continue
            value = said.get(name, getattr(tree, name))
            if value not in (None, [], "") and value != field.default:
                data[name] = value
        return data | {"modules": [self._module(number) for number in range(len(tree.modules))]}

    def _module(self, number: int) -> dict[str, Any]:
        module = self.tree.modules[number]
        described = self._relative(module.description, "course.yaml")
        return (
            {"id": module.source_id, "title": module.title}
            | ({"description": described} if described else {})
            | ({} if module.is_active else {"is_active": False})
            | {"lessons": [self.lessons[lesson.source_id] for lesson in module.lessons]}
        )

    def _lesson(self, lesson: LessonTree) -> str:
        front: dict[str, Any] = {"id": lesson.source_id, "title": lesson.title}
        said = {
            "video": _path(lesson.video),
            "captions": self._captions(lesson.captions),
            "transcript": _path(lesson.transcript),
            "quiz": self.quizzes[lesson.quiz.source_id] if lesson.quiz else None,
        }
        for name, field in LessonFront.model_fields.items():
            value = said[name] if name in said else getattr(lesson, name, None)
            if name not in ("id", "title") and value is not None and value != field.default:
                front[name] = value
        body = self._relative(lesson.content, self.lessons[lesson.source_id])
        return f"---\n{dump(front)}---\n" + (f"\n{body}\n" if body else "")

    def _captions(self, tracks: list[CaptionTree]) -> Any:
        """As short as the reader allows: a path alone where its name says the language."""
        made: list[Any] = []
        for track in tracks:
            file = _path(track.file)
            plain = not track.label and track.language == caption_language(file or "", self.tree.language)
            label = {"label": track.label} if track.label else {}
            made.append(file if plain else {"file": file, "language": track.language} | label)
        return made[0] if len(made) == 1 else made or None

    def _quiz(self, quiz: QuizTree) -> QuizTree:
        name = self.quizzes[quiz.source_id]
        questions = [rewrite_question(question, lambda link: self._link(link, name)) for question in quiz.questions]
        return replace(quiz, instructions=self._relative(quiz.instructions, name), questions=questions)

    def _relative(self, text: str, file: str) -> str:
        return rewrite_links(text, lambda link: self._link(link, file))

    def _link(self, link: str, file: str) -> str:
        found = split_link(link)
        if found is None:
            return link
        kind, source_id, anchor = found
        target = self.lessons.get(source_id) if kind == "lesson" else source_id if kind == "asset" else None
        if target is None:
            return link
        path = quote(posixpath.relpath(target, posixpath.dirname(file) or "."), safe="/")
        return f"{path}#{anchor}" if anchor else path


def _path(address: str | None) -> str | None:
    found = split_link(address) if address else None
    return found[1] if found else address


def _money(price: Decimal) -> int | float:
    return int(price) if price == int(price) else float(price)
