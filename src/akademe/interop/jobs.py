"""Imports as jobs."""

from __future__ import annotations

from typing import Any

from akademe.interop import service
from akademe.interop.events import ImportCourse
from akademe.kernel.ctx import Ctx
from akademe.kernel.queue import Work, every, job


@job(ImportCourse, long=True, max_attempts=3)
async def import_course(work: Work, args: ImportCourse) -> dict[str, Any]:
    result = await service.run_import(args, work.progress)
    return result.model_dump(mode="json")


@every(hours=12)
async def sweep_leftovers(ctx: Ctx) -> None:
    await service.sweep_leftovers(ctx)
