"""What people do in WeChat, as the platform brings it, through the real webhook."""

from __future__ import annotations

from tests.fakes import photos
from tests.fakes.wechat import Phone, WechatCity, as_read, links


async def test_a_whole_report(world: WechatCity, phone: Phone) -> None:
    card = await phone.scan(await world.city.code_of("二组水沟"), following=False)
    assert ("二组水沟修复" in card and links(card) == ["1", "2", "4", "0"]) or links(card)[0] == "1"
    await phone.tap("1")
    await phone.say("1")
    await phone.say("去年修的沟子垮了")
    shown = await phone.photo(photos.photo(1))
    assert "收到第 1 张" in shown
    await phone.say("1")
    review = await phone.say("1")
    print(as_read(review))
    told = await phone.say("1") if "发出去了" not in review else review
    assert "发出去了" in told
    while await world.city.service.evidence.work_once():
        pass
    assert world.platform.calls["media/get"] == 1
