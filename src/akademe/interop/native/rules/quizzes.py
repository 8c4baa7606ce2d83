"""Quiz files: YAML and GIFT."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from akademe.assessment.schemas import QuestionIn
from akademe.interop.gift.rules import GiftError, read_gift
from akademe.interop.native.rules.faults import Faults
from akademe.interop.native.rules.shapes import QuestionEntry, QuizFile
from akademe.interop.native.rules.yaml import Document, load
from akademe.interop.rules.refusal import Fault
from akademe.interop.rules.tree import PoolTree, QuizTree

_GIFT_TITLE = re.compile(r"^//\s*title:\s*(.+)$", re.MULTILINE | re.IGNORECASE)
_PLAIN_FIELDS = (
    "instructions",
    "passing_score",
    "max_attempts",
    "time_limit_minutes",
    "shuffle_questions",
    "shuffle_options",
    "review",
    "required",
    "is_premium",
)
_MOMENTS = ("opens_at", "due_date", "closes_at")  # fmt: skip
_FIELDS = {"question_text": "text", "question_type": "type", "correct_answer": "answer"}


def read_quiz(name: str, text: str, faults: Faults) -> QuizTree | None:
    """The quiz of a file, or None with what is wrong on the list."""
    if name.endswith(".gift"):
        return _read_gift(name, text, faults)
    document = load(text, name)
    if isinstance(document, Fault):
        faults.found.append(document)
        return None
    quiz = faults.check(QuizFile, document)
    if quiz is None:
        return None
    fields = quiz.model_dump(exclude={"id", "pools", "questions", "late_policy"})
    tree = QuizTree(source_id=quiz.id or _id_of(name), late_policy=quiz.late_policy, **fields)
    tree.pools = [PoolTree(pool.name, pool.draw) for pool in quiz.pools]
    made = [_question(entry, index, document, faults) for index, entry in enumerate(quiz.questions)]
    tree.questions = [question for question in made if question is not None]
    _check_ids(made, document, faults)
    _check_pools(quiz, document, faults)
    return tree


def _id_of(name: str) -> str:
    return posixpath.splitext(name)[0]


def _question(entry: QuestionEntry, index: int, document: Document, faults: Faults) -> QuestionIn | None:
    try:
        return QuestionIn(
            question_text=entry.text,
            question_type=entry.type,
            options=entry.options,
            correct_answer=entry.answer,
            points=entry.points,
            feedback=entry.feedback,
            pool=entry.pool,
            exact=entry.exact,
            skills=entry.skills,
            source="native",
            source_id=entry.id or f"question-{index + 1}",
        )
    except ValidationError as error:
        for problem in error.errors():
            field = _FIELDS.get(str(problem["loc"][0]), str(problem["loc"][0])) if problem["loc"] else ""
            place = ("questions", index, field)
            message = str(problem["msg"]).removeprefix("Value error, ").rstrip(".")
            faults.add(document.file, document.line(place), f"Question {index + 1}, {field}: {message}.")
        return None


def _check_ids(questions: Sequence[QuestionIn | None], document: Document, faults: Faults) -> None:
    seen: set[str | None] = set()
    for index, question in enumerate(questions):
        if question is None:
            continue
        if question.source_id in seen:
            line = document.line(("questions", index, "id"))
            faults.add(document.file, line, f"The id {question.source_id!r} is that of more than one question.")
        seen.add(question.source_id)


def _check_pools(quiz: QuizFile, document: Document, faults: Faults) -> None:
    names = {pool.name for pool in quiz.pools}
    for index, question in enumerate(quiz.questions):
        if question.pool is not None and question.pool not in names:
            line = document.line(("questions", index, "pool"))
            faults.add(document.file, line, f"The pool {question.pool!r} is not among the quiz's pools.")
    for index, pool in enumerate(quiz.pools):
        held = sum(question.pool == pool.name for question in quiz.questions)
        if held < pool.draw:
            line = document.line(("pools", index))
            faults.add(document.file, line, f"The pool {pool.name!r} holds {held} questions, fewer than {pool.draw}.")


def write_quiz(quiz: QuizTree) -> dict[str, Any]:
    """The content of a quiz file; what has its default value is left out."""
    plain = QuizFile(id=quiz.source_id, title=quiz.title)
    data: dict[str, Any] = {"id": quiz.source_id, "title": quiz.title}
    data |= {name: getattr(quiz, name) for name in _PLAIN_FIELDS if getattr(quiz, name) != getattr(plain, name)}
    data |= {name: moment.isoformat() for name in _MOMENTS if (moment := getattr(quiz, name)) is not None}
    if quiz.late_policy is not None:
        data["late_policy"] = quiz.late_policy.model_dump()
    if quiz.pools:
        data["pools"] = [{"name": pool.name, "draw": pool.draw} for pool in quiz.pools]
    data["questions"] = [write_question(question) for question in quiz.questions]
    return data


def write_question(question: QuestionIn) -> dict[str, Any]:
    """One entry of a quiz file."""
    plain = question.model_dump(mode="json")
    data: dict[str, Any] = {"id": question.source_id, "type": question.question_type, "text": question.question_text}
    asked = {"options": plain["options"], "answer": plain["correct_answer"]}
    data |= {field: value for field, value in asked.items() if value is not None}
    if question.question_type != "description" and question.points != 1:
        data["points"] = plain["points"]
    feedback = {name: said for name, said in plain["feedback"].items() if said is not None}
    optional = {"feedback": feedback, "pool": question.pool, "exact": question.exact, "skills": question.skills}
    return data | {name: value for name, value in optional.items() if value}


def _read_gift(name: str, text: str, faults: Faults) -> QuizTree | None:
    """A GIFT file: title from the first `// title:` comment or the file's name; its categories group nothing here."""
    try:
        result = read_gift(text)
    except GiftError as error:
        faults.add(name, error.line, error.message)
        return None
    for lost in result.unmapped:
        faults.add(name, lost.line, f"This {lost.element} cannot be a question: {lost.reason}")
    titled = _GIFT_TITLE.search(text)
    title = titled[1].strip() if titled else posixpath.basename(_id_of(name)).replace("-", " ").replace("_", " ")
    questions = [
        found.question.model_copy(
            update={"source": "native", "source_id": found.question.source_id or f"question-{number}", "pool": None}
        )
        for number, found in enumerate(result.questions, 1)
    ]
    tree = QuizTree(_id_of(name), title[:255] or "Quiz", questions=questions)
    ids = [question.source_id for question in questions]
    for found, source_id in zip(result.questions, ids, strict=True):
        if ids.count(source_id) > 1:
            faults.add(name, found.line, f"The title or id {source_id!r} is that of more than one question.")
    return tree
