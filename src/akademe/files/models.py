"""The tables of files and of how much of its quota each organisation has used."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from akademe.kernel.db import Record

DRAFT = "draft"


class File(Record):
    """A stored file. `owner_kind` "draft" means that only its uploader may use it until a domain adopts it.

    `size` in bytes, `width` and `height` in pixels where it is a picture; `source`, `source_id` name where an import
    found it. A deleted file's bytes wait for the purge.
    """

    __tablename__ = "files"
    __table_args__ = (
        Index("ix_files_owner_kind_owner_id", "owner_kind", "owner_id"),
        Index("uq_files_storage_key", "storage_key", unique=True),
    )
    __pii__ = ("name",)

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    owner_kind: Mapped[str] = mapped_column(default=DRAFT)
    owner_id: Mapped[UUID | None]
    name: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    storage_key: Mapped[str]
    uploader_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    source: Mapped[str] = mapped_column(default="")
    source_id: Mapped[str] = mapped_column(default="")
    width: Mapped[int | None]
    height: Mapped[int | None]
    deleted_at: Mapped[datetime | None]

    @property
    def url(self) -> str:
        return f"/api/v1/files/{self.id}/content"

    @property
    def etag(self) -> str:
        return f'"{self.sha256[:32]}"'


class FileUsage(Record):
    """Bytes of an organisation's living files; changed by atomic updates alone."""

    __tablename__ = "file_usages"
    __table_args__ = (Index("uq_file_usages_organization_id", "organization_id", unique=True),)
    __pii__ = ()

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    used_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
