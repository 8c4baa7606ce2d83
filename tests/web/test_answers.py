"""What a form of question widgets sends, read back as the answers that services take."""

from types import SimpleNamespace
from typing import Any

from starlette.datastructures import FormData

from akademe.web.ui.questions import answers_from_form, cloze_parts, in_order, solution_words


def asked(kind: str, text: str = "?", options: Any = None) -> SimpleNamespace:
    return SimpleNamespace(id="7", question_text=text, question_type=kind, options=options)


def answer(kind: str, *fields: tuple[str, str]) -> Any:
    return answers_from_form([asked(kind)], FormData(list(fields)))["7"]


def test_each_type_comes_back_in_its_own_form() -> None:
    assert answer("mcq", ("q.7", "b")) == "b"
    assert answer("multiple_response", ("q.7", "a"), ("q.7", "c")) == ["a", "c"]
    assert answer("true_false", ("q.7", "false")) is False
    assert answer("numeric", ("q.7", " 3,5 ")) == "3,5"
    assert answer("matching", ("q.7.a", "x"), ("q.7.b", "")) == {"a": "x"}
    assert answer("ordering", ("q.7.a", "2"), ("q.7.b", "1"), ("q.7.c", "3")) == ["b", "a", "c"]
    assert answer("cloze", ("q.7.1", "mean")) == {"1": "mean"}


def test_nothing_given_is_none_and_other_questions_do_not_leak_in() -> None:
    for kind in ("mcq", "multiple_response", "true_false", "matching", "ordering", "cloze", "essay"):
        assert answer(kind, ("q.8", "a"), ("q.70.a", "1")) is None


def test_a_description_has_no_answer() -> None:
    assert answers_from_form([asked("description")], FormData()) == {}


def test_places_that_are_no_numbers_go_last() -> None:
    assert answer("ordering", ("q.7.a", "first"), ("q.7.b", "1")) == ["b", "a"]


def test_a_cloze_is_cut_at_its_blanks() -> None:
    parts = cloze_parts(asked("cloze", "The {{1}} and *the* {{ two }}."))
    assert [blank for _, blank in parts] == ["1", "two", ""]
    assert "<em>the</em>" in parts[1][0]


def test_an_order_is_shown_as_it_was_last_given() -> None:
    options = [{"id": id_, "text": id_} for id_ in "abc"]
    assert [one["id"] for one in in_order(options, ["c", "a", "b"])] == ["c", "a", "b"]
    assert [one["id"] for one in in_order(options, None)] == ["a", "b", "c"]


def test_right_answers_in_words() -> None:
    assert solution_words(asked("short_answer"), ["mode", {"regex": "x+"}]) == "mode"
    assert solution_words(asked("numeric"), {"value": 3, "tolerance": 0.5}) == "3 ± 0.5"
    assert solution_words(asked("numeric"), [{"min": 1, "max": 2}]) == "1 to 2"
    lists = {"2": [{"id": "a", "text": "cold"}, {"id": "b", "text": "hot"}]}
    assert solution_words(asked("cloze", options=lists), {"1": ["red"], "2": "b"}) == "1: red; 2: hot"
    assert solution_words(asked("mcq"), "a") == ""
