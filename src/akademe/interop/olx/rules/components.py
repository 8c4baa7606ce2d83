"""What stands in a unit: text, video, problems and the many special blocks, each mapped or named as left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice

from akademe.assessment.schemas import QuestionIn
from akademe.interop.olx.rules.problems import read_problem
from akademe.interop.olx.rules.source import Element, Source
from akademe.interop.olx.rules.special import drag_and_drop, open_response
from akademe.interop.olx.rules.texts import Texts
from akademe.interop.olx.rules.video import read_video
from akademe.interop.rules.html import fragment
from akademe.interop.rules.refusal import ImportRefused
from akademe.interop.rules.tree import PoolTree

LONGEST_TEXT = 190_000
MOST_ELEMENTS = 20_000
TOO_LONG = "it is longer than a lesson may be"
LATER: dict[str, str] = {
    "discussion": "discussions are not imported; open one beside the lesson",
    "lti": "connections to other tools (LTI) are not imported: their keys must not travel in an archive",
    "lti_consumer": "connections to other tools (LTI) are not imported: their keys must not travel in an archive",
    "poll": "polls have no counterpart here",
    "poll_question": "polls have no counterpart here",
    "survey": "surveys have no counterpart here",
    "word_cloud": "word clouds have no counterpart here",
    "edx_sga": "work that is handed in as a file and graded by staff has no counterpart in an import",
    "staffgradedxblock": "points that staff give outside of the course have no counterpart in an import",
    "scorm": "SCORM packages inside other archives are not imported; import the package itself",
    "recommender": "lists of recommended resources have no counterpart here",
    "google-document": "documents of Google are not embedded; link to them",
    "google-calendar": "calendars of Google are not embedded; link to them",
    "textannotation": "shared annotation has no counterpart here",
    "imageannotation": "shared annotation has no counterpart here",
    "videoannotation": "shared annotation has no counterpart here",
    "library_sourced": "its blocks lie in a library that is not in the archive",
}
GROUPS: dict[str, str] = {
    "wrapper": "its parts, one after the other",
    "problemset": "its parts, one after the other",
    "videosequence": "its parts, one after the other",
    "unit": "its parts, one after the other",
    "conditional": "its parts, shown to everyone",
    "split_test": "the parts of all its groups, shown to everyone",
    "vertical": "its parts, one after the other",
}
POOLS = frozenset({"library_content", "itembank", "randomize", "legacy_library_content"})


@dataclass
class Unit:
    """What the blocks of one unit came to."""

    texts: list[str] = field(default_factory=list)
    questions: list[QuestionIn] = field(default_factory=list)
    pools: list[PoolTree] = field(default_factory=list)
    problems: list[Element] = field(default_factory=list)

    def named_questions(self) -> list[QuestionIn]:
        """Each with a source id of its own: hand-written OLX may name no problem, or two the same."""
        seen: Counter[str] = Counter()
        made = []
        for question in self.questions:
            name = question.source_id or "problem"
            seen[name] += 1
            made.append(question.model_copy(update={"source_id": name if seen[name] == 1 else f"{name}~{seen[name]}"}))
        return made


class Components:
    """Reads blocks into units."""

    def __init__(self, source: Source, texts: Texts, language: str) -> None:
        self.source, self.texts, self.language = source, texts, language
        self._readers: dict[str, Callable[[Element, Unit], None]] = {
            "html": self._html,
            "video": self._video,
            "problem": self._problem,
            "annotatable": self._annotatable,
            "openassessment": self._open_response,
            "drag-and-drop-v2": self._drag_and_drop,
            "done": self._done,
        }

    def read(self, block: Element, unit: Unit) -> None:
        """Adds one block to the unit and books it."""
        tag = str(block.tag)
        if tag in self._readers:
            self._readers[tag](block, unit)
        elif tag in POOLS:
            self._pool(block, unit)
        elif tag in GROUPS:
            self.source.ledger.mapped(block, GROUPS[tag])
            self.children(block, unit)
        else:
            self.source.ledger.lost(block, LATER.get(tag, "this kind of block is not known here"))

    def children(self, parent: Element, unit: Unit) -> None:
        """Adds what a container holds; references are followed."""
        for child in list(parent):
            if isinstance(child.tag, str):
                block = self.source.definition(child)
                if block is not None:
                    self.read(block, unit)

    def _html(self, block: Element, unit: Unit) -> None:
        file = f"html/{block.get('filename')}.html"
        root = block
        if block.get("filename") and file in self.source.files:
            try:
                root = fragment(self.source.files.text(file))
            except ImportRefused as refusal:
                self.source.ledger.lost(block, refusal.sentence)
                return
            self.source.ledger.fragment(file, root)
            self.source.ledger.mapped(root, "text of the lesson")
        self._text(block, root, unit)

    def _text(self, block: Element, root: Element, unit: Unit) -> None:
        ledger = self.source.ledger
        ledger.mapped(block, "text of the lesson")
        if block.get("group_access"):
            ledger.mapped(block, "text of the lesson, shown to everyone (groups of learners are not imported)")
        if _is_too_much(root):
            self._left_out(block, root, TOO_LONG)
            return
        if _is_widget(root):
            self._left_out(block, root, "it is a question whose buttons work only with a script of the original")
            return
        text = self.texts.markdown(root)
        if len(text) > LONGEST_TEXT:
            self._left_out(block, root, TOO_LONG)
        elif text.strip():
            unit.texts.append(text)
        else:
            self._left_out(block, root, "it holds nothing to read: only styles, scripts or empty paragraphs")

    def _left_out(self, block: Element, root: Element, reason: str) -> None:
        self.source.ledger.lost(block, reason)
        if root is not block:
            self.source.ledger.lost(root, reason)

    def _video(self, block: Element, unit: Unit) -> None:
        video = read_video(block, self.source, self.language)
        self.texts.used.update(video.used)
        if video.markdown:
            unit.texts.append(video.markdown)

    def _problem(self, block: Element, unit: Unit) -> None:
        if _is_too_much(block):
            self.source.ledger.lost(block, TOO_LONG)
            return
        problem = read_problem(block, block.get("url_name", ""), self.texts)
        if problem.left_over:
            unit.texts.append(problem.left_over)
        if problem.questions:
            unit.problems.append(block)
            unit.questions += problem.questions

    def _pool(self, block: Element, unit: Unit) -> None:
        """A block that shows some of its problems: a pool of the quiz; what is no question is shown to everyone."""
        inner = Unit()
        self.source.ledger.mapped(block, "a pool of the quiz, from which questions are drawn")
        self.children(block, inner)
        name = block.get("url_name") or f"pool-{len(unit.pools) + 1}"
        if not inner.questions:
            self.source.ledger.lost(block, "no question in it could be imported")
        else:
            wanted = _whole(block.get("max_count"), 1)
            draw = len(inner.questions) if wanted < 1 else min(wanted, len(inner.questions))
            unit.pools.append(PoolTree(name, draw))
            unit.questions += [question.model_copy(update={"pool": name}) for question in inner.questions]
        unit.texts += inner.texts
        unit.problems += inner.problems

    def _annotatable(self, block: Element, unit: Unit) -> None:
        self.source.ledger.mapped(block, "text of the lesson, its annotations below it")
        notes: list[str] = []

        def annotation(element: Element) -> str:
            notes.append(f"- **{element.get('title') or 'Note'}**: {element.get('body') or ''}")
            return f"**{self.texts.markdown(element)}**"

        text = self.texts.markdown(block, {"annotation": annotation, "instructions": lambda _: ""})
        unit.texts.append("\n\n".join([text, "\n".join(notes)]).strip())

    def _open_response(self, block: Element, unit: Unit) -> None:
        unit.questions.append(open_response(block, self.texts))

    def _drag_and_drop(self, block: Element, unit: Unit) -> None:
        question = drag_and_drop(block, self.texts)
        if question is not None:
            unit.questions.append(question)

    def _done(self, block: Element, unit: Unit) -> None:
        self.source.ledger.mapped(block, "the lesson's own button to mark it complete")


def _whole(text: str | None, default: int) -> int:
    try:
        return int(text or default)
    except ValueError:
        return default


def _is_too_much(root: Element) -> bool:
    """Converting takes longer than in proportion to the length: what could not be kept is not converted."""
    long = sum(map(len, root.itertext())) > 2 * LONGEST_TEXT
    return long or next(islice(root.iter(), MOST_ELEMENTS, None), None) is not None


def _is_widget(root: Element) -> bool:
    """A few words and buttons that call a script: without the script there is nothing left to ask."""
    buttons = [button for button in root.iter("button") if button.get("onclick")]
    if not buttons or next(root.iter("img", "a", "h1", "h2", "h3", "h4", "table", "li"), None) is not None:
        return False
    words = "".join(map(str, root.itertext()))
    return len(" ".join(words.split())) < 120
