"""Passwords on one thread of their own: Argon2id for all, bcrypt verified and upgraded, strength by zxcvbn.

One thread, because a verification takes 19 MiB and some 27 ms of a core: a storm of sign-ins queues here instead of
taking the processor from everybody's reads, to which the thread gives way. Hash before the first write of a unit of
work.
"""

import asyncio
import os
import sys
import threading
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

from akademe.identity import rules
from akademe.identity.errors import WeakPassword

# OWASP Password Storage Cheat Sheet: Argon2id with m=19456 (KiB), t=2, p=1.
_ARGON2 = Argon2Hasher(time_cost=2, memory_cost=19456, parallelism=1)
_HASHERS = PasswordHash((_ARGON2, BcryptHasher()))
# The hash of a password nobody has, so that an unknown account takes as long as a known one.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$MzKFiki0FH/UHl7DTXAC9w$xp8UdNWI01EiZlKzkKR1ShoQIxr8FAvtmxt4G+4fuHM"
_BCRYPT_BYTES = 72
_NICENESS = 10


def _give_way() -> None:
    """On Linux priorities are per thread, and this one waits where the event loop's wants the processor."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


_thread = ThreadPoolExecutor(1, thread_name_prefix="passwords", initializer=_give_way)
P = ParamSpec("P")
T = TypeVar("T")


async def _on_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    return await asyncio.get_running_loop().run_in_executor(_thread, lambda: function(*args, **kwargs))


def _typed(password: str) -> str:
    """One form for what looks alike: keyboards compose accents differently (RFC 8265, section 4.2)."""
    return unicodedata.normalize("NFC", password)


async def hash_password(password: str) -> str:
    return await _on_thread(_HASHERS.hash, _typed(password))


async def check_strength(password: str, about: Sequence[str]) -> None:
    """Raises WeakPassword with the reason and what would help."""
    reason, suggestions = await _on_thread(rules.password_problem, password, about)
    if reason:
        raise WeakPassword(reason, suggestions)


async def verify_password(password: str, password_hash: str | None) -> tuple[bool, str | None]:
    """(right, a newer hash to keep or None). Without a hash the answer is no, in the same time."""
    return await _on_thread(_verify, password, password_hash)


def _verify(password: str, password_hash: str | None) -> tuple[bool, str | None]:
    if len(password) > rules.MAX_PASSWORD or not password_hash:
        _HASHERS.verify(password[: rules.MAX_PASSWORD], _NOBODY)
        return False, None
    try:
        if BcryptHasher.identify(password_hash):
            return _verify_bcrypt(password, password_hash)
        return _HASHERS.verify_and_update(_typed(password), password_hash)
    except UnknownHashError:
        return False, None


def _verify_bcrypt(password: str, password_hash: str) -> tuple[bool, str | None]:
    """Bcrypt reads 72 bytes and no more; those hashes were made so, and are replaced by one of the whole password."""
    if not _HASHERS.verify(password.encode()[:_BCRYPT_BYTES], password_hash):
        return False, None
    return True, _HASHERS.hash(_typed(password))
