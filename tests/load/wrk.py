"""Debian's wrk as the client: one thread, bounded time, loopback only."""

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
_LATENCY = re.compile(r"^\s+(50|75|90|99)%\s+([\d.]+)(us|ms|s|m)", re.MULTILINE)
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_BAD = re.compile(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)")
# wrk prints p50, p75, p90, p99; p95 is asked for in `done`.
DONE = """
done = function(summary, latency, requests)
  io.write(string.format("p95us: %d\\n", latency:percentile(95.0)))
end
"""


@dataclass(frozen=True)
class Figures:
    """Requests per second; latencies in ms; `bad` answers that were not 2xx or 3xx."""

    rate: float
    p50: float
    p95: float
    p99: float
    bad: int


def run(url: str, *, connections: int, seconds: int, script: str = "", start: int = 0) -> Figures:
    """Drive `url` (a loopback address) and read what wrk measured. A script of `cycle` starts at its request `start`."""
    assert url.startswith("http://127.0.0.1:")
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(f"start = {start}\n{script}{DONE}")
        file.flush()
        command = [
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{seconds}s",
            "--latency",
            "--timeout",
            "10s",
            "-s",
            file.name,
            url,
        ]
        text = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60).stdout
    latency = {int(share): float(value) * UNITS[unit] for share, value, unit in _LATENCY.findall(text)}
    bad = sum(int(found[0] or 0) for found in _BAD.findall(text))
    p95 = re.search(r"p95us: (\d+)", text)
    assert p95
    return Figures(float(_RATE.findall(text)[0]), latency[50], int(p95[1]) / 1000, latency[99], bad)


def cycle(requests: list[tuple[str, str, dict[str, str], str]], folder: Path) -> str:
    """A Lua script that sends `requests` (method, path, headers, body) in turn, starting over at the end."""
    path = folder / "requests.tsv"
    rows = (
        "\t".join([method, target, "|".join(f"{k}: {v}" for k, v in headers.items()), body])
        for method, target, headers, body in requests
    )
    path.write_text("\n".join(rows) + "\n")
    return f"""
local made, n = {{}}, start
for line in io.lines({str(path)!r}) do
  local method, target, fields, body = line:match("^([^\\t]*)\\t([^\\t]*)\\t([^\\t]*)\\t(.*)$")
  local headers = {{}}
  for name, value in fields:gmatch("([^:|]+): ([^|]*)") do headers[name] = value end
  made[#made + 1] = {{method, target, headers, body}}
end
request = function()
  n = n + 1
  local one = made[(n - 1) % #made + 1]
  return wrk.format(one[1], one[2], one[3], one[4] ~= "" and one[4] or nil)
end
"""
