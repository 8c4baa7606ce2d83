"""A browser and a running program for the tests that look at pages."""

import asyncio
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.make.identity import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser")
AXE = ROOT / "node_modules/axe-core/axe.min.js"
DESKTOP, PHONE = 1280, 390
START_SECONDS = 60


class Site:
    """A running program: where it is, and the names of what is in it."""

    def __init__(self, url: str, names: dict[str, str]) -> None:
        self.url, self.names = url, names

    def at(self, path: str) -> str:
        return self.url + path.format(**self.names)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(f"{url}/favicon.svg", timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The program in a process of its own, on SQLite, with the school of `school.py`."""
    folder, port = tmp_path_factory.mktemp("site"), _free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "tests.web.server", str(folder), str(port)]
    log = folder / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + START_SECONDS
        while not _answers(url):
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                pytest.fail(f"The program did not start:\n{log.read_text()[-3000:]}")
            time.sleep(0.1)
        yield Site(url, json.loads((folder / "school.json").read_text()))
        process.terminate()
        process.wait(10)


class _Loop:
    """Playwright's event loop, which counts as running in this thread as long as the browser is open.

    Tests that are coroutines could not run beside it: it is shown only to those that use the browser.
    """

    def __init__(self) -> None:
        self._loop = asyncio.events._get_running_loop()

    def show(self) -> None:
        asyncio.events._set_running_loop(self._loop)

    def hide(self) -> None:
        asyncio.events._set_running_loop(None)


class Browser:
    """An open Chromium; `loop` is shown while a test uses it."""

    def __init__(self, opened: Any, loop: _Loop) -> None:
        self.opened, self.loop = opened, loop

    def new_context(self, **options: Any) -> Any:
        return self.opened.new_context(**options)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = next((path for path in CHROMIUM if Path(path).exists()), None)
    if executable is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        loop = _Loop()
        loop.hide()
        yield Browser(opened, loop)
        loop.show()
        opened.close()


@pytest.fixture(scope="session")
def sessions(browser: Browser, site: Site) -> Callable[[str], Any]:
    """The cookies of a person's sign-in, made once: `sessions("learner")`."""
    kept: dict[str, Any] = {"": None}

    def of(who: str) -> Any:
        if who not in kept:
            context = browser.new_context()
            sign_in(context.new_page(), site, f"{who}@example.org")
            kept[who] = context.storage_state()
            context.close()
        return kept[who]

    return of


@pytest.fixture
def visit(browser: Browser, sessions: Callable[[str], Any]) -> Iterator[Callable[..., Any]]:
    """`visit(who, width=..., script=True)`: a fresh page of a browser in which that person is signed in."""
    contexts: list[Any] = []
    browser.loop.show()

    def new(who: str = "", *, width: int = DESKTOP, script: bool = True, **options: Any) -> Any:
        size = {"width": width, "height": 860}
        state = sessions(who)
        contexts.append(browser.new_context(viewport=size, storage_state=state, java_script_enabled=script, **options))
        return contexts[-1].new_page()

    yield new
    for context in contexts:
        context.close()
    browser.loop.hide()


def sign_in(page: Any, site: Site, email: str, password: str = PASSWORD) -> None:
    page.goto(site.at("/sign-in"))
    page.fill("[name=identifier]", email)
    page.fill("main [name=password]", password)
    page.click("main .button-primary")
    page.wait_for_url(lambda url: "/sign-in" not in url)
