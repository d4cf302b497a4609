"""What digests say, to whom, and what they do not count; the commands beside them; the chart and its link."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot import digests, pictures, stats
from bot.paper.chart import Chart, png
from handlers.digest import Digest, Part, Stuck, change, compared, solved, told
from handlers.model import DeskId, Millis, PersonId, VillageCode
from handlers.rules.nets import Net, NetPost
from handlers.rules.places import place
from handlers.rules.schedule import Job, number_of
from storage import figures
from tests.commission.office import accepted, does, filed, first, staffed
from tests.fakes.city import City, clock_of, open_city
from tests.fakes.nets import nets
from tests.fakes.people import people, person
from tests.wording import broken_rule

WEEK = number_of(Job.WEEKLY, "2026-W48")
LONGEST = Digest(
    Job.WEEKLY, "铜仁市印江土家族苗族自治县纪检监察第十二协作区", "第48周", "11月29日", 100, Stuck(100, 100, 9999, 12), 500, 5000,
    {"filed": 9999, "concluded": 9999, "solved": 900, "unsolved": 99}, {"filed": 9999}, {"cased": 9999},
    tuple(Part("沙子坡镇某某土家族苗族乡", 500, 100) for _ in range(20)), 2947, (98, 99), 97,
)  # fmt: skip
"""A zone, whose name is longest, has some tens of villages; the city, which has thousands, is called 铜仁市."""


@pytest.mark.parametrize("job", [Job.WEEKLY, Job.MONTHLY, Job.QUARTERLY])
def test_at_its_longest_a_digest_fits_a_message(job: Job) -> None:
    kinds = dict.fromkeys(("filed", "clue", "cased", "sanctioned", "looked", "accepted", "concluded"), 9999)
    now = kinds | {"days_to_looked": 99999, "days_to_accepted": 99999, "days_to_concluded": 999999, "solved": 900}
    digest = replace(LONGEST, job=job, period="2026年3季度", now=now, before=dict.fromkeys(kinds, 4999), year_ago=kinds)
    for text in (digests.with_word(job, told(digest)), compared(digest)):
        assert len(text) <= 180 and len(text.split("\n")) <= 9, text


def test_a_change_is_said_as_the_city_says_it_and_never_from_a_small_number() -> None:
    assert change(2900, 1376) == "+110.8%"
    assert change(10, 2) == change(2, 10) == "—"


def test_the_share_of_solved_is_no_share_of_few() -> None:
    assert "不算比例" in solved({"solved": 2})
    assert solved({"solved": 30, "partly": 4, "unsolved": 6}) == "群众答“解决了”的：30/40（75%）"
    assert "细数少" in solved({"solved": 9, "unsolved": 1})


def _gathered(city: City, person: str, code: str, job: Job = Job.WEEKLY, n: int = WEEK) -> object:
    turns = city.service.turns

    def look(rows: object) -> Digest:
        turns.refresh(rows)  # type: ignore[arg-type]
        found = place(code, turns.organisation)
        assert found is not None
        reader = turns.roster.people[PersonId(person)]
        return digests.gather(turns, rows, reader, found, job, n, city.clock.now)  # type: ignore[arg-type]

    return look


async def _digest(city: City, person: str, code: str, job: Job = Job.WEEKLY, n: int = WEEK) -> Digest:
    await clock_of(city).strike()
    found: Digest = await city.service.database.read(_gathered(city, person, code, job, n))  # type: ignore[arg-type]
    return found


async def test_what_passed_the_township_is_not_in_its_zone(tmp_path: Path) -> None:
    async with open_city(f"sqlite:///{tmp_path}/lima.db", files=tmp_path) as city:
        await staffed(city, "X-3")
        for n, about in enumerate(("1", "1", "1", "2", "4")):
            await filed(city, f"v{n}", about)
        assert (await _digest(city, "X-3", "520602Z01")).now["filed"] == 3
        month = number_of(Job.MONTHLY, "2026-11")
        assert (await _digest(city, "X-5", "520602", Job.MONTHLY, month)).now["filed"] == 5
        assert (await _digest(city, "C-3", "5206", Job.MONTHLY, month)).now["filed"] == 5


async def test_what_concerns_a_reader_is_in_none_of_the_readers_figures(tmp_path: Path) -> None:
    async with open_city(f"sqlite:///{tmp_path}/lima.db", files=tmp_path) as city:
        await staffed(city, "X-2", "X-5")
        await filed(city, about="2")
        await does(city, "X-2", first(await city.say("待办", "X-2")), "我要回避", "牵涉到我")
        month = number_of(Job.MONTHLY, "2026-11")
        spans = digests.spans_of(Job.MONTHLY, month)
        await clock_of(city).strike()
        vault = city.service.turns.vault

        found = {}
        for person in ("X-2", "X-5"):
            found[person] = await city.service.database.read(
                lambda rows, p=person: figures.seen_by(rows, vault, PersonId(p), [DeskId("county:520602")], *spans)  # type: ignore[misc]
            )
        assert found["X-5"]["filed"] == 1 and not any(found["X-2"].values())


async def test_what_is_handed_up_is_counted_above_alone(tmp_path: Path) -> None:
    async with open_city(f"sqlite:///{tmp_path}/lima.db", files=tmp_path) as city:
        await staffed(city, "T-3", "T-1")
        await filed(city)
        await accepted(city)
        await does(city, "T-3", first(await city.say("待办", "T-3")), "不归本级管", "交上去")
        await clock_of(city).strike()
        spans = digests.spans_of(Job.MONTHLY, number_of(Job.MONTHLY, "2026-11"))
        for desk, n in (("township:520602104", {}), ("county:520602", {"filed": 1})):
            found = await city.service.database.read(
                lambda rows, d=desk: figures.by_kind(rows, [DeskId(d)], *spans)  # type: ignore[misc]
            )
            assert {kind: k for kind, k in found.items() if k} == n, desk


async def test_a_digest_of_somebody_who_has_left_the_post_is_not_sent(tmp_path: Path) -> None:
    from tests.fakes import people

    async with open_city(f"sqlite:///{tmp_path}/lima.db", files=tmp_path) as city:
        await staffed(city, "X-3", "X-4")
        clock = clock_of(city)
        await clock.strike()
        city.clock.step(6 * 86400)
        await clock.strike()
        moved = [(replace(p, posts=()) if p.id == "X-3" else p, name) for p, name in people.people()]
        await city.staff(moved)
        assert await city.pushed("X-3") == []


async def test_a_chart_has_a_link_for_ten_minutes_and_for_nobody_else(tmp_path: Path) -> None:
    async with open_city(f"sqlite:///{tmp_path}/lima.db", files=tmp_path) as city:
        await staffed(city, "X-3")
        turns, now = city.service.turns, city.clock.now
        good = pictures.token(turns.vault, "X-3", "weekly", "520602Z01", "2026-W47", Millis(now + 600_000))
        stranger = pictures.token(turns.vault, "T-3", "weekly", "520602Z01", "2026-W47", Millis(now + 600_000))
        assert (await city.service.chart(good) or b"")[:4] == b"\x89PNG"
        for wrong in (
            stranger,
            good[:-1] + "!",
            good.replace("Z01", "Z02"),
            "x",
            "",
            "a.b.c.d.e",
            good.replace("47", "99"),
        ):
            assert await city.service.chart(wrong) is None
        city.clock.step(601)
        assert await city.service.chart(good) is None


def test_a_chart_draws_what_may_be_shown() -> None:
    chart = Chart("碧江区 在办", "11月，截至11月30日", ("坝黄镇", "云场坪镇"), (7, None), (1, 0))
    assert Chart.from_json(chart.as_json()) == chart
    assert png(chart)[:4] == b"\x89PNG"


async def test_the_funnel_for_the_operator_hides_small_numbers(tmp_path: Path) -> None:
    async with open_city(f"sqlite:///{tmp_path}/lima.db", files=tmp_path) as city:
        for n in range(4):
            await filed(city, f"v{n}")
        await clock_of(city).strike()
        month, turns = number_of(Job.MONTHLY, "2026-11"), city.service.turns
        desks = list(turns.organisation.desks)
        lines = await city.service.database.read(lambda rows: stats.funnel(rows, desks, Job.MONTHLY, month))
        assert lines[:2] == ["问题  4  同比 —  环比 —", "线索  少"]
        for by in stats.GROUPS:
            found = await city.service.database.read(
                lambda rows, b=by: stats.grouped(rows, desks, Job.MONTHLY, month, b, turns.organisation)  # type: ignore[misc]
            )
            assert [line.cells for line in found] == [(4, None, None, None)], by


async def test_how_many_villages_have_a_net_is_a_series_that_follows_imports_and_settings(database_url: str) -> None:
    """Two processes tick; a county is switched off, and on again."""
    async with open_city(database_url) as city:
        turns = city.service.turns
        desks = list(turns.organisation.desks)
        november, december = (number_of(Job.MONTHLY, each) for each in ("2026-11", "2026-12"))
        clocks = (clock_of(city), clock_of(city))

        async def series(month: int) -> list[str]:
            for clock in clocks:
                await clock.strike()
            lines = await city.service.database.read(lambda rows: stats.funnel(rows, desks, Job.MONTHLY, month))
            return [line for line in lines if "前哨站" in line]

        await city.staff(nets=[])
        assert await series(november) == []
        net, names = nets()[0]
        villages = [village for village in turns.organisation.villages if turns.nets.is_on(village)][:4]
        await city.staff(nets=[(replace(net, village=village), names) for village in villages[:1]])
        assert await series(november) == ["有廉情前哨站的村  1  同比 —  环比 —"]
        await city.staff(
            nets=[
                (_alone(net, n, village), {PersonId(f"J-{n}-{p}"): "某某" for p in "ab"})
                for n, village in enumerate(villages)
            ]
        )
        assert await series(november) == ["有廉情前哨站的村  4  同比 —  环比 —"]
        city.clock.step(20 * 86400)
        assert await series(december) == ["有廉情前哨站的村  4  同比 —  环比 +0.0%"]
        turns.nets.on, on = frozenset(), turns.nets.on
        assert await series(december) == ["有廉情前哨站的村  0  同比 —  环比 —"]
        assert await series(november) == ["有廉情前哨站的村  4  同比 —  环比 —"]
        turns.nets.on = on
        assert await series(december) == ["有廉情前哨站的村  4  同比 —  环比 +0.0%"]


def _alone(net: Net, n: int, village: VillageCode) -> Net:
    """The same net in another village, with a chief and a monitor of its own."""
    chief = next(each for each in net.members if each.post == NetPost.CHIEF)
    monitor = next(each for each in net.members if each.is_monitor)
    members = (
        replace(chief, id=PersonId(f"J-{n}-a"), village=village),
        replace(monitor, id=PersonId(f"J-{n}-b"), village=village),
    )
    return replace(net, village=village, members=members)


async def test_the_messages_of_leaders_keep_the_rules(tmp_path: Path) -> None:
    async with open_city(f"sqlite:///{tmp_path}/lima.db", files=tmp_path) as city:
        await staffed(city, "T-1", "T-3", "X-2", "X-3", "X-5", "C-2")
        for n in range(4):
            await filed(city, f"v{n}")
        clock = clock_of(city)
        await clock.strike()
        for _ in range(50):
            city.clock.step(86400)
            await clock.strike()
        for who in ("X-3", "X-2", "X-5", "C-2"):
            for push in await city.pushed(who):
                assert broken_rule(push) == "" and not push.choices
            for word in ("超期", "2", "周报", "月报", "1", "季报"):
                assert broken_rule(await city.say(word, who), officer=True) == ""


def test_villages_from_which_nothing_came_are_counted_unless_it_would_tell_of_one_or_two() -> None:
    month = replace(LONGEST, job=Job.MONTHLY, villages=40)
    assert "没动静的村 37 个，不代表没问题" in told(replace(month, now={"filed": 9, "stirred": 3}))
    for n in (0, 1, 2):
        assert "不写个数" in told(replace(month, now={"filed": 9, "stirred": n}))


async def test_a_village_stirs_once_a_month_and_for_nobody_whom_the_report_concerns(database_url: str) -> None:
    async with open_city(database_url) as city:
        await staffed(city, "X-1")
        for n in range(2):
            await filed(city, f"村民{n}")
        turns = city.service.turns

        def look(rows: object) -> tuple[int, int]:
            while figures.fold(rows):  # type: ignore[arg-type]
                pass
            found = place("520602", turns.organisation)
            assert found is not None
            spans = ("M2026-11", "M2026-11")
            seen = figures.seen_by(rows, turns.vault, PersonId("X-1"), found.desks, *spans)  # type: ignore[arg-type]
            return seen["filed"], seen["stirred"]

        assert await city.service.database.turn(b"look", look) == (2, 1)


async def test_what_a_tie_hides_from_a_reader_is_in_no_figure_of_theirs(database_url: str) -> None:
    """刘主任 leads the zone and comes from 岩门村; 黄指挥 has no tie."""
    tied = [(person("X-3", frozenset({"520602104201"})) if each.id == "X-3" else each, name) for each, name in people()]
    async with open_city(database_url) as city:
        await city.staff(tied)
        await filed(city, "村民一")
        turns = city.service.turns
        for reader, n in (("X-2", 1), ("X-3", 0)):

            def look(rows: object, reader: str = reader) -> int:
                while figures.fold(rows):  # type: ignore[arg-type]
                    pass
                found = place("520602Z01", turns.organisation)
                assert found is not None
                spans = ("M2026-11", "M2026-11")
                return figures.seen_by(rows, turns.vault, PersonId(reader), found.desks, *spans)["filed"]  # type: ignore[arg-type]

            assert await city.service.database.turn(b"look", look) == n
