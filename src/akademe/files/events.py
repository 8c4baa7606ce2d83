"""Facts about files."""

from uuid import UUID

from akademe.kernel.events import Event


class FileDeleted(Event):
    file_id: UUID
