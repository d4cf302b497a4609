"""The chat shows lists as the page of an item does: no whole name, no phone."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.city import ITEMS, _item, open_city


async def test_the_chat_masks_a_list(tmp_path: Path) -> None:
    listed = _item("L01", "领款名单（样例）", "520602104201", details=("张小三 1200元 13812345678", "户主：龙家富"))
    async with open_city(f"sqlite:///{tmp_path}/lima.db", items=(*ITEMS, listed)) as city:
        await city.scan("领款名单")
        await city.say("2")
        shown = (await city.say("2")).text
    assert "张*三 1200元 138****5678\n户主：龙*富" in shown
    assert "张小三" not in shown and "13812345678" not in shown
