"""Static files by the hash of their content, so that browsers may keep them for ever.

`/static/js/app.js` is asked for as `/static/js/app.<hash>.js`. The style sheets become one bundle; references from
one file to another (`url(...)`, `import`) are rewritten to the hashed names, so a change reaches all who depend on it.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

STATIC = Path(__file__).parents[1] / "static"
PREFIX = "/static/"
BUNDLE = "app.css"
STYLES = (
    "vendor/fonts.css", "css/reset.css", "css/tokens.css", "css/base.css", "css/shell.css", "css/controls.css",
    "css/components.css", "css/prose.css", "css/study.css", "css/utilities.css",
)  # fmt: skip
SERVED = {".css", ".js", ".svg", ".png", ".ico", ".woff2", ".webmanifest", ".json", ".txt", ".mp4", ".vtt"}
SHRINKS = {".css", ".js", ".svg", ".json", ".webmanifest", ".txt", ".vtt"}

_CSS_REFERENCE = re.compile(r'url\("([^":#]+)"\)')
_JS_REFERENCE = re.compile(r'((?:from|import)\s*\(?\s*)"(\.{1,2}/[^"]+)"')
_CSS_NOISE = re.compile(r"/\*.*?\*/|\s+(?=[{}])|(?<=[{};,])\s+|^\s+", re.DOTALL | re.MULTILINE)

mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("text/vtt", ".vtt")


@dataclass(frozen=True)
class Asset:
    """One served file: `name` as templates write it, `url` as browsers ask for it."""

    name: str
    url: str
    body: bytes
    media_type: str

    @cached_property
    def small(self) -> bytes | None:
        """The gzip form, made once, for the kinds that shrink."""
        return gzip.compress(self.body, 9, mtime=0) if PurePosixPath(self.name).suffix in SHRINKS else None


class Assets:
    """Every file under a static folder, hashed when first asked for."""

    def __init__(self, root: Path = STATIC) -> None:
        self.root = root
        self._by_name: dict[str, Asset] = {}
        self._by_url: dict[str, Asset] = {}

    def url(self, name: str) -> str:
        """Return the address of a file such as `js/app.js`; `KeyError` where there is none."""
        asset = self._by_name.get(name) or self._add(name)
        return asset.url

    def find(self, path: str) -> Asset | None:
        """Return what lies at a hashed path below `/static/`, or nothing."""
        if not self._by_url:
            self._add_all()
        return self._by_url.get(PREFIX + path)

    def _add_all(self) -> None:
        self.url(BUNDLE)
        for file in self.root.rglob("*"):
            if file.suffix in SERVED and file.is_file():
                self.url(file.relative_to(self.root).as_posix())

    def _add(self, name: str) -> Asset:
        body = self._bundle() if name == BUNDLE else self._read(name)
        path = PurePosixPath(name)
        digest = hashlib.sha256(body).hexdigest()[:12]
        url = f"{PREFIX}{path.with_suffix('')}.{digest}{path.suffix}"
        asset = Asset(name, url, body, mimetypes.guess_type(name)[0] or "application/octet-stream")
        self._by_name[name] = self._by_url[url] = asset
        return asset

    def _read(self, name: str) -> bytes:
        file = self.root / name
        if not file.is_file():
            raise KeyError(name)
        if file.suffix == ".js" and not name.startswith("vendor/"):
            text = _JS_REFERENCE.sub(lambda m: f'{m[1]}"{self._near(name, m[2])}"', file.read_text("utf-8"))
            return text.encode()
        return file.read_bytes()

    def _bundle(self) -> bytes:
        pages = sorted(file.relative_to(self.root).as_posix() for file in (self.root / "css/pages").glob("*.css"))
        sheets = [self._sheet(name) for name in (*STYLES, *pages)]
        return _CSS_NOISE.sub("", "\n".join(sheets)).encode()

    def _sheet(self, name: str) -> str:
        text = (self.root / name).read_text("utf-8")
        return _CSS_REFERENCE.sub(lambda m: f'url("{self._near(name, m[1])}")', text)

    def _near(self, name: str, reference: str) -> str:
        base = (self.root / name).parent
        return self.url((base / reference).resolve().relative_to(self.root.resolve()).as_posix())


assets = Assets()


def asset_url(name: str) -> str:
    """Return the hashed address of a static file."""
    return assets.url(name)
