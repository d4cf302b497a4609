"""An officer's turn opens each report once, and once more after a command: never twice for the same line."""

from __future__ import annotations

from collections import Counter

import pytest

from storage import cases, inbox
from tests.commission.office import chosen, filed, first, staffed
from tests.fakes.city import City, open_city


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Counter[bytes]:
    """How often each report was opened, whichever way."""
    found: Counter[bytes] = Counter()
    real = cases.case_of

    def counting(vault: object, row: tuple[bytes, ...]) -> cases.Case:
        found[row[0]] += 1
        return real(vault, row)  # type: ignore[arg-type]

    monkeypatch.setattr(cases, "case_of", counting)
    monkeypatch.setattr(inbox, "case_of", counting)
    return found


async def _office(city: City) -> None:
    await staffed(city, "T-1", "T-3")
    for n in range(4):
        await filed(city, f"村民{n}")


async def test_each_line_of_an_inbox_is_opened_once(database_url: str, opened: Counter[bytes]) -> None:
    async with open_city(database_url) as city:
        await _office(city)
        reply = await city.say("待办", "T-3")
        await chosen(city, "T-3", reply, first(reply))
        opened.clear()
        assert len((await city.say("待办", "T-3")).choices) > 4
        assert len(opened) == 4 and opened.total() <= 5, "the case that was left is asked about as well"
        again = await city.say("待办", "T-1")
        opened.clear()
        await chosen(city, "T-1", again, first(again))
        assert len(opened) == 1 and opened.total() <= 3, "before the command, in it, after it"


async def test_what_a_command_has_changed_is_shown_as_it_is_now(database_url: str) -> None:
    async with open_city(database_url) as city:
        await _office(city)
        reply = await city.say("待办", "T-3")
        for label in (first(reply), "受理", "虚报冒领", "报批"):
            reply = await chosen(city, "T-3", reply, label)
        assert reply.text.startswith("登记1号（")
        assert "报批中" in (await city.say("待办", "T-3")).as_lines()
        assert "登记1号 农业农村 等您批" in (await city.say("待办", "T-1")).as_lines()
