"""A course written to a folder and read back is the same course, and is written the same way again."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from akademe.interop.native.rules import read_native, write_native
from akademe.interop.rules import CourseTree
from tests.make import interop as make


def _written(tree: CourseTree) -> dict[str, bytes]:
    return {name: item if isinstance(item, bytes) else item.read() for name, item in write_native(tree)}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(make.trees())
def test_write_then_read_gives_the_same_tree(tree: CourseTree) -> None:
    files = _written(tree)
    with tempfile.TemporaryDirectory() as room:
        again = read_native(make.folder(Path(room), files))
        for asset in again.assets:
            asset.content = asset.read()
    assert again == tree
    assert _written(again) == files


@pytest.mark.parametrize("name", ["yes", "12:30", "1e5", "0x10", "2020-01-01", "null", "~", "=", "<<", "010", "1_000"])
def test_words_that_look_like_something_else_stay_words(name: str, tmp_path: Path) -> None:
    tree = CourseTree("native", name, name, tags=[name], category=name)
    assert read_native(make.folder(tmp_path, _written(tree))) == tree
