"""Mail as files, for a school without a mail server: shown to the admin, opened by any mail program."""

import asyncio
import re
from email.message import EmailMessage
from pathlib import Path

from akademe.kernel.db import clock

_UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")


class FolderMailer:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def send(self, message: EmailMessage) -> None:
        await asyncio.to_thread(self._write, message)

    def _write(self, message: EmailMessage) -> None:
        """One file per message, whole or not at all; sent again it is the same file."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = _UNSAFE.sub("-", f"{clock():%Y%m%d}-{message['Message-ID'].strip('<>').split('@')[0]}")
        draft = self.folder / f".{name}"
        draft.write_bytes(bytes(message))
        draft.replace(self.folder / f"{name}.eml")
