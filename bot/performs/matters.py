"""What conversations about matters ask of the outside. What was previewed is what is sent, or nothing is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot import matters
from bot.performs.told import Told
from handlers import matters as requests
from handlers.model import DeskId, Help, PlacardId, Post, VillageCode
from handlers.organisation import Department
from handlers.requests import Done
from handlers.rules import recipient
from handlers.rules.naming import named_in
from handlers.rules.recogniser import despairs, hear
from handlers.rules.recogniser import names_people as speaks_of_people
from handlers.rules.wording import public_fault
from handlers.script import Refused
from handlers.words import has_phone
from storage import audit, conversations, schedule
from storage import matters as store
from storage.matters import ANSWERED, DONE, WAITING, Matter

SEAL_BYTES = 12
GONE, MOVED, NAMES = Refused("gone"), Refused("moved"), Refused("names")


def _words(turn: Told, ref: str) -> list[str]:
    assert turn.draft is not None
    return conversations.words(turn.rows, turn.draft, ref) if ref else []


# ---------------------------------------------------------------- before anything leaves


def _unit(turn: Told, found: Department | None, village: str) -> requests.Unit:
    if found is None:
        return requests.Unit("", False, village)
    roster = turn.all.roster
    return requests.Unit(found.id, any(roster.bound(each.id) for each in roster.at(found.id)), village)


def unit_of(turn: Told, request: requests.UnitOf) -> requests.Unit:
    placard = turn.all.catalogue.placard(turn.rows, PlacardId(request.placard))
    if placard is None or placard.village not in turn.all.organisation.villages:
        return requests.Unit("", False, "")
    found = turn.all.organisation.department_called(placard.item.facts.unit, placard.village)
    return _unit(turn, found, placard.village)


def helper_for(turn: Told, request: requests.HelperFor) -> requests.Unit:
    """The one for this; for what has no department of its own, the one for all else."""
    organisation, village = turn.all.organisation, VillageCode(request.village)
    found = organisation.department_for(request.help, village) or organisation.department_for(Help.ELSE, village)
    seen = _unit(turn, found, request.village)
    concerned = found is not None and found.level in recipient.ACCUSED_LEVELS[request.about]
    return requests.Unit(seen.unit, seen.reachable, seen.village, concerned)


def sounding(turn: Told, request: requests.Sounding) -> requests.Sounds:
    words = _words(turn, request.ref)
    told = "\n".join(words)
    heard = hear(told)
    accuses = heard.wrong or heard.people
    return requests.Sounds(len(words), heard.kind, heard.help or "", accuses, despairs(told), has_phone(told))


def previewed(turn: Told, request: requests.Previewed) -> requests.Preview:
    place = (request.kind, request.placard, request.village, request.unit, request.ref, request.about)
    made = _prepared(turn, *place)
    return requests.Preview("", "", made) if isinstance(made, str) else made[0]


def _prepared(
    turn: Told, kind: str, placard: int, village: str, unit: str, ref: str, about: str
) -> tuple[requests.Preview, Matter] | str:
    """What would be sent now, and its seal; or why it cannot be: concerned, long, gone."""
    organisation, roster = turn.all.organisation, turn.all.roster
    item = turn.all.catalogue.placard(turn.rows, PlacardId(placard)) if placard else None
    where = VillageCode(item.village if item else village)
    department = organisation.departments.get(DeskId(unit))
    if department is None or where not in organisation.villages or turn.draft is None:
        return "gone"
    words = "\n".join(_words(turn, ref))
    is_concern = kind == "concern"
    if len(words) > (requests.CONCERN_CHARS_MAX if is_concern else requests.QUESTION_CHARS_MAX):
        return "long"
    heard = hear(words)
    county, township = organisation.desk_of_county(where), organisation.desk_of_township(where)
    city = organisation.desk_of_city()

    def names(desk: DeskId) -> bool:
        return bool(named_in(words, [(person, roster.names[person.id]) for person in roster.at(desk)]))

    place = matters.place_of(department, organisation)
    short = organisation.villages[where].short_name
    if names(department.id) or recipient.may_concern(words, heard, department, (place, short), about):
        return "concerned"
    above = city if about in ("county", "higher", "city_staff") or names(county) else county
    if names(above):
        return "concerned"
    own = about == "village" and not names(township) and not recipient.concerns_township(words, heard)
    told = "" if not is_concern else township if own else above
    raw = (turn.draft.id, organisation.digest, department.id, department.name, told, above, words, about)
    seal = turn.vault.index("matter.preview", *raw)[:SEAL_BYTES].hex()
    workdays = turn.when.clocks.concern_workdays if is_concern else turn.when.clocks.question_workdays
    due = turn.when.workdays.after(turn.today, workdays).day
    item_id = item.item.id if item else ""
    made = Matter(b"", department.id, told, above, WAITING, 0, turn.today, due, kind, where, words, placard, item_id)
    return requests.Preview(seal, told, ""), made


def send_matter(turn: Told, command: requests.SendMatter) -> requests.Sent | Refused:
    place = (command.kind, command.placard, command.village, command.unit, command.ref, command.about)
    made = _prepared(turn, *place)
    if isinstance(made, str) or made[0].seal != command.seal:
        return MOVED
    matter = matters.with_id(made[1], turn.all.chance(16), command.help)
    store.send(turn.rows, turn.vault, matter, turn.account, turn.heard, turn.all.chance, turn.here.reports_mine_max)
    detail = {"kind": matter.kind, "unit": matter.unit, "told": matter.told}
    _note(turn, "matter_sent", matter, **detail)
    matters.tell(turn.all, turn.rows, matter, matter.unit, "matter_new", turn.heard.received_at)
    if matter.told:
        matters.tell(turn.all, turn.rows, matter, DeskId(matter.told), "matter_known", turn.heard.received_at)
    return requests.Sent(matter.id.hex())


def _note(turn: Told, what: str, matter: Matter, **detail: Any) -> None:
    """Whoever sent or chases it is named nowhere, not even as somebody of the roster."""
    who = turn.person.id if turn.person and what in ("matter_answered", "matter_decided") else ""
    audit.add(
        turn.rows, turn.vault, turn.all.chance, audit.Fact(turn.heard.received_at, who, what, matter.id.hex(), detail)
    )


# ---------------------------------------------------------------- one's own


def matters_mine(turn: Told, request: requests.MattersMine) -> requests.Matters:
    found = []
    for each in store.mine(turn.rows, turn.vault, turn.account):
        matter = store.load(turn.rows, turn.vault, each.matter)
        if matter is None or each.read:
            continue
        waits = matter.stage == (DONE if request.answered else WAITING)
        found += [each.matter.hex()] if waits else []
    return requests.Matters(tuple(found[:MINE_MAX]), len(found))


MINE_MAX = 4
"""As many as a villager's message has options (dialogues.md §0.1)."""


def _own(turn: Told, matter: str) -> Matter | None:
    own = store.mine_about(turn.rows, turn.vault, turn.account, bytes.fromhex(matter))
    return store.load(turn.rows, turn.vault, own.matter) if own is not None else None


def read_matter(turn: Told, command: requests.ReadMatter) -> Done | Refused:
    if _own(turn, command.matter) is None:
        return GONE
    store.mark_read(turn.rows, turn.vault, turn.account, bytes.fromhex(command.matter))
    return Done()


def chase_matter(turn: Told, command: requests.ChaseMatter) -> Done | Refused:
    matter = _own(turn, command.matter)
    if matter is None or matter.stage != WAITING:
        return GONE
    job = f"matter_chased{schedule.PART}{turn.vault.index('periods.chased', matter.id)[:16].hex()}"
    if not schedule.claim(turn.rows, job, str(turn.today), turn.heard.received_at):
        return Refused("today")
    now = turn.heard.received_at
    matters.tell(turn.all, turn.rows, matter, matter.unit, "matter_chased", now)
    matters.tell(turn.all, turn.rows, matter, matter.above, "matter_chased_above", now)
    _note(turn, "matter_chased", matter)
    return Done()


# ---------------------------------------------------------------- those who answer, and those who know


def where_i_sit(turn: Told, request: requests.WhereISit) -> requests.Desk:
    person = turn.person
    department = person is not None and person.desk in turn.all.organisation.departments
    return requests.Desk(department, person is not None and person.holds(Post.SUPERVISION))


def matters_at(turn: Told, request: requests.MattersAt) -> requests.Matters:
    person = turn.person
    assert person is not None
    found: list[Matter] = []
    match request.view:
        case "unit":
            found = store.listed(turn.rows, turn.vault, "unit", person.desk, WAITING)
        case "above":
            found = store.listed(turn.rows, turn.vault, "above", person.desk, ANSWERED)
        case "known":
            told = store.listed(turn.rows, turn.vault, "told", person.desk, WAITING)
            above = store.listed(turn.rows, turn.vault, "above", person.desk, WAITING)
            found = list({each.id: each for each in (*told, *above)}.values())
    seen = [each for each in found if matters.sees(turn.all, person, each, request.view)]
    start = request.page * request.page_size
    return requests.Matters(tuple(each.id.hex() for each in seen[start : start + request.page_size]), len(seen))


def _at_hand(turn: Told, matter: str, stage: int) -> Matter | None:
    """The matter, if it is the speaker's to answer (WAITING) or to approve (ANSWERED)."""
    found = store.load(turn.rows, turn.vault, bytes.fromhex(matter))
    view = "unit" if stage == WAITING else "above"
    person = turn.person
    return found if found and person and matters.sees(turn.all, person, found, view) else None


def matter_looked(turn: Told, request: requests.MatterLooked) -> requests.MatterSeen:
    found = store.load(turn.rows, turn.vault, bytes.fromhex(request.matter))
    person = turn.person
    if found is None or person is None or not any(matters.sees(turn.all, person, found, v) for v in ("unit", "above")):
        return requests.MatterSeen(False, "", 0, 0)
    return requests.MatterSeen(True, found.kind, found.stage, found.version)


def answer_matter(turn: Told, command: requests.AnswerMatter) -> Done | Refused:
    """A concern's answer goes to the person at once; what everybody may read waits for the county."""
    matter, text = _at_hand(turn, command.matter, WAITING), "\n".join(_words(turn, command.ref)[-1:])
    if matter is None:
        return GONE
    if matter.stage != WAITING or matter.version != command.version:
        return MOVED
    if command.how == "answered" and public_fault(text):
        return Refused("wording")
    roster = turn.all.roster
    if named_in(text, [(each, roster.names[each.id]) for each in roster.people.values()]):
        return NAMES
    assert turn.person is not None
    is_public = command.how == "answered" and matter.kind != "concern"
    stage, due = (ANSWERED, matter.due_day) if is_public else (DONE, turn.today)
    who = turn.person.id
    if not store.change(
        turn.rows, turn.vault, matter, stage=stage, due_day=due, answer=text, answered_by=who, how=command.how, note=""
    ):
        return MOVED
    _note(turn, "matter_answered", matter, how=command.how)
    if is_public:
        matters.tell(turn.all, turn.rows, matter, matter.above, "matter_approve", turn.heard.received_at)
    else:
        matters.push_to_asker(turn.all, turn.rows, matter, turn.heard.received_at)
    return Done()


def decide_matter(turn: Told, command: requests.DecideMatter) -> Done | Refused:
    matter = _at_hand(turn, command.matter, ANSWERED)
    if matter is None:
        return GONE
    if matter.stage != ANSWERED or matter.version != command.version:
        return MOVED
    if command.how == "publish" and (speaks_of_people(matter.words) or recipient.speaks_of_anybody(matter.words)):
        return NAMES
    now = turn.heard.received_at
    if command.how == "return":
        note = "\n".join(_words(turn, command.ref)[-1:])
        if not store.change(turn.rows, turn.vault, matter, stage=WAITING, note=note):
            return MOVED
        matters.tell(turn.all, turn.rows, matter, matter.unit, "matter_returned", now)
    else:
        published = command.how == "publish"
        if not store.change(turn.rows, turn.vault, matter, stage=DONE, due_day=turn.today, published=published):
            return MOVED
        if published:
            unit = turn.all.organisation.departments.get(matter.unit)
            told = store.Answer(matter.words, unit.name if unit else "", matter.answer)
            store.publish(turn.rows, turn.all.chance, matter.item, told, now)
        matters.push_to_asker(turn.all, turn.rows, matter, now)
    _note(turn, "matter_decided", matter, how=command.how)
    return Done()


PERFORMS: dict[type[Any], Callable[[Any, Any], Any]] = {
    requests.UnitOf: unit_of,
    requests.HelperFor: helper_for,
    requests.Sounding: sounding,
    requests.Previewed: previewed,
    requests.SendMatter: send_matter,
    requests.MattersMine: matters_mine,
    requests.ReadMatter: read_matter,
    requests.ChaseMatter: chase_matter,
    requests.WhereISit: where_i_sit,
    requests.MattersAt: matters_at,
    requests.MatterLooked: matter_looked,
    requests.AnswerMatter: answer_matter,
    requests.DecideMatter: decide_matter,
}
"""Which function performs which Look or Do about matters."""
