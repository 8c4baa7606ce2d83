"""What imports and exports refuse."""

from __future__ import annotations

from akademe.interop.rules import ImportRefused
from akademe.kernel.errors import Conflict, Invalid

SHOWN_FAULTS = 20


class SourceRefused(Invalid):
    """A source that cannot be imported. `reason` says which kind of fault it is, `errors` names each with its place."""

    code, message = "SOURCE_REFUSED", "This cannot be imported."

    def __init__(self, refusal: ImportRefused) -> None:
        faults = [str(fault) for fault in refusal.faults[:SHOWN_FAULTS]] if len(refusal.faults) > 1 else []
        detail = "\n".join([refusal.sentence, *faults])
        errors = [{"field": f"{fault.file}:{fault.line}", "message": fault.message} for fault in refusal.faults]
        super().__init__(detail, errors=errors, reason=refusal.code)


class ImportedMeanwhile(Conflict):
    message = "The same course was imported by somebody else at the same time. Nothing was changed; import it again."
