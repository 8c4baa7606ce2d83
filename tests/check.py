"""`make test`: format, lint, types, import contracts, then every test. What cannot be found is named in one line."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
STEPS = {
    "format": ["ruff", "format", "--check", "--quiet", "src", "tests"],
    "lint": ["ruff", "check", "--quiet", "src", "tests"],
    "types": ["mypy", "--no-error-summary"],
    "import contracts": ["lint-imports", "--no-cache"],
}
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser")


def run(name: str, command: list[str]) -> bool:
    started = time.monotonic()
    done = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, check=False)
    outcome = "ok" if done.returncode == 0 else f"FAILED ({done.returncode})"
    print(f"{name}: {outcome}, {time.monotonic() - started:.0f} s", flush=True)
    return done.returncode == 0


def missing() -> list[str]:
    lines = []
    if not any(Path(path).exists() for path in CHROMIUM):
        lines.append("Chromium is not installed: the browser tests are skipped (Debian: apt-get install chromium).")
    if not shutil.which("npm") or not (ROOT / "node_modules").is_dir():
        lines.append("No node_modules: the accessibility tests are skipped (npm ci).")
    if not (ROOT.parent / "shared" / "corpora").is_dir():
        lines.append("No course corpora beside the project: the importers' tests on them are skipped.")
    return lines


def main() -> int:
    for line in missing():
        print(line, flush=True)
    good = [run(name, command) for name, command in STEPS.items()]
    workers = os.environ.get("TEST_WORKERS", "auto")
    good.append(run("tests", ["pytest", "-n", workers, "--dist", "worksteal", "--durations", "15", *sys.argv[1:]]))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
