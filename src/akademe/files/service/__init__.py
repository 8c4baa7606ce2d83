"""The verbs of files."""

from akademe.files.service.access import can_read_file, get_file, owner_checks, register_owner
from akademe.files.service.content import open_content
from akademe.files.service.housekeeping import delete_file, delete_owned, purge, sweep_orphans
from akademe.files.service.storing import adopt, store_file, upload_file

__all__ = [
    "adopt",
    "can_read_file",
    "delete_file",
    "delete_owned",
    "get_file",
    "open_content",
    "owner_checks",
    "purge",
    "register_owner",
    "store_file",
    "sweep_orphans",
    "upload_file",
]
