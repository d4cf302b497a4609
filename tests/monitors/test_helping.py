"""代填: the report is the neighbour's alone, a slip is good once, and what the helper leaves behind is nothing."""

from __future__ import annotations

import pytest

from bot.channels.wechat.render import parts
from handlers.model import Heard, Reply
from handlers.monitor.helping import PART_CHARS_MAX
from handlers.said import CUT_OUT, NOT_FOUND
from storage import cases, media, reports
from storage.statement import Rows
from tests.commission.office import accepted, does, first, says
from tests.fakes import photos
from tests.fakes.city import City, open_city
from tests.faults.stories import everything
from tests.monitors.net import asks_by_code, helped, manned, slip

WORDS = "屋后的坎垮了，没人管"


async def _rows(city: City, table: str) -> list[tuple[object, ...]]:
    return await city.service.database.read(lambda rows: rows.all(everything(table)))


async def test_it_is_the_neighbours_by_the_code_on_the_slip(database_url: str) -> None:
    async with open_city(database_url) as city:
        await manned(city, "T-1", "T-3")
        entry, code = await slip(city, 7)
        assert "撕给本人" in (await helped(city, "N-3", entry, WORDS)).text
        assert "交给了坝黄镇纪委" in (await asks_by_code(city, "邻居", code)).text
        case = await does(city, "T-3", first(await city.say("待办", "T-3")))
        assert "来源：监督员代填" in case.text
        await accepted(city)
        await city.pushed()
        assert "接下来办了" in (await asks_by_code(city, "邻居", code)).text
        for text in ("查", "看", "日记", "菜单"):
            assert "接下来办" not in (await city.say(text, "N-3")).as_lines()
        assert await city.pushed("N-3") == [], "nothing is ever pushed to the helper"


async def test_nothing_leads_from_the_report_to_the_helper(database_url: str) -> None:
    async with open_city(database_url) as city:
        await manned(city)
        entry, code = await slip(city, 7)
        before = {table: len(await _rows(city, table)) for table in ("mine", "diary")}
        await helped(city, "N-3", entry, WORDS)
        assert {table: len(await _rows(city, table)) for table in before} == before
        assert await _rows(city, "slips") == [], "a used slip is gone"
        assert await _rows(city, "draft_words") == []
        vault = city.service.turns.vault

        def look(rows: Rows) -> tuple[object, bytes]:
            found = reports.by_code(rows, vault, "520602104201", code)  # type: ignore[arg-type]
            assert found is not None
            return cases.reporter_of(rows, vault, found), found

        reporter, _ = await city.service.database.read(look)
        assert reporter is None


async def test_replies_given_on_the_way_are_gone_at_the_end(database_url: str) -> None:
    """A retry of any message of that conversation is answered as one about nothing."""
    async with open_city(database_url) as city:
        await manned(city)
        entry, _ = await slip(city, 7)
        said = ("代填", entry, "不在公示里，直接说", "1", WORDS, "1", "念完了，本人说对", "本人同意，发出去")
        for n, text in enumerate(said):
            await city.say(text, "N-3", id_=f"h{n}")
        for n, text in enumerate(said[:-1]):
            again = await city.service.hear(Heard("web", "N-3", f"h{n}", text, city.clock.now))
            assert again.text == NOT_FOUND.text, text
        last = await city.service.hear(Heard("web", "N-3", "h7", said[-1], city.clock.now))
        assert "撕给本人" in last.text and "坝黄镇" not in last.text and WORDS not in last.text


@pytest.mark.parametrize("way_out", ["0", "退出", "菜单", "反映", "查"])
async def test_whatever_breaks_it_off_leaves_nothing(database_url: str, way_out: str) -> None:
    async with open_city(database_url) as city:
        await manned(city)
        entry, _ = await slip(city, 7)
        await says(city, "N-3", "代填", entry, "不在公示里，直接说", "1", WORDS, "1")
        await city.say("念完了，本人说对", "N-3", id_="consent")
        await city.say(way_out, "N-3")
        assert await _rows(city, "draft_words") == []
        again = await city.service.hear(Heard("web", "N-3", "consent", "念完了，本人说对", city.clock.now))
        assert again.text == NOT_FOUND.text
        assert await city.desk("township:520602104") == []
        assert "上次有一段话" not in (await says(city, "N-3", "退出", "反映")).text
        assert "撕给本人" in (await helped(city, "N-3", entry, WORDS)).text, "the slip was not used up"


async def test_a_photo_that_fails_later_is_told_to_nobody(database_url: str) -> None:
    async with open_city(database_url) as city:
        await manned(city)
        entry, _ = await slip(city, 7)
        await says(city, "N-3", "代填", entry, "不在公示里，直接说", "1", WORDS)
        await city.send_photo(b"no picture at all", "N-3")
        assert "撕给本人" in (await says(city, "N-3", "1", "念完了，本人说对", "本人同意，发出去")).text
        while await city.service.evidence.work_once(1):
            pass
        assert await city.pushed("N-3") == []


async def test_good_photos_go_with_it(database_url: str) -> None:
    async with open_city(database_url) as city:
        await manned(city)
        entry, code = await slip(city, 7)
        await says(city, "N-3", "代填", entry, "不在公示里，直接说", "1", WORDS)
        await city.send_photo(photos.photo(1), "N-3")
        await says(city, "N-3", "1", "念完了，本人说对", "本人同意，发出去")
        vault = city.service.turns.vault

        def look(rows: Rows) -> int:
            found = reports.by_code(rows, vault, "520602104201", code)  # type: ignore[arg-type]
            assert found is not None
            return len(media.of(rows, vault, found))

        assert await city.service.database.read(look) == 1


async def test_a_slip_is_good_once_and_only_in_its_village(database_url: str) -> None:
    async with open_city(database_url) as city:
        await manned(city)
        entry, _ = await slip(city, 7)
        elsewhere, _ = await slip(city, 8, "520602104202")
        await helped(city, "N-3", entry, WORDS)
        answers = {(await says(city, "N-4", "代填", each)).text for each in (entry, elsewhere, "1234567889")}
        assert len(answers) == 1 and "用过了" in answers.pop(), "used, of another village, unknown: one answer"


async def test_a_slip_too_old_is_void(database_url: str) -> None:
    async with open_city(database_url) as city:
        await manned(city)
        entry, _ = await slip(city, 7)
        city.clock.step(366 * 86400)
        assert "用过了" in (await says(city, "N-3", "代填", entry)).text


async def test_guessing_is_limited(database_url: str) -> None:
    async with open_city(database_url) as city:
        await manned(city)
        entry, _ = await slip(city, 7)
        for _ in range(5):
            await says(city, "N-3", "代填", "1234567889")
        assert "试错的次数多了" in (await says(city, "N-3", "代填", entry)).text
        assert "哪一件" in (await says(city, "N-4", "代填", entry)).text, "another helper is not held up"
        city.clock.step(3600)
        assert "哪一件" in (await says(city, "N-3", "代填", entry)).text


@pytest.mark.parametrize("who", ["N-1", "N-2", "N-6", "T-3", "路人"])
async def test_nobody_but_a_monitor_enters_for_others(database_url: str, who: str) -> None:
    async with open_city(database_url) as city:
        await manned(city, "T-3")
        entry, _ = await slip(city, 7)
        reply = await city.say("代填", who)
        assert "不能代填" in reply.text or "要绑定了的廉情监督员" in reply.text
        assert "哪一件" not in (await city.say(entry, who)).text


async def test_a_monitor_who_is_none_any_more_cannot_send(database_url: str) -> None:
    from tests.fakes import nets, people

    async with open_city(database_url) as city:
        await manned(city)
        entry, _ = await slip(city, 7)
        await says(city, "N-3", "代填", entry, "不在公示里，直接说", "1", WORDS, "1", "念完了，本人说对")
        await city.staff(people.people(), nets.nets("N-3"))
        assert "不能代填" in (await city.say("本人同意，发出去", "N-3")).text
        assert await city.desk("township:520602104") == []
        assert await _rows(city, "draft_words") == []


async def test_a_county_that_has_not_switched_on_has_no_monitors(database_url: str) -> None:
    async with open_city(database_url) as city:
        await manned(city)
        city.service.turns.nets.on = frozenset({"520621"})
        assert "要绑定了的廉情监督员" in (await city.say("代填", "N-3")).text
        reply: Reply = await says(city, "N-3", "0", "菜单")
        assert "廉情" not in reply.as_lines()


async def test_words_do_not_wait_in_the_helpers_chat(database_url: str) -> None:
    """Not as the question that stands when the page is opened, and not behind an aside."""
    async with open_city(database_url) as city:
        await manned(city)
        entry, _ = await slip(city, 7)
        await says(city, "N-3", "代填", entry, "不在公示里，直接说", "1", WORDS, "1")
        assert WORDS in (await city.service.current("web", "N-3")).text
        city.clock.step(7 * 3600)
        assert WORDS not in (await city.service.current("web", "N-3")).text
        await says(city, "N-3", "代填", entry, "不在公示里，直接说", "1", WORDS, "1", "人工")
        city.clock.step(7 * 3600)
        assert WORDS not in (await city.say("接着刚才的说", "N-3")).text
        assert await _rows(city, "draft_words") == []


async def test_what_is_read_back_is_one_whole_message_in_the_official_account(database_url: str) -> None:
    async with open_city(database_url) as city:
        await manned(city)
        entry, _ = await slip(city, 7)
        longest = "屋" * PART_CHARS_MAX
        reply = await says(city, "N-3", "代填", entry, "不在公示里，直接说", "1", longest, longest, "1")
        assert longest in reply.text
        (whole,) = parts(reply, 1)
        assert longest in whole and CUT_OUT not in whole
        assert (
            "一次最多 500 字"
            in (await says(city, "N-4", "代填", entry, "不在公示里，直接说", "1", longest + "屋")).text
        )
