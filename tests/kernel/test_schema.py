"""Migrations: one head, up and down and up again, and the same schema as the models say."""

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from akademe import domains
from akademe.kernel import db
from akademe.kernel.db import Base, schema
from tests.databases import BACKENDS


def test_there_is_one_head_and_it_is_the_file_that_sorts_last() -> None:
    heads = ScriptDirectory.from_config(schema.alembic_config()).get_heads()
    assert heads == [schema.newest()]


@pytest.mark.filterwarnings("ignore:autogenerate skipping")
async def test_up_down_up_and_the_models_agree(backend: str, tmp_path: Path) -> None:
    domains.load_models()
    url = await BACKENDS[backend].empty(tmp_path)
    await schema.upgrade(url)
    await schema.downgrade(url, "base")
    await schema.upgrade(url)
    database = db.connect(url)
    async with database.engine.connect() as connection:
        differences = await connection.run_sync(_differences)
    await db.close()
    await BACKENDS[backend].drop(url)
    assert differences == []


def _differences(connection: Any) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": False, "include_object": _is_ours})
    return list(compare_metadata(context, Base.metadata))


def _is_ours(_: Any, name: str | None, kind: str, reflected: bool, __: Any) -> bool:
    """Search's own tables are made by its DDL; expression indexes cannot be read back."""
    return not (str(name).startswith("search_fts") or (kind == "index" and name == "uq_date_overrides_target"))
