"""A warm parent that runs one `lima` command after another, each in a fork of its own: what a command loads, it has.

`python -m tests.served.warm` reads one JSON a line: arguments, folder, environment, and the files that standard output
and standard error go to; it answers each with the exit code.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
import traceback
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from bot.cli import main as lima

ROOT = Path(__file__).parents[2]


class Parent:
    """The warm parent, seen from a test."""

    def __init__(self) -> None:
        self._one_by_one = Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.served.warm"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        atexit.register(self._process.communicate)

    def run(self, arguments: tuple[str, ...], folder: Path, environment: dict[str, str]) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of one command."""
        with tempfile.TemporaryDirectory(prefix="lima-command-") as printed:
            out, err = Path(printed, "out"), Path(printed, "err")
            job = {"arguments": arguments, "folder": str(folder), "environment": environment}
            with self._one_by_one:
                assert self._process.stdin is not None and self._process.stdout is not None
                self._process.stdin.write(json.dumps({**job, "out": str(out), "err": str(err)}) + "\n")
                self._process.stdin.flush()
                code = int(self._process.stdout.readline())
            return code, out.read_text(), err.read_text()


@cache
def parent() -> Parent:
    return Parent()


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(_ran(json.loads(line)))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _ran(job: dict[str, Any]) -> int:
    """In the child: what the installed command does."""
    for number, name in ((0, os.devnull), (1, job["out"]), (2, job["err"])):
        os.dup2(os.open(name, os.O_RDWR | os.O_CREAT, 0o600), number)
    os.chdir(job["folder"])
    os.environ.clear()
    os.environ.update(job["environment"])
    sys.argv = ["lima", *job["arguments"]]
    try:
        lima()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
    except BaseException:  # noqa: BLE001 - as a process of its own would end
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    main()
