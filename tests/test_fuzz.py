"""Schemathesis over the whole OpenAPI file: whatever is sent, no 5xx and no answer that is not documented.

Once, on SQLite, with a fixed seed and limits off; about three minutes on an idle machine. One worker: in CPython 3.11
two threads that compile at once, as Hypothesis does, can fail with a SystemError of their own.
"""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from akademe.kernel import db
from tests.load import servers

EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "12")
MAX_SECONDS = os.environ.get("FUZZ_SECONDS", "180")
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance"


async def _people(url: str) -> str:
    """An admin who may do nearly everything, signed in; the token outlives the run."""
    from tests.make import identity

    db.connect(url)
    try:
        return await identity.bearer(await identity.user(role="admin"))
    finally:
        await db.close()


@pytest.mark.skipif(os.environ.get("TEST_DB") == "postgresql", reason="once, on SQLite")
def test_no_input_makes_a_server_error(tmp_path: Path, settings) -> None:
    settings.access_token_expire_minutes = 120
    url = f"sqlite:///{tmp_path / 'fuzz.db'}"
    secret = "a secret of the fuzzing test, long enough"
    settings.secret_key = secret
    with servers.akademe(tmp_path, url, SECRET_KEY=secret, RATE_LIMITS="off", LOG_LEVEL="ERROR") as server:
        token = asyncio.run(_people(url))
        command = [
            *(str(Path(sys.executable).parent / "schemathesis"), "run", f"{server.url}/openapi.json"),
            *("--checks", CHECKS, "--max-examples", EXAMPLES, "--seed", "7", "--phases", "examples,coverage,fuzzing"),
            *("--header", f"Authorization: Bearer {token}", "--request-timeout", "10", "--workers", "1"),
            *(
                "--exclude-path-regex",
                "(logout|auth/sessions)",
                "--no-color",
                "--max-time",
                MAX_SECONDS,
                "--continue-on-failure",
            ),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=900)
    assert done.returncode == 0, _failures(done.stdout) + done.stderr[-2000:]


def _failures(report: str) -> str:
    """What was found, without the bodies that found it and the advice after it."""
    found = re.split(r"^=+ (?:WARNINGS|SUMMARY) =+$", report, maxsplit=1, flags=re.MULTILINE)[0]
    return "\n".join(line[:300] for line in found.splitlines())
