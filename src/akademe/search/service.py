"""Put, remove, query. Nothing here knows what a document is; who may find it comes with it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Float,
    Integer,
    String,
    and_,
    bindparam,
    cast,
    column,
    delete,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    text,
    true,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR

from akademe.identity.models import Grant
from akademe.identity.policy import scope_of
from akademe.kernel.auth import Actor, scope
from akademe.kernel.bulk import batches, insert_into, run_many
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import Base, Id, Query, Row, UtcDateTime, clock, database
from akademe.search import rules
from akademe.search.models import Document, DocumentText, Trigram
from akademe.search.schemas import SearchHit

CANDIDATES = 20
MAX_LIMIT = 100
MOST, MOST_TITLES = 300, 100
STAFF = ("owner", "instructor", "ta")
_SHORTEST_CORRECTED = 4


@dataclass(frozen=True, slots=True)
class Words:
    """What a thing is found by and shown with. Stemming takes time: many are prepared before the first write."""

    title: str
    body: str
    language: str
    title_stems: str
    body_stems: str
    vector: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """A thing to index. `visibility` as the domain's card says."""

    kind: str
    ref_id: UUID
    organization_id: UUID
    course_id: UUID
    words: Words
    slug: str = ""
    visibility: str = "public"


def prepare(title: str, body: str, *, keywords: str = "", language: str = "en") -> Words:
    """`body` is plain text; keywords are found and not shown."""
    body = rules.composed(body)
    title_stems, body_stems = rules.stems(title, language), rules.stems(f"{keywords} {body}", language)
    # On SQLite triggers keep the index.
    vector = "" if database().is_sqlite else rules.tsvector(title_stems, body_stems)
    return Words(title, body, language, title_stems, body_stems, vector)


async def put(ctx: Ctx, *entries: Entry) -> None:
    """Index things, or index them anew, each named once: a few statements for each batch of them."""
    for batch in batches(entries):
        numbers = await _put_documents(ctx, batch)
        numbered = [(numbers[entry.kind, entry.ref_id], entry.words) for entry in batch]
        texts = [
            {"id": number, "title_stems": words.title_stems, "body_stems": words.body_stems, "body": words.body}
            for number, words in numbered
        ]
        await ctx.db.execute(_upsert(DocumentText, "id"), texts)
        if not database().is_sqlite:
            await ctx.db.execute(_PUT_VECTOR, [{"id": number, "vector": words.vector} for number, words in numbered])
        await ctx.breathe()
    await _learn_words(ctx, {word for entry in entries for word in rules.words(entry.words.title)})


async def _put_documents(ctx: Ctx, entries: Sequence[Entry]) -> dict[tuple[str, UUID], int]:
    """The number of each document."""
    rows = [
        {
            "kind": entry.kind,
            "ref_id": entry.ref_id,
            "organization_id": entry.organization_id,
            "course_id": entry.course_id,
            "visibility": entry.visibility,
            "language": entry.words.language,
            "title": entry.words.title,
            "slug": entry.slug,
            "updated_at": ctx.now,
        }
        for entry in entries
    ]
    put = _upsert(Document, "kind", "ref_id").returning(*(_column(Document, key) for key in ("id", "kind", "ref_id")))
    return {(kind, ref_id): number for number, kind, ref_id in await ctx.db.execute(put, rows)}


def _column(model: type[Base], name: str) -> Any:
    return model.__table__.c[name]


def _upsert(model: type[Base], *key: str) -> Any:
    """Rows of all columns; where the key is there, the others are set anew."""
    insert = insert_into(model)
    others = [name for name in model.__table__.c.keys() if name not in (*key, "id")]  # noqa: SIM118  # no mapping
    return insert.on_conflict_do_update(index_elements=list(key), set_={name: insert.excluded[name] for name in others})


_PUT_VECTOR = text(
    "INSERT INTO search_fts (id, vector) VALUES (:id, CAST(:vector AS tsvector)) "
    "ON CONFLICT (id) DO UPDATE SET vector = excluded.vector"
).bindparams(bindparam("id", type_=BigInteger()), bindparam("vector", type_=String()))


def has_words(kind: str, ref_id: Any, text: str) -> ColumnElement[bool]:
    """SQL: every word of `text` begins a word of the thing of this kind and id. For filters, which do not rank."""
    stems = literal(" ") + DocumentText.title_stems + " " + DocumentText.body_stems
    held = [or_(*(stems.contains(f" {stem}", autoescape=True) for stem in term.stems)) for term in rules.parse(text)]
    there = select(DocumentText.id).join(Document, Document.id == DocumentText.id)
    return exists(there.where(Document.kind == kind, Document.ref_id == ref_id, *held)) if held else false()


async def _learn_words(ctx: Ctx, words: Collection[str]) -> None:
    """Keep the trigrams of words that no title had before."""
    pairs = [(f"${word[:2]}", word) for word in sorted(words) if len(word) >= _SHORTEST_CORRECTED]
    new: set[str] = set()
    for batch in batches(pairs):
        known = select(Trigram.word).where(tuple_(Trigram.trigram, Trigram.word).in_(batch))
        new |= {word for _, word in batch} - set(await ctx.db.scalars(known))
    rows = [{"trigram": trigram, "word": word} for word in sorted(new) for trigram in sorted(rules.trigrams(word))]
    await run_many(ctx, insert_into(Trigram).on_conflict_do_nothing(), rows)


async def remove(ctx: Ctx, kind: str, *ref_ids: UUID) -> None:
    if ref_ids:
        await ctx.db.execute(delete(Document).where(Document.kind == kind, Document.ref_id.in_(ref_ids)))


async def set_visibility(ctx: Ctx, ref_ids: Collection[UUID], visibility: str) -> None:
    """Change who finds these, without indexing them anew."""
    changed = update(Document).where(Document.ref_id.in_(ref_ids), Document.visibility != visibility)
    await ctx.db.execute(changed.values(visibility=visibility))


async def set_slug(ctx: Ctx, course_id: UUID, slug: str) -> None:
    """The course has another address."""
    moved = update(Document).where(Document.course_id == course_id, Document.slug != slug)
    await ctx.db.execute(moved.values(slug=slug))


async def hide_course(ctx: Ctx, course_id: UUID) -> None:
    """Nobody finds the course or anything in it, until it is put or made visible again."""
    await ctx.db.execute(update(Document).where(Document.course_id == course_id).values(visibility="none"))


async def remove_course(ctx: Ctx, course_id: UUID) -> None:
    await ctx.db.execute(delete(Document).where(Document.course_id == course_id))


async def query(
    ctx: Ctx, text: str, kinds: Sequence[str] = ("course", "chapter"), limit: int = 10
) -> tuple[int, list[SearchHit]]:
    """How many the actor may find (up to 300) and the best of them, best first. Any string is a query.

    Documents with every word come first; where there is none, misspelt words are taken for the nearest words of
    titles, and at last any word is enough. Reads committed rows only.
    """
    asked = _Asked(ctx.actor, kinds, max(CANDIDATES, limit))
    terms, rows = await _matching(asked, rules.parse(text))
    if not rows:
        return 0, []
    candidates = [_Candidate(row["kind"], row["title_stems"], row["body_stems"]) for row in rows]
    scored = zip(rules.rank(terms, candidates), rows, strict=True)
    best = sorted(scored, key=lambda pair: (-pair[0], pair[1]["title"], str(pair[1]["ref_id"])))[:limit]
    return min(MOST, rows[0]["total"]), [_hit(ctx.actor, terms, row, score) for score, row in best]


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who asks for what, and how many candidates to rank."""

    actor: Actor
    kinds: Sequence[str]
    candidates: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    kind: str
    title_stems: str
    body_stems: str


async def _matching(asked: _Asked, terms: list[rules.Term]) -> tuple[list[rules.Term], list[Row]]:
    if not terms:
        return terms, []
    if rows := await _candidates(asked, terms):
        return terms, rows
    corrected = [await _corrected(term) for term in terms]
    if corrected != terms and (rows := await _candidates(asked, corrected)):
        return corrected, rows
    return corrected, await _candidates(asked, corrected, any_term=True)


async def _corrected(term: rules.Term) -> rules.Term:
    """The term with the stems of the nearest words of titles."""
    if len(term.word) < _SHORTEST_CORRECTED:
        return term
    grams = sorted(rules.trigrams(term.word))[:_GRAMS]
    rows = await _NEAR.all(**{f"gram{i}": gram for i, gram in enumerate(grams)})
    return term.with_words(rules.closest(term.word, [row["word"] for row in rows]))


async def _candidates(asked: _Asked, terms: Sequence[rules.Term], *, any_term: bool = False) -> list[Row]:
    is_sqlite, actor = database().is_sqlite, asked.actor
    match, title_match = (rules.match_fts5 if is_sqlite else rules.match_tsquery)(terms, any_term=any_term)
    return await (_SQLITE if is_sqlite else _POSTGRESQL).all(
        match=match,
        title_match=title_match,
        organization_id=actor.organization_id,
        user_id=actor.user_id,
        now=clock(),
        may_browse=actor.may_browse,
        sees_all=actor.admin_of(actor.organization_id),
        kind=asked.kinds[0],
        other_kind=asked.kinds[-1],
        candidates=asked.candidates,
    )


_GRAMS = 12
_NEAR = Query(
    select(Trigram.word, func.count().label("shared"))
    .where(Trigram.trigram.in_([bindparam(f"gram{i}", value="", type_=String()) for i in range(_GRAMS)]))
    .group_by(Trigram.word)
    .order_by(func.count().desc(), Trigram.word)
    .limit(30)
)


def _granted(*roles: str) -> ColumnElement[bool]:
    """The actor holds one of `roles` (any, without) at the document's course now."""
    held = select(Grant.id).where(
        Grant.user_id == bindparam("user_id", type_=Id()),
        Grant.scope == scope_of("course", Document.course_id),
        or_(Grant.until.is_(None), Grant.until > bindparam("now", type_=UtcDateTime())),
    )
    return exists(held.where(or_(*(Grant.role == role for role in roles))) if roles else held)


def _findable() -> ColumnElement[bool]:
    """The documents of the kinds wanted that the actor may find."""
    is_public = or_(Document.visibility == "public", Document.visibility == "course")
    visible = or_(
        and_(bindparam("may_browse", type_=Boolean()), is_public),
        and_(bindparam("sees_all", type_=Boolean()), Document.visibility != "none"),
        and_(or_(is_public, Document.visibility == "members"), _granted()),
        and_(Document.visibility == "staff", _granted(*STAFF)),
    )
    kinds = [bindparam("kind", type_=String()), bindparam("other_kind", type_=String())]
    return and_(Document.organization_id == bindparam("organization_id", type_=Id()), Document.kind.in_(kinds), visible)


def _best(titles: Any, texts: Any) -> Query:
    """The best candidates, those with the lowest scores, with their texts."""
    found = _united(titles, texts).cte("found")
    total = select(func.count()).select_from(found).scalar_subquery().label("total")
    best = select(found.c.id).order_by(found.c.score, found.c.id).limit(bindparam("candidates", type_=Integer())).cte()
    columns = (Document.id, Document.kind, Document.ref_id, Document.course_id, Document.title, Document.slug)
    stored = (DocumentText.title_stems, DocumentText.body_stems, DocumentText.body)
    return Query(
        select(*columns, Document.visibility, Document.language, *stored, total)
        .join(best, best.c.id == Document.id)
        .join(DocumentText, DocumentText.id == Document.id)
    )


def _united(titles: Any, texts: Any) -> Any:
    """At most MOST_TITLES rows (id, score) found by their titles and MOST by any text, each once.

    The limits bound what a word that stands everywhere costs. They count what the actor may find: before that, the
    documents of another organisation would fill them.
    """
    parts = [select(titles.limit(MOST_TITLES).subquery()), select(texts.limit(MOST).subquery())]
    both = union_all(*parts).subquery()
    return select(both.c.id, func.min(both.c.score).label("score")).group_by(both.c.id)


def _sqlite() -> Query:
    score: ColumnElement[float] = literal_column("bm25(search_fts, 8.0, 1.0)", Float)
    index = table("search_fts", column("rowid", Integer), column("search_fts", String))
    rows = select(index.c.rowid.label("id"), score.label("score")).join(Document, Document.id == index.c.rowid)
    rows, matches = rows.where(_findable()), index.c.search_fts.op("MATCH")
    titles = rows.where(matches(bindparam("title_match", type_=String())))
    return _best(titles, rows.where(matches(bindparam("match", type_=String()))))


def _postgresql() -> Query:
    vectors = table("search_fts", column("id", BigInteger), column("vector", TSVECTOR))
    weights: ColumnElement[Any] = literal_column("'{0.1, 0.2, 0.4, 1.0}'::real[]")
    wanted = cast(bindparam("match", type_=String()), TSQUERY)
    rows = select(vectors.c.id, (-func.ts_rank(weights, vectors.c.vector, wanted, 1)).label("score"))
    # Held to one look-up a match: the planner would rather read every document there is.
    findable = select(Document.id).where(Document.id == vectors.c.id, _findable()).offset(literal_column("0")).lateral()
    rows = rows.join(findable, true())
    matches = vectors.c.vector.op("@@", is_comparison=True)
    titles = rows.where(matches(cast(bindparam("title_match", type_=String()), TSQUERY)))
    return _best(titles, rows.where(matches(wanted)))


_SQLITE, _POSTGRESQL = _sqlite(), _postgresql()


def _hit(actor: Actor, terms: Sequence[rules.Term], row: Row, score: float) -> SearchHit:
    is_locked = row["visibility"] == "course" and not (
        actor.admin_of(actor.organization_id) or actor.has_grant(scope("course", row["course_id"]))
    )
    return SearchHit(
        type=row["kind"],
        id=row["ref_id"],
        title=row["title"],
        slug=row["slug"],
        course_id=row["course_id"],
        snippet=None if is_locked else rules.snippet(terms, row["body"], row["language"]),
        score=round(score, 4),
        locked=is_locked,
    )
