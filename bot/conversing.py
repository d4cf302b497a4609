"""What becomes of a turn's conversations: begun, kept, put away for later, taken up again, and what goes along into the next.

An account has one conversation at a time and at most a few that wait (design.md §2.1).
"""

from __future__ import annotations

from typing import Any

from bot.performs.told import Shared, is_draft
from handlers import menu, said
from handlers.dates import hour_of
from handlers.model import AccountId, Heard, Here, Millis, Reply, ReportId
from handlers.replay import Replay
from handlers.rules.nets import Member
from handlers.rules.talk import aside, begins_story, tells_more
from handlers.script import BROUGHT, Ask, Collect, End, Forget, Go, Question, Saved, Unclear, photo_kept
from handlers.words import is_no, is_yes, numeral, plain
from storage import conversations, media, reports, tries, turns
from storage.conversations import Draft
from storage.statement import Rows

TAKES_PHOTOS = ("story", "more")
"""Steps that take photos and that words go along into."""
ABOUT_A_NOTICE = ("card", "detail", "question")
BEFORE_IT_BEGINS = ("resume", "same", "closed")
BESIDES_MAX = 3
"""Messages in a row that tell more and choose nothing."""
PLATFORM_TIME_OFF_MS_MAX = 60_000
"""A platform's own time further off than this is not believed (design.md §2.1)."""


def is_stale(draft: Draft, now: Millis, here: Here) -> bool:
    """Somebody else's words do not wait in a helper's chat."""
    return menu.CONVERSATIONS[draft.script].leaves_nothing and now - draft.heard_at > here.resume_after_s * 1000


def is_list(draft: Draft) -> bool:
    return bool(menu.CONVERSATIONS[draft.script].resumes)


def takes_in(draft: Draft) -> str:
    """The step under which a conversation keeps words that come along: its Collect, or one that only carries them on."""
    return menu.CONVERSATIONS[draft.script].takes or BROUGHT


def shown(step: Question, answers: dict[str, Any], before: str = "") -> Reply:
    text, choices = step.shown(answers.get(step.name))
    return Reply(f"{before}\n{text}" if before else text, choices)


class Conversing:
    """One message's conversations. `draft` is the current one, if there is one."""

    def __init__(self, all_: Shared, rows: Rows, heard: Heard, account: AccountId, today: int) -> None:
        self.rows, self.heard, self.account, self.today = rows, heard, account, today
        self.vault, self.here, self.chance = all_.vault, all_.here, all_.chance
        self.nets, self.first_at = all_.nets, heard.received_at
        self.draft: Draft | None = None

    @property
    def member(self) -> Member | None:
        return self.nets.member_of(self.vault, self.account)

    @property
    def net_village(self) -> str:
        """The village whose net the speaker is in; empty for everybody else."""
        member = self.member
        return member.village if member is not None and member.reports else ""

    def off_the_net(self, draft: Draft) -> bool:
        """Whether the speaker was taken off a net while this was open."""
        return menu.CONVERSATIONS[draft.script].in_net and not self.net_village and not self.is_stale(draft)

    def fitting(self, draft: Draft) -> Draft:
        """A draft that was begun in a net, as what its owner may still send."""
        if self.off_the_net(draft) and (otherwise := menu.CONVERSATIONS[draft.script].otherwise):
            draft.script, draft.args = otherwise, draft.args[:1]
        return draft

    def as_villager(self, draft: Draft) -> Replay | None:
        """Where somebody goes on who was taken off a net: what they told is a villager's own now. None if it was entered
        for somebody else: of that nothing is left."""
        if menu.CONVERSATIONS[draft.script].leaves_nothing:
            self.drop(draft)
            self.draft = None
            return None
        if is_draft(draft) and menu.CONVERSATIONS[draft.script].otherwise:
            return self.replay(self.fitting(draft))
        self.drop(draft)
        return self.replay(self.start(Go("menu")))

    def is_stale(self, draft: Draft) -> bool:
        return is_stale(draft, self.heard.received_at, self.here)

    def start(self, go: Go) -> Draft:
        place = menu.CONVERSATIONS[go.script].subject
        report = None if place is None else ReportId(bytes.fromhex(go.args[place]))
        subject = None if report is None else reports.subject_of(self.vault, self.account, report)
        if menu.CONVERSATIONS[go.script].leaves_nothing:
            subject = self.vault.index("subject", self.account, go.script)
        self.draft = conversations.start(self.vault, self.account, self.chance, (go.script, go.args), subject)
        self.draft.heard_at = self.heard.received_at
        return self.draft

    def replay(self, draft: Draft) -> Replay:
        return Replay(menu.script(self.here, Go(draft.script, draft.args)), draft.answers)

    def saved(self, reply: Reply) -> Reply:
        assert self.draft is not None
        leaves_nothing = menu.CONVERSATIONS[self.draft.script].leaves_nothing
        kept_days = turns.REPLY_KEPT_DAYS if leaves_nothing else conversations.KEPT_DAYS
        conversations.save(self.rows, self.draft, self.today + kept_days)
        return reply

    def put_away(self, draft: Draft, *, always: bool = False) -> bool:
        """Park a draft; `always` also a question that holds no words: of those only the last waits, and pushes none out. A
        list that was ticked goes before words do."""
        if not always and not is_draft(draft):
            self.drop(draft)
            return False
        parked = conversations.parked(self.rows, self.vault, self.account)
        room = conversations.PARKED_MAX - (1 if is_draft(draft) else 0)
        waiting = sorted((old for old in parked if is_draft(old)), key=is_list)
        if is_list(draft) and len(waiting) > room and not is_list(waiting[room]):
            self.drop(draft)
            return False
        drafts = [old for old in parked if old in waiting[:room]]
        for old in parked:
            if old not in drafts:
                self.drop(old)
        conversations.park(self.rows, draft, drafts)
        return True

    def interrupted(self, draft: Draft, text: str) -> Draft | None:
        """What a word in between (人工, 保密, …) has interrupted, if these words belong there: more of a story, or what was
        asked for in words. A number or a yes does not: it would choose something that nobody sees any more."""
        if not menu.CONVERSATIONS[draft.script].aside or numeral(text) or is_yes(text) or is_no(text):
            return None
        parked = self.parked_last(0, drafts_only=False)
        belongs = parked and (tells_more(text) or isinstance(self.replay(parked).step, Ask | Collect))
        return parked if belongs else None

    def is_answer(self, typed: str) -> bool:
        """Whether the question that stands has an option of this very word: 反映 under a card means this card."""
        step = self.replay(self.draft).step if self.draft else None
        word = plain(typed)
        return any(word in option.words or word == plain(option.label) for option in getattr(step, "options", ()))

    def answers_aside(self, text: str) -> Go | None:
        """What answers a short question to us. Where a story is told, the same words belong to it."""
        name = aside(text)
        is_telling = bool(name) and self.draft is not None and isinstance(self.replay(self.draft).step, Collect)
        return Go(name) if name and not is_telling else None

    def is_more(self, draft: Draft, text: str) -> bool:
        """Whether words that choose nothing tell more of a story that is under way here."""
        kept = draft.answers.get(takes_in(draft)) or {}
        if draft.script in ABOUT_A_NOTICE:  # what is previewed there is previewed anew: told_here
            return False
        if not isinstance(kept, dict) or not (kept or menu.CONVERSATIONS[draft.script].takes):
            return False
        has_room = kept.get("n", 0) < self.here.fragments_max and len(text) <= self.here.text_chars_max
        return has_room and tells_more(text)

    def told_here(self, draft: Draft, text: str) -> Go | None:
        """Where words lead that choose nothing and tell something: under a notice to its question or report, among many
        notices to those that may be meant, on a report of one's own to a supplement."""
        if draft.script in ABOUT_A_NOTICE and begins_story(text):
            return Go("begin", draft.args[:1])
        if draft.script == "posted" and tells_more(text):
            return Go("likely", draft.args[:1])
        if not menu.CONVERSATIONS[draft.script].supplements or not tells_more(text):
            return None
        return Go("supplement", (draft.args[0], *(draft.args[1:] or ("mine",))))

    def unparked(self, parked: Draft) -> Replay:
        conversations.unpark(self.rows, parked)
        parked.asked, parked.heard_at = None, self.heard.received_at
        self.draft = self.fitting(parked)
        return self.replay(parked)

    def parked_last(self, placard: int, *, drafts_only: bool) -> Draft | None:
        parked = conversations.parked(self.rows, self.vault, self.account)
        for over in (each for each in parked if self._is_over(each)):
            self.drop(over)
        found = [each for each in parked if not self._is_over(each) and (is_draft(each) or not drafts_only)]
        return next((each for each in found if not placard or each.args[:1] == (placard,)), None)

    def _is_over(self, draft: Draft) -> bool:
        return self.is_stale(draft) or (self.off_the_net(draft) and not menu.CONVERSATIONS[draft.script].otherwise)

    def drop(self, draft: Draft) -> None:
        """A conversation is over; of one that leaves nothing the replies go as well."""
        conversations.drop(self.rows, draft)
        if menu.CONVERSATIONS[draft.script].leaves_nothing and draft.subject is not None:
            turns.forget_about(self.rows, draft.subject)

    def to_bring(self, draft: Draft, end: End) -> list[str]:
        """Words that go along into what follows: those that came along so far, and those that the script names."""
        go = end.then if isinstance(end, Forget) and isinstance(end.then, Go) else end
        named = go.carry if isinstance(go, Go) else menu.CONVERSATIONS[draft.script].takes
        refs = dict.fromkeys((BROUGHT, *named.split()))
        return [text for ref in refs for text in conversations.words(self.rows, draft, ref)]

    def bring(self, draft: Draft, words: list[str]) -> Draft:
        """Into the Collect that takes them; a conversation that has none only carries them on."""
        if not words:
            return draft
        step = takes_in(draft)
        for text in words:
            conversations.keep_words(self.rows, draft, self.chance, step, text)
        kept = draft.answers.get(step) or {"n": 0, "photos": 0, "brought": True}
        draft.answers[step] = {**kept, "n": kept["n"] + len(words)}
        return draft

    def was_away(self, draft: Draft) -> bool:
        away_ms = self.heard.received_at - draft.heard_at
        return is_draft(draft) and draft.heard_at > 0 and away_ms > self.here.resume_after_s * 1000

    def keep_for_later(self, words: list[str]) -> None:
        """What came along and was not taken by anything that ended waits as a draft: “反映” asks whether to go on."""
        draft = self.bring(self.start(Go("place")), words)
        conversations.save(self.rows, draft, self.today)
        self.put_away(draft)
        self.draft = None

    def photos_at(self, draft: Draft, step: str) -> list[media.Photo]:
        return [photo for photo in media.of(self.rows, self.vault, draft.id) if photo.step == step]

    def too_early(self, step: str) -> bool:
        """Spoken is the earlier of our first receipt, also of a copy that failed, and the platform's own time."""
        assert self.draft is not None
        asked = self.draft.asked
        if asked is None or asked[0] != step:
            return False
        spoken, platform = self.first_at, self.heard.spoken_at
        if platform is not None and abs(platform - self.heard.received_at) <= PLATFORM_TIME_OFF_MS_MAX:
            spoken = min(spoken, platform)
        return bool(spoken - asked[1] < self.here.deliberate_s * 1000)

    def photo_besides(self, draft: Draft, step: Question) -> Reply | None:
        """For the story that is told here, though something else is asked; None where none is, or where what was told
        before may take its place."""
        under = menu.CONVERSATIONS[draft.script].takes
        if under not in TAKES_PHOTOS or step.name in BEFORE_IT_BEGINS:
            return None
        kept = {"n": 0, "photos": 0, "brought": True, **(draft.answers.get(under) or {})}
        outcome = photo_kept(self.here, self.heard.received_at, kept)
        if isinstance(outcome, Unclear):
            return self.saved(shown(step, draft.answers, outcome.hint))
        draft.asked = None
        saved = {**kept, "photos": kept["photos"] + 1, "at": outcome.saved["at"]}
        return self.keep_photo(draft, step, (under, saved), outcome.quiet, said.PHOTO_BESIDES)

    def keep_photo(self, draft: Draft, step: Question, under: tuple[str, Saved], quiet: bool, told: str = "") -> Reply:
        """Into the draft at once, pending; bot/evidence.py cleans it and comes back. `under`: a Collect's name, and what is
        kept of it then."""
        upload, hour = self.heard.photo, hour_of(self.heard.received_at)
        assert upload is not None
        if tries.count(self.rows, self.vault, "photos", self.account, hour) >= self.here.photos_hour_max:
            return self.saved(shown(step, draft.answers, said.PHOTOS_TOO_MANY))
        where = (under[0], conversations.count_one(draft))
        heard = (self.heard.channel, self.heard.address, self.heard.received_at)
        if not media.add(self.rows, self.vault, draft.id, upload, where, heard):
            return self.saved(shown(step, draft.answers, said.PHOTO_TWICE))
        tries.add(self.rows, self.vault, "photos", self.account, hour, self.today)
        draft.misses, draft.answers[under[0]] = 0, under[1]
        reply = self.saved(shown(step, draft.answers, told))
        return Reply("") if quiet else reply
