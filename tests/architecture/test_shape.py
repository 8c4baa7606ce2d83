"""The shape of the house, checked where import-linter cannot."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Numeric

from akademe import domains
from akademe.kernel.db import Base, Record
from akademe.kernel.events import Event
from tests.tools.domains import card

SOURCE = Path(__file__).parents[2] / "src" / "akademe"
FILES = [path for path in SOURCE.rglob("*.py") if "migrations/versions" not in path.as_posix()]
ALLOWED = {
    "models",
    "schemas",
    "rules",
    "policy",
    "service",
    "events",
    "jobs",
    "notices",
    "errors",
    "api",
    "adapters",
    "commands",
    "sockets",
}
# A domain's own content and pure parts that no other name of DESIGN.md section 3 fits: docs/decisions says why.
EXTRA = {"interop": {"native", "olx", "gift"}, "learning": {"certificate"}, "admin": {"demo"}}
LIMITS = {"policy.py": 100, "notices.py": 60, "errors.py": 60, "commands.py": 100, "sockets.py": 100, "events.py": 100}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_file_is_longer_than_400_lines(path: Path) -> None:
    limits = {} if "kernel" in path.parts else LIMITS
    assert len(path.read_text().splitlines()) <= limits.get(path.name, 400)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_text_is_compared_by_what_both_databases_do_alike(path: Path) -> None:
    """SQLite's own `lower` knows ASCII alone, and `ilike` is made of it there: `db.folded` is for that."""
    assert re.findall(r"func\.(?:lower|upper)\(|\.(?:ilike|icontains|istartswith|iendswith)\(", path.read_text()) == []


def test_every_folder_of_code_is_a_package() -> None:
    bare = {path.parent for path in FILES if not (path.parent / "__init__.py").exists()}
    assert not {folder for folder in bare if "migrations" not in folder.parts}


@pytest.mark.parametrize("name", domains.DOMAINS)
def test_a_domain_has_only_the_files_of_the_design_and_a_card(name: str) -> None:
    folder = SOURCE.joinpath(*name.split("."))
    parts = {path.stem for path in folder.iterdir() if path.name not in ("__init__.py", "__pycache__", "templates")}
    assert parts <= ALLOWED | EXTRA.get(name, set())
    card = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""
    assert 5 <= len(card.splitlines()) + 2 <= 20
    assert all(f"{word}:" in card for word in ("Tables", "Events", "Stands on"))


@pytest.mark.parametrize("name", ["kernel", *domains.DOMAINS])
def test_a_card_names_the_tables_and_events_there_are(name: str) -> None:
    domains.load_models()
    said = {part.split(":")[0]: set(re.findall(r"\w+", part)) for part in re.split(r"\n(?=[A-Z][\w ]+: )", card(name))}
    module = f"akademe.{name}."
    tables = {kind.__tablename__ for kind in _kinds(Record) if kind.__module__.startswith(module)}
    assert tables <= said["Tables"]
    recorded = {kind.__name__ for kind in _kinds(Event) if kind.__module__.startswith(module)}
    assert {name for name in recorded if not name.startswith("_")} <= said.get("Events", set())


def test_no_relationship_loads_by_itself() -> None:
    """An attribute that awaits cannot be read, and one that is read in a loop is a statement each."""
    domains.load_models()
    lazy = [
        f"{mapper}.{found.key}"
        for mapper in Base.registry.mappers
        for found in mapper.relationships
        if found.lazy != "raise"
    ]
    assert lazy == []


def test_what_is_exact_is_an_integer() -> None:
    """Grades are points x 100 and money is minor units: SQLite keeps a Decimal as REAL."""
    domains.load_models()
    columns = [column for table in Base.metadata.tables.values() for column in table.columns]
    assert [column for column in columns if isinstance(column.type, Numeric)] == []


def _kinds(kind: type[Any]) -> list[type[Any]]:
    return [found for child in kind.__subclasses__() for found in (child, *_kinds(child))]


def test_every_table_says_what_personal_data_it_holds() -> None:
    domains.load_models()
    for record in _kinds(Record):
        if "__tablename__" in record.__dict__:
            assert "__pii__" in record.__dict__, record
            assert set(record.__pii__) <= set(record.__table__.columns.keys()), record


# People and their uses are of the whole installation; the words of titles serve the spelling of searches, and are
# never shown.
WITHOUT_TENANT = {"organizations", "usages", "idempotency_keys", "users", "login_throttles", "search_trigrams"}


def test_every_tenant_owned_table_names_its_organisation_or_its_parent() -> None:
    domains.load_models()
    for table in Base.metadata.tables.values():
        named = {column.name for column in table.columns}
        parents = {key.column.table.name for key in table.foreign_keys}
        assert "organization_id" in named or parents or table.name in WITHOUT_TENANT, table.name
