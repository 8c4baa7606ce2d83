"""OLX to a course tree: outline, texts, videos, problems, and a ledger that books every element."""

from akademe.interop.olx.rules.read import find_root, read_olx

__all__ = ["find_root", "read_olx"]
