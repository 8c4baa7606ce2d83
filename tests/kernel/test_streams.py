"""What is streamed is sent after the commit: by then the route's unit of work is over (DESIGN.md section 4)."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from akademe.kernel.ctx import Ctx, system_ctx
from akademe.kernel.usages import Usage
from tests.conftest import make_client
from tests.make import catalog, files, identity

SOURCE = Path(__file__).resolve().parents[2] / "src" / "akademe"
# Every handler that streams, and where the test asks it.
STREAMS = {
    ("files/api.py", "get_content"): "/api/v1/files/{file}/content",
    ("interop/api.py", "export_course"): "/api/v1/courses/{course}/export",
    ("web/teach/pages/imports.py", "export"): "/teach/{course}/export",
}
FunctionDef = ast.FunctionDef | ast.AsyncFunctionDef


def functions() -> Iterator[tuple[str, FunctionDef]]:
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, FunctionDef):
                yield path.relative_to(SOURCE).as_posix(), node


def own(node: FunctionDef) -> Iterator[ast.AST]:
    """The nodes of a function without those of functions inside it."""
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        yield (one := waiting.pop())
        waiting += [] if isinstance(one, FunctionDef | ast.Lambda) else ast.iter_child_nodes(one)


def is_stream(node: FunctionDef) -> bool:
    """An async generator, that is; a context manager is none."""
    decorated = any("contextmanager" in ast.unparse(one) for one in node.decorator_list)
    return not decorated and isinstance(node, ast.AsyncFunctionDef) and any(isinstance(n, ast.Yield) for n in own(node))


def test_the_handlers_that_stream_are_those_tested_here():
    made = {(path, node.name) for path, node in functions() if "StreamingResponse(" in ast.unparse(node)}
    assert made == STREAMS.keys()


def test_no_stream_is_made_of_anothers_ctx():
    """It would be used after its end. A stream opens its own; what it opens is a name of its own too."""
    for path, node in functions():
        if is_stream(node):
            opened = {name.id for one in own(node) if isinstance(one, ast.withitem) for name in _names(one)}
            used = {name.id for one in own(node) for name in _names(one) if "ctx" in name.id}
            assert "Ctx" not in ast.unparse(node.args), (path, node.name)
            assert used <= opened | {"open_ctx", "system_ctx"}, (path, node.name)
            assert "self.ctx" not in ast.unparse(node), (path, node.name)


def _names(node: ast.AST) -> list[ast.Name]:
    found = node.optional_vars if isinstance(node, ast.withitem) else node
    return [found] if isinstance(found, ast.Name) else []


@pytest.mark.parametrize("path", STREAMS.values())
async def test_the_unit_of_a_route_is_over_before_its_stream_begins(app, database, as_user, path):
    teacher = await identity.user("instructor")
    course = await catalog.course(teacher, lessons=3)
    file = await files.file(teacher, data=files.TEXT * 500, owner_kind="course", owner_id=course.id)
    taken: list[int] = []

    async def seen(scope: Any, receive: Any, send: Any) -> None:
        async def noted(message: Any) -> None:
            if message.get("more_body"):
                taken.append(database.engine.pool.checkedout())
            await send(message)

        await app(scope, receive, noted)

    signed_in = await as_user(teacher)
    async with make_client(seen, authorization=signed_in.headers["authorization"]) as client:
        answer = await client.get(path.format(file=file.id, course=course.slug))
    assert (answer.status_code, len(answer.content) > 1000) == (200, True)
    assert len(taken) > 0
    assert set(taken) == {0}


async def test_a_ctx_that_is_over_begins_nothing_again(database):
    """Nobody would end it, and its connection would be lost to the others."""
    async with system_ctx() as ctx:
        await ctx.get(Usage, (await _usage(ctx)).id)
    with pytest.raises(AssertionError, match="over"):
        await _usage(ctx)
    with pytest.raises(AssertionError, match="over"):
        await ctx.unit.writer()
    assert database.engine.pool.checkedout() == 0


async def _usage(ctx: Ctx) -> Usage:
    ctx.db.add(row := Usage(bucket="b", user_id=(await identity.user()).id))
    await ctx.db.flush()
    return row
