"""GIFT files in and out of an assessment."""

import asyncio
import hashlib
from collections import Counter
from uuid import UUID

from akademe.assessment import service as assessment
from akademe.assessment.schemas import QuestionIn
from akademe.interop.gift.errors import GiftSyntax
from akademe.interop.gift.rules import GiftError, GiftImport, read_gift, write_gift
from akademe.interop.gift.schemas import GiftElement, GiftReport
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import Invalid

SOURCE = "gift"


async def import_gift(ctx: Ctx, assessment_id: UUID, data: bytes) -> GiftReport:
    """Bring the questions of a GIFT file into an assessment; the same file again changes nothing.

    Parsing runs in a thread, before anything is written. Raises GiftSyntax, Invalid (not UTF-8), NotFound, Forbidden.
    """
    found = await asyncio.to_thread(_read, data)
    given = with_origins(found)
    result = await assessment.replace_questions_by_source(ctx, assessment_id, given)
    await ctx.db.flush()
    return GiftReport(
        questions=await assessment.list_staff_questions(ctx, assessment_id),
        added=len(result.added),
        updated=len(result.updated),
        unchanged=len(result.unchanged),
        removed=len(result.removed),
        kept=[str(id_) for id_ in result.kept],
        report=_report(found),
    )


async def read_questions(text: str) -> list[QuestionIn]:
    """The questions of a GIFT text as new ones, without the origins it may name. Raises GiftSyntax."""
    found = await asyncio.to_thread(_read, text.encode())
    return [item.question.model_copy(update={"source": None, "source_id": None}) for item in found.questions]


def _read(data: bytes) -> GiftImport:
    try:
        return read_gift(data.decode("utf-8-sig"))
    except UnicodeDecodeError as problem:
        raise Invalid.field("file", "The file is not UTF-8 text.") from problem
    except GiftError as problem:
        raise GiftSyntax(str(problem), line=problem.line, column=problem.column) from problem


def with_origins(found: GiftImport) -> list[QuestionIn]:
    """The questions, each with an origin id of its own: what the file says, else one that its text gives.

    Not its place: a question put before it would make it another one, and its key would regrade what this one earned.
    """
    seen: Counter[str] = Counter()
    given = []
    for item in found.questions:
        named = item.question.source_id if item.question.source == SOURCE else None
        base = named or _mark_of(item.question)
        seen[base] += 1
        origin = base if seen[base] == 1 else f"{base} ({seen[base]})"
        given.append(item.question.model_copy(update={"source": SOURCE, "source_id": origin}))
    return given


def _mark_of(question: QuestionIn) -> str:
    text = " ".join(question.question_text.split())
    return "#" + hashlib.sha256(f"{question.question_type}\0{text}".encode()).hexdigest()[:16]


def _report(found: GiftImport) -> list[GiftElement]:
    """Every kind of thing in the file, mapped or not and why."""
    mapped: dict[str, list[int]] = {}
    for item in found.questions:
        mapped.setdefault(item.question.question_type, []).append(item.line)
    lines = [
        GiftElement(element="question", count=len(at), mapped_to=kind, lines=at) for kind, at in sorted(mapped.items())
    ]
    if found.pools:
        lines.append(GiftElement(element="$CATEGORY", count=len(found.pools), mapped_to="pool", lines=[]))
    return lines + [
        GiftElement(element=left.element, count=1, reason=left.reason, lines=[left.line]) for left in found.unmapped
    ]


async def export_gift(ctx: Ctx, assessment_id: UUID) -> tuple[str, str]:
    """(title, GIFT text) of an assessment, for its staff. Raises NotFound, Forbidden."""
    title, questions = await assessment.export_questions(ctx, assessment_id)
    return title, await asyncio.to_thread(write_gift, questions, title=title)
