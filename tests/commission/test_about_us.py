"""Words that name somebody of the desk that would see them: the reporter is asked, and who is concerned never sees them."""

from __future__ import annotations

import random

import pytest

from handlers.model import Person, PersonId, Post
from handlers.rules.naming import named_in
from handlers.rules.visibility import may_see
from tests.commission.office import case, newest, says
from tests.fakes import people
from tests.fakes.city import City, open_city

SURNAMES = ("龙", "田", "杨", "石", "欧阳", "令狐", "吴")
GIVEN = ("建国", "秀英", "志", "小红", "光荣")
SIGNS = ("", " ", "·", "，", "\n", "　")
ASKED = "您说的人里，是不是有"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("是龙建国签的字", True),
        ("龙 建 国", True),
        ("龙·建国拿了", True),
        ("找龙书记批", True),
        ("龙主任也在", True),
        ("镇上龙纪委打了电话", True),
        ("是龙见国签的字", True),
        ("聋建果也拿了", True),
        ("农建国签的字", True),
        ("笼子坚固", False),
        ("建国拿了", False),
        ("书记拿了", False),
        ("龙塘的沟子垮了", False),
        ("", False),
    ],
)
def test_full_names_and_surnames_with_a_title(words: str, found: bool) -> None:
    chief = people.person("T-1")
    assert (named_in(words, [(chief, "龙建国")]) == [chief]) is found


def test_any_name_is_found_among_other_words() -> None:
    chance, officer = random.Random(20261124), people.person("T-3")
    for _ in range(3_000):
        name = chance.choice(SURNAMES) + chance.choice(GIVEN)
        told = chance.choice(SIGNS).join(name)
        assert named_in(f"去年修沟{chance.choice(SIGNS)}{told}喊人来的", [(officer, name)]) == [officer]
        surname = name[:2] if name[:2] in ("欧阳", "令狐") else name[:1]
        assert named_in(f"{surname}干部说的", [(officer, name)]) == [officer]
        assert not named_in(f"{surname}家门口的沟子", [(officer, name)])


async def test_whoever_is_named_never_sees_it(database_url: str, long: bool) -> None:
    """Random people of the township and the county, named in random ways; also after they have moved to another desk."""
    chance = random.Random(7)
    async with open_city(database_url) as city:
        for n in range(60 if long else 8):
            roster = [(p, f"{chance.choice(SURNAMES)}{chance.choice(GIVEN)}") for p, _ in people.people()]
            await city.staff(roster)
            who, name = chance.choice([each for each in roster if each[0].id[0] in "TX"])
            reporter = f"村民{n}"
            await city.scan("二组水沟", reporter)
            about = "1" if who.id[0] == "T" else "2"
            reply = await says(city, reporter, "1", about, f"是{chance.choice(SIGNS).join(name)}喊人领走的", "1")
            while ASKED in reply.text:
                assert not any(part in reply.as_lines() for _, part in roster), "nobody is named"
                reply = await city.say("1", reporter)
                if "12388" in reply.text:
                    reply = await city.say("1", reporter)
            assert "发出去了" in (await city.say("1", reporter)).text
            report = await newest(city, reporter)
            await _hidden_from(city, report, who.id)
            higher = (await case(city, report)).facts.desk
            moved = Person(who.id, higher, ((higher.partition(":")[2], chance.choice(list(Post))),))
            filled = [each for each in roster if each[0].id != who.id]
            await city.staff([*filled, (moved, name)])
            await _hidden_from(city, report, who.id)


async def _hidden_from(city: City, report: bytes, who: PersonId) -> None:
    found = await case(city, report)
    assert who in {each.person for each in found.facts.accused}
    for person in city.service.turns.roster.people.values():
        if may_see(person, found.facts):
            assert person.id != who
            continue
        held = await city.service.held_for(person, 100)
        assert report not in {each.report for each in held}
    await city.bind(who, who)
    shown = await city.say("待办", who)
    for each in shown.choices:
        assert found.shown_number not in each.label


async def test_a_name_that_came_onto_the_roster_after_the_question_is_asked_about_before_filing(
    database_url: str,
) -> None:
    async with open_city(database_url) as city:
        await city.staff([(p, f"{name[0]}某") for p, name in people.people()])
        await city.scan("二组水沟")
        review = await says(city, "村民", "1", "1", "欧阳建国喊人领走的", "1")
        assert "坝黄镇纪委" in review.text and ASKED not in review.text
        await city.staff([(p, "欧阳建国" if p.id == "T-3" else f"{name[0]}某") for p, name in people.people()])
        assert ASKED in (await city.say("1")).text, "not sent to where somebody is named"
        assert "碧江区纪委监委" in (await city.say("1")).text
        assert "发出去了" in (await city.say("1")).text
        found = await case(city, await newest(city, "村民"))
        assert [each.person for each in found.facts.accused] == ["T-3"]
        assert not await city.desk("township:520602104")


async def test_who_says_no_reports_to_the_township_and_nobody_is_marked(database_url: str) -> None:
    async with open_city(database_url) as city:
        await city.staff()
        await city.scan("耕地地力")
        asked = await says(city, "村民", "1", "1", "钱少了", "1", "800元，龙书记发的")
        assert ASKED in asked.text, "also in the words beside the figure"
        assert "坝黄镇纪委" in (await city.say("2")).text
        await city.say("1")
        found = await case(city, await newest(city, "村民"))
        assert found.facts.accused == () and found.facts.desk == "township:520602104"
