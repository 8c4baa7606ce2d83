"""Through the database: an imported course exports as the same course, and its export imports as the same again."""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings

from akademe.identity.models import User
from akademe.interop import service
from akademe.interop.native.rules import read_native, write_native
from akademe.interop.rules import CourseTree, open_source
from akademe.kernel.ctx import open_ctx
from tests.make import catalog as courses
from tests.make import identity as people
from tests.make import interop as make


async def _silent(_: float) -> None:
    """No progress is shown."""


async def _import(person: User, data: bytes) -> Any:
    actor = await people.actor(person)
    with tempfile.TemporaryDirectory() as room:
        path = Path(room, "course.zip")
        path.write_bytes(data)
        return await service.import_course(actor, path, path.name, "auto", _silent)


async def _export(person: User, course_id: Any) -> bytes:
    async with open_ctx(await people.actor(person)) as ctx:
        download = await service.export_course(ctx, str(course_id))
    return b"".join([chunk async for chunk in download.chunks])


def _tree(data: bytes) -> CourseTree:
    with tempfile.TemporaryDirectory() as room:
        path = Path(room, "course.zip")
        path.write_bytes(data)
        with open_source(path) as files:
            tree = read_native(files)
            for asset in tree.assets:
                asset.content = asset.read()
    return tree


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(wanted=make.trees())
async def test_export_then_import_gives_the_same_course(database: Any, wanted: CourseTree) -> None:
    teacher = await people.user("instructor")
    before = [(await courses.course()).slug for _ in range(2)]
    wanted.prerequisites = before[: len(wanted.tags)]
    made = await _import(teacher, make.native_zip(wanted))
    assert not [row for row in made.report if "reason" in row and row["element"] not in ("link", "slug")]
    data = await _export(teacher, made.course_id)
    found = _tree(data)
    wanted.slug = found.slug
    wanted.difficulty_level, wanted.language = wanted.difficulty_level or "beginner", wanted.language or "en"
    wanted.duration_hours = wanted.duration_hours or 0
    assert found == wanted

    again = await _import(teacher, data)
    assert (again.course_id, again.created) == (made.course_id, False)
    assert await _export(teacher, made.course_id) == data

    other = await people.user("instructor")
    copy = await _import(other, data)
    assert copy.created
    twin = _tree(await _export(other, copy.course_id))
    twin.slug = wanted.slug
    assert twin == wanted
    assert dict(write_native(twin)).keys() == dict(write_native(wanted)).keys()
