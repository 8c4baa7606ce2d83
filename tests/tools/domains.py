"""`python -m tests.tools.domains > docs/domains.md`: the cards of the domains on one page, lowest floor first."""

import ast
import re
import sys
from pathlib import Path

from akademe.domains import DOMAINS

SOURCE = Path(__file__).parents[2] / "src" / "akademe"
HEAD = """\
# The domains

What each package of `src/akademe` is, lowest floor first; imports go down, news goes up as events. This page is made
from the cards in their `__init__.py` by `python -m tests.tools.domains`, and a test compares it.
"""


def card(name: str) -> str:
    source = SOURCE.joinpath(*name.split("."), "__init__.py").read_text()
    text = ast.get_docstring(ast.parse(source)) or ""
    return re.sub(r"\n+(Events|Stands on):", r"\n\n\1:", text)


def page() -> str:
    return HEAD + "".join(f"\n## {name}\n\n{card(name)}\n" for name in ("kernel", *DOMAINS, "web"))


if __name__ == "__main__":
    sys.stdout.write(page())
