"""Who may have the names of monitors is decided in one place: only these two ask for them."""

from __future__ import annotations

from tests.test_architecture import ROOT, sources

ASKED_BY = {
    "own_name(": {"bot/shown/officers.py"},
    "listed_for_inviting(": {"bot/net_commands.py"},
    "nets._names": set(),
}
"""The one to whoever types the code that invites them, the other to the operator who makes the codes."""


def test_nobody_else_asks_for_names() -> None:
    for asked, by in ASKED_BY.items():
        found = {str(path.relative_to(ROOT)) for path in sources() if asked in path.read_text(encoding="utf-8")}
        assert found - {"storage/nets.py"} == by
