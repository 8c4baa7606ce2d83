"""What the style page shows: invented, and one of each."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

LESSON = """\
The mean is the number you would give everyone if you shared out the total evenly. It is the *balance point* of the
data: put each value on a plank as a small weight, and the plank rests level there, and only there.[^1]

## Where it misleads

A single far value pulls the plank. Nine people who earn 2,000 and one who earns 82,000 have a mean of 10,000, which
describes **none of them**. `statistics.median` is calmer:

```python
from statistics import mean, median

pay = [2_000] * 9 + [82_000]   # nine people and one
print(mean(pay), median(pay))  # 10000 2000.0
```

:::note The mean in one line
$$\\bar{x} = \\frac{1}{n} \\sum_{i=1}^{n} x_i$$
:::

:::tip When to use which
Use the mean when totals matter, the median when the *usual* case does.
:::

:::warning Percentages
A mean of percentages is rarely the percentage of the whole.
:::

| Measure | One far value | Half the values far |
|---|:-:|--:|
| Mean | moves | moves |
| Median | stays | moves |

> Statistics is the grammar of science, and grammar is learned by reading.

1. Look at the data first.
2. Ask what the number is for.

- [x] Read this page
- [ ] Try it on your own numbers

[^1]: The picture is older than the word.
"""


def outline() -> list[dict[str, Any]]:
    """Two modules with a lesson in every state."""
    return [
        {
            "title": "1. What numbers are for",
            "tally": "2 / 3",
            "lessons": [
                {"title": "A question worth asking", "href": "#courses", "state": "done", "minutes": 8},
                {"title": "What is data, and who made it", "href": "#courses", "state": "done", "minutes": 12},
                {
                    "title": "The mean and its limits",
                    "href": "#courses",
                    "state": "started",
                    "current": True,
                    "minutes": 10,
                },
            ],
        },
        {
            "title": "2. Samples",
            "tally": "0 / 3",
            "lessons": [
                {
                    "title": "Asking a few to know about many",
                    "href": "#courses",
                    "state": "",
                    "minutes": 14,
                    "section": "Drawing",
                },
                {"title": "Bias", "href": "#courses", "state": "", "minutes": 9, "section": "Drawing"},
                {"title": "Check yourself", "href": None, "state": "locked", "section": "Checking"},
            ],
        },
    ]


def _question(kind: str, text: str, options: Any = None, points: int = 1) -> SimpleNamespace:
    return SimpleNamespace(
        id=f"sample-{kind}", question_text=text, question_html=None, question_type=kind, options=options, points=points
    )


def _options(*texts: str) -> list[dict[str, str]]:
    return [{"id": id_, "text": text} for id_, text in zip("abcdef", texts, strict=False)]


def questions() -> list[SimpleNamespace]:
    """One question of every type."""
    return [
        _question("description", "Look at the table above before you go on."),
        _question("mcq", "Which does **one** far value move most?", _options("The mean", "The median", "The mode")),
        _question("multiple_response", "Which are measures of the middle?", _options("Mean", "Range", "Median"), 2),
        _question("true_false", "The median of an even number of values can be a value that nobody has."),
        _question("short_answer", "What is the word for the value that appears most often?"),
        _question("numeric", "What is the mean of 2, 4 and 9?"),
        _question(
            "matching",
            "Match each question with its measure.",
            {
                "left": _options("What is usual?", "What is the total shared out?"),
                "right": _options("Median", "Mean", "Range"),
            },
            2,
        ),
        _question("ordering", "In which order?", _options("Ask", "Collect", "Look", "Calculate"), 2),
        _question(
            "cloze", "The {{1}} splits the values in halves, the {{2}} shares out the total.",
            {"2": _options("mean", "range")}, 2,
        ),
        _question("essay", "A town reports a mean income of 10,000. What else would you ask, and why?", None, 5),
    ]  # fmt: skip


def answered() -> list[tuple[SimpleNamespace, Any, SimpleNamespace]]:
    """The same with answers and results."""
    given: dict[str, tuple[Any, bool | None, float | None, str, Any]] = {
        "mcq": ("b", False, 0, "The median does not care *how* far the value is.", "a"),
        "multiple_response": (["a", "c"], True, 2, "", ["a", "c"]),
        "true_false": (False, False, 0, "It lies halfway between the two in the middle.", True),
        "short_answer": ("mode", True, 1, "", ["mode", "modal value"]),
        "matching": ({"a": "a", "b": "c"}, False, 1, "", {"a": "a", "b": "b"}),
        "ordering": (["a", "c", "b", "d"], False, 1, "", ["a", "b", "c", "d"]),
        "cloze": ({"1": "median", "2": "b"}, False, 1, "", {"1": ["median"], "2": "a"}),
        "essay": ("I would ask for the median.", None, None, "", None),
    }
    found = {question.question_type: question for question in questions()}
    return [
        (
            found[kind],
            answer,
            SimpleNamespace(
                is_correct=correct,
                points_earned=earned,
                points=found[kind].points,
                feedback=feedback,
                solution=solution,
            ),
        )
        for kind, (answer, correct, earned, feedback, solution) in given.items()
    ]


def everything(now: datetime) -> dict[str, Any]:
    """The data of the style page."""
    moments = [
        now + timedelta(days=1, hours=4),
        now - timedelta(minutes=5),
        now - timedelta(days=40),
        now + timedelta(minutes=25),
    ]
    return {
        "moments": moments, "outline": outline(), "lesson": LESSON, "questions": questions(), "answered": answered(),
    }  # fmt: skip
