"""How a command of the command line gets its unit of work."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from akademe.kernel import db
from akademe.kernel.config import settings
from akademe.kernel.db import schema
from akademe.kernel.telemetry import configure_logs

T = TypeVar("T")


def run(action: Callable[[], Awaitable[T]], *, log_level: str = "WARNING") -> T:
    """Connect the database (an embedded one is made and migrated first), await `action()`, close."""
    configure_logs(log_level)
    prepare_database()

    async def main() -> T:
        db.connect(settings().database_url, settings().db_pool_size)
        try:
            return await action()
        finally:
            await db.close()

    return asyncio.run(main())


def prepare_database() -> None:
    """Make DATA_DIR, and bring an embedded database to the newest schema."""
    settings().data_dir.mkdir(parents=True, exist_ok=True)
    if settings().is_sqlite and not schema.is_current(settings().database_url):
        asyncio.run(schema.upgrade(settings().database_url))
