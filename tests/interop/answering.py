"""How a test answers the questions of the Open edX demo course."""

from typing import Any

TYPED = {"..bble": "bubble", ".*.": "many"}
"""What the two patterns of the course accept."""


def right_answer(question: dict[str, Any]) -> Any:
    """An answer that the key, as only staff see it, calls right."""
    key = question["correct_answer"]
    if question["question_type"] == "short_answer":
        return TYPED[key[0]["regex"]] if isinstance(key[0], dict) else key[0]
    if question["question_type"] == "numeric":
        return (key[0] if isinstance(key, list) else key)["value"]
    return "I would write an essay." if question["question_type"] == "essay" else key
