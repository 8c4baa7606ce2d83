"""YAML for people: `yes` and `no` are words, dates are texts, no aliases; every value knows its line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from akademe.interop.rules.refusal import Fault

Path = tuple[str | int, ...]


DEEPEST = 50
MOST_PARTS = 200_000


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # libyaml where it is there: much faster
    """Of YAML 1.1's implicit types only null, true and false, decimal integers and decimal fractions."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", list("-+0123456789")),
    ("float", r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+][0-9]+)?$", list("-+.0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks; nothing as an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    block = "\n" in value.rstrip("\n") and not value[0].isspace()
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if block else None)


_Dumper.add_representer(str, _text)


@dataclass(frozen=True)
class Document:
    """A parsed document: its value, and the line on which each part of it begins."""

    file: str
    value: Any
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """The line of the part, or of the nearest part around it that is there."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def load(text: str, file: str, first_line: int = 1) -> Document | Fault:
    """A document, or what is wrong with it. `first_line` is where the text begins in its file."""
    try:
        fault = _refused(text, file, first_line)
        if fault is not None:
            return fault
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return Document(file, {}, {(): first_line})
        lines: dict[Path, int] = {}
        twice = _index(node, (), lines, first_line)
        if twice is not None:
            return Fault(file, twice[1], f"The field {twice[0]!r} is there twice.")
        return Document(file, loader.construct_document(node), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return Fault(file, (mark.line if mark else 0) + first_line, f"This is not YAML: {error.problem}.")
    except (yaml.YAMLError, ValueError, RecursionError):
        return Fault(file, first_line, "This is not YAML.")


def _refused(text: str, file: str, first_line: int) -> Fault | None:
    """Aliases, depth and number are judged before anything is built: all can cost far more than they weigh."""
    depth = 0
    for number, event in enumerate(yaml.parse(text, Loader=_Loader)):
        if isinstance(event, yaml.AliasEvent):
            return Fault(file, _line(event) + first_line, "Aliases (*name) are not used here.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            return Fault(file, _line(event) + first_line, "This is nested too deeply.")
        if number > MOST_PARTS:
            return Fault(file, _line(event) + first_line, "This is longer than a course could need.")
    return None


def _line(event: yaml.Event) -> int:
    return int(event.start_mark.line) if event.start_mark else 0


def _index(node: yaml.Node, path: Path, lines: dict[Path, int], first: int) -> tuple[str, int] | None:
    """Fills `lines`; returns the first field that is there twice."""
    lines[path] = node.start_mark.line + first
    children: list[tuple[str | int, yaml.Node, yaml.Node]] = []
    if isinstance(node, yaml.MappingNode):
        children = [(str(key.value), key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        children = [(index, value, value) for index, value in enumerate(node.value)]
    seen: set[str | int] = set()
    for name, place, value in children:
        if name in seen:
            return str(name), place.start_mark.line + first
        seen.add(name)
        found = _index(value, (*path, name), lines, first)
        lines[(*path, name)] = place.start_mark.line + first
        if found is not None:
            return found
    return None


def dump(value: Any) -> str:
    """The value as YAML, in the order given, always the same."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110, default_flow_style=False)
