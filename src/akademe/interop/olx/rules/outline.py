"""The outline of an OLX course: chapter to module, vertical to lesson, its sequential to the lesson's section."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from akademe.interop.olx.rules.components import Components, Unit
from akademe.interop.olx.rules.source import Element, Source
from akademe.interop.rules.tree import LessonTree, ModuleTree, QuizTree

UNIT = "a lesson"
BESIDE = {
    "wiki": "the wiki of the original platform is not imported",
    "textbook": "textbooks beside the course have no counterpart; put them into a lesson",
    "pdf_textbook": "textbooks beside the course have no counterpart; put them into a lesson",
    "static_tab": "extra pages beside the course have no counterpart; put them into a lesson",
}


@dataclass
class Place:
    """One vertical (or a block that stands alone in a sequential) and what holds around it."""

    block: Element
    name: str
    chapter: Element
    sequential: Element


class Outline:
    """Walks the outline once to learn its places, then reads each place into a lesson."""

    def __init__(self, source: Source, policy: dict[str, Any]) -> None:
        self.source, self.policy = source, policy
        self.chapters: list[Element] = []
        self.places: list[Place] = []
        self.named: Counter[str] = Counter()
        self.lesson_of: dict[str, str] = {}

    def walk(self, course: Element) -> None:
        """Finds chapters, sequentials and verticals, and books them."""
        for chapter in self._defined(course, "chapter"):
            self.chapters.append(chapter)
            self.source.ledger.mapped(chapter, "a module")
            for sequential in self._defined(chapter, "sequential"):
                self.source.ledger.mapped(sequential, "the section heading of its lessons")
                self._units(chapter, sequential)
                self._remember(sequential, chapter)

    def _defined(self, parent: Element, tag: str) -> Iterator[Element]:
        for child in list(parent):
            if not isinstance(child.tag, str):
                continue
            if child.tag != tag:
                self.source.ledger.lost(
                    child, BESIDE.get(str(child.tag), f"this kind of element has no place in a {parent.tag}")
                )
                continue
            found = self.source.definition(child)
            if found is not None:
                yield found

    def _units(self, chapter: Element, sequential: Element) -> None:
        for child in list(sequential):
            block = self.source.definition(child) if isinstance(child.tag, str) else None
            if block is None:
                continue
            name = self._own_name(block.get("url_name") or f"{sequential.get('url_name')}-{len(self.places) + 1}")
            self.places.append(Place(block, name, chapter, sequential))
            self.lesson_of[name] = name
            for inner in block.iter():
                if isinstance(inner.tag, str) and inner.get("url_name"):
                    self.lesson_of.setdefault(inner.get("url_name", ""), name)

    def _own_name(self, name: str) -> str:
        """Hand-written OLX may call two units the same."""
        self.named[name] += 1
        return name if self.named[name] == 1 else self._own_name(f"{name}-{self.named[name]}")

    def _remember(self, sequential: Element, chapter: Element) -> None:
        """A link to a sequential or chapter leads to its first lesson."""
        for around in (sequential, chapter):
            first = next((p.name for p in self.places if around in (p.sequential, p.chapter)), None)
            if first and around.get("url_name"):
                self.lesson_of.setdefault(around.get("url_name", ""), first)

    def modules(self, components: Components, passing_score: float) -> list[ModuleTree]:
        """The modules with their lessons."""
        modules = []
        self.named.clear()
        for number, chapter in enumerate(self.chapters, 1):
            lessons = [self._lesson(p, components, passing_score) for p in self.places if p.chapter is chapter]
            title = _title(chapter.get("display_name"), f"Module {number}")
            name = self._own_name(chapter.get("url_name") or f"chapter-{number}")
            modules.append(ModuleTree(name, title, "", lessons))
        return modules

    def _lesson(self, place: Place, components: Components, passing_score: float) -> LessonTree:
        unit = Unit()
        if place.block.tag == "vertical":
            self.source.ledger.mapped(place.block, UNIT)
            components.children(place.block, unit)
        else:
            components.read(place.block, unit)
        title = _title(place.block.get("display_name") or place.sequential.get("display_name"), "Lesson")
        hidden = any(
            self._setting(element, "visible_to_staff_only") == "true"
            for element in (place.block, place.sequential, place.chapter)
        )
        return LessonTree(
            source_id=place.name,
            title=title,
            content="\n\n".join(unit.texts).strip("\n"),
            section=_title(place.sequential.get("display_name"), "") or None,
            is_active=not hidden,
            quiz=self._quiz(place, unit, title, passing_score) if unit.questions else None,
        )

    def _quiz(self, place: Place, unit: Unit, title: str, passing_score: float) -> QuizTree:
        """Graded subsections make required quizzes, but a quiz that waits for a person never holds a certificate up."""
        graded = self._setting(place.sequential, "graded") == "true"
        waits = any(question.question_type == "essay" for question in unit.questions)
        attempts = {problem.get("max_attempts") or "" for problem in unit.problems}
        only = attempts.pop() if len(attempts) == 1 else ""
        never = any(problem.get("showanswer") == "never" for problem in unit.problems)
        named = unit.problems[0].get("display_name") if len(unit.problems) == 1 else None
        return QuizTree(
            source_id=f"{place.name}#quiz",
            title=_title(named, title),
            passing_score=passing_score,
            max_attempts=int(only) if only.isdecimal() and 0 < int(only) <= 1000 else None,
            review="score_only" if never else "after_submit",
            required=graded and not waits,
            due_date=_moment(self._setting(place.sequential, "due")),
            pools=unit.pools,
            questions=unit.named_questions(),
        )

    def _setting(self, element: Element, name: str) -> str:
        """A setting from the run's policy, else from the element."""
        of_policy = self.policy.get(f"{element.tag}/{element.get('url_name')}", {})
        value = of_policy.get(name) if isinstance(of_policy, dict) else None
        return str(value).lower() if value is not None else element.get(name, "").lower()


def _title(text: str | None, default: str) -> str:
    return " ".join((text or "").split())[:255] or default


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.upper().strip('"'))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
