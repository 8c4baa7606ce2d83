"""What an author may send as a question, and what is said about what may not be."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from akademe.assessment.schemas import QuestionIn
from tests.make.assessment import QUESTIONS, question, questions


def refusal(**fields: Any) -> tuple[str, str]:
    with pytest.raises(ValidationError) as caught:
        QuestionIn.model_validate({"question_text": "Why?", **fields})
    error = caught.value.errors()[0]
    return str(error["loc"][-1]), error["msg"]


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"options": ["A"], "correct_answer": "a"}, "options", "at least 2"),
        ({"options": ["A", "B"], "correct_answer": "c"}, "correct_answer", "No option"),
        ({"options": ["A", "B"]}, "correct_answer", "Say which"),
        ({"options": ["A", " "], "correct_answer": "a"}, "options", "no text"),
        ({"options": [{"id": "x", "text": "A"}, {"id": "x", "text": "B"}]}, "options", "same id: x"),
        ({"options": [{"text": "A", "weight": 200}, "B"], "correct_answer": "b"}, "options", "-100 to 100"),
        (
            {"question_type": "multiple_response", "options": ["A"], "correct_answer": []},
            "correct_answer",
            "at least one",
        ),
        ({"question_type": "true_false", "correct_answer": "maybe"}, "correct_answer", "true or false"),
        ({"question_type": "true_false", "options": ["A", "B"], "correct_answer": True}, "options", "no options"),
        ({"question_type": "short_answer", "correct_answer": []}, "correct_answer", "at least one"),
        ({"question_type": "short_answer", "correct_answer": [{"regex": "("}]}, "correct_answer", "not understood"),
        ({"question_type": "short_answer", "correct_answer": [{"regex": "(?=a)"}]}, "correct_answer", "Look-around"),
        ({"question_type": "short_answer", "correct_answer": [{"regex": "a" * 501}]}, "correct_answer", "500"),
        (
            {"question_type": "short_answer", "correct_answer": [{"regex": "a", "text": "a"}]},
            "correct_answer",
            "either",
        ),
        ({"question_type": "numeric", "correct_answer": {"value": "many"}}, "correct_answer", "{value, tolerance}"),
        ({"question_type": "numeric", "correct_answer": {"min": 2, "max": 1}}, "correct_answer", "above"),
        ({"question_type": "numeric", "correct_answer": {"value": 1, "tolerance": -1}}, "correct_answer", "below 0"),
        ({"question_type": "matching", "options": ["A"]}, "options", "two columns"),
        (
            {
                "question_type": "matching",
                "options": {"left": ["A", "B"], "right": ["C"]},
                "correct_answer": {"a": "a"},
            },
            "correct_answer",
            "No partner is given for: B",
        ),
        (
            {"question_type": "ordering", "options": ["A", "B"], "correct_answer": ["a"]},
            "correct_answer",
            "every option",
        ),
        ({"question_type": "cloze", "correct_answer": {"1": "a"}}, "question_text", "{{1}}"),
        (
            {"question_type": "cloze", "question_text": "{{1}} {{2}}", "correct_answer": {"1": "a"}},
            "correct_answer",
            "2",
        ),
        (
            {"question_type": "cloze", "question_text": "{{1}}", "correct_answer": {"1": "a", "9": "b"}},
            "correct_answer",
            "no blanks called: 9",
        ),
        ({"question_type": "description", "correct_answer": "a"}, "correct_answer", "asks nothing"),
        ({"question_type": "mcq", "points": 1.005}, "points", "two decimals"),
    ],
)
def test_a_refusal_names_the_field_and_says_what_is_wrong(fields: dict[str, Any], field: str, says: str) -> None:
    named, message = refusal(**fields)
    assert named == field
    assert says in message


def test_plain_options_get_letters_and_a_key_may_be_a_text() -> None:
    made = question("mcq", options=[str(n) for n in range(28)], correct_answer="27")
    assert [option["id"] for option in made.options][-3:] == ["z", "aa", "ab"]
    assert made.correct_answer == "ab"


def test_listed_in_order_is_an_order_and_the_letters_do_not_tell_it() -> None:
    texts = ["one", "two", "three", "four", "five"]
    made = question("ordering", options=texts, correct_answer=None)
    names = {option["id"]: option["text"] for option in made.options}
    assert [names[name] for name in made.correct_answer] == texts
    assert made.correct_answer != sorted(made.correct_answer)
    assert list(names) == sorted(names)


def test_columns_side_by_side_are_pairs_with_distractors_left_over() -> None:
    made = question("matching", options={"left": ["1", "2"], "right": ["I", "II", "III"]}, correct_answer=None)
    right = {option["id"]: option["text"] for option in made.options["right"]}
    assert [right[name] for name in made.correct_answer.values()] == ["I", "II"]


def test_one_text_on_the_right_of_two_rows_is_one_option() -> None:
    made = question("matching", options={"left": ["Lima", "Oslo", "Cusco"], "right": ["Peru", "Norway", "Peru"]},
                    correct_answer=None)  # fmt: skip
    assert len(made.options["right"]) == 2
    assert made.correct_answer["a"] == made.correct_answer["c"] != made.correct_answer["b"]


def test_a_description_is_worth_nothing() -> None:
    assert question("description", points=5).hundredths == 0


@pytest.mark.parametrize("kind", QUESTIONS)
def test_what_was_stored_can_be_read_again(kind: str) -> None:
    made = question(kind)
    assert QuestionIn.model_validate_json(made.model_dump_json()) == made


@given(questions())
def test_every_question_survives_json(made: QuestionIn) -> None:
    assert QuestionIn.model_validate_json(made.model_dump_json()) == made


@given(
    kind=st.sampled_from(sorted(QUESTIONS)),
    options=st.none()
    | st.lists(st.text() | st.integers() | st.none())
    | st.dictionaries(st.text(), st.lists(st.text())),
    key=st.none()
    | st.text()
    | st.lists(st.text() | st.dictionaries(st.text(), st.text()))
    | st.dictionaries(st.text(), st.text()),
)
def test_nonsense_is_refused_and_never_an_error(kind: str, options: Any, key: Any) -> None:
    with suppress(ValidationError):
        made = QuestionIn(question_text="A {{1}}", question_type=kind, options=options, correct_answer=key)  # type: ignore[arg-type]
        assert QuestionIn.model_validate_json(made.model_dump_json()) == made


def test_characters_that_databases_refuse_are_dropped() -> None:
    made = question("mcq", question_text="a\0b", options=["x\0", "y"], correct_answer="x")
    assert made.question_text == "ab"
    assert made.options[0]["text"] == "x"
