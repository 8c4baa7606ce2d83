"""The shape of the house, checked where import-linter cannot."""

import ast
from pathlib import Path

import pytest

from akademe import domains
from akademe.kernel.db import Base, Record

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


def _records(kind: type[Record] = Record) -> list[type[Record]]:
    found = []
    for child in kind.__subclasses__():
        found += [child, *_records(child)]
    return found


def test_every_table_says_what_personal_data_it_holds() -> None:
    domains.load_models()
    for record in _records():
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
