"""The frame that is kept for viewers of a kind holds nothing of the one it was first made for."""

from uuid import uuid4

from markupsafe import Markup

from akademe.kernel.auth import Actor
from akademe.web.ui import templates
from akademe.web.ui.view import View, showing


def _page(csrf: str, path: str, title: str) -> tuple[str, str]:
    """The page in a kept frame, and the same page rendered as a whole."""
    parts = {"title": title, "side": Markup("<b>side</b>"), "reading": Markup("<p>text</p>")}
    with showing(View(Actor(user_id=uuid4(), role="student"), csrf=csrf, path=path)):
        return templates.framed("learn/lesson.html", **parts), templates.render("learn/lesson.html", **parts)


def test_viewers_of_a_kind_share_the_frame_and_nothing_else() -> None:
    first, whole = _page("a" * 64, "/learn/one?x=<y>", "One <b>")
    assert first == whole
    second, whole = _page("b" * 64, "/learn/two", "\ue001side\ue001 of \ue000csrf")
    assert second == whole
    assert "a" * 64 not in second
    assert "/learn/one" not in second
