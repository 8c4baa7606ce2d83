"""Where bytes of files lie: a folder in DATA_DIR, or what STORAGE_URL names (s3://, gs://, az://), through obstore.

Keys are made by the program, never by people. Nothing is ever whole in memory: what goes in and out streams.
"""

import errno
import re
from collections.abc import AsyncIterator, Collection
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store, from_url

from akademe.kernel.config import ConfigError, Settings, settings
from akademe.kernel.errors import AppError, NotFound, Unavailable

PART_BYTES = 8 * 2**20
READ_BYTES = 256 * 2**10
PARALLEL_PARTS = 3
DELETED_AT_ONCE = 500
_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
_NO_SPACE = (f"os error {errno.ENOSPC}", f"os error {errno.EDQUOT}", "no space left")


class StorageFull(AppError):
    status, code = 507, "STORAGE_FULL"
    message = "There is no room left for files. Nothing was stored; please tell whoever runs this site."


class StorageUnavailable(Unavailable):
    message = "The file storage does not answer. Nothing was changed; please try again in a moment."


class ContentMissing(NotFound):
    """The row is there and its bytes are not: a restore without files, or a folder that was tidied by hand."""

    message = "The content of this file is missing."


class Storage:
    """One store of objects. Keys are slash-separated names of letters, digits, dots, hyphens and underscores."""

    def __init__(self, store: ObjectStore) -> None:
        self._store: Any = store

    async def put(self, key: str, data: bytes | Path | IO[bytes] | AsyncIterator[bytes]) -> None:
        """Write an object whole or not at all, in parts of 8 MiB. Raises StorageFull, StorageUnavailable."""
        options = {"chunk_size": PART_BYTES, "max_concurrency": PARALLEL_PARTS}
        try:
            # mypy holds the named options against every keyword there is
            await obstore.put_async(self._store, _checked(key), data, **options)  # type: ignore[arg-type]
        except (BaseError, OSError) as error:
            raise _refusal(error) from error

    async def get(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to (not with) `end`, in chunks of about 256 KiB; awaited, it is known to exist.

        Raises ContentMissing, StorageUnavailable.
        """
        chosen: Any = {"offset": start} if end is None else (start, end)
        options: Any = {"range": chosen} if start or end is not None else {}
        try:
            found = await obstore.get_async(self._store, _checked(key), options=options)
        except (BaseError, OSError) as error:
            raise _refusal(error) from error
        return _chunks(found.stream(min_chunk_size=READ_BYTES))

    async def read(self, key: str) -> bytes:
        """A small object whole. Raises ContentMissing, StorageUnavailable."""
        return b"".join([chunk async for chunk in await self.get(key)])

    async def delete(self, keys: Collection[str]) -> None:
        """Remove objects; those that are gone already do not matter. Raises StorageUnavailable."""
        wanted = [_checked(key) for key in keys]
        for first in range(0, len(wanted), DELETED_AT_ONCE):
            try:
                await obstore.delete_async(self._store, wanted[first : first + DELETED_AT_ONCE])
            except FileNotFoundError:
                await self._delete_each(wanted[first : first + DELETED_AT_ONCE])
            except (BaseError, OSError) as error:
                raise _refusal(error) from error

    async def _delete_each(self, keys: list[str]) -> None:
        """A folder stops at the first object that is gone: the others one by one."""
        for key in keys:
            try:
                await obstore.delete_async(self._store, key)
            except FileNotFoundError:
                continue
            except (BaseError, OSError) as error:
                raise _refusal(error) from error

    async def list(self, prefix: str) -> AsyncIterator[list[tuple[str, datetime]]]:
        """(key, when written) of what lies under a folder, in batches. Raises StorageUnavailable."""
        try:
            async for batch in obstore.list(self._store, _checked(prefix), chunk_size=DELETED_AT_ONCE):
                yield [(one["path"], one["last_modified"]) for one in batch]
        except (BaseError, OSError) as error:
            raise _refusal(error) from error

    async def sweep(self, prefix: str) -> int:
        """Remove everything under a folder; gives how many objects. Raises StorageUnavailable."""
        count = 0
        async for batch in self.list(prefix):
            await self.delete([key for key, _ in batch])
            count += len(batch)
        return count


async def _chunks(stream: Any) -> AsyncIterator[bytes]:
    try:
        async for chunk in stream:
            yield bytes(chunk)
    except (BaseError, OSError) as error:
        raise _refusal(error) from error


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a storage key: {key!r}")
    return key


def _refusal(error: Exception) -> AppError:
    text = str(error).lower()
    if isinstance(error, FileNotFoundError):
        return ContentMissing()
    if any(sign in text for sign in _NO_SPACE):
        return StorageFull()
    return StorageUnavailable()


def storage() -> Storage:
    """The storage of this process, as the settings say."""
    chosen = settings()
    return _opened(chosen.storage_url, str(chosen.data_dir.absolute()), _s3_options(chosen))


@lru_cache(maxsize=4)
def _opened(url: str, data_dir: str, s3_options: tuple[tuple[str, str], ...]) -> Storage:
    client: Any = {"timeout": timedelta(minutes=30), "connect_timeout": timedelta(seconds=10), "allow_http": True}
    try:
        if not url:
            return Storage(LocalStore(Path(data_dir, "files"), mkdir=True))
        if url.startswith("s3://"):
            # mypy holds them against every keyword there is; the names are ours, below
            return Storage(S3Store.from_url(url, client_options=client, **dict(s3_options)))  # type: ignore[arg-type]
        return Storage(from_url(url, client_options=client))
    except (BaseError, ValueError, OSError) as error:
        raise ConfigError(f"STORAGE_URL: {url or data_dir} cannot be opened ({error}).") from error


def _s3_options(chosen: Settings) -> tuple[tuple[str, str], ...]:
    """What is set; the rest (a role of the machine, say) obstore finds itself."""
    options = {
        "access_key_id": chosen.aws_access_key_id,
        "secret_access_key": chosen.aws_secret_access_key,
        "endpoint": chosen.aws_endpoint_url,
        "region": chosen.aws_region,
    }
    return tuple((name, value) for name, value in options.items() if value)
