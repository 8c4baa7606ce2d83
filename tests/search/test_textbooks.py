"""A real textbook: what every database finds first is what ranking every document would put first."""

import gzip
import json
from collections import defaultdict
from dataclasses import dataclass

import pytest

from akademe.kernel.auth import Actor
from akademe.kernel.ctx import open_ctx, system_ctx
from akademe.kernel.db import new_id
from akademe.search import rules, service
from tests.make import orgs

BOOK = "python"


@dataclass
class Chapter:
    id: object
    title: str
    body: str
    title_stems: str
    body_stems: str
    kind: str = "chapter"


@pytest.fixture
async def chapters(database, shared):
    """Every section of a book of OpenStax as a chapter in the index."""
    parts = defaultdict(list)
    with gzip.open(shared / "data" / "openstax" / "passages.jsonl.gz", "rt") as lines:
        for passage in map(json.loads, lines):
            if passage["book"] == BOOK:
                parts[passage["module"], passage["title"]].append(passage["text"])
    home = await orgs.default()
    made = []
    for (_, title), texts in parts.items():
        body = "\n".join(texts)
        made.append(Chapter(new_id(), title, body, rules.stems(title, "en"), rules.stems(body, "en")))
    entries = [service.Entry("chapter", one.id, home.id, home.id, service.prepare(one.title, one.body)) for one in made]
    async with system_ctx() as ctx:
        await service.put(ctx, *entries)
    return made


def first(chapters, query):
    """The titles that may come first where every document with every word is ranked; None where there are too many."""
    terms = rules.parse(query)
    held = [c for c in chapters if all(_holds(c, term) for term in terms)]
    if not held or len(held) > service.CANDIDATES:
        return None
    scores = rules.rank(terms, held)
    return {c.title for c, score in zip(held, scores, strict=True) if score > max(scores) - 1e-9}


def _holds(chapter, term):
    words = f" {chapter.title_stems} {chapter.body_stems} "
    return any(f" {stem} " in words for stem in term.stems) or (term.is_typing and f" {term.word}" in words)


async def test_the_first_of_real_chapters_is_the_same_everywhere(chapters):
    titles = {chapter.title for chapter in chapters}
    phrases = {" ".join(c.body.split()[40:44]) for c in chapters}
    asked = right = 0
    async with open_ctx(Actor(organization_id=(await orgs.default()).id)) as ctx:
        for query in sorted(titles) + sorted(phrases):
            expected = first(chapters, query)
            if expected is None:
                continue
            _, hits = await service.query(ctx, query, limit=1)
            assert hits[0].title in expected, query
            asked += 1
            right += hits[0].title == query
    assert asked > 100
    assert right > 0.9 * len(titles & {t for t in titles if first(chapters, t)})


async def test_misspelt_titles_of_real_chapters_are_found(chapters):
    found = 0
    words = sorted({w for c in chapters for w in rules.words(c.title) if len(w) > 7 and w.isalpha()})[::4]
    async with open_ctx(Actor(organization_id=(await orgs.default()).id)) as ctx:
        for word in words:
            swapped = word[:3] + word[4] + word[3] + word[5:]
            _, hits = await service.query(ctx, swapped, limit=10)
            found += any(word in rules.words(hit.title) for hit in hits)
    assert found > 0.9 * len(words)
