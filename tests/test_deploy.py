"""What docs/deploy gives to an operator: units that are hardened, and an nginx that knows every address we have."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest
from starlette.routing import Route

from bot import app, prepare
from bot.pages.shell import HEADERS
from config.settings import load_settings

DEPLOY = Path(__file__).parent.parent / "docs" / "deploy"
HARDENED = {
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "RestrictNamespaces": "yes",
    "RestrictSUIDSGID": "yes",
    "LockPersonality": "yes",
    "SystemCallFilter": "@system-service",
    "LimitCORE": "0",
    "UMask": "0077",
    "User": "lima",
    "StateDirectory": "lima",
    "StateDirectoryMode": "0700",
    "IPAddressDeny": "any",
}
LOCATION = re.compile(r"location\s+(=\s+)?(/\S*)\s*\{([^}]*)\}")


def _unit(name: str) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(interpolation=None, comment_prefixes=("#",))
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string((DEPLOY / name).read_text(encoding="utf-8"))
    return unit


@pytest.mark.parametrize("name", ["lima.service", "lima-backup.service"])
def test_the_services_are_hardened(name: str) -> None:
    service = dict(_unit(name)["Service"])
    assert {key: service.get(key) for key in HARDENED} == HARDENED
    assert service["ExecStart"].startswith("/opt/lima/venv/bin/lima ")


def test_the_service_comes_back_and_has_time_to_end() -> None:
    service = _unit("lima.service")["Service"]
    assert service["Restart"] == "on-failure" and service["KillSignal"] == "SIGTERM"
    assert int(service["TimeoutStopSec"]) > app.SHUTDOWN_S


def test_the_backup_cannot_see_the_keys_and_comes_every_day() -> None:
    assert _unit("lima-backup.service")["Service"]["InaccessiblePaths"] == "/etc/lima/keys"
    timer = _unit("lima-backup.timer")
    assert timer["Timer"]["Persistent"] == "yes" and timer["Install"]["WantedBy"] == "timers.target"


# ---------------------------------------------------------------- nginx


@pytest.fixture(scope="module")
def nginx() -> str:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    return "\n".join(line.partition("#")[0].rstrip() for line in text.splitlines())


def _location(nginx: str, path: str) -> tuple[str, str]:
    """The location that nginx takes for a path, and what stands in it: an exact one, else the longest prefix."""
    found = [(bool(exact), prefix, body) for exact, prefix, body in LOCATION.findall(nginx)]
    fits = [
        (exact, prefix, body)
        for exact, prefix, body in found
        if path == prefix or (not exact and path.startswith(prefix))
    ]
    _, prefix, body = max(fits, key=lambda each: (each[0], len(each[1])))
    return prefix, body


def test_every_line_ends_and_every_brace_closes(nginx: str) -> None:
    depth = 0
    for line in nginx.splitlines():
        depth += line.count("{") - line.count("}")
        assert depth >= 0
        assert not line.strip() or line.rstrip()[-1] in ";{}", line
    assert depth == 0


def test_every_address_of_the_application_is_known(nginx: str, tmp_path: Path) -> None:
    prepare.prepare(tmp_path / "city", sample=True)
    application = app.web_application(app.assemble(load_settings(tmp_path / "city" / prepare.SETTINGS_FILE)))
    paths = {route.path for route in application.routes if isinstance(route, Route)}
    assert {"/ready", "/metrics", "/health", "/chat/events", "/chat/files"} <= paths
    for path in paths:
        start = path.partition("{")[0]
        prefix, body = _location(nginx, start)
        assert ("return 404" in body) == (path in ("/ready", "/metrics")), path
        assert prefix != "/" or path == "/", f"{path} has no location of its own"


def test_pushes_are_not_held_back_and_photos_fit(nginx: str) -> None:
    _, events = _location(nginx, "/chat/events")
    assert "proxy_buffering    off" in events and "proxy_read_timeout 1h" in events
    _, files = _location(nginx, "/chat/files")
    assert "client_max_body_size    11m" in files


def test_codes_are_not_logged_and_addresses_not_believed(nginx: str) -> None:
    assert set(re.findall(r"access_log\s+(\S+);", nginx)) == {"off"}
    assert re.search(r"error_log\s+\S+ crit;", nginx)
    assert re.search(r"X-Forwarded-For\s+\$remote_addr;", nginx)
    assert "proxy_hide_header" not in nginx and HEADERS["Cache-Control"] == "no-store"
