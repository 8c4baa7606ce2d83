"""`pip wheel` gives a file from which the program runs in any folder: templates, assets and migrations travel in it."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
TRAVELS = (
    ".html",
    ".css",
    ".js",
    ".md",
    ".svg",
    ".typ",
    ".ttf",
    ".otf",
    ".woff2",
    ".yaml",
    ".sql",
    ".webm",
    ".mp4",
    ".po",
    ".mo",
)


def test_the_wheel_holds_everything_and_runs_elsewhere(tmp_path: Path) -> None:
    options = ["--no-deps", "--no-build-isolation", "--quiet", "--disable-pip-version-check"]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, "-w", str(tmp_path), str(ROOT)], check=True)
    (wheel,) = tmp_path.glob("akademe-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("akademe/")}
        archive.extractall(tmp_path / "installed")
    source = ROOT / "src"
    wanted = {
        path.relative_to(source).as_posix()
        for path in (source / "akademe").rglob("*")
        if path.is_file() and path.suffix in (".py", *TRAVELS)
    }
    assert wanted - packed == set()
    (tmp_path / "elsewhere").mkdir()
    code = (
        "import pathlib, sys; sys.path.insert(0, sys.argv[1]); sys.argv = ['akademe', 'migrate']\n"
        "import akademe; assert pathlib.Path(akademe.__file__).is_relative_to(sys.path[0])\n"
        "from akademe.cli import main; main()"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "installed")]
    done = subprocess.run(command, cwd=tmp_path / "elsewhere", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "elsewhere" / "data" / "akademe.db").exists()
