"""`akademe`: help everywhere, exit codes 0, 1 and 2, and one plain sentence on standard error."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from akademe import cli
from tests.load.servers import free_port

COMMANDS = [
    *("serve", "demo", "worker", "migrate", "import", "export", "openapi", "doctor", "user"),
    *("user create", "user list", "user set-role", "user set-password"),
]


@pytest.fixture
def akademe(tmp_path):
    def run(*arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
        own = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "data"), "COLUMNS": "200"} | env
        command = [sys.executable, "-m", "akademe", *arguments]
        return subprocess.run(command, env=own, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    return run


def refused(done: "subprocess.CompletedProcess[str]", code: int, *said: str) -> None:
    assert done.returncode == code, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert done.stderr.startswith("akademe: ")
    assert all(part in done.stderr for part in said), done.stderr


def test_every_command_has_help(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["akademe"])
    monkeypatch.setattr(cli.app, "registered_groups", [])
    cli._add_domain_commands()
    for command in COMMANDS:
        done = CliRunner().invoke(cli.app, [*command.split(), "--help"])
        assert (done.exit_code, "Usage:" in done.output) == (0, True), command


def test_wrong_usage_is_2(akademe):
    for arguments in (["nonsense"], ["serve", "--port", "none"], ["user", "create"], ["export"]):
        assert akademe(*arguments).returncode == 2, arguments


def test_a_configuration_that_cannot_work_is_2(akademe):
    refused(akademe("serve", DATABASE_URL="mongodb://localhost/lms"), 2, "MongoDB is not supported")
    refused(akademe("serve", "--workers", "2"), 2, "--workers above 1 needs REDIS_URL")
    refused(akademe("migrate", ENVIRONMENT="production", SECRET_KEY="your-secret-key-here"), 2, "SECRET_KEY")


def test_a_taken_port_is_named(akademe):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused(akademe("serve", "--port", str(port)), 2, f"Port {port}", "--port")


@pytest.mark.parametrize("command", ["migrate", "serve", "user list"])
def test_a_database_that_does_not_answer_is_one_sentence(akademe, command):
    done = akademe(*command.split(), DATABASE_URL=f"postgresql://nobody@127.0.0.1:{free_port()}/nothing")
    refused(done, 1, "database")


def test_a_file_that_is_no_database_is_one_sentence(akademe, tmp_path: Path):
    (tmp_path / "notes.db").write_text("These are notes, and no database. " * 50)
    refused(akademe("migrate", DATABASE_URL=f"sqlite:///{tmp_path / 'notes.db'}"), 1, "not a database")


def test_doctor_names_everything_that_is_wrong(akademe):
    wrong = akademe("doctor", BROKER_URL="kafka://localhost", PUBLIC_URL="nowhere")
    assert wrong.returncode == 1
    assert {"BROKER_URL", "PUBLIC_URL"} <= set(wrong.stdout.replace(":", " ").split())
    away = akademe("doctor", REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    assert (away.returncode, "wrong REDIS_URL" in away.stdout) == (1, True)
    assert akademe("doctor").returncode == 0


def test_doctor_shows_no_secret(akademe):
    shown = akademe("doctor", SECRET_KEY="k4Xw0pZq9sT2vB7n", DATABASE_URL="postgresql://me:hush@127.0.0.1:1/x").stdout
    assert "k4Xw0p" not in shown
    assert "hush" not in shown
    assert "environment" in shown


def test_what_a_start_needs_is_loaded_and_no_more():
    """Start to first answer: these are loaded where they are used (DESIGN.md section 4)."""
    heavy = "alembic typst lxml redis aio_pika uvicorn latex2mathml zxcvbn".split()
    code = f"import sys, akademe.app; akademe.app.create_app(); print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
