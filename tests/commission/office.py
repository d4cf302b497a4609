"""Short cuts for tests of the commission: a report filed, an officer bound, what a person reads and does."""

from __future__ import annotations

from handlers.model import Heard, Person, Reply
from storage import audit, cases, reports
from storage.cases import Case
from storage.statement import Rows
from tests.fakes import people
from tests.fakes.city import City

SCAN_AND_TELL = ("1", "1", "沟子垮了一截", "1", "1")


async def filed(city: City, who: str = "村民", about: str = "1", story: str = "沟子垮了一截") -> bytes:
    """One report through the conversation; its id. `about` is the number of the answer to report.about."""
    await city.scan("二组水沟", who)
    for text in ("1", about, story, "1", "1"):
        reply = await city.say(text, who)
    assert "发出去了" in reply.text, reply.text
    return await newest(city, who)


async def newest(city: City, who: str) -> bytes:
    vault = city.service.turns.vault
    account = vault.account("web", who)
    return (await city.service.database.read(lambda rows: reports.mine(rows, vault, account)))[0].report


async def staffed(city: City, *who: str) -> None:
    """The roster, and these people bound: the account of T-3 is called T-3."""
    await city.staff()
    for person in who:
        assert "您好" in (await city.bind(person, person)).text


async def case(city: City, report: bytes) -> Case:
    vault = city.service.turns.vault
    found = await city.service.database.read(lambda rows: cases.load(rows, vault, report))  # type: ignore[arg-type]
    assert found is not None
    return found


async def facts_about(city: City, report: bytes) -> list[audit.Fact]:
    vault = city.service.turns.vault
    return await city.service.database.read(lambda rows: audit.about(rows, vault, report))  # type: ignore[arg-type]


async def says(city: City, who: str, *texts: str) -> Reply:
    reply = Reply("")
    for text in texts:
        reply = await city.say(text, who)
    return reply


async def chosen(city: City, who: str, reply: Reply, label: str) -> Reply:
    """Press the choice whose label begins so."""
    key = next((choice.key for choice in reply.choices if choice.label.startswith(label)), None)
    assert key is not None, f"{label} is not offered:\n{reply.as_lines()}"
    return await city.say(key, who)


async def does(city: City, who: str, *labels: str) -> Reply:
    """From the inbox through choices by their labels; what is no label is typed after a “:”."""
    reply = await city.say("待办", who)
    for label in labels:
        reply = await (city.say(label[1:], who) if label.startswith(":") else chosen(city, who, reply, label))
    return reply


async def accepted(city: City, officer: str = "T-3", chief: str = "T-1") -> None:
    """The first case of the inbox accepted and approved."""
    await does(city, officer, first(await city.say("待办", officer)), "受理", "虚报冒领", "报批")
    await does(city, chief, first(await city.say("待办", chief)), "同意")


def first(reply: Reply) -> str:
    assert reply.choices and reply.choices[0].key != "0", reply.as_lines()
    return reply.choices[0].label


async def whole(city: City) -> str:
    """Every cell of every table that is text, for looking for what must not be there."""

    def look(rows: Rows) -> str:
        from tests.faults.stories import everything

        return repr([rows.all(everything(name)) for name in ("reports", "outbox", "shields", "openings", "proposals")])

    return await city.service.database.read(look)


def person(id_: str) -> Person:
    return people.person(id_)


def heard(who: str, text: str, id_: str, at: int) -> Heard:
    return Heard("web", who, id_, text, at)  # type: ignore[arg-type]
