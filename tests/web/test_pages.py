"""Every page, at both widths and in both themes: it answers, fits, stands still, and axe-core finds nothing."""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.web.conftest import AXE, DESKTOP, PHONE, Browser, Site
from tests.web.pages import PAGES, REFUSED

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WATCH_SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
SAID_WITHOUT_EXACT_TIME = """() => {
  const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT), found = [];
  while (texts.nextNode()) {
    const text = texts.currentNode;
    if (/minutes? ago|just now|(today|tomorrow|yesterday) \\d/.test(text.data) && !text.parentElement.closest("time[title]"))
      found.push(text.data.trim());
  }
  return found;
}"""
CHROME = ".topbar, .bottombar, .footer, .side, .lessonbar, .quiz-bar, .pager, .toasts, main .button"
NARROWEST = 320
# What a browser says of an answer of ours that is meant to be a refusal, and of a socket while pages change quickly.
EXPECTED = ("Failed to load resource: the server responded with a status of 4", "WebSocket")


@pytest.fixture(scope="module")
def readers(browser: Browser, sessions: Callable[[str], Any]) -> Iterator[Callable[[str], Any]]:
    """A browser context for each person, kept with what it has loaded: `readers("learner")`."""
    kept: dict[str, Any] = {}

    def of(who: str) -> Any:
        if who not in kept:
            options = {"storage_state": sessions(who), "bypass_csp": True, "reduced_motion": "reduce"}
            kept[who] = browser.new_context(**options)
        return kept[who]

    yield of
    browser.loop.show()
    for context in kept.values():
        context.close()
    browser.loop.hide()


@pytest.fixture
def look(browser: Browser, readers: Callable[[str], Any]) -> Iterator[Callable[[str, int], Any]]:
    """`look(who, width)`: a page in that person's context."""
    pages: list[Any] = []
    browser.loop.show()

    def at(who: str, width: int) -> Any:
        pages.append(readers(who).new_page())
        pages[-1].set_viewport_size({"width": width, "height": 860})
        return pages[-1]

    yield at
    for page in pages:
        page.close()
    browser.loop.hide()


@functools.cache
def axe() -> str:
    return AXE.read_text("utf-8")


def findings(page: Any, **options: Any) -> list[str]:
    if not AXE.exists():
        return []
    page.evaluate(axe())
    found = page.evaluate("(options) => axe.run(document, options)", options)
    return [f"{one['id']}: {one['help']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]]


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
@pytest.mark.parametrize(("path", "who"), PAGES, ids=[f"{path}-{who or 'nobody'}" for path, who in PAGES])
def test_page(look: Callable[[str, int], Any], site: Site, path: str, who: str, width: int) -> None:
    page = look(who, width)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.add_init_script(WATCH_SHIFTS)
    answer = page.goto(site.at(path))
    assert answer.status == REFUSED.get(path, 200)
    page.wait_for_timeout(150)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "it is wider than the screen"
    assert page.locator("h1").count() == 1
    assert page.evaluate("window.shifted") < 0.02
    assert page.evaluate(SAID_WITHOUT_EXACT_TIME) == []
    assert [text for text in said if not text.startswith(EXPECTED)] == []
    # The whole page at once, so that the bar at the foot of a phone covers nothing that could be scrolled free of it.
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": height + 200})
    assert findings(page, runOnly=RULES) == []
    if width == PHONE:  # colours and what is printed do not depend on the width; 320: WCAG 2.2, 1.4.10
        page.set_viewport_size({"width": NARROWEST, "height": 860})
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST, "it does not fit 320 pixels"
        return
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(100)
    assert findings(page, runOnly={"type": "rule", "values": ["color-contrast"]}) == []
    page.emulate_media(media="print")
    assert [one for one in page.locator(CHROME).all() if one.is_visible()] == []


@pytest.mark.parametrize("path", ["/", "/courses/{course}", "/sign-in"])
def test_policy_is_not_broken(visit: Callable[..., Any], site: Site, path: str) -> None:
    page = visit()
    broken: list[str] = []
    page.on("console", lambda message: broken.append(message.text) if "Content Security" in message.text else None)
    page.goto(site.at(path), wait_until="networkidle")
    assert broken == []
    assert page.locator("[style]").count() == 0


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_the_description_of_the_api_is_shown(visit: Callable[..., Any], site: Site, path: str) -> None:
    page = visit()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.goto(site.at(path))
    page.get_by_text("Your inbox, newest first").first.wait_for(state="attached", timeout=20_000)
    assert broken == []
