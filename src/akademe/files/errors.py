"""Refusals of uploads."""

from akademe.kernel.errors import AppError, TooLarge, UnsupportedType


class FileTooLarge(TooLarge):
    message = "This file is larger than {limit} bytes, the most one file may have."


class QuotaExceeded(TooLarge):
    message = "This organisation has no room for the file: {used} of {quota} bytes are in use. Delete some files first."


class FileTypeRefused(UnsupportedType):
    """The name's extension is not one we take; `accepted` lists those."""

    message = "Files of this kind are not accepted."


class FileTypeMismatch(UnsupportedType):
    """The content is something else than the name says; `extensions` are those it would be taken under."""

    message = "The content of this file is not what its name says."


class RangeNotSatisfiable(AppError):
    status, message = 416, "This file has no such part."

    @property
    def headers(self) -> dict[str, str]:
        return {"Content-Range": f"bytes */{self.data['size']}"}
