"""Words, stems, trigrams, ranks and snippets: the same on every database.

Stemming rule, stated once: a word is folded (small letters, no accents), then endings of the document's language are
cut off, never replaced, so that a stem is always the beginning of its word. English, German, French and Spanish have
endings; other languages keep whole words. Runs of scripts without spaces (Han, kana, Hangul, Thai, Lao, Burmese, Khmer)
become overlapping pairs of characters. Points of vowels (Hebrew, Arabic) are left out, signs of vowels (Indic) are not.
"""

import html
import math
import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise
from typing import Protocol

MAX_TERMS = 10
MAX_WORD = 40
MAX_QUERY = 1_000
MAX_PLACES = 50
SNIPPET = 200
MAX_LEXEMES = 60_000
_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17dd\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_POINTS = (
    r"\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    r"\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
)
_SIGNS = r"\u0900-\u0963\u0966-\u0dff"
_LETTER = rf"[^\W_{_UNSPACED}]"
_ENDS = r"(?:'[^\W_]+)?(?:\+\+(?!\w)|#(?!\w))?"
_WORD = re.compile(rf"[{_UNSPACED}]+|{_LETTER}+{_ENDS}")
# Marks are no letters to Python's patterns; the pattern that takes them in is slower.
_MARKED_WORD = re.compile(rf"[{_UNSPACED}]+|{_LETTER}(?:{_LETTER}|[{_POINTS}{_SIGNS}])*{_ENDS}")
_MARK = re.compile(rf"[{_POINTS}{_SIGNS}]")
_POINT = re.compile(rf"[{_POINTS}]")
_REST = re.compile(r"[^\W_]*")
_UNSPACED_RUN = re.compile(rf"[{_UNSPACED}]+\Z")
_FOLDS = {"ß": "s", "æ": "a", "œ": "o", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "’": "'"}
_ENDINGS = {
    "en": ("'s", "ingly", "edly", "ally", "ings", "ing", "ies", "ied", "al", "ed", "es", "is", "ly", "s", "y", "e"),
    "de": ("ungen", "ern", "en", "em", "er", "es", "ung", "e", "n", "s"),
    "fr": ("ements", "ement", "euses", "euse", "eux", "es", "er", "ee", "s", "e", "x"),
    "es": ("mente", "iones", "ion", "ando", "iendo", "os", "as", "es", "ar", "er", "ir", "o", "a", "e", "s"),
}
_STOP = frozenset(
    "a an and are as at be by do does for from how i in is it of on or that the this to was what when where which "
    "who why with you your der die das ein eine und ist von zu im mit le la les un une et est de du des el los las "
    "una y es en que".split()
)
_VOWELS = frozenset("aeiouy")


def fold(text: str) -> str:
    """Small letters without accents; every character becomes exactly one, so that positions stay."""
    lowered = text.lower()
    if lowered.isascii():
        return lowered
    if len(lowered) != len(text):
        lowered = "".join(char.lower()[0] for char in text)
    return "".join(map(_fold_char, lowered))


@lru_cache(maxsize=4096)
def _fold_char(char: str) -> str:
    if char.isascii():
        return char
    return _FOLDS.get(char) or unicodedata.normalize("NFKD", char).lower()[:1] or char


def composed(text: str) -> str:
    """With letters and their accents in one (NFC), as most people type them."""
    return unicodedata.normalize("NFC", text)


def words(text: str) -> list[str]:
    """The folded words; `C++` and `C#` are words."""
    found: list[str] = []
    for word in _split(fold(composed(text))):
        if _UNSPACED_RUN.match(word):
            found += [word] if len(word) == 1 else [word[i : i + 2] for i in range(len(word) - 1)]
        else:
            found.append(_spelt(word[:MAX_WORD]))
    return found


def _split(folded: str) -> list[str]:
    if folded.isascii() or not _MARK.search(folded):
        return _WORD.findall(folded)
    return [_POINT.sub("", word) for word in _MARKED_WORD.findall(folded)]


def _spelt(word: str) -> str:
    if word.isalnum():
        return word
    return word.replace("++", "plusplus").replace("#", "sharp")


@lru_cache(maxsize=65_536)
def stem(word: str, language: str) -> str:
    """A folded word without the endings of `language` (BCP 47; only its first part counts)."""
    language = language[:2].lower()
    endings = _ENDINGS.get(language, ())
    for ending in endings:
        rest = word[: -len(ending)]
        if word.endswith(ending) and _may_stand(rest, ending):
            word = _undouble(rest) if ending in ("ing", "ed", "ings") else rest
            break
    word = word.split("'", maxsplit=1)[0]
    return word[:-1] if language == "en" and len(word) > 4 and word[-1] in "ey" else word


def _may_stand(rest: str, ending: str) -> bool:
    if len(rest) < 3 or _VOWELS.isdisjoint(rest):
        return False
    return not (ending == "s" and rest[-1] in "sui")


def _undouble(rest: str) -> str:
    return rest[:-1] if len(rest) > 3 and rest[-1] == rest[-2] and rest[-1] not in "lsz" else rest


def stems(text: str, language: str) -> str:
    """The words of a text as indexed: stems in order, separated by spaces."""
    return " ".join(stem(word, language) for word in words(text))


def trigrams(word: str) -> set[str]:
    """Of a folded word with its edges marked: `$mean$` gives $me, mea, ean, an$."""
    marked = f"${word}$"
    return {marked[i : i + 3] for i in range(len(marked) - 2)}


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a query and the stems it may stand for; while somebody is typing it, also what begins with it."""

    word: str
    stems: tuple[str, ...]
    is_typing: bool = False

    @property
    def needed(self) -> list[str]:
        """The stems that the beginning does not find anyway."""
        return [stem for stem in self.stems if not (self.is_typing and stem.startswith(self.word))]

    def with_words(self, more: Iterable[str]) -> "Term":
        stems = [*self.stems, *(stem for word in more for stem in _stems_of(word))]
        return Term(self.word, tuple(dict.fromkeys(stems)), self.is_typing)

    def holds(self, stem_of_word: str, word: str) -> bool:
        return stem_of_word in self.stems or (self.is_typing and word.startswith(self.word))


def _stems_of(word: str) -> tuple[str, ...]:
    """By every language's rule, as one cannot know which language somebody types."""
    return tuple(dict.fromkeys(stem(word, language) for language in _ENDINGS))


def parse(text: str) -> list[Term]:
    """What somebody typed as at most 10 terms. Any string is a query; one without words has no terms."""
    found = list(dict.fromkeys(words(text[:MAX_QUERY])))[: MAX_TERMS * 2]
    kept = ([word for word in found if word not in _STOP] or found)[:MAX_TERMS]
    typing = kept[-1] if kept and not text.endswith((" ", "\n")) else ""
    return [Term(word, _stems_of(word), _is_prefix(word, typing)) for word in kept]


def _is_prefix(word: str, typing: str) -> bool:
    return word == typing and len(word) >= 3 and word.isalnum() and not _UNSPACED_RUN.match(word)


def match_fts5(terms: Sequence[Term], *, any_term: bool = False) -> tuple[str, str]:
    """FTS5 expressions for the whole text and for the title; every word is quoted, so nothing typed is syntax."""
    groups = []
    for term in terms:
        options = [f'"{stem}"' for stem in term.needed] + ([f'"{term.word}"*'] if term.is_typing else [])
        groups.append(f"({' OR '.join(options)})")
    match = (" OR " if any_term else " AND ").join(groups)
    return match, f"{{title_stems}} : ({match})"


IN_TITLE = "="


def match_tsquery(terms: Sequence[Term], *, any_term: bool = False) -> tuple[str, str]:
    """The same as tsqueries over the lexemes of `tsvector`."""
    both = []
    for mark in ("", IN_TITLE):
        groups = []
        for term in terms:
            options = [f"'{mark}{stem}'" for stem in term.needed] + (
                [f"'{mark}{term.word}':*"] if term.is_typing else []
            )
            groups.append(f"({' | '.join(options)})")
        both.append((" | " if any_term else " & ").join(groups))
    return both[0], both[1]


def tsvector(title_stems: str, body_stems: str) -> str:
    """Stems as the text of a tsvector, small enough to lie beside its row.

    Weight A says "in the title"; B, C and D that the body has it four times or more, twice or more, once. Words of the
    title stand there once more with a mark, so that the index alone finds titles. PostgreSQL takes a vector of 1 MB:
    a text of more different words (pairs of Han, say) keeps the most frequent.
    """
    body = Counter(body_stems.split()).most_common(MAX_LEXEMES)
    marks = {word: [f"2{'B' if count > 3 else 'C' if count > 1 else 'D'}"] for word, count in body}
    for word in title_stems.split():
        marks[word] = ["1A", *marks.get(word, [])[-1:]]
        marks[IN_TITLE + word] = ["1D"]
    return " ".join(f"'{word}':{','.join(places)}" for word, places in marks.items())


def distance(a: str, b: str) -> int:
    """Edits between two words: insert, delete, replace, swap neighbours (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, right in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == b[j - 2] and a[i - 2] == right:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]


def closest(word: str, candidates: Iterable[str], most: int = 3) -> list[str]:
    """The words at most one edit away (two from 8 letters on), whole or as stems of some language, nearest first."""
    allowed = 2 if len(word) >= 8 else 1
    near = [(_least_distance(word, other, allowed), other) for other in candidates]
    return [other for edits, other in sorted(near) if edits <= allowed][:most]


def _least_distance(word: str, other: str, allowed: int) -> int:
    pairs = {(word, other), *((stem(word, language), stem(other, language)) for language in _ENDINGS)}
    near = [distance(a, b) for a, b in pairs if abs(len(a) - len(b)) <= allowed]
    return min(near, default=allowed + 1)


class Candidate(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def title_stems(self) -> str: ...
    @property
    def body_stems(self) -> str: ...


K1, B, MEAN_LENGTH, TITLE_WEIGHT = 1.2, 0.75, 1_500, 3.0  # the length in characters of the stems


def rank(terms: Sequence[Term], documents: Sequence[Candidate]) -> list[float]:
    """A score for each document: BM25 (Robertson and Zaragoza 2009) with the title as a weighted field.

    The rarity of a term is measured among the candidates. A title that holds every term counts more, one that is the
    query still more, and so do words that stand beside each other as in the query.
    """
    padded = [(f" {doc.title_stems} ", f" {doc.body_stems} ") for doc in documents]
    counts = [[(_count(term, title), _count(term, body)) for term in terms] for title, body in padded]
    rarity = [_rarity(sum(1 for row in counts if any(row[i])), len(documents)) for i in range(len(terms))]
    scores = []
    for doc, (title, body), row in zip(documents, padded, counts, strict=True):
        scores.append(_score(terms, row, rarity, title, body) * (1.15 if doc.kind == "course" else 1.0))
    return scores


def _count(term: Term, padded: str) -> int:
    exact = sum(padded.count(f" {stem} ") for stem in term.stems)
    return exact or (padded.count(f" {term.word}") if term.is_typing else 0)


def _rarity(holders: int, total: int) -> float:
    return 0.3 + math.log1p((total - holders + 0.5) / (holders + 0.5))


def _score(
    terms: Sequence[Term], counts: Sequence[tuple[int, int]], rarity: Sequence[float], title: str, body: str
) -> float:
    long = K1 * (1 - B + B * len(body) / MEAN_LENGTH)
    score = 0.0
    for (in_title, in_body), weight in zip(counts, rarity, strict=True):
        score += weight * TITLE_WEIGHT * (in_title > 0) + weight * in_body * (K1 + 1) / (in_body + long)
    if terms and all(in_title for in_title, _ in counts):
        score *= 1.3 + 0.7 * min(1.0, len(terms) / max(1, title.count(" ") - 1))
    if len(terms) > 1:
        score *= 1.0 + 0.25 * _stand_together(terms, title) + 0.15 * _stand_together(terms, body)
    return score


def _stand_together(terms: Sequence[Term], padded: str) -> bool:
    """Whether two neighbours of the query are neighbours in the text."""
    pairs = pairwise(terms)
    return any(f" {a} {b}" in padded for left, right in pairs for a in left.stems for b in right.stems)


def snippet(terms: Sequence[Term], body: str, language: str) -> str:
    """About 200 characters around the words found, as HTML: `<mark>` around those, everything else escaped."""
    found = _places(terms, body, language)
    start, end = _window(body, found)
    parts, at = [], start
    for left, right in found:
        if left >= at and right <= end:
            parts += [html.escape(body[at:left]), "<mark>", html.escape(body[left:right]), "</mark>"]
            at = right
    parts.append(html.escape(body[at:end]))
    text = "".join(parts).replace("\n", " ").strip()
    return f"{'… ' if start else ''}{text}{' …' if end < len(body) else ''}"


def _places(terms: Sequence[Term], body: str, language: str) -> list[tuple[int, int]]:
    """Where words of the query stand: (start, end), the first 50."""
    begins = {stem for term in terms for stem in (*term.stems, *([term.word] if term.is_typing else ()))}
    folded = fold(body)
    if any(_UNSPACED_RUN.match(begin) for begin in begins):
        longest_first = "|".join(re.escape(begin) for begin in sorted(begins, key=len, reverse=True))
        return [found.span() for found in islice(re.finditer(longest_first, folded), MAX_PLACES)]
    places: list[tuple[int, int]] = []
    for start, end in _beginning(folded, begins):
        word = _spelt(folded[start:end])
        if any(term.holds(stem(word, language), word) for term in terms):
            places.append((start, end))
            if len(places) == MAX_PLACES:
                break
    return places


def _beginning(folded: str, begins: Iterable[str]) -> list[tuple[int, int]]:
    """The words that begin so, in order. Plain finding is three times faster than a pattern of alternatives."""
    spelt = sorted(begin.replace("plusplus", "++") for begin in begins)
    shortest = [begin for before, begin in pairwise(["", *spelt]) if not before or not begin.startswith(before)]
    return sorted(span for begin in shortest for span in _words_with(folded, begin))


def _words_with(folded: str, begin: str) -> Iterator[tuple[int, int]]:
    start = folded.find(begin)
    while start >= 0:
        end = start + len(begin)
        if not start or not folded[start - 1].isalnum():
            end = _REST.match(folded, end).end()  # type: ignore[union-attr]  # it matches anything
            yield start, end
        start = folded.find(begin, end)


def _window(body: str, places: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The stretch of SNIPPET characters that holds most of the places, cut between words."""
    starts = [start for start, _ in places]
    held = [bisect_left(starts, start + SNIPPET - 60) - index for index, start in enumerate(starts)]
    best = places[held.index(max(held))] if places else (0, 0)
    start = max(0, best[0] - 60)
    if start:
        space = body.find(" ", start, best[0])
        start = space + 1 if space >= 0 else start
    end = min(len(body), start + SNIPPET)
    if end < len(body):
        space = body.rfind(" ", max(start, best[1]), end)
        end = space if space > start else end
    return start, end
