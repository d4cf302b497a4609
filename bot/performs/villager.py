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
from handlers.model import About, Accused, DeskId, Person, Placard, PlacardId, Reply, ReportId, VillageCode
from handlers.rules.naming import named_in
from handlers.rules.routing import route
from handlers.script import Refused
from storage import cases, conversations, mailbox, matters, media, outbox, reports, tries, turns


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
    found = turn.all.organisation.villages_named("".join(words_of(turn, request.ref)[-1:]))
    return requests.Villages(found[:4], len(found))


def village_of(turn: Told, request: requests.VillageOf) -> requests.Villages:
    placard = placard_of(turn, request.placard)
    return requests.Villages((placard.village,), 1) if placard else requests.Villages((), 0)


def placards_of(turn: Told, request: requests.PlacardsOf) -> requests.Placards:
    posted = turn.all.catalogue.posted(turn.rows, VillageCode(request.village))
    start = request.page * request.page_size
    return requests.Placards(tuple(p.id for p in posted[start : start + request.page_size]), len(posted))


def reports_mine(turn: Told, request: requests.ReportsMine) -> requests.Reports:
    found = reports.mine(turn.rows, turn.vault, turn.account)
    if request.placard:
        found = [each for each in found if each.placard == request.placard]
    return requests.Reports(tuple(each.report.hex() for each in found[:4]), len(found))


def drafts_parked(turn: Told, request: requests.DraftsParked) -> requests.Drafts:
    parked = conversations.parked(turn.rows, turn.vault, turn.account)
    kept = [each for each in parked if is_draft(each)]
    return requests.Drafts(sum(not request.placard or each.args[0] == request.placard for each in kept))


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
    new = reports.NewReport(
        placard, command.version, about, routing, words, contact, turn.heard, accused=accused, due_day=due_day,
        source=by.source, slip=by.slip,
    )  # fmt: skip
    new = replace(new, not_counting=turn.all.not_counting(reports.facts_as_filed(new)))
    chance = turn.all.chance
    made = reports.file(turn.rows, turn.vault, new, turn.account, chance, turn.here.reports_mine_max)
    for photo in media.of(turn.rows, turn.vault, turn.draft.id):
        media.hand_over(turn.rows, turn.vault, photo, made.report, f"content|{routing.desk}")
        if by.slip:
            media.tell_nobody(turn.rows, turn.vault, photo)
    if at := turn.all.roster.at(routing.desk):
        cases.shield(turn.rows, turn.vault, made.report, reports.facts_as_filed(new), at)
    outbox.tell_desk(turn.rows, turn.vault, chance, routing.desk, made.report, turn.heard.received_at)
    return requests.Filed(made.report.hex())


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
    requests.PlacardsOf: placards_of,
    requests.ReportsMine: reports_mine,
    requests.DraftsParked: drafts_parked,
    requests.ReportByCode: report_by_code,
    requests.FileReport: file_report,
    requests.OnlyByCode: only_by_code,
    requests.MailWaiting: mail_waiting,
    requests.ReadMail: read_mail,
}
"""Which function performs which Look or Do of villagers."""
