"""The table of contents: what the program is made of, lowest floor first."""

import importlib.util
from collections.abc import Iterator
from types import ModuleType
from typing import Any

DOMAINS = (
    "orgs",
    "identity",
    "files",
    "notifications",
    "search",
    "catalog",
    "learning",
    "assessment",
    "interop",
    "interop.gift",
    "admin",
)
PAGES = ("ui", "public", "account", "learn", "teach", "staff", "developers")


def _modules(name: str, packages: tuple[str, ...]) -> Iterator[ModuleType]:
    for package in packages:
        path = f"akademe.{package}.{name}"
        if importlib.util.find_spec(f"akademe.{package}") and importlib.util.find_spec(path):
            yield importlib.import_module(path)


def load_models() -> None:
    """Every table, for migrations and for sessions."""
    importlib.import_module("akademe.kernel.usages")
    importlib.import_module("akademe.kernel.http.idempotency")
    list(_modules("models", DOMAINS))


def load_jobs() -> None:
    load_models()
    importlib.import_module("akademe.kernel.jobs")
    list(_modules("jobs", DOMAINS))


def routers() -> list[Any]:
    """The routers of every domain, then of the pages."""
    pages = tuple(f"web.{name}" for name in PAGES)
    found = [*_modules("api", DOMAINS), *_modules("pages", pages)]
    return [module.router for module in found]


def sockets() -> list[ModuleType]:
    return list(_modules("sockets", DOMAINS))


def commands() -> list[ModuleType]:
    return list(_modules("commands", DOMAINS))
