"""Gathers everything that is wrong with a course folder, so that a teacher mends it in one go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from akademe.interop.native.rules.yaml import Document
from akademe.interop.rules.refusal import Fault, ImportRefused

S = TypeVar("S", bound=BaseModel)

_SAID = {
    "missing": "This field is missing.",
    "string_type": "This has to be text; put it in quotes.",
    "bool_type": "This has to be true or false.",
    "bool_parsing": "This has to be true or false.",
    "int_parsing": "This has to be a whole number.",
    "int_type": "This has to be a whole number.",
    "list_type": "This has to be a list.",
    "model_type": "This has to be a set of fields.",
    "dict_type": "This has to be a set of fields.",
}


class Faults:
    """The list, and the ways in which it grows."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(self, file: str, line: int, message: str) -> None:
        self.found.append(Fault(file, line, message))

    def check(self, shape: type[S], document: Document) -> S | None:
        """The document in its shape, or None with each deviation on the list."""
        try:
            return shape.model_validate(document.value)
        except ValidationError as error:
            self.add_errors(error, document, (), sorted(shape.model_fields))
            return None

    def add_errors(
        self, error: ValidationError, document: Document, at: tuple[str | int, ...], known: Sequence[str] = ()
    ) -> None:
        """Each error of a validation, at the line of its part; `at` is where the validated value lies."""
        for problem in error.errors():
            path = (*at, *problem["loc"])
            name = ".".join(str(part) for part in path)
            sentence = _sentence(dict(problem), known if len(problem["loc"]) == 1 else ())
            self.add(document.file, document.line(path), f"{name}: {sentence}" if name else sentence)

    def refuse(self) -> None:
        """Raises ImportRefused (BAD_COURSE) where anything is on the list."""
        if not self.found:
            return
        faults = sorted(set(self.found))
        count = "One thing is" if len(faults) == 1 else f"{len(faults)} things are"
        raise ImportRefused("BAD_COURSE", f"{count} wrong with this course. {faults[0]}", faults)


def _sentence(problem: dict[str, Any], known: Sequence[str]) -> str:
    if problem["type"] == "extra_forbidden":
        return f"This field is not known here. Known are: {', '.join(known)}." if known else "This field is not known."
    return _SAID.get(problem["type"], str(problem["msg"]).removeprefix("Value error, ").rstrip(".") + ".")
