"""After losing access everything is “not found”: 0, back, a retry of any earlier message, an old button, an old link."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bot.standing import StillHandling
from handlers import said
from handlers.model import Heard
from tests.commission.office import accepted, case, chosen, does, filed, first, newest, says, staffed
from tests.fakes import people
from tests.fakes.city import City, open_city

GONE = said.NOT_FOUND
WATCHES = "T-3"
"""Who loses access."""


async def _recuses(city: City, report: bytes) -> None:
    await does(city, WATCHES, first(await city.say("待办", WATCHES)), "我要回避", "亲属")


async def _is_passed_up_by_another(city: City, report: bytes) -> None:
    await does(city, "T-2", first(await city.say("待办", "T-2")), "不归本级管", "交上去")


async def _is_removed(city: City, report: bytes) -> None:
    assert await city.staff(people.people(WATCHES)) == 1


async def _is_given_to_the_zone(city: City, report: bytes) -> None:
    await does(city, "T-2", first(await city.say("待办", "T-2")), "请片区协作", "本镇人员")
    asked = await chosen(city, "X-2", await city.say("授权", "X-2"), "授权片区协作")
    assert "授权了" in (await chosen(city, "X-2", asked, "交给碧江区纪委监委办")).text


async def _moves_to_another_desk(city: City, report: bytes) -> None:
    listed = [(people.person("U-3"), name) if p.id == "U-3" else (p, name) for p, name in people.people()]
    moved = [(people.Person(p.id, people.desk_of("520602105"), (("520602105", p.posts[0][1]),)), name) if p.id == WATCHES else (p, name) for p, name in listed]  # fmt: skip
    await city.staff(moved)


async def _chief_is_concerned(city: City, report: bytes) -> None:
    """The head of the unit steps back as concerned: then nobody of the unit may see it."""
    await does(city, "T-1", first(await city.say("待办", "T-1")), "我要回避", "牵涉到我")


LOSES: dict[str, Callable[[City, bytes], Awaitable[None]]] = {
    "recused": _recuses,
    "passed up": _is_passed_up_by_another,
    "given to the zone": _is_given_to_the_zone,
    "removed": _is_removed,
    "another desk": _moves_to_another_desk,
    "chief concerned": _chief_is_concerned,
}


@pytest.mark.parametrize("how", LOSES)
async def test_whoever_loses_access_finds_nothing(database_url: str, how: str) -> None:
    async with open_city(database_url) as city:
        await staffed(city, "T-1", "T-2", "X-2", WATCHES)
        report = await filed(city)
        said_before: list[tuple[str, str]] = []

        async def speaks(text: str) -> None:
            said_before.append((f"w{len(said_before)}", text))
            await city.say(text, WATCHES, id_=said_before[-1][0])

        for text in ("待办", "1", "1", "1", "4", "是哪一截？", "2", "哪一截？", "0"):
            await speaks(text)
        await speaks("待办")
        await speaks("1")
        shown = await does(city, WATCHES, first(await city.say("待办", WATCHES)), "打开网页")
        link = shown.text.rpartition("/")[2]
        cookie = "c" * 43
        assert link and await city.service.case_page(link, cookie, {"reason": "办这件事"}) is not None

        await LOSES[how](city, report)

        for text in ("0", "1") if how == "recused" else ("0",):
            reply = await city.say(text, WATCHES)
            assert reply == GONE or text == "1", (text, reply)
        for id_, text in said_before:
            again = await city.service.hear(Heard("web", WATCHES, id_, text, city.clock.now))
            shows_it = text in ("待办",) and "等您批" in again.text
            assert again == GONE and not shows_it, (id_, text, again)
        assert await city.service.case_page(link, cookie, {}) is None
        assert await city.service.case_page(link, "d" * 43, {"reason": "办这件事"}) is None
        if how in ("recused", "another desk"):
            assert "0 件" in (await city.say("待办", WATCHES)).text
        held = await city.service.held_for(people.person(WATCHES), 10)
        assert how in ("removed", "recused", "another desk") or held == []


async def test_one_who_has_reports_in_hand_hands_over_before_leaving(database_url: str) -> None:
    async with open_city(database_url) as city:
        await staffed(city, "T-1", "T-2", "T-3")
        report = await filed(city)
        await accepted(city)
        with pytest.raises(StillHandling, match="杨同志（T-3）手里还有 1 件没办完"):
            await city.staff(people.people("T-3"))
        assert "1 件" in (await city.say("待办", "T-3")).text, "nothing was changed"
        await does(city, "T-3", first(await city.say("待办", "T-3")), "交给别人办", "田副书记")
        assert (await case(city, report)).handler == "T-2"
        await city.say("0", "T-3")
        assert await city.staff(people.people("T-3")) == 1
        assert await city.say("待办", "T-3") == await city.say("哈哈", "somebody"), (
            "no officer any more, not even a hint"
        )


async def test_the_approver_gone_the_next_one_has_it(database_url: str) -> None:
    async with open_city(database_url) as city:
        await staffed(city, "T-1", "T-2", "T-3")
        await filed(city)
        await does(city, "T-3", first(await city.say("待办", "T-3")), "受理", "虚报冒领", "报批")
        assert "等您批 1" in (await city.say("待办", "T-1")).text
        await does(city, "T-1", first(await city.say("待办", "T-1")), "我要回避", "亲属")
        assert "等您批 1" in (await city.say("待办", "T-2")).text
        await does(city, "T-2", first(await city.say("待办", "T-2")), "同意")
        assert "受理" in first(await city.say("待办", "T-3"))


async def test_a_push_that_was_queued_before_does_not_reach_who_has_recused(database_url: str) -> None:
    async with open_city(database_url) as city:
        await staffed(city, "T-1", "T-3")
        await filed(city)
        await does(city, "T-3", first(await city.say("待办", "T-3")), "我要回避", "亲属")
        assert await city.pushed("T-3") == []
        assert [reply.text for reply in await city.pushed("T-1")], "the others are told"


async def test_trouble_goes_to_the_desk_above_and_the_one_that_holds_it_learns_nothing(database_url: str) -> None:
    async with open_city(database_url) as city:
        await staffed(city, "T-1", "T-2", "T-3", "X-3")
        report = await filed(city)
        before = (await city.say("待办", "T-3")).text
        reply = await says(city, "村民", "有人为难我", "他们来堵门了", "1")
        assert "发出去了" in reply.text
        troubled = await case(city, await newest(city, "村民"))
        assert troubled.facts.desk == "county:520602" and troubled.about_report == report.hex()
        assert people.desk_of("520602104") in troubled.facts.bypassed
        assert (await city.say("待办", "T-3")).text == before
        assert "新收 1" in (await city.say("待办", "X-3")).text
        shown = await does(city, "X-3", first(await city.say("待办", "X-3")))
        assert "为难反映人" in shown.text


async def test_denied_and_absent_are_the_same_bytes(database_url: str) -> None:
    """Every role, another unit's report: what is not theirs answers as what is not there."""
    everybody = ("T-1", "T-3", "U-3", "X-3", "Y-3", "C-4")
    async with open_city(database_url) as city:
        await staffed(city, *everybody)
        reports = {desk: await filed(city, f"村民{n}", about) for n, (desk, about) in enumerate(
            (("township:520602104", "1"), ("county:520602", "2")))}  # fmt: skip
        absent = b"\0" * 16
        from bot.handling import Handling
        from bot.standing import assign, hand_over, pass_up, recuse

        commands = {
            "open": lambda h, r: h.open(r),
            "propose": lambda h, r: h.propose(r, 0, "accept", {"category": "虚报冒领"}),
            "decide": lambda h, r: h.decide(r, 0, agrees=True),
            "take back": lambda h, r: h.take_back(r),
            "ask": lambda h, r: h.ask(r, 0, "哪一截？"),
            "answer": lambda h, r: h.answer(r, 0, "我们到现场看了，沟子已经修好。"),
            "feedback": lambda h, r: h.feedback(r, 0),
            "contact": lambda h, r: h.contact(r, "要核实"),
            "recuse": lambda h, r: recuse(h, r, "kin"),
            "pass up": lambda h, r: pass_up(h, r, 0),
            "assign": lambda h, r: assign(h, r, 0, people.desk_of("520602105")),
            "hand over": lambda h, r: hand_over(h, r, 0, people.PersonId("U-1")),
        }
        for who in everybody:
            for desk, report in reports.items():
                if people.person(who).desk == desk:
                    continue
                for name, command in commands.items():

                    def run(rows: object, who: str = who, id_: bytes = report, command: object = command) -> object:
                        hands = Handling(city.service.turns, rows, city.clock.now, people.person(who))  # type: ignore[arg-type]
                        return command(hands, id_.hex())  # type: ignore[operator]

                    denied = await city.service.database.turn(b"x", run)
                    gone = await city.service.database.turn(b"x", lambda rows: run(rows, id_=absent))
                    assert repr(denied) == repr(gone), (who, desk, name)
        assert await city.say("待办", "somebody") == await city.say("哈哈", "somebody else")
