"""Grading: every type by the contract's table, exactly, for whatever a client sends."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akademe.assessment.rules.content import normalise
from akademe.assessment.rules.grading import ALL, NOTHING, Asked, grade, half_up
from akademe.assessment.rules.matching import fold, matches_pattern, parse_number, same_text
from akademe.assessment.schemas import QuestionIn
from tests.make.assessment import RIGHT, question, questions

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


def asked(made: QuestionIn) -> Asked:
    return Asked(made.question_type, made.options, made.correct_answer, made.hundredths, made.exact)


def credit(kind: str, answer: Any, **fields: Any) -> Fraction | None:
    return grade(asked(question(kind, **fields)), answer).credit


@pytest.mark.parametrize("kind", RIGHT)
def test_the_right_answer_earns_all(kind: str) -> None:
    graded = grade(asked(question(kind, points=3)), RIGHT[kind])
    assert (graded.credit, graded.earned, graded.is_correct) == (ALL, 300, True)


@pytest.mark.parametrize("kind", RIGHT)
def test_no_answer_earns_nothing(kind: str) -> None:
    for nothing in (None, "", [], {}, "  "):
        assert credit(kind, nothing) == NOTHING


@given(made=questions(), answer=JSON)
def test_whatever_is_sent_earns_between_nothing_and_all(made: QuestionIn, answer: Any) -> None:
    graded = grade(asked(made), answer)
    assert graded.credit is None or NOTHING <= graded.credit <= ALL
    assert graded.earned is None or 0 <= graded.earned <= made.hundredths


@given(questions("mcq", "multiple_response", "true_false", "matching", "ordering"))
def test_the_key_itself_is_always_right(made: QuestionIn) -> None:
    assert grade(asked(made), made.correct_answer).credit == ALL


@given(questions())
def test_the_normal_form_is_its_own_normal_form(made: QuestionIn) -> None:
    assert normalise(made.question_type, made.question_text, made.options, made.correct_answer, exact=made.exact) == (
        made.options,
        made.correct_answer,
    )


@pytest.mark.parametrize(
    ("kind", "answer", "share"),
    [
        ("mcq", "Median", ALL),
        ("mcq", "a", NOTHING),
        ("mcq", ["b"], NOTHING),
        ("multiple_response", ["a", "c"], Fraction(2, 3)),
        ("multiple_response", ["a", "b"], NOTHING),
        ("multiple_response", ["a", "b", "c", "d"], Fraction(2, 3)),
        ("multiple_response", ["a", "a", "a"], Fraction(1, 3)),
        ("true_false", "true", ALL),
        ("true_false", 1, NOTHING),
        ("short_answer", "poncare", NOTHING),
        ("short_answer", "Pointcare", NOTHING),
        ("numeric", "3.13", ALL),
        ("numeric", 3.15, ALL),
        ("numeric", "3.1500001", NOTHING),
        ("numeric", "314e-2", ALL),
        ("numeric", {"value": 3.14}, ALL),
        ("short_answer", ["Poincaré"], ALL),
        ("short_answer", ["Poincaré", "Euler"], NOTHING),
        ("matching", {"a": "b", "b": "c"}, Fraction(1, 2)),
        ("matching", {"a": "Paris"}, Fraction(1, 2)),
        ("ordering", ["c", "a", "b"], Fraction(1, 2)),
        ("ordering", ["a", "c", "b"], NOTHING),
        ("ordering", ["b", "c", "b", "c", "a"], NOTHING),
        ("cloze", {"1": "red", "2": "a"}, Fraction(1, 2)),
        ("cloze", {"2": "hot"}, Fraction(1, 2)),
    ],
)
def test_partial_credit_follows_the_table(kind: str, answer: Any, share: Fraction) -> None:
    assert credit(kind, answer) == share


def test_an_option_may_give_its_weight_and_never_less_than_nothing() -> None:
    options = [
        {"id": "a", "text": "Right"},
        {"id": "b", "text": "Nearly", "weight": 33.33333},
        {"id": "c", "text": "No", "weight": -50},
    ]
    weighted = asked(question("mcq", options=options, correct_answer="a", points=3))
    assert [grade(weighted, one).earned for one in "abc"] == [300, 100, 0]


def test_an_accepted_text_may_give_its_weight_and_the_best_match_counts() -> None:
    accepted = ["frog", {"regex": "f.*", "weight": 50, "feedback": "Nearly"}, {"regex": ".*", "weight": 0}]
    made = asked(question("short_answer", correct_answer=accepted))
    assert [grade(made, one).earned for one in ("Frog", "fish", "cat")] == [100, 50, 0]
    assert grade(made, "fish").feedback == ("Nearly",)


def test_several_ranges_with_weights() -> None:
    key = [{"min": 9.9, "max": 10.1}, {"value": 10, "tolerance": 1, "weight": 50}]
    made = asked(question("numeric", correct_answer=key))
    assert [grade(made, one).earned for one in ("10,1", "10.5", "12")] == [100, 50, 0]


def test_exact_texts_keep_case_and_accents() -> None:
    made = asked(question("short_answer", correct_answer=["Él"], exact=True))
    assert [grade(made, one).credit for one in (" Él ", "él", "El")] == [ALL, NOTHING, NOTHING]


def test_an_essay_waits_for_a_person_unless_it_is_empty() -> None:
    assert credit("essay", "My thoughts") is None
    assert credit("essay", " ") == NOTHING


@given(st.integers(-1000, 1000), st.integers(1, 50))
def test_halves_go_up(numerator: int, denominator: int) -> None:
    value = Fraction(numerator, denominator)
    assert -Fraction(1, 2) < half_up(value) - value <= Fraction(1, 2)


def test_thirds_are_rounded_once() -> None:
    made = asked(question("multiple_response", points=1))
    assert grade(made, ["a"]).earned == 33
    assert grade(made, ["a", "c"]).earned == 67


@given(st.text(max_size=30))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert same_text(f"  {text}\n", text, exact=False)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("3,14", Fraction(157, 50)),
        ("1 234,5", Fraction(2469, 2)),
        ("1,234.5", Fraction(2469, 2)),
        ("1.234,5", Fraction(2469, 2)),
        ("1,234,567", Fraction(1234567)),
        ("1.5e3", Fraction(1500)),
        ("1,5E-1", Fraction(3, 20)),
        ("−5", Fraction(-5)),
        ("2×10^3", Fraction(2000)),
        (".5", Fraction(1, 2)),
        (0.1, Fraction(1, 10)),
        ("1,23,4", None),
        ("1.2.3", None),
        ("nan", None),
        ("1e9999", None),
        ("9" * 1000, None),
        (2**1200, None),
        ("", None),
        (True, None),
        (["1"], None),
    ],
)
def test_numbers_as_people_write_them(typed: object, value: Fraction | None) -> None:
    assert parse_number(typed) == value


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_a_decimal_comma_and_a_point_are_the_same_number(number: Any) -> None:
    assert parse_number(str(number)) == parse_number(str(number).replace(".", ",")) == Fraction(number)


def test_a_catastrophic_pattern_takes_no_time() -> None:
    assert not matches_pattern("a" * 10_000, "(a+)+b", exact=False)
