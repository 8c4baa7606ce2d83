"""Problems as questions: one per response element; a problem of several dropdowns is one cloze.

What stands before a response, and inside it beside its answers, is the text of its question. A response without a
counterpart leaves its text to the lesson, so that nothing of what was written is lost, and a line that says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from akademe.assessment.schemas import QuestionIn
from akademe.interop.olx.rules.answers import NoKey
from akademe.interop.olx.rules.responses import RESPONSES, Answer, dropdown_options, read_response
from akademe.interop.olx.rules.source import Element
from akademe.interop.olx.rules.studio import from_studio_markdown
from akademe.interop.olx.rules.texts import Texts

_MARK = re.compile(r"\x02(\d+)\x03")
HINTS = ("correcthint", "choicehint", "optionhint", "compoundhint", "stringequalhint", "hintgroup", "hint")
ANSWERS = (
    "choicegroup", "checkboxgroup", "optioninput", "textline", "formulaequationinput", "imageinput", "jsinput",
    "schematic", "radiogroup", "responseparam", "additional_answer", "options", "answer", "designprotein2dinput",
    "filesubmission", "textbox", "javascriptinput", "editamoleculeinput", "crystallography", "vsepr_input",
    "chemicalequationinput", "drag_and_drop_input", "startouttext", "endouttext", "comment_prompt",
)  # fmt: skip
ASIDES = ("solution", "demandhint", "script", *HINTS)
NOTE = "*This exercise was answered in its original platform; here it is for reading.*"
RANDOM = "its values are drawn by a program written for the original platform, and such programs are not run"


@dataclass
class Problem:
    """The questions of a problem, and the Markdown of what could not become one."""

    questions: list[QuestionIn] = field(default_factory=list)
    left_over: str = ""


def read_problem(problem: Element, name: str, texts: Texts) -> Problem:
    """Books every element of the problem. `name` is its url_name; the questions' source ids begin with it."""
    return _Reading(problem, name, texts).read()


class _Reading:
    def __init__(self, problem: Element, name: str, texts: Texts) -> None:
        self.source, self.problem, self.name = problem, problem, name
        self.texts, self.ledger = texts, texts.source.ledger
        if next(problem.iter(*RESPONSES), None) is None:
            noted = from_studio_markdown(problem)
            self.problem = problem if noted is None else noted
        self.responses = list(self.problem.iter(*RESPONSES))
        self.refused = ""

    def read(self) -> Problem:
        self._book_asides()
        if not self.responses:
            self.ledger.mapped(self.source, "text of the lesson (it asks nothing)")
            return Problem(left_over=self.words(self.problem))
        if len(self.responses) > 1 and {response.tag for response in self.responses} == {"optionresponse"}:
            return self._cloze()
        return self._one_by_one()

    def _book_asides(self) -> None:
        self.ledger.mapped(self.source, "the text of its questions")
        for element in self.problem.iter(*ASIDES, "comment_prompt"):
            if element.tag == "script":
                self.ledger.lost(element, "scripts of other systems are not run")
            elif element.tag == "comment_prompt":
                self.ledger.lost(element, "it asks for a remark that is not graded")
            else:
                self.ledger.mapped(element, "feedback of the question")

    def words(self, element: Element, blank: Callable[[Element], str] | None = None) -> str:
        """Markdown of the content without answers and asides; `blank` makes the text of each response."""
        own: dict[str, Callable[[Element], str]] = dict.fromkeys((*ANSWERS, *ASIDES), _nothing)
        own["clarification"] = self._clarification
        if blank is not None:
            own |= dict.fromkeys(RESPONSES, blank)
        return self.texts.markdown(element, own).strip()

    def _clarification(self, element: Element) -> str:
        return f" ({self.words(element)})"

    def _one_by_one(self) -> Problem:
        """Splits the text at the responses. Text after the last one belongs to it."""
        order = {response: index for index, response in enumerate(self.responses)}
        parts = _MARK.split(self.words(self.problem, lambda response: f"\n\n\x02{order[response]}\x03\n\n"))
        stems = dict.fromkeys(range(len(order)), "")
        for before, index in zip(parts[::2], parts[1::2], strict=False):
            stems[int(index)] = f"{before.strip()}\n\n{self.words(self.responses[int(index)])}".strip()
        stems[len(order) - 1] += f"\n\n{parts[-1].strip()}"
        made, left = Problem(), []
        random = self._draws_values()
        for index, response in enumerate(self.responses):
            question = self._question(response, index, stems[index].strip(), RANDOM if random else None)
            if question is None:
                left.append(stems[index].strip())
            else:
                made.questions.append(question)
        if left:
            made.left_over = self._left_over(left, whole=not made.questions)
        if left and not made.questions:
            self._book_text()
        return made

    def _book_text(self) -> None:
        """A problem that could not be a question: its words and pictures are kept all the same."""
        self.ledger.lost(self.source, f"{self.refused} (its text is kept in the lesson)")
        for element in self.problem.iterdescendants():
            inside = [str(around.tag) for around in (element, *element.iterancestors())]
            if not set(inside) & {*ANSWERS, *ASIDES} and element.tag not in RESPONSES:
                self.ledger.mapped(element, "text of the lesson")

    def _question(self, response: Element, index: int, stem: str, refused: str | None) -> QuestionIn | None:
        try:
            if refused is None:
                answer = read_response(response, self.words)
                question = self._make(answer, stem, index)
                self.ledger.mapped(response, f"a question ({answer.kind})")
                return question
        except NoKey as reason:
            refused = str(reason)
        self.ledger.lost(response, refused)
        self.refused = refused
        return None

    def _make(self, answer: Answer, stem: str, index: int) -> QuestionIn:
        response = self.responses[index]
        several = len(self.responses) > 1
        data = {
            "question_text": stem or self.problem.get("display_name") or "Answer the question.",
            "question_type": answer.kind,
            "options": answer.options,
            "correct_answer": answer.key,
            "exact": answer.exact,
            "points": self._points(Decimal(1) / len(self.responses), Decimal(1)),
            "feedback": self._feedback(response, answer, last=index == len(self.responses) - 1),
            "source": "olx",
            "source_id": f"{self.name}#{index + 1}" if several else self.name or None,
        }
        try:
            return QuestionIn.model_validate(data)
        except ValidationError as error:
            raise NoKey(f"it cannot be a question here: {error.errors()[0]['msg']}") from None

    def _points(self, share: Decimal, default: Decimal) -> Decimal:
        """A share of the problem's weight; `default` where it names none."""
        try:
            weight = Decimal(self.source.get("weight") or 0)
            return round(weight * share, 2) if 0 < weight <= 10_000 else default
        except ArithmeticError:
            return default

    def _feedback(self, response: Element, answer: Answer, *, last: bool) -> dict[str, str]:
        """Hints and solution inside the response; those of the whole problem go to its last question."""
        asides = [
            element for element in self.problem.iter("demandhint", "solution") if self._belongs(element, response, last)
        ]
        hints = [self.words(hint) for aside in asides if aside.tag == "demandhint" for hint in aside.iter("hint")]
        general = [f"Hint: {hint}" for hint in hints if hint]
        general += [self.words(aside) for aside in asides if aside.tag == "solution"]
        said = answer.said | {"general": general}
        return {name: "\n\n".join(text for text in parts if text) for name, parts in said.items() if any(parts)}

    def _belongs(self, aside: Element, response: Element, last: bool) -> bool:
        around = [element for element in aside.iterancestors() if element.tag in RESPONSES]
        return response in around if around else last

    def _draws_values(self) -> bool:
        """Whether a script sets `$names` that the problem shows or grades by."""
        scripts = "\n".join(script.text or "" for script in self.problem.iter("script"))
        names = set(re.findall(r"^[ \t]*([A-Za-z_]\w*)[ \t]*(?:,[^=\n]*)?=(?!=)", scripts, re.MULTILINE))
        shown = "\n".join(
            " ".join([element.text or "", element.tail or "", *map(str, element.values())])
            for element in self.problem.iter()
            if element.tag != "script"
        )
        return bool(names & set(re.findall(r"\$\{?([A-Za-z_]\w*)", shown)))

    def _left_over(self, stems: list[str], *, whole: bool) -> str:
        title = self.problem.get("display_name")
        parts = [f"### {title}"] if title else []
        parts += [*(stem for stem in stems if stem), NOTE]
        solutions = [self.words(solution) for solution in self.problem.iter("solution")] if whole else []
        parts += [f":::details Solution\n{solution}\n:::" for solution in solutions if solution]
        return "\n\n".join(parts)

    def _cloze(self) -> Problem:
        options: dict[str, Any] = {}
        key: dict[str, str] = {}

        def blank(response: Element) -> str:
            name = str(len(key) + 1)
            given = next(response.iter("optioninput"), None)
            if given is None:
                raise NoKey("it has no options")
            options[name], key[name] = dropdown_options(given, self.words)
            return f"{self.words(response)} {{{{{name}}}}} ".lstrip()

        try:
            text = self.words(self.problem, blank)
            answer = Answer("cloze", options, key)
            return Problem([self._whole(answer, text)])
        except NoKey as reason:
            self.ledger.lost(self.source, f"{reason} (its text is kept in the lesson)")
            return Problem(left_over=self._left_over([self.words(self.problem)], whole=True))

    def _whole(self, answer: Answer, text: str) -> QuestionIn:
        question = self._make(answer, text, len(self.responses) - 1)
        for response in self.responses:
            self.ledger.mapped(response, "a blank of a question (cloze)")
        points = self._points(Decimal(1), Decimal(len(self.responses)))
        return question.model_copy(update={"source_id": self.name or None, "points": points})


def _nothing(_: Element) -> str:
    return ""
