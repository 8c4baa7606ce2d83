"""The jobs one may ask for."""

from __future__ import annotations

from uuid import UUID

from akademe.kernel.queue import JobArgs


class ImportCourse(JobArgs):
    """Import what was uploaded under `storage_key`, in the name and with the rights of `instructor_id`.

    `file_name` is the uploaded file's; `format` is auto, native, olx or gift.
    """

    storage_key: str
    file_name: str
    format: str
    instructor_id: UUID
    organization_id: UUID
