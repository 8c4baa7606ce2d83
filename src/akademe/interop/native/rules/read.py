"""From a course folder to a course tree. All that is wrong is said at once, each with file and line."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from dataclasses import replace
from urllib.parse import unquote

from akademe.interop.native.rules.faults import Faults
from akademe.interop.native.rules.quizzes import read_quiz
from akademe.interop.native.rules.shapes import LONGEST_TEXT, CourseFile, LessonFront, ModuleEntry
from akademe.interop.native.rules.yaml import Document, load
from akademe.interop.rules.archive import SourceFiles
from akademe.interop.rules.links import asset_link, lesson_link, rewrite_links, rewrite_question
from akademe.interop.rules.refusal import Fault, ImportRefused
from akademe.interop.rules.tree import (
    AssetTree,
    CaptionTree,
    CourseTree,
    LessonTree,
    ModuleTree,
    QuizTree,
    caption_language,
)

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_SCHEME = re.compile(r"^(?:[A-Za-z][A-Za-z0-9+.-]*:|/|#|$)")
QUIZ_TYPES = (".yaml", ".yml", ".gift")
NAMED_LINKS = 200


def find_root(files: SourceFiles) -> str | None:
    """The folder that holds course.yaml: the top ("") or the one folder there; None where there is none."""
    found = [name.rpartition("/")[0] for name in files if name.rpartition("/")[2] == "course.yaml"]
    near = [folder for folder in found if "/" not in folder]
    return min(near, key=len, default=None)


def read_native(files: SourceFiles) -> CourseTree:
    """Raises ImportRefused: NOT_NATIVE, or BAD_COURSE with a fault for each thing that is wrong."""
    root = find_root(files)
    if root is None:
        raise ImportRefused("NOT_NATIVE", "The archive holds no course.yaml.")
    return _Reading(files.below(root)).read()


class _Reading:
    def __init__(self, files: SourceFiles) -> None:
        self.files, self.faults = files, Faults()
        self.lesson_ids: dict[str, str] = {}
        self.quizzes: dict[str, QuizTree] = {}
        self.taken: dict[str, str] = {}
        self.dead_links: list[Fault] = []
        self.language: str | None = None

    def read(self) -> CourseTree:
        document = self._document("course.yaml")
        course = self.faults.check(CourseFile, document) if document is not None else None
        if course is None or document is None:
            self.faults.refuse()
            raise AssertionError("course.yaml without a fault gives a course")
        fronts = self._fronts(course, document)
        self._read_quizzes()
        tree = self._course(course, document)
        tree.modules = [self._module(number, entry, fronts) for number, entry in enumerate(course.modules, 1)]
        tree.quizzes = [quiz for name, quiz in self.quizzes.items() if name not in self.taken]
        tree.assets = [AssetTree(name, self.files[name]) for name in self.files if name.startswith("assets/")]
        self._unique(tree)
        self.faults.refuse()
        self._report(tree, course)
        return tree

    def _text(self, name: str) -> str | None:
        try:
            return self.files.text(name).replace("\r\n", "\n")
        except ImportRefused as refusal:
            self.faults.found += refusal.faults
            return None

    def _document(self, name: str) -> Document | None:
        text = self._text(name)
        return None if text is None else self._loaded(load(text, name))

    def _loaded(self, document: Document | Fault) -> Document | None:
        if isinstance(document, Fault):
            self.faults.found.append(document)
            return None
        return document

    def _course(self, course: CourseFile, document: Document) -> CourseTree:
        fields = course.model_dump(exclude={"format", "id", "modules", "thumbnail", "video", "description"})
        tree = CourseTree(source="native", source_id=course.id, **fields)
        line = document.line(("description",))
        tree.description = self._rewritten(course.description.strip("\n"), "course.yaml", line)
        tree.thumbnail = self._media(course.thumbnail, "course.yaml", document.line(("thumbnail",)))
        tree.video = self._media(course.video, "course.yaml", document.line(("video",)))
        self.language = course.language
        return tree

    def _fronts(self, course: CourseFile, document: Document) -> dict[str, tuple[LessonFront, Document, str]]:
        """Front matter, its document and the body of each lesson that course.yaml lists."""
        fronts: dict[str, tuple[LessonFront, Document, str]] = {}
        for index, module in enumerate(course.modules):
            for place, name in enumerate(module.lessons):
                line = document.line(("modules", index, "lessons", place))
                if name in fronts or name in self.lesson_ids:
                    self.faults.add("course.yaml", line, f"The lesson {name} is listed twice.")
                elif name not in self.files:
                    self.faults.add("course.yaml", line, f"The lesson {name} is missing.")
                else:
                    self.lesson_ids[name] = name.removesuffix(".md")
                    self._front(name, fronts)
        return fronts

    def _front(self, name: str, fronts: dict[str, tuple[LessonFront, Document, str]]) -> None:
        text = self._text(name)
        if text is None:
            return
        found = _FRONT.match(text)
        if found is None:
            self.faults.add(name, 1, "A lesson begins with its front matter between two lines of ---.")
            return
        if len(text) - found.end() > LONGEST_TEXT:
            self.faults.add(name, 0, f"A lesson can have {LONGEST_TEXT:,} characters.")
            return
        document = self._loaded(load(found[1], name, first_line=2))
        front = self.faults.check(LessonFront, document) if document is not None else None
        if front is not None and document is not None:
            self.lesson_ids[name] = front.id or self.lesson_ids[name]
            fronts[name] = (front, document, text[found.end() :])

    def _read_quizzes(self) -> None:
        for name in self.files:
            if name.startswith("quizzes/") and name.endswith(QUIZ_TYPES):
                text = self._text(name)
                quiz = read_quiz(name, text, self.faults) if text is not None else None
                if quiz is not None:
                    quiz.instructions = self._rewritten(quiz.instructions, name, 1)
                    quiz.questions = [
                        # mypy infers no type for a lambda's argument with a default
                        rewrite_question(question, lambda link, name=name: self._link(link, name, 1))  # type: ignore[misc]
                        for question in quiz.questions
                    ]
                    self.quizzes[name] = quiz

    def _module(
        self, number: int, entry: ModuleEntry, fronts: dict[str, tuple[LessonFront, Document, str]]
    ) -> ModuleTree:
        lessons = [self._lesson(name, *fronts[name]) for name in entry.lessons if name in fronts]
        described = self._rewritten(entry.description.strip("\n"), "course.yaml", 1)
        return ModuleTree(entry.id or f"module-{number}", entry.title, described, lessons, entry.is_active)

    def _lesson(self, name: str, front: LessonFront, document: Document, body: str) -> LessonTree:
        fields = front.model_dump(exclude={"id", "video", "captions", "transcript", "file", "quiz"})
        first_line = max(document.lines.values(), default=1) + 1
        lesson = LessonTree(source_id=self.lesson_ids[name], **fields)
        lesson.content = self._rewritten(body.strip("\n"), name, first_line)
        lesson.video = self._media(front.video, name, document.line(("video",)))
        lesson.transcript = self._media(front.transcript, name, document.line(("transcript",)))
        lesson.file = self._asset(front.file, name, document.line(("file",)))
        for track in front.captions:
            file = self._media(track.file, name, document.line(("captions",)))
            language = track.language or caption_language(track.file, self.language)
            lesson.captions.append(CaptionTree(file or "", language, track.label))
        lesson.quiz = self._quiz(front, name, document.line(("quiz",)))
        return lesson

    def _quiz(self, front: LessonFront, lesson: str, line: int) -> QuizTree | None:
        if front.quiz is None:
            if front.content_type == "quiz":
                self.faults.add(lesson, line, "A lesson of content_type quiz names its quiz.")
            return None
        name = _from_root(front.quiz)
        if name in self.taken:
            self.faults.add(lesson, line, f"The quiz {name} already belongs to {self.taken[name]}.")
        elif name not in self.files:
            self.faults.add(lesson, line, f"The quiz {front.quiz} is missing.")
        elif not name.startswith("quizzes/") or not name.endswith(QUIZ_TYPES):
            self.faults.add(lesson, line, "A quiz is a .yaml or .gift file in quizzes/.")
        self.taken.setdefault(name, lesson)
        return self.quizzes.get(name)

    def _asset(self, path: str | None, file: str, line: int) -> str | None:
        if path is None:
            return None
        name = _from_root(path)
        if not name.startswith("assets/") or name not in self.files:
            self.faults.add(file, line, f"The file {path} is not in assets/.")
        return name

    def _media(self, address: str | None, file: str, line: int) -> str | None:
        if address is None or address.startswith(("http://", "https://")):
            return address
        name = self._asset(address, file, line)
        return asset_link(name) if name else None

    def _rewritten(self, text: str, file: str, first_line: int) -> str:
        return rewrite_links(text, lambda link: self._link(link, file, first_line))

    def _link(self, link: str, file: str, line: int) -> str:
        """The canonical form of a relative link; links with a scheme, to an anchor or from the root are left alone."""
        if _SCHEME.match(link):
            return link
        path, _, anchor = link.partition("#")
        name = posixpath.normpath(posixpath.join(posixpath.dirname(file), unquote(path.partition("?")[0])))
        if name in self.lesson_ids:
            return lesson_link(self.lesson_ids[name], anchor)
        if name.startswith("assets/") and name in self.files:
            return asset_link(name)
        self.dead_links.append(Fault(file, line, link))
        return link

    def _unique(self, tree: CourseTree) -> None:
        for kind, ids in (
            ("module", [module.source_id for module in tree.modules]),
            ("lesson", [lesson.source_id for lesson in tree.lessons()]),
            ("quiz", [quiz.source_id for quiz in self.quizzes.values()]),
        ):
            for twice in sorted(one for one, count in Counter(ids).items() if count > 1):
                self.faults.add("course.yaml", 1, f"The id {twice!r} is that of more than one {kind}.")

    def _report(self, tree: CourseTree, course: CourseFile) -> None:
        tree.report.mapped("course.yaml", "the course")
        for dead in self.dead_links[:NAMED_LINKS]:
            found = replace(dead, line=self._line_of(dead))
            tree.report.lost("link", "it leads to no file of the course; it is kept as it is", str(found))
        if more := len(self.dead_links[NAMED_LINKS:]):
            tree.report.lost("link", "it leads to no file of the course, like those named above", count=more)
        for module in course.modules:
            tree.report.mapped("module", "a module", module.title)
        for name in self.files:
            if name in self.lesson_ids:
                tree.report.mapped("lesson", "a lesson", name)
            elif name in self.quizzes:
                tree.report.mapped("quiz", "a quiz", name)
                tree.report.mapped("question", "a question", count=len(self.quizzes[name].questions))
            elif name.startswith("assets/"):
                tree.report.mapped("asset", "a file of the course", name)
            elif name.startswith("lessons/"):
                tree.report.lost("file", "no module of course.yaml lists it", name)
            elif name != "course.yaml":
                tree.report.lost("file", "it is not part of the course format", name)

    def _line_of(self, dead: Fault) -> int:
        """Where the link stands, from the line on which its text begins."""
        lines = self.files.text(dead.file).splitlines()
        return next((n for n, text in enumerate(lines, 1) if n >= dead.line and dead.message in text), dead.line)


def _from_root(path: str) -> str:
    return posixpath.normpath(unquote(path)).removeprefix("../")
