"""Facts about files."""

from uuid import UUID

from akademe.kernel.events import Event


class FileDeleted(Event):
    file_id: UUID


class QuotaNearlyUsed(Event):
    """An upload has taken the organisation over nine tenths of its quota."""

    used_bytes: int
    quota_bytes: int
