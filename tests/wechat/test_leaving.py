"""Whoever unfollows takes everything with them but the report itself; whoever holds the raw tables and the keys is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import pytest

from bot.channels.wechat.pushing import Notice
from handlers import said
from handlers.code import query_code_typed
from storage import mailbox, outbox, reports, severing, turns
from storage.packed import unpacked
from storage.vault import NotOpened, Vault
from tests.fakes import photos
from tests.fakes.city import open_city
from tests.fakes.wechat import Phone, WechatCity, answered, official, xml
from tests.faults.stories import balanced, found_by_code, reports_of
from tests.faults.thief import Dump, dump_of
from tests.transcript import CODE_SHOWN


@pytest.fixture
async def left(database_url: str, tmp_path: Path) -> AsyncIterator[WechatCity]:
    async with open_city(database_url, files=tmp_path / "files") as city, official(city) as world:
        yield world


async def live(world: WechatCity, phone: Phone) -> list[str]:
    """Everything that somebody can leave behind; the query codes of two reports, one hidden, one with a name."""
    codes = []
    for title, naming, after in (("二组水沟", (), ("2",)), ("村级光伏", ("3", "张某某 13987650421"), ())):
        await phone.scan(await world.city.code_of(title))
        for text in ("1", "1", f"{title}的事"):
            await phone.say(text)
        await phone.photo(photos.photo(len(codes)))
        for text in ("1", *naming, "1"):
            shown = await phone.say(text)
        assert "发出去了" in shown, shown
        codes.append(CODE_SHOWN.search(shown)[0])  # type: ignore[index]
        for text in after:
            await phone.say(text)
    await phone.say("查")
    await phone.scan(await world.city.code_of("耕地地力"))
    for text in ("1", "1", "说到一半", "退出"):
        await phone.say(text)
    await phone.scan(await world.city.code_of("临时救助"))
    for text in ("1", "1", "又说到一半"):
        await phone.say(text)
    await phone.photo(photos.photo(9))
    for key in ("photo_blurred", "photo_unusable"):
        await _tell(world, phone, key)
    return codes


async def _tell(world: WechatCity, phone: Phone, key: str) -> None:
    t = world.city.service.turns
    account = t.account("wechat", phone.openid)

    def put(rows: Any) -> None:
        outbox.tell_notice(rows, t.vault, t.chance, ("wechat", phone.openid), (key, ""), world.city.clock.now)
        mailbox.add(rows, t.vault, account, said.LEFT, 20_000, 90)

    await world.city.service.database.turn(account, put)


def opened(vault: Vault, dump: Dump) -> Iterable[tuple[str, bytes]]:
    """Every box of every table that opens by itself, and every report's link and contact."""
    purposes = {
        "turns.reply": turns.REPLY, "failed_turns.sealed": turns.FAILED, "mine.box": "mine", "outbox.body": outbox.PURPOSE,
        "media_work.box": "media", "wechat_people.box": "wechat people",
    }  # fmt: skip
    for table, (columns, rows) in dump.items():
        for row in rows:
            named = dict(zip(columns, row, strict=True))
            for column, cell in named.items():
                where = f"{table}.{column}"
                if where in purposes and cell is not None:
                    yield where, vault.unbox(cell, purposes[where], where, row[0])
            if table == "reports" and named["link"] is not None:
                key = vault.key(named["link_key"], "link", "reports.link_key", row[0])
                yield "reports.link", key.open(named["link"], "reports.link", row[0])
            if table == "reports" and named["contact"] is not None:
                yield "reports.contact", named["contact"]


def traces(world: WechatCity, dump: Dump, openid: str) -> set[str]:
    """Where somebody with all keys still finds a person, by name or by the hashes of what they did."""
    vault = world.city.service.turns.vault
    account = vault.account("wechat", openid)
    hashes = {
        vault.index("conversations.owner", account), vault.index("mailbox.owner", account),
        vault.index("wechat_people.owner", account), *(vault.index("mine.key", account, n) for n in range(50)),
        *(vault.index("mine.key", account, f"past {n}") for n in range(50)),
        *(vault.index("tries.key", of, account, hour) for of in ("account", "photos")
          for hour in range(world.city.clock.now // 3_600_000 - 30, world.city.clock.now // 3_600_000 + 3)),
    }  # fmt: skip
    found = {where for where, plain in opened(vault, dump) if openid.encode() in plain or where == "reports.contact"}
    for table, (columns, rows) in dump.items():
        for row in rows:
            found |= {
                f"{table}.{c}"
                for c, cell in zip(columns, row, strict=True)
                if isinstance(cell, bytes) and cell in hashes
            }
    return found


async def test_everything_goes_but_the_report(left: WechatCity, database_url: str) -> None:
    world, phone, other = left, left.phone(), left.phone("oNeighbour000000000000000002")
    await live(world, other)
    codes = await live(world, phone)
    before = traces(world, await dump_of(database_url), phone.openid)
    assert before >= {
        "conversations.owner", "mailbox.owner", "wechat_people.owner", "mine.key", "outbox.body", "media_work.box",
        "reports.link", "tries.key",
    }  # fmt: skip
    neighbours = traces(world, await dump_of(database_url), other.openid)
    filed = await balanced(world.city)
    assert await phone.do("unsubscribe") == ""

    dump = await dump_of(database_url)
    still = traces(world, dump, phone.openid)
    assert still <= {"reports.contact"}, "the neighbour's own contact is the only one left"
    vault = world.city.service.turns.vault
    columns, rows = dump["turns"]
    replies = [vault.unbox(row[2], turns.REPLY, "turns.reply", row[0]) for row in rows if row[2] is not None]
    assert len(replies) == 20, "the last of the neighbour's; none of theirs"
    assert await balanced(world.city) == filed == 4
    assert traces(world, dump, other.openid) == neighbours
    for code in codes:
        assert await found_by_code(world.city, code) is not None, "the query code finds it still"

    columns, rows = dump["reports"]
    severed = [dict(zip(columns, row, strict=True)) for row in rows]
    assert sum(row["link"] is None and row["link_key"] is None and row["contact"] is None for row in severed) == 2
    assert sum(row["link"] is not None for row in severed) == 2
    while await world.city.service.evidence.work_once():
        pass
    sent = [who for _, who, _ in await world.delivered()]
    assert phone.openid not in sent
    assert query_code_typed(codes[0]) is not None


async def test_it_may_come_twice_and_what_follows_is_a_new_person(left: WechatCity) -> None:
    world, phone = left, left.phone()
    await live(world, phone)
    assert await phone.do("unsubscribe") == ""
    gone = phone.last
    assert "您好！我是" in await phone.do("subscribe")
    assert "村名" in await phone.say("查"), "nothing is found without a code"
    await phone.say("菜单")
    await phone.scan(await world.city.code_of("二组水沟"))
    for text in ("1", "1", "新说的"):
        await phone.say(text)
    assert answered(await world.deliver(gone)) == "", "an old copy"
    assert "1 段话" in await phone.say("1")
    assert len(await reports_of(world.city, phone.openid, "wechat")) == 0


@pytest.mark.parametrize("event", ["user_authorization_revoke", "user_authorization_cancellation"])
async def test_taking_back_the_consent_names_the_person_elsewhere(left: WechatCity, event: str) -> None:
    world, phone = left, left.phone()
    await live(world, phone)
    plain = xml("ghPlatform0000", world.now_s, "event", Event=event, OpenID=phone.openid, AppID="wx1", RevokeInfo="1")
    assert answered(await world.deliver(plain)) == ""
    assert await reports_of(world.city, phone.openid, "wechat") == []


async def test_a_database_that_fails_leaves_all_or_nothing_and_it_comes_again(
    left: WechatCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, phone = left, left.phone()
    await live(world, phone)
    gone = phone.event("unsubscribe")
    with monkeypatch.context() as broken:
        broken.setattr(severing.wechat, "drop", lambda *_: 1 / 0)
        assert (await world.deliver(gone)).status_code == 503
    assert len(await reports_of(world.city, phone.openid, "wechat")) == 1
    assert answered(await world.deliver(gone)) == ""
    assert await reports_of(world.city, phone.openid, "wechat") == []


def test_a_box_of_another_row_does_not_open() -> None:
    """The audit above opens what it finds; this proves that it would notice if it could not."""
    from tests.fakes.city import RING

    vault = Vault(RING)
    with pytest.raises(NotOpened):
        vault.unbox(vault.box(b"x", "mine", "mine.box", b"a"), "mine", "mine.box", b"b")
    assert unpacked(b"[1]") == [1] and Notice().template == "" and reports.PAST == "past"
