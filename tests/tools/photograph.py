"""Pictures of pages at both widths and themes, for people to look at.

python tests/tools/photograph.py --out shots http://127.0.0.1:8000 /courses /home --as EMAIL PASSWORD
"""

import argparse
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
WIDTHS, THEMES = (1280, 390), ("light", "dark")


def sign_in(page: Page, base: str, email: str, password: str) -> None:
    page.goto(f"{base}/sign-in")
    page.fill("[name=identifier]", email)
    page.fill("[name=password]", password)
    page.click("main .button-primary")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def photograph(page: Page, base: str, path: str, file: Path) -> None:
    page.goto(base + path)
    page.evaluate("document.querySelectorAll('[loading=lazy]').forEach((image) => (image.loading = 'eager'))")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=file, full_page=True)
    print(file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base")
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--out", type=Path, default=Path("shots"))
    parser.add_argument("--as", dest="who", nargs=2, metavar=("EMAIL", "PASSWORD"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for width in WIDTHS:
            for theme in THEMES:
                context = browser.new_context(viewport={"width": width, "height": 860}, color_scheme=theme)
                page = context.new_page()
                if given.who:
                    sign_in(page, given.base, *given.who)
                for path in given.paths:
                    name = path.split("?")[0].strip("/").replace("/", "-") or "landing"
                    photograph(page, given.base, path, given.out / f"{name}-{width}-{theme}.png")
                context.close()


if __name__ == "__main__":
    main()
