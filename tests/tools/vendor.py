"""Copy third-party front-end files from node_modules into web/static/vendor, with their versions and licences.

Run after `npm ci`: `python tests/tools/vendor.py`. Users never run it: the result is committed.
"""

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "src/akademe/web/static/vendor"

SCRIPTS = {
    "htmx.js": ("htmx.org", "dist/htmx.min.js"),
    "socketio.js": ("socket.io-client", "dist/socket.io.esm.min.js"),
}

# Fetched as they are packed: each file holds what it depends on, and installing that would bring a hundred packages.
DOCS = {
    "redoc@2.5.4": {"bundles/redoc.standalone.js": "redoc.js"},
    "swagger-ui-dist@5.35.0": {"swagger-ui-bundle.js": "swagger-ui.js", "swagger-ui.css": "swagger-ui.css"},
}

SCRIPT_RANGES = ("latin", "latin-ext", "cyrillic", "greek", "vietnamese")
FONTS = {
    "inter": ("@fontsource-variable/inter", "Inter", "200 900", {"normal": SCRIPT_RANGES}),
    "source-serif-4": (
        "@fontsource-variable/source-serif-4",
        "Source Serif 4",
        "200 900",
        {"normal": SCRIPT_RANGES, "italic": SCRIPT_RANGES[:4]},
    ),
    "jetbrains-mono": (
        "@fontsource-variable/jetbrains-mono",
        "JetBrains Mono",
        "100 800",
        {"normal": SCRIPT_RANGES[:4]},
    ),
}

# Every icon that a template, a module or a page may name; add here, then run this script.
ICONS = """
activity archive arrow-down arrow-left arrow-right arrow-up arrow-up-down arrow-up-right award badge-check bell bold
book-open bookmark building-2 calendar captions chart-no-axes-column check check-check chevron-down chevron-left
chevron-right chevron-up chevrons-up-down circle circle-alert circle-check circle-dashed circle-dot circle-play
circle-question-mark circle-x clipboard-check clock code contrast copy download ellipsis external-link eye eye-off file
file-down file-text file-up flame folder gauge globe graduation-cap grip-vertical hash heading history house image inbox
info italic key-round keyboard laptop layers library life-buoy lightbulb link list list-checks list-filter list-ordered
lock lock-open log-in log-out mail maximize menu message-square minus monitor moon panel-left paperclip pause pencil play
plus printer qr-code quote refresh-cw rotate-ccw save search send server settings shield shield-check sigma smartphone
square-pen star sun table tag timer trash-2 triangle-alert type undo-2 upload user user-check user-plus users video
wifi-off x
""".split()

MATH = ("@fontsource/stix-two-math", "files/stix-two-math-latin-400-normal.woff2", "stix-two-math.woff2")
MATH_FACE = """@font-face {{ font-family: "STIX Two Math"; font-display: fallback;
  src: url("../vendor/fonts/{file}") format("woff2"); }}
"""
FACE = """@font-face {{ font-family: "{family}"; font-style: {style}; font-weight: {weight}; font-display: swap;
  src: url("../vendor/fonts/{file}") format("woff2"); unicode-range: {ranges}; }}
"""


def copy_scripts() -> None:
    for name, (package, path) in SCRIPTS.items():
        copy_text(MODULES / package / path, VENDOR / name)


def copy_text(source: Path, target: Path) -> None:
    """Without the address of its source map, which is not there. Only the last line is one: code may write others."""
    target.write_text(re.sub(r"\n?/[/*]# sourceMappingURL=[^\n]*\n?\Z", "", source.read_text()))


def copy_docs(folder: Path) -> list[Path]:
    """The readers of the API's description; gives the unpacked packages."""
    unpacked = []
    for name, files in DOCS.items():
        command = ["npm", "pack", name, "--silent", "--pack-destination", str(folder)]
        archive = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]
        package = folder / name / "package"
        shutil.unpack_archive(folder / archive, package.parent)
        for path, target in files.items():
            copy_text(package / path, VENDOR / "docs" / target)
        unpacked.append(package)
    return unpacked


def copy_fonts() -> None:
    (VENDOR / "fonts").mkdir(parents=True, exist_ok=True)
    faces = []
    for slug, (package, family, weight, styles) in FONTS.items():
        ranges = json.loads((MODULES / package / "unicode.json").read_text())
        for style, subsets in styles.items():
            for subset in subsets:
                file = f"{slug}-{subset}-{style}.woff2"
                shutil.copyfile(
                    MODULES / package / f"files/{slug}-{subset}-wght-{style}.woff2", VENDOR / "fonts" / file
                )
                faces.append(FACE.format(family=family, style=style, weight=weight, file=file, ranges=ranges[subset]))
    package, path, file = MATH
    shutil.copyfile(MODULES / package / path, VENDOR / "fonts" / file)
    faces.append(MATH_FACE.format(file=file))
    (VENDOR / "fonts.css").write_text("/* Made by tests/tools/vendor.py */\n" + "".join(faces))


def make_sprite() -> None:
    symbols = []
    for icon in ICONS:
        svg = (MODULES / f"lucide-static/icons/{icon}.svg").read_text()
        inner = re.sub(r"\s+", " ", svg.split(">", 2)[2].rsplit("</svg>", 1)[0]).strip().replace(" />", "/>")
        symbols.append(f'<symbol id="{icon}" viewBox="0 0 24 24">{inner}</symbol>')
    head = '<svg xmlns="http://www.w3.org/2000/svg">\n'
    (VENDOR / "icons.svg").write_text(head + "\n".join(symbols) + "\n</svg>\n")


def write_card(unpacked: list[Path]) -> None:
    scripts, fonts = [package for package, _ in SCRIPTS.values()], [font[0] for font in FONTS.values()]
    installed = [MODULES / package for package in (*scripts, *fonts, MATH[0], "lucide-static")]
    cards = []
    for package in [*installed, *unpacked]:
        card = json.loads((package / "package.json").read_text())
        name = card["name"]
        cards.append({"name": name, "version": card["version"], "licence": card["license"], "source": "npm"})
        licence = next(package.glob("LICENSE*"), None)
        if licence:
            target = VENDOR / "licences" / f"{name.split('/')[-1]}.txt"
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(licence, target)
    (VENDOR / "vendor.json").write_text(json.dumps(cards, indent=2) + "\n")


if __name__ == "__main__":
    copy_scripts()
    copy_fonts()
    make_sprite()
    with tempfile.TemporaryDirectory() as folder:
        write_card(copy_docs(Path(folder)))
