"""Reading and writing the folder: shapes of its documents, YAML that knows its lines, links between files."""

from akademe.interop.native.rules.read import find_root, read_native
from akademe.interop.native.rules.write import write_native

__all__ = ["find_root", "read_native", "write_native"]
