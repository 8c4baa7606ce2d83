"""What is indexed, and how each database finds it.

`search_fts` is no model: on SQLite an FTS5 table over the stems, kept by triggers; on PostgreSQL a table of tsvectors
with a GIN index. `DDL` makes and removes it; `create_all` runs it, and a migration may.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, Text, UniqueConstraint, event, text
from sqlalchemy.orm import Mapped, mapped_column

from akademe.kernel.db import Base

Number = BigInteger().with_variant(Integer(), "sqlite")


class Document(Base):
    """One thing that can be found, without its texts: rows so small that a search may look at hundreds of them."""

    __tablename__ = "search_documents"
    __table_args__ = (
        UniqueConstraint("kind", "ref_id"),
        Index("ix_search_documents_course_id", "course_id"),
    )
    __pii__ = ()

    id: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=True)
    kind: Mapped[str]
    ref_id: Mapped[UUID]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    course_id: Mapped[UUID]
    visibility: Mapped[str]
    language: Mapped[str]
    title: Mapped[str]
    slug: Mapped[str]
    updated_at: Mapped[datetime]


class DocumentText(Base):
    """The texts of a document. `*_stems` are its words as `rules.stems` makes them, separated by spaces."""

    __tablename__ = "search_texts"
    __pii__ = ()

    id: Mapped[int] = mapped_column(
        Number, ForeignKey("search_documents.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    title_stems: Mapped[str] = mapped_column(Text)
    body_stems: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)


class Trigram(Base):
    """Three letters of a word that stands in some title: what a misspelt word is compared with."""

    __tablename__ = "search_trigrams"
    __pii__ = ()

    trigram: Mapped[str] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(primary_key=True)


_COLUMNS = "title_stems, body_stems"
_DELETE = (
    f"INSERT INTO search_fts(search_fts, rowid, {_COLUMNS}) VALUES ('delete', old.id, old.title_stems, old.body_stems);"
)
_INSERT = f"INSERT INTO search_fts(rowid, {_COLUMNS}) VALUES (new.id, new.title_stems, new.body_stems);"
_FTS5 = (
    f"CREATE VIRTUAL TABLE search_fts USING fts5({_COLUMNS}, content='search_texts', content_rowid='id', "
    "tokenize='unicode61 remove_diacritics 0', prefix='2 3')"
)
_ON_UPDATE = f"AFTER UPDATE OF {_COLUMNS} ON search_texts BEGIN {_DELETE} {_INSERT} END"
_VECTORS = (
    "CREATE TABLE search_fts (id BIGINT PRIMARY KEY REFERENCES search_documents (id) ON DELETE CASCADE, "
    "vector TSVECTOR NOT NULL)"
)
# Beside its row a vector costs no second read, and the planner knows what a scan of the table costs.
_INLINE = "ALTER TABLE search_fts ALTER COLUMN vector SET STORAGE MAIN"
# With a pending list (fastupdate) every search would scan what was written since the last vacuum.
_INDEX = "CREATE INDEX ix_search_fts_vector ON search_fts USING gin (vector) WITH (fastupdate = off)"

DDL: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "sqlite": {
        "up": (
            _FTS5,
            f"CREATE TRIGGER search_fts_insert AFTER INSERT ON search_texts BEGIN {_INSERT} END",
            f"CREATE TRIGGER search_fts_delete AFTER DELETE ON search_texts BEGIN {_DELETE} END",
            f"CREATE TRIGGER search_fts_update {_ON_UPDATE}",
        ),
        "down": (
            "DROP TRIGGER IF EXISTS search_fts_insert",
            "DROP TRIGGER IF EXISTS search_fts_delete",
            "DROP TRIGGER IF EXISTS search_fts_update",
            "DROP TABLE IF EXISTS search_fts",
        ),
    },
    "postgresql": {
        "up": (_VECTORS, _INLINE, _INDEX),
        "down": ("DROP TABLE IF EXISTS search_fts",),
    },
}


def _run(direction: str) -> Any:
    def run(_: Any, connection: Any, **__: Any) -> None:
        for statement in DDL[connection.dialect.name][direction]:
            connection.execute(text(statement))

    return run


event.listen(DocumentText.__table__, "after_create", _run("up"))
event.listen(DocumentText.__table__, "before_drop", _run("down"))
