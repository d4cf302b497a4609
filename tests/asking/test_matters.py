"""Who sees a matter, whose it stays, and that its words lie nowhere in the clear."""

from __future__ import annotations

import asyncio
from pathlib import Path

from handlers.dates import day_of
from handlers.model import Millis, Person, PersonId
from storage import housekeeping, matters, severing
from storage.matters import Matter
from storage.statement import Rows
from tests.asking.test_nothing_unseen import _all_matters, _staffed
from tests.fakes import people
from tests.fakes.city import City, open_city

DAY_MS = 24 * 3600 * 1000
WORDS = "水沟修到我们三组不"
CONCERN = "独居老人没人管饭，二组，电话 13812340000"


async def _asked(city: City, who: str = "村民") -> Matter:
    await city.scan("二组水沟", who)
    for text in ("3", WORDS, "2"):
        await city.say(text, who)
    return (await _all_matters(city))[-1]


async def _needs(city: City, who: str = "村民") -> Matter:
    for text in ("菜单", "4", "1", "岩门", "1", "2", CONCERN, "1", "1"):
        await city.say(text, who)
    return next(each for each in await _all_matters(city) if each.kind == "concern")


async def test_only_those_who_were_named_in_the_preview_see_it(database_url: str) -> None:
    """Everybody of the roster tries everything that shows a matter; the words are the department's alone."""
    async with open_city(database_url) as city:
        await _staffed(city)
        question, concern = await _asked(city), await _needs(city)
        for person, name in people.people():
            if city.service.turns.roster.bound(person.id) is None:
                await city.bind(person.id, f"账号{person.id}")
            told = "".join(
                [
                    (await city.say(word, f"账号{person.id}")).as_lines()
                    for word in ("待办", "1", "急难", "问答", "1", "看")
                ]
            )
            reads = {question.unit: WORDS, concern.unit: CONCERN}.get(person.desk)
            assert (WORDS in told) == (reads == WORDS), name
            assert (CONCERN in told) == (reads == CONCERN), name
            knows = person.desk == concern.told or person.id == "X-5"
            assert ("碧江区民政局 11月27日" in told) == knows, name


async def test_one_of_two_answers_counts_and_the_other_hears_so(database_url: str) -> None:
    async with open_city(database_url) as city:
        await _staffed(city)
        await city.bind("G-2", "账号G-2")
        await _asked(city)
        for who in ("账号G-1", "账号G-2"):
            for text in ("待办", "1", "1", "三组的明年报上去，开春开会定。"):
                await city.say(text, who)
        assert "交给县里批了" in (await city.say("1", "账号G-1")).text
        assert "已经有人办了" in (await city.say("1", "账号G-2")).text
        assert (await _all_matters(city))[0].answered_by == "G-1"


async def test_whoever_left_the_department_finds_nothing_any_more(database_url: str) -> None:
    async with open_city(database_url) as city:
        await _staffed(city)
        await _asked(city)
        shown = [await city.say(text, "账号G-1", id_=f"vor-{text}") for text in ("待办", "1")]
        assert WORDS in shown[-1].text
        await city.staff(people.people("G-1"))
        again = await city.say("1", "账号G-1", id_="vor-1", after_s=0)
        assert WORDS not in again.text and "没找到" in again.text
        assert WORDS not in (await city.say("待办", "账号G-1")).text


async def test_whose_it_was_goes_thirty_days_after_the_end(database_url: str) -> None:
    async with open_city(database_url) as city:
        await _staffed(city)
        matter = await _asked(city)
        vault, database = city.service.turns.vault, city.service.database
        for text in ("待办", "1", "2", "1"):
            await city.say(text, "账号G-1")
        today = day_of(Millis(city.clock.now))

        def asker(rows: Rows) -> tuple[str, str] | None:
            return matters.asker_of(rows, vault, matter.id)

        for day, left in ((today + 30, True), (today + 31, False)):
            due = await database.read(lambda rows, day=day: housekeeping.due(rows, day)["matter_links"])  # type: ignore[misc]
            assert due == (0 if left else 1)
            await database.turn(b"purge", lambda rows, day=day: housekeeping.purge(rows, day))  # type: ignore[misc]
            assert (await database.read(asker) is not None) is left


async def test_whoever_leaves_the_channel_is_forgotten_and_the_question_stays(database_url: str) -> None:
    async with open_city(database_url) as city:
        await _staffed(city)
        matter = await _asked(city)
        vault, now = city.service.turns.vault, city.clock.now
        account = vault.account("web", "村民")
        await city.service.database.turn(account, lambda rows: severing.sever(rows, vault, "web", "村民", now))
        assert await city.service.database.read(lambda rows: matters.asker_of(rows, vault, matter.id)) is None
        assert await city.service.database.read(lambda rows: matters.mine(rows, vault, account)) == []
        for text in ("待办", "1", "2"):
            await city.say(text, "账号G-1")
        assert "发了" in (await city.say("1", "账号G-1")).text, "nobody is told, and nothing breaks"


def test_words_and_phones_lie_nowhere_in_the_clear(tmp_path: Path) -> None:
    async def said_and_chased() -> None:
        async with open_city(f"sqlite:///{tmp_path}/lima.db") as city:
            await _staffed(city)
            await _asked(city)
            await _needs(city)
            await city.say("催")

    asyncio.run(said_and_chased())
    whole = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for said in (WORDS, CONCERN, "13812340000", "独居老人"):
        for encoding in ("utf-8", "utf-16-le", "gbk"):
            assert said.encode(encoding) not in whole


def test_a_contact_stands_outside_every_desk() -> None:
    """Nobody of a department is of a desk that holds reports: visibility then knows nothing to show them."""
    contacts: list[Person] = [person for person, _ in people.people() if person.desk.startswith("department:")]
    assert {person.id for person in contacts} == {PersonId("G-1"), PersonId("G-2"), PersonId("M-1")}
    assert all(not person.heads and person.rank == 1 for person in contacts)
