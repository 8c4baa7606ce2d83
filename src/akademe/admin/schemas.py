"""What people see of work in the background."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel


class JobOut(BaseModel):
    """`status` queued, running, done or failed; `progress` 0 to 1; `result` when done; `error` when failed."""

    id: UUID
    name: str
    status: str
    progress: float
    result: dict[str, Any] | None
    error: str | None
