"""GIFT: the published trees, mapping, errors with their place, export and import without loss, hostile files."""

import json
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings

from akademe.assessment.schemas import QuestionIn
from akademe.interop.gift.rules import GiftError, parse_gift, read_gift, write_gift
from tests.make.assessment import QUESTIONS, question, questions

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpora" / "gift"
FILES = sorted(CORPUS.glob("*.gift"))


def one(text: str) -> QuestionIn:
    """The only question of a text."""
    result = read_gift(text)
    assert not result.unmapped
    return result.questions[0].question


@pytest.mark.skipif(not FILES, reason=f"the GIFT corpus is not at {CORPUS}")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_tree_is_the_published_one(path: Path) -> None:
    tree = [node.as_json() for node in parse_gift(path.read_text(encoding="utf-8"))]
    assert tree == json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))


@pytest.mark.skipif(not FILES, reason=f"the GIFT corpus is not at {CORPUS}")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_corpus_maps_whole_and_survives_a_round_trip(path: Path) -> None:
    result = read_gift(path.read_text(encoding="utf-8"))
    assert not result.unmapped
    written = [item.question for item in result.questions]
    assert [item.question for item in read_gift(write_gift(written)).questions] == written


@settings(max_examples=300)
@given(questions())
def test_export_then_import_loses_nothing(original: QuestionIn) -> None:
    assert one(write_gift([original])) == original


def test_a_file_of_every_type_keeps_its_order_and_title() -> None:
    originals = [question(kind, points=2.5, pool="basics", skills=["sums"]) for kind in QUESTIONS]
    text = write_gift(originals, title="All of\nthem")
    assert text.startswith("// title: All of them\n")
    assert [item.question for item in read_gift(text).questions] == originals


@pytest.mark.parametrize("kind", ["mcq", "true_false", "essay", "description", "matching", "numeric"])
def test_what_gift_can_say_is_said_without_a_comment(kind: str) -> None:
    plain = question(kind, **({"correct_answer": None} if kind == "essay" else {}))
    if kind == "matching":
        plain = one("x{=a -> b =c -> d}")
    assert "//" not in write_gift([plain])


def test_several_right_answers_with_weights_become_a_multiple_response() -> None:
    asked = one("Continents? {~%50%Asia ~%50%Africa ~%-100%Peru#No, a country}")
    assert asked.question_type == "multiple_response"
    assert asked.correct_answer == ["a", "b"]
    assert asked.options[2] == {"id": "c", "text": "Peru", "weight": -100, "feedback": "No, a country"}


def test_a_choice_with_one_full_weight_is_a_single_choice() -> None:
    asked = one("Capital? {~%100%Lima ~%-20%Cusco}")
    assert (asked.question_type, asked.correct_answer) == ("mcq", "a")


@pytest.mark.parametrize("truth", ["TRUE", "FALSE"])
def test_the_first_feedback_of_a_true_false_is_for_the_wrong_answer(truth: str) -> None:
    asked = one(f"The sun is a star. {{{truth}#Look again.#Well seen.}}")
    assert (asked.feedback.incorrect, asked.feedback.correct) == ("Look again.", "Well seen.")
    assert "//" not in write_gift([asked.model_copy(update={"source": None})])
    alone = one(f"The sun is a star. {{{truth}# #Well seen.}}")
    assert (alone.feedback.incorrect, alone.feedback.correct) == (None, "Well seen.")


def test_wildcards_become_patterns() -> None:
    asked = one("Colour? {=gr*y =%0%*#No}")
    assert asked.correct_answer == [{"regex": "gr.*y"}, {"regex": ".*", "weight": 0, "feedback": "No"}]


def test_numbers_with_weights_and_feedback_for_any_other() -> None:
    asked = one("When? {# =1822:0 =%50%1822:2#Near ~#Far off}")
    assert asked.correct_answer == [
        {"value": 1822, "tolerance": 0},
        {"value": 1822, "tolerance": 2, "weight": 50, "feedback": "Near"},
    ]
    assert asked.feedback.incorrect == "Far off"


def test_a_category_is_the_pool_of_what_follows() -> None:
    result = read_gift("$CATEGORY: $course$/top/Unit 1\n\nA{T}\n\n$CATEGORY: $course$/top\n\nB{F}")
    assert [item.question.pool for item in result.questions] == ["Unit 1", None]
    assert result.pools == ["Unit 1"]


def test_the_letters_of_pairs_do_not_tell_who_belongs_together() -> None:
    asked = one("Capitals? {=Peru -> Lima =Norway -> Oslo =Fiji -> Suva =Chad -> N'Djamena =Mali -> Bamako}")
    texts = {option["id"]: option["text"] for option in asked.options["right"]}
    assert [texts[asked.correct_answer[id_]] for id_ in "abcde"] == ["Lima", "Oslo", "Suva", "N'Djamena", "Bamako"]
    assert any(left != right for left, right in asked.correct_answer.items())
    assert list(texts) == sorted(texts)


def test_titles_ids_and_tags_are_kept() -> None:
    named, numbered = (item.question for item in read_gift("::Q1::A{T}\n\n// [id:7] [tag:sums]\nB{T}").questions)
    assert (named.source, named.source_id) == ("gift", "Q1")
    assert (numbered.source_id, numbered.skills) == ("7", ["sums"])


def test_what_cannot_be_mapped_is_named() -> None:
    result = read_gift("Fine{T}\n\nNothing is right {~a ~b}")
    assert len(result.questions) == 1
    assert [(item.element, item.line, item.reason) for item in result.unmapped] == [
        ("MC", 3, "Name at least one right option.")
    ]


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("Fine{T}\n\nOpen {=a\n=b", 3, 6, "not closed"),
        ("Two {T} and {F}", 1, 13, "one pair of braces"),
        ("Closed }", 1, 8, "closes nothing"),
        ("::Title\nText{T}", 1, 1, "title"),
        ("Tomato {\n  red}", 2, 3, "begins with = or ~"),
        ("Pi {#three}", 1, 6, "numerical answer"),
        ("// a comment\nSum {#\n =1:x}", 3, 3, "numerical answer"),
        ("True {T#a#b#c}", 1, 13, "at most two feedbacks"),
        ("Choice {=a#b#c}", 1, 13, "one feedback"),
        ("// akademe: {oops\nA{T}", 1, 1, "not JSON"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, line: int, column: int, says: str) -> None:
    with pytest.raises(GiftError) as caught:
        parse_gift(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert says in caught.value.message


HOSTILE = {
    "braces": "{" * 1_000_000,
    "choices": "x{" + "=a" * 500_000 + "}",
    "blocks": "q{T}\n\n" * 150_000,
    "hashes": "x{" + "#" * 1_000_000,
    "ids": "// " + "[id:" * 250_000 + "\nq{}",
    "backslashes": "::" + "a\\" * 500_000,
    "digits": "x{#" + "1" * 1_000_000 + "x}",
    "blanks": " " * 1_000_000 + "{}",
    "arrows": "x{=a" + "->" * 500_000 + "}",
    "percent": "x{~%" + "1" * 1_000_000 + "}",
    "json": "// akademe: " + "[" * 1_000_000 + "\nq{}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_megabyte_is_read_in_linear_time(name: str) -> None:
    start = time.process_time()
    with suppress(GiftError):
        parse_gift(HOSTILE[name])
    assert time.process_time() - start < 20
