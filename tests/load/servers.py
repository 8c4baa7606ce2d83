"""Processes under test: started on a free loopback port, ended by their own id."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Server:
    url: str
    process: subprocess.Popen[bytes]
    ready_after: float

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return str(answer.read().decode())

    def statements(self) -> float:
        for line in self.get("/metrics").splitlines():
            if line.startswith("akademe_db_statements_total"):
                return float(line.split()[1])
        return 0.0

    def resident_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str, process: subprocess.Popen[bytes], limit: float = 60) -> None:
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the server ended with {process.returncode}"
        try:
            urllib.request.urlopen(url, timeout=1)
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError(url)


@contextmanager
def _running(command: list[str], env: dict[str, str], port: int, probe: str, log: Path) -> Iterator[Server]:
    url = f"http://127.0.0.1:{port}"
    started = time.monotonic()
    with log.open("ab") as sink:
        process = subprocess.Popen(command, env=os.environ | env, stdout=sink, stderr=sink, cwd=log.parent)
        try:
            _wait(url + probe, process)
            yield Server(url, process, time.monotonic() - started)
        finally:
            process.terminate()
            process.wait(60)


@contextmanager
def akademe(folder: Path, database_url: str, *arguments: str, **env: str) -> Iterator[Server]:
    """One server process with logs and limiter on, the limits raised."""
    port = free_port()
    command = [sys.executable, "-m", "akademe", "serve", "--port", str(port), *arguments]
    settings = {
        "DATA_DIR": str(folder / "data"),
        "DATABASE_URL": database_url,
        "SECRET_KEY": "a secret of the load tests, long enough",
        "RATE_LIMIT_FACTOR": "1000000",
        "REDIS_URL": "",
        "BROKER_URL": "",
    }
    with _running(command, settings | env, port, "/health/ready", folder / "server.log") as server:
        yield server


@contextmanager
def floor(folder: Path, database_url: str) -> Iterator[Server]:
    port = free_port()
    command = [
        *(sys.executable, "-m", "uvicorn", "tests.load.floors:app", "--port", str(port), "--loop", "uvloop"),
        *("--http", "httptools", "--no-access-log", "--log-level", "warning"),
    ]
    root = Path(__file__).parents[2]
    env = {"FLOOR_DATABASE_URL": database_url, "PYTHONPATH": f"{root}:{root / 'src'}"}
    with _running(command, env, port, "/openapi.json", folder / "floor.log") as server:
        yield server
