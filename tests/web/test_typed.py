"""Questions as an author types them: what a learner receives of them must not tell the answer."""

import pytest

from akademe.assessment.rules.content import normalise
from akademe.web.teach.typed import read_typed

PAIRS = {"Peru": "Lima", "Norway": "Oslo", "Fiji": "Suva", "Chad": "N'Djamena", "Mali": "Bamako", "Cusco": "Lima"}


def test_the_letters_of_typed_pairs_do_not_tell_who_belongs_together() -> None:
    typed = "= Rome\n" + "\n".join(f"{left} = {right}" for left, right in PAIRS.items())
    options, key = normalise("matching", "Capitals", *read_typed("matching", typed))
    left, right = ({one["id"]: one["text"] for one in options[side]} for side in ("left", "right"))
    assert {left[one]: right[other] for one, other in key.items()} == PAIRS
    assert set(right.values()) == {*PAIRS.values(), "Rome"}
    assert list(key.values()) != sorted(key.values())
    assert list(right) == sorted(right)


@pytest.mark.parametrize("typed", ["Peru = Lima", "Peru = Lima\nNorway = Lima"])
def test_a_text_on_the_right_of_several_lines_is_one_option(typed: str) -> None:
    options, key = normalise("matching", "Capitals", *read_typed("matching", typed))
    assert [one["text"] for one in options["right"]] == ["Lima"]
    assert set(key.values()) == {"a"}
