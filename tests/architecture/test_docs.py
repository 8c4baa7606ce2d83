"""What the documents say of the code is what the code says of itself."""

from pathlib import Path

from tests.tools import domains

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_domains_is_made_of_their_cards() -> None:
    assert (DOCS / "domains.md").read_text() == domains.page()
