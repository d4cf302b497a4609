"""The nouns that everything else speaks of. Nothing here does anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

AccountId = NewType("AccountId", bytes)
"""32 bytes: the keyed hash of a channel and a person's address in it. It is computed, never stored."""
PlacardId = NewType("PlacardId", int)
"""1 to 2**28 - 1; what a printed code names. Below zero: see `unlisted`."""
ItemId = NewType("ItemId", str)
ReportId = NewType("ReportId", bytes)
VillageCode = NewType("VillageCode", str)
TownshipCode = NewType("TownshipCode", str)
CountyCode = NewType("CountyCode", str)
ZoneCode = NewType("ZoneCode", str)
DeskId = NewType("DeskId", str)
"""`township:520602002`, `county:520602` or `city:5206`: who holds a report."""
PersonId = NewType("PersonId", str)
Millis = NewType("Millis", int)
"""Milliseconds since 1970, UTC."""


COUNTED_MIN = 10
"""Fewer beneficiaries than this are not counted in public."""
TEN_THOUSAND = 10_000


class Sector(StrEnum):
    """The six sectors of 立码 [A, article.txt part 四]."""

    EDUCATION = "教育"
    MEDICAL = "医疗"
    CIVIL_AFFAIRS = "民政"
    FORESTRY = "林业"
    AGRICULTURE = "农业农村"
    REVITALISATION = "乡村振兴"


class NoSector(StrEnum):
    """Of what stands on no placard."""

    OTHER = "其他"


class ItemKind(StrEnum):
    """What an item is [A]."""

    POLICY = "政策"
    PROJECT = "项目"
    FUND = "资金"


class Help(StrEnum):
    """What somebody needs help with; departments say in these words what they help with (departments.csv)."""

    MEDICAL = "看病"
    FOOD = "吃饭"
    HOUSING = "住房"
    SCHOOL = "上学"
    WATER = "用水"
    POWER = "用电"
    WAGES = "工钱"
    ELSE = "别的"


class About(StrEnum):
    """Whom a report mainly concerns; always asked, and first (domain.md §5)."""

    VILLAGE = "village"
    TOWNSHIP = "township"
    COUNTY = "county"
    CITY_STAFF = "city_staff"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Upload:
    """A photo that lies sealed on disk already, under its random id; the turn makes it part of the draft.

    With a `source` it is still with its channel's platform, under that name, and `sha256` is of the name.
    """

    id: bytes
    sha256: bytes
    key_wrapped: bytes
    source: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one person said in one message on one channel.

    channel        `web`, `terminal`, `wechat`, later `telegram`
    address        the person's address in that channel; sealed wherever it is kept
    message_id     the channel's own id of the message: the same id is the same message
    text           the words, empty for what is not text
    kind           `text`, `photo`, or the Chinese name of something that we cannot take
    photo          with kind `photo`: the upload
    received_at    when we first had it
    spoken_at      the platform's own time, if it gives one
    network        address prefix of the sender for slowing down guesses, empty if unknown
    answers_in_call  whether the reply goes back in the same call, or must leave by the outbox
    claims_reply   without answers_in_call: whoever hears the reply sends its outbox row, which is claimed for them
    question       of a tapped button: the question that it belongs to (`Reply.question`); empty for what was typed
    """

    channel: str
    address: str
    message_id: str
    text: str
    received_at: Millis
    kind: str = "text"
    spoken_at: Millis | None = None
    network: str = ""
    answers_in_call: bool = True
    claims_reply: bool = False
    question: str = ""
    photo: Upload | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One line that can be chosen: `key` is what one types."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One message back. `delay_s` slows down guessing of query codes; the edge waits, no turn does.

    question   names the question that `choices` answer, where a button can outlive it: it carries this back
    row        the outbox row that holds this reply, if it is claimed for whoever hears it (`Heard.claims_reply`)
    """

    text: str
    choices: tuple[Choice, ...] = ()
    delay_s: float = 0.0
    question: str = ""
    row: bytes = b""

    def as_lines(self) -> str:
        """The whole message as a channel without buttons shows it."""
        return "\n".join([self.text, *(f"【{c.key}】{c.label}" for c in self.choices)])


TEMPLATES = (
    "我们到现场看了，查了账和合同。您反映的属实，已经责令整改，多出的钱已经退回。",
    "我们查了账，问了知情的人。您反映的一部分属实，已经改正；其余的没有查到。",
    "我们查了账和合同，到现场看了。您反映的和查到的不一样，账是对的，想看可以到村务公开栏看。",
    "我们问了、查了，没有具体的时间、地点，查不下去。想起什么，随时再说。",
)
"""范文, one for each result of handlers/rules/statuses.py; whoever uses one reads it again before it goes out."""


@dataclass(frozen=True, slots=True)
class Here:
    """Facts of this installation that the wording mentions; all of them are settings."""

    account_name: str = "铜仁立码监督"
    hotline: str = "12388"
    hotline_hours: str = "工作日上午8点半到下午5点半"
    province_site: str = "guizhou.12388.gov.cn"
    circle_beneficiaries: int = 10
    """Fewer beneficiaries than this: the reporter is told that others may guess (anchors.md §2, 3)."""
    deliberate_s: float = 2.0
    """A deliberate answer sooner than this after its question does not count (dialogues.md §0.3)."""
    resume_after_s: float = 6 * 3600.0
    """Away longer than this with words unsent: first ask whether to go on."""
    text_chars_max: int = 10_000
    """One message; security.md §5 row 21."""
    text_chars_long: int = 1_000
    """Longer than this is confirmed with the number of parts (dialogues.md E)."""
    fragments_max: int = 60
    """Messages of one story."""
    photos_max: int = 9
    """Photos of one report (security.md §3)."""
    photos_hour_max: int = 30
    """Photos an hour by one account (security.md §3)."""
    photo_quiet_s: float = 5.0
    """Of several photos sent at once only the first is answered (dialogues.md §2)."""
    reports_mine_max: int = 48
    """Reports that one account can find again without a code."""
    receipt_tries_account_h: int = 5
    """Wrong query codes an hour by one account (security.md §5 row 43)."""
    receipt_tries_network_h: int = 30
    """Wrong query codes an hour from one address prefix; a whole office may share it."""
    receipt_tries_total_h: int = 200
    """Wrong query codes an hour in all; beyond it every answer waits, nobody is refused."""
    receipt_delay_s: float = 3.0
    base_url: str = "http://127.0.0.1:8000"
    """Where our own pages are; links to a case page begin with it."""
    invite_days: int = 7
    """An invitation code that nobody used by then is void."""
    diary_entries_max: int = 1000
    """Of one diary; a year of three a day."""
    slip_days: int = 365
    """A paper slip that nobody used by then is void."""
    mailbox_days: int = 90
    """So long what could not be pushed waits for somebody who does not come; what was fetched goes after a week."""
    case_link_s: float = 600.0
    """A link to a case page lives so long, and so long again once it is opened (design.md §4)."""
    templates: tuple[str, ...] = TEMPLATES
    """范文 of an answer, in the order of the results: found true, partly, not, could not be found out."""

    @property
    def calls(self) -> str:
        """Numbers to call when something urgent does not get through."""
        return "12388" if self.hotline == "12388" else f"{self.hotline} 或 12388"


@dataclass(frozen=True, slots=True)
class Facts:
    """The public facts of an item (domain.md §3). Public: never sealed."""

    title: str
    amount: str
    source: str
    standard: str
    period: str
    place: str
    unit: str
    status: str
    listed_at: str
    published: str
    beneficiaries: int
    ends_on: str = ""
    """ISO date after which the placard says that the notice has ended; empty: open-ended."""
    details: tuple[str, ...] = ()
    """Further lines: contract, list, how it was decided."""
    per_head: bool = False
    """Whether `standard` is a figure that a household can compare with what it got."""

    @property
    def beneficiaries_told(self) -> str:
        """How many benefit, in public: under ten are not counted, their neighbours would know who is meant."""
        n = self.beneficiaries
        if n < COUNTED_MIN:
            return f"少于{COUNTED_MIN}户（人）"
        return f"{n / TEN_THOUSAND:g}万户（人）" if n >= TEN_THOUSAND else f"{n}户（人）"


@dataclass(frozen=True, slots=True)
class Item:
    """公示事项 at one version; `areas` are village, township, county or city codes in which it is shown."""

    id: ItemId
    version: int
    sector: Sector | NoSector
    kind: ItemKind
    facts: Facts
    areas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Placard:
    """立码: an item at a village, as it was when it was looked up."""

    id: PlacardId
    village: VillageCode
    item: Item
    retired: bool = False


def unlisted(village: str) -> PlacardId:
    """What somebody tells of a village that stands on no placard there: the village's code, below zero. No such placard
    is printed or stored; Catalogue.placard makes it up."""
    return PlacardId(-int(village))


class Post(StrEnum):
    """What somebody is in a unit (domain.md §2). Commander, leader and director are posts of a zone."""

    SECRETARY = "书记"
    LEADERSHIP = "领导班子成员"
    COMMANDER = "指挥长"
    LEADER = "组长"
    DEPUTY = "副书记"
    DIRECTOR = "办公室主任"
    SUPERVISION = "案管"
    OFFICER = "干部"
    CONTACT = "经办"
    """Of a department, outside the discipline side: answers questions and helps."""


RANKS = {
    Post.SECRETARY: 5,
    Post.LEADERSHIP: 4,
    Post.COMMANDER: 4,
    Post.LEADER: 3,
    Post.DEPUTY: 3,
    Post.DIRECTOR: 2,
    Post.SUPERVISION: 2,
    Post.OFFICER: 1,
    Post.CONTACT: 1,
}
"""Who stands above whom inside one desk; our reading of domain.md §2, where posts have no numbers."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with posts at one desk. `posts` are (code of the unit, post); `ties` what was declared:
    codes of places, ids of items, names of units (domain.md §5.4)."""

    id: PersonId
    desk: DeskId
    posts: tuple[tuple[str, Post], ...] = ()
    ties: frozenset[str] = frozenset()

    @property
    def rank(self) -> int:
        return max((RANKS[post] for _, post in self.posts), default=0)

    @property
    def heads(self) -> bool:
        """Whether this is the chief of the whole unit: then nobody below may see what concerns them."""
        return any(post == Post.SECRETARY for _, post in self.posts)

    def holds(self, post: Post) -> bool:
        return any(each == post for _, each in self.posts)


@dataclass(frozen=True, slots=True)
class Accused:
    """Somebody of the roster whom a report concerns, with the standing that they had when it was found out."""

    person: PersonId
    desk: DeskId
    rank: int
    heads: bool


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What routing and visibility may know of a report: no words, no reporter.

    bypassed   desks that it passed over: they must learn nothing of it
    item, unit the public item that it is about, and the unit responsible for that
    recused    people who stepped back
    accused    people of the roster whom it concerns
    only       if set, nobody but the holders of this post at the desk
    """

    village: VillageCode
    about: About
    desk: DeskId
    bypassed: frozenset[DeskId] = field(default_factory=frozenset)
    item: str = ""
    unit: str = ""
    recused: frozenset[PersonId] = field(default_factory=frozenset)
    accused: tuple[Accused, ...] = ()
    only: Post | None = None
