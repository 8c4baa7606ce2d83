"""GIFT text to tree, tree to questions, questions to text. Pure, and linear in the size of the file."""

from akademe.interop.gift.rules.exporting import write_gift
from akademe.interop.gift.rules.mapping import GiftImport, GiftQuestion, Unmapped, read_gift
from akademe.interop.gift.rules.parsing import parse_gift
from akademe.interop.gift.rules.tree import GiftError

__all__ = ["GiftError", "GiftImport", "GiftQuestion", "Unmapped", "parse_gift", "read_gift", "write_gift"]
