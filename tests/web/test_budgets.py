"""What a page may weigh, compressed, before its media (PERFORMANCE.md and the design of the interface)."""

import re

from akademe.web.ui.assets import BUNDLE, STATIC, asset_url, assets

KB = 1000


def size(name: str) -> int:
    asset_url(name)
    asset = assets.find(assets.url(name).removeprefix("/static/"))
    assert asset is not None
    assert asset.small is not None
    return len(asset.small)


def test_all_styles_together_stay_under_40_kb() -> None:
    assert size(BUNDLE) < 40 * KB


def test_all_scripts_together_stay_under_60_kb() -> None:
    modules = [f"js/{file.name}" for file in (STATIC / "js").glob("*.js")]
    assert sum(map(size, [*modules, "vendor/htmx.js", "vendor/socketio.js"])) < 60 * KB


def test_every_reference_inside_a_file_is_to_a_hashed_file_that_is_there() -> None:
    for name in [BUNDLE, *(f"js/{file.name}" for file in (STATIC / "js").glob("*.js"))]:
        asset_url(name)
        asset = assets.find(assets.url(name).removeprefix("/static/"))
        assert asset is not None
        for path in re.findall(r'"/static/([^"]+)"', asset.body.decode()):
            assert assets.find(path) is not None, f"{name} names {path}"


def test_a_file_is_found_by_its_hash_alone() -> None:
    assert assets.find("js/app.js") is None
    assert assets.find("../ui/render.py") is None
