"""What villagers' conversations ask of the outside, and how it is done."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from bot.performs.told import Told, is_draft
from bot.render import pages_of
from handlers import notices, requests
from handlers.code import query_code_typed
from handlers.dates import hour_of
from handlers.model import (
    About,
    Accused,
    DeskId,
    Person,
    Placard,
    PlacardId,
    Reply,
    ReportId,
    Sector,
    VillageCode,
    unlisted,
)
from handlers.rules.finding import listed
from handlers.rules.matching import matching
from handlers.rules.naming import named_in
from handlers.rules.routing import Routing, route
from handlers.rules.scope import elsewhere
from handlers.rules.talk import begins_story
from handlers.script import BROUGHT, Refused
from handlers.villager.place import CHOICES_MAX
from storage import cases, conversations, mailbox, matters, media, outbox, reports, tries, turns

FALSE_CODE = "false_code"
"""The source of a report about a code that is not ours."""


def placard_of(turn: Told, id_: int) -> Placard | None:
    placard = turn.all.catalogue.placard(turn.rows, PlacardId(id_))
    return placard if placard and placard.village in turn.all.organisation.villages else None


def words_of(turn: Told, ref: str) -> list[str]:
    assert turn.draft is not None
    return conversations.words(turn.rows, turn.draft, ref) if ref else []


def item_shown(turn: Told, request: requests.ItemShown) -> requests.ItemSeen:
    placard = placard_of(turn, request.placard)
    if placard is None:
        return requests.ItemSeen("unknown", "", 0, False, False, 0)
    facts = placard.item.facts
    today = datetime.date(1970, 1, 1) + datetime.timedelta(days=turn.today)
    asked = len(matters.answers_about(turn.rows, placard.item.id))
    ended = bool(facts.ends_on) and facts.ends_on < today.isoformat()
    return requests.ItemSeen(
        "retired" if placard.retired else "ended" if ended else "current",
        placard.village,
        pages_of(facts) + asked,
        facts.per_head,
        facts.beneficiaries < turn.here.circle_beneficiaries,
        placard.item.version,
        asked,
    )


def where_it_goes(turn: Told, request: requests.WhereItGoes) -> requests.DeskNamed:
    placard = placard_of(turn, request.placard)
    assert placard is not None
    return requests.DeskNamed(route(placard.village, About(request.about), turn.all.organisation).desk)


def _named_at(turn: Told, desk: DeskId, *refs: str) -> list[Person]:
    """Who works at a desk and is named in the words under these references."""
    roster = turn.all.roster
    words = "\n".join(text for ref in refs for text in words_of(turn, ref))
    return named_in(words, [(person, roster.names[person.id]) for person in roster.at(desk)]) if words else []


def people_named(turn: Told, request: requests.PeopleNamed) -> requests.Named:
    placard = placard_of(turn, request.placard)
    assert placard is not None
    desk = route(placard.village, About(request.about), turn.all.organisation).desk
    return requests.Named(desk if _named_at(turn, desk, request.story, request.gap) else "")


def villages_named(turn: Told, request: requests.VillagesNamed) -> requests.Villages:
    words = "".join(words_of(turn, request.ref)[-1:])
    found = turn.all.finder.find(words, request.within)
    story = not found.villages and not found.area and begins_story(words)
    return requests.Villages(found.villages[:4], len(found.villages), found.sure, found.area, story, found.not_in)


def village_mentioned(turn: Told, request: requests.VillageMentioned) -> requests.Villages:
    found = {code for words in words_of(turn, BROUGHT) for code in turn.all.finder.mentioned(words)}
    return requests.Villages(tuple(found) if len(found) == 1 else (), len(found))


def places_in(turn: Told, request: requests.PlacesIn) -> requests.Places:
    return requests.Places(len(listed(turn.all.organisation, request.area)))


def sectors_of(turn: Told, request: requests.SectorsOf) -> requests.Sectors:
    posted = turn.all.catalogue.posted(turn.rows, VillageCode(request.village))
    here = {placard.item.sector for placard in posted}
    return requests.Sectors(tuple(sector.value for sector in Sector if sector in here), len(posted))


def village_of(turn: Told, request: requests.VillageOf) -> requests.Villages:
    placard = placard_of(turn, request.placard)
    return requests.Villages((placard.village,), 1) if placard else requests.Villages((), 0)


def placards_of(turn: Told, request: requests.PlacardsOf) -> requests.Placards:
    every = turn.all.catalogue.posted(turn.rows, VillageCode(request.village))
    posted = [placard for placard in every if request.sector in ("", placard.item.sector.value)]
    start = request.page * request.page_size
    return requests.Placards(tuple(p.id for p in posted[start : start + request.page_size]), len(posted))


def placards_like(turn: Told, request: requests.PlacardsLike) -> requests.Placards:
    """None where a village has so few that all of them are shown anyway."""
    village = VillageCode(request.village)
    posted = turn.all.catalogue.posted(turn.rows, village)
    words = "\n".join(words_of(turn, BROUGHT))
    if not words or len(posted) <= CHOICES_MAX:
        return requests.Placards((), len(posted))
    short = turn.all.organisation.villages[village].short_name.removesuffix("村")
    found = matching(words, [placard.item.facts.title for placard in posted], short)
    return requests.Placards(tuple(posted[n].id for n in found), len(posted))


def reports_mine(turn: Told, request: requests.ReportsMine) -> requests.Reports:
    found = reports.mine(turn.rows, turn.vault, turn.account)
    if request.placard:
        found = [each for each in found if each.placard == request.placard]
    return requests.Reports(tuple(each.report.hex() for each in found[:4]), len(found))


def drafts_parked(turn: Told, request: requests.DraftsParked) -> requests.Drafts:
    parked = conversations.parked(turn.rows, turn.vault, turn.account)
    kept = [each for each in parked if is_draft(each)]
    return requests.Drafts(sum(not request.placard or each.args[:1] == (request.placard,) for each in kept))


def report_by_code(turn: Told, request: requests.ReportByCode) -> requests.CodeTried:
    hour, here = hour_of(turn.heard.received_at), turn.here
    counted: tuple[tuple[str, str | bytes, int], ...] = (
        ("account", turn.account, here.receipt_tries_account_h),
        ("network", turn.heard.network, here.receipt_tries_network_h),
    )
    asked = [each for each in counted if each[1]]
    if any(tries.count(turn.rows, turn.vault, of, who, hour) >= most for of, who, most in asked):
        return requests.CodeTried("", held=True)
    if tries.count(turn.rows, turn.vault, "all", "", hour) >= here.receipt_tries_total_h:
        turn.delay_s = here.receipt_delay_s
    code = query_code_typed("".join(words_of(turn, request.ref)[-1:]))
    if code is None:
        return requests.CodeTried("", held=False)
    found = reports.by_code(turn.rows, turn.vault, VillageCode(request.village), code)
    matter = matters.by_code(turn.rows, turn.vault, request.village, code)
    if found is None and matter is None:
        for of, who, _ in (("all", "", 0), *asked):  # the row that everybody counts on first: no deadlock
            tries.add(turn.rows, turn.vault, of, who, hour, turn.today)
    return requests.CodeTried(found.hex() if found else "", False, matter.hex() if matter else "")


@dataclass(frozen=True, slots=True)
class By:
    """Who files: their source, and for whom. With a `slip` nothing leads back to whoever speaks."""

    source: str = reports.VILLAGER
    slip: bytes = b""


def file_report(turn: Told, command: requests.FileReport) -> requests.Filed | Refused:
    return filed(turn, command, By())


def filed(turn: Told, command: requests.FileReport, by: By) -> requests.Filed | Refused:
    """File it, whoever speaks: one way for everybody."""
    placard = placard_of(turn, command.placard)
    assert placard is not None and turn.draft is not None
    about = About(command.about)
    routing = route(placard.village, about, turn.all.organisation)
    if routing.desk != command.desk:
        return Refused("moved")
    said = (command.story, command.gap)
    if routing.desk != command.cleared and _named_at(turn, routing.desk, *said):
        return Refused("moved")
    concerned = [each for desk in command.concerned for each in _named_at(turn, DeskId(desk), *said)]
    accused = tuple(Accused(each.id, each.desk, each.rank, each.heads) for each in concerned)
    words = tuple((step, text) for step in (command.story, command.gap) for text in words_of(turn, step))
    if command.known:
        words += (("known", command.known),)
    contact = "\n".join(words_of(turn, command.contact))
    due_day = reports.first_due(turn.when)
    return stored(turn, reports.NewReport(
        placard, command.version, about, routing, words, contact, turn.heard, accused=accused, due_day=due_day,
        source=by.source, slip=by.slip,
    ))  # fmt: skip


def stored(turn: Told, new: reports.NewReport) -> requests.Filed:
    """Stored with the photos of the draft, hidden from those whom it concerns, and the desk is told."""
    assert turn.draft is not None
    new = replace(new, not_counting=turn.all.not_counting(reports.facts_as_filed(new)))
    chance, desk = turn.all.chance, new.routing.desk
    made = reports.file(turn.rows, turn.vault, new, turn.account, chance, turn.here.reports_mine_max)
    for photo in media.of(turn.rows, turn.vault, turn.draft.id):
        media.hand_over(turn.rows, turn.vault, photo, made.report, f"content|{desk}")
        if new.slip:
            media.tell_nobody(turn.rows, turn.vault, photo)
    if at := turn.all.roster.at(desk):
        cases.shield(turn.rows, turn.vault, made.report, reports.facts_as_filed(new), at)
    outbox.tell_desk(turn.rows, turn.vault, chance, desk, made.report, turn.heard.received_at)
    return requests.Filed(made.report.hex())


def file_false_code(turn: Told, command: requests.FileFalseCode) -> requests.Filed | Refused:
    """To the county as what is unsure who it concerns: whoever hangs up codes may sit in the township."""
    placard = placard_of(turn, unlisted(command.village))
    if placard is None:
        return Refused("gone")
    routing = route(placard.village, About.UNSURE, turn.all.organisation)
    reasons = (routing.reasons[0], "说的是一个可能乱贴的码，直接归县一级，不问牵涉谁", routing.reasons[-1])
    words = tuple(("story", text) for text in words_of(turn, command.story))
    due_day = reports.first_due(turn.when)
    return stored(turn, reports.NewReport(
        placard, 0, About.UNSURE, Routing(routing.desk, routing.bypassed, reasons), words, "", turn.heard,
        due_day=due_day, source=FALSE_CODE,
    ))  # fmt: skip


def topic_of(turn: Told, request: requests.TopicOf) -> requests.Topic:
    return requests.Topic(elsewhere("\n".join(words_of(turn, request.ref))))


def who_to_call(turn: Told, request: requests.WhoToCall) -> requests.DeskNamed:
    """Of what was interrupted last: the county of its village, if that has a phone."""
    organisation = turn.all.organisation
    for draft in conversations.parked(turn.rows, turn.vault, turn.account)[:1]:
        if (village := _village_of(turn, draft)) is not None:
            desk = organisation.desk_of_county(village)
            return requests.DeskNamed(desk if organisation.desks[desk].phone else "")
    return requests.DeskNamed("")


def _village_of(turn: Told, draft: conversations.Draft) -> VillageCode | None:
    """The village that a conversation is about, as far as it knows."""
    about = draft.args[0] if draft.args else draft.answers.get("one")
    if isinstance(about, int) and (placard := placard_of(turn, about)) is not None:
        return placard.village
    return VillageCode(about) if isinstance(about, str) and about in turn.all.organisation.villages else None


def only_by_code(turn: Told, command: requests.OnlyByCode) -> requests.Done:
    report = ReportId(bytes.fromhex(command.report))
    subject = reports.subject_of(turn.vault, turn.account, report)
    reports.forget_mine(turn.rows, turn.vault, turn.account, report)
    conversations.drop_about(turn.rows, subject)
    turns.forget_about(turn.rows, subject)
    return requests.Done()


def mail_waiting(turn: Told, request: requests.MailWaiting) -> requests.Mail:
    if turn.heard.channel in mailbox.FETCHED_BY_ITSELF:
        return requests.Mail(0, 0)
    found = mailbox.unread(turn.rows, turn.vault, turn.account)
    ways = [notices.points_to(waits.text) if (waits := _mail(turn, n)) else "" for n in found]
    if not any(ways[:1]):
        return requests.Mail(found[0] if found else 0, len(found))
    last = next((at for at, way in enumerate(ways) if way != ways[0]), len(ways)) - 1
    return requests.Mail(found[last], len(found), _place_of(turn, ways[0]))


def _place_of(turn: Told, way: str) -> str:
    """The conversation where what a notice points to is found."""
    if turn.person is None or way == "看":
        return "answers"
    if way == "待办":
        return "matters" if turn.person.desk in turn.all.organisation.departments else "inbox"
    return {"问答": "approvals", "急难": "concerns"}[way]


def _mail(turn: Told, n: int) -> Reply | None:
    return mailbox.one(turn.rows, turn.vault, turn.account, n)


def read_mail(turn: Told, command: requests.ReadMail) -> requests.Done:
    mailbox.read_to(turn.rows, turn.vault, turn.account, command.n, turn.today)
    return requests.Done()


PERFORMS: dict[type[Any], Callable[[Any, Any], Any]] = {
    requests.ItemShown: item_shown,
    requests.WhereItGoes: where_it_goes,
    requests.PeopleNamed: people_named,
    requests.VillagesNamed: villages_named,
    requests.VillageOf: village_of,
    requests.VillageMentioned: village_mentioned,
    requests.PlacesIn: places_in,
    requests.SectorsOf: sectors_of,
    requests.PlacardsOf: placards_of,
    requests.PlacardsLike: placards_like,
    requests.ReportsMine: reports_mine,
    requests.DraftsParked: drafts_parked,
    requests.ReportByCode: report_by_code,
    requests.FileReport: file_report,
    requests.FileFalseCode: file_false_code,
    requests.TopicOf: topic_of,
    requests.WhoToCall: who_to_call,
    requests.OnlyByCode: only_by_code,
    requests.MailWaiting: mail_waiting,
    requests.ReadMail: read_mail,
}
"""Which function performs which Look or Do of villagers."""
