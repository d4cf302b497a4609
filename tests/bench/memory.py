"""How much the server grows from the 10,000th to the 100,000th message."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.http import loaded
from tests.bench.row import Row

FIRST, LAST, PEOPLE, SECONDS = 10_000, 100_000, 64, 5.0
LIMIT_MB = 20.0


def run(rounds: int = 1) -> list[Row]:
    first, last, seconds = (FIRST, LAST, SECONDS) if rounds != 2 else (200, 400, 0.5)
    with tempfile.TemporaryDirectory(prefix="lima-bench-") as folder:
        command = [sys.executable, "-m", "tests.bench.servers", "lima", f"{folder}/lima"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert process.stdout is not None
        try:
            server = process.stdout.readline().split()
            n = before = 0.0
            while n < last:
                n += loaded(server, PEOPLE, seconds)["turns"]
                if n >= first and not before:
                    before, at = _resident_mb(process.pid), n
            grown = _resident_mb(process.pid) - before
        finally:
            process.kill()
            process.wait()
    return [Row("memory", f"growth from message {at:.0f} to {n:.0f}", grown, "MB", "20 MB", grown / LIMIT_MB)]


def _resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmRSS")
