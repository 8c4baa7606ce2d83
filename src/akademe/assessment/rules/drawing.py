"""What one attempt asks: questions drawn from pools, their order and their options' order, all from a stored seed.

A seed gives the same paper on every machine and Python version: the order comes from hashes, not from `random`. It
itself comes from the system's randomness; nothing about the learner or the key goes into it.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

ORDER_IS_THE_ANSWER = frozenset({"ordering"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that an attempt may ask: its id, its version, and the pool it is drawn from, if any."""

    question_id: str
    version: int
    pool: str | None = None


def shuffled(items: Iterable[T], seed: str, purpose: str) -> list[T]:
    """The items in an order decided by the seed, another one for each purpose; every order is equally likely."""
    ranked = [
        (hashlib.sha256(f"{seed}\0{purpose}\0{index}".encode()).digest(), index, item)
        for index, item in enumerate(items)
    ]
    return [item for _, _, item in sorted(ranked, key=lambda entry: entry[:2])]


def draw(
    candidates: Sequence[Candidate],
    pools: Mapping[str, int],
    seed: str,
    *,
    shuffle: bool = False,
) -> list[Candidate]:
    """The questions one attempt asks, in their order.

    Of each pool named in `pools` as many are drawn as it says (all, where it has fewer); questions without a pool, or
    of a pool that says nothing, are always asked.
    """
    kept: set[str] = set()
    for pool, wanted in sorted(pools.items()):
        members = [one.question_id for one in candidates if one.pool == pool]
        kept.update(shuffled(members, seed, f"pool:{pool}")[:wanted])
    asked = [one for one in candidates if one.pool not in pools or one.question_id in kept]
    return shuffled(asked, seed, "questions") if shuffle else asked


def shown_options(kind: str, options: Any, seed: str, question_id: str, *, shuffle: bool) -> Any:
    """Options as a learner sees them: ids and texts alone, in the order of this attempt.

    What is put in order, and the right column of a matching, is always shuffled: as written it would be the answer.
    """
    if isinstance(options, list):
        order = shuffled(options, seed, question_id) if shuffle or kind in ORDER_IS_THE_ANSWER else options
        return _bare(order)
    if isinstance(options, dict) and kind == "matching":
        left = shuffled(options["left"], seed, f"{question_id}:left") if shuffle else options["left"]
        return {
            "left": _bare(left),
            "right": _bare(shuffled(options["right"], seed, f"{question_id}:right")),
        }
    if isinstance(options, dict):
        return {
            blank: _bare(shuffled(listed, seed, f"{question_id}:{blank}") if shuffle else listed)
            for blank, listed in options.items()
        }
    return None


def _bare(options: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Without weights and feedback, which tell the answer."""
    return [{"id": option["id"], "text": option["text"]} for option in options]
