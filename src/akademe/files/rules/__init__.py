"""Pure rules of files: what they are, how large their pictures, which part is asked for, what they may be called."""

from akademe.files.rules.images import dimensions
from akademe.files.rules.kinds import KINDS, Kind, extension_of, kind_of
from akademe.files.rules.names import content_disposition, safe_name
from akademe.files.rules.ranges import UNSATISFIABLE, byte_range
from akademe.files.rules.zips import ZIP_END_BYTES, zip_directory, zip_names

__all__ = [
    "KINDS",
    "UNSATISFIABLE",
    "ZIP_END_BYTES",
    "Kind",
    "byte_range",
    "content_disposition",
    "dimensions",
    "extension_of",
    "kind_of",
    "safe_name",
    "zip_directory",
    "zip_names",
]
