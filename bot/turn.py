"""A turn: one message in, one reply out, in one transaction (design.md §2.2).

dedupe → visibility → answers → replay → looks and commands → new answers, outbox rows, the stored reply.
Synchronous from end to end: the database runs it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from bot.channel import SaidDifferently
from bot.conversing import BESIDES_MAX, Conversing, is_list, is_stale
from bot.conversing import shown as _shown
from bot.handling import Handling
from bot.performs import answers, leader, matters, monitor, officer, villager
from bot.performs.settled import settled
from bot.performs.told import Opened, Shared, is_draft
from bot.render import NotShown, Reader
from bot.standing import office_subject
from handlers import menu, said
from handlers.code import placard_of, scanned
from handlers.dates import day_of
from handlers.model import AccountId, Choice, Heard, Millis, Person, Reply, ReportId
from handlers.replay import Replay
from handlers.rules import recogniser
from handlers.rules.deadlines import When
from handlers.rules.scope import elsewhere
from handlers.rules.talk import begins_story, gives_up, is_greeting, is_query_code, is_thanks
from handlers.script import (
    BROUGHT,
    Again,
    Answered,
    Back,
    Choose,
    Collect,
    Do,
    DroppedPhoto,
    Early,
    End,
    Forget,
    Go,
    KeptPhoto,
    KeptWords,
    Leave,
    Look,
    Question,
    Read,
    Resume,
    Said,
    Say,
    Unclear,
)
from handlers.villager.place import ONE_VILLAGE
from handlers.villager.urgent import DANGER_FIRST, danger_first
from handlers.words import MARK_OPENS, clean, plain
from storage import conversations, media, outbox, people, reports, turns
from storage.conversations import Draft
from storage.statement import AskedOnce, Rows

CONVERSATIONS_A_TURN_MAX = 20
"""A chain of Go longer than this is a mistake in a script, not a conversation."""
QUESTION_BYTES = 6
"""Of the keyed hash that tells one question's buttons from another's; Telegram lets a button carry 64 bytes in all."""


@dataclass(frozen=True)
class Turns(Shared):
    """One message in, one reply out."""

    def account(self, channel: str, address: str) -> AccountId:
        return self.vault.account(channel, address)

    def take(self, rows: Rows, heard: Heard, account: AccountId) -> Reply:
        """Answer one message. The same message again gets the same reply; SaidDifferently if only its id is the same."""
        if (text := clean(heard.text)) != heard.text:
            heard = replace(heard, text=text)
        today = day_of(heard.received_at)
        key, digest = turns.key_of(self.vault, account, heard.message_id), turns.digest_of(self.vault, heard)
        found = turns.find(rows, self.vault, key, today)
        if (taken := found.taken) is not None:
            if taken.digest != digest:
                raise SaidDifferently
            return self._repeated(rows, heard, account, taken)
        first_at = heard.received_at
        if found.failed is not None:
            first_at = Millis(turns.first_received(self.vault, key, found.failed))
            turns.drop_failed(rows, key)
        rows = AskedOnce(rows)
        turn = _Turn(self, rows, heard, account, today, first_at)
        marked = turn.answer()
        if turn.delay_s:
            marked = replace(marked, delay_s=turn.delay_s)
        if marked.choices and not heard.answers_in_call:
            marked = replace(marked, question=turn.question(marked.choices))
        conversation = turn.draft.id if turn.draft else b""
        turns.keep(rows, self.vault, key, digest, today, marked, conversation, turn.subject())
        reply = self._rendered(rows, heard.channel, account, marked, conversation, turn.opened)
        if marked.text and not heard.answers_in_call:
            row = outbox.tell_account(rows, self.vault, self.chance, heard, key, heard.received_at)
            reply = replace(reply, row=row)
        return reply

    def current(self, rows: Rows, channel: str, address: str, now: Millis) -> Reply:
        """The question that stands now, or the welcome; changes nothing."""
        account = self.account(channel, address)
        draft = conversations.current(rows, self.vault, account)
        if draft is not None and (is_stale(draft, now, self.here) or not self.may_go_on(rows, account, draft)):
            return (
                said.STILL_THERE if menu.CONVERSATIONS[draft.script].otherwise and is_draft(draft) else said.NOT_FOUND
            )
        go = Go(draft.script, draft.args) if draft else Go("welcome")
        replay = Replay(menu.script(self.here, go), dict(draft.answers) if draft else {})
        if not isinstance(replay.step, Question):  # the script has changed under the draft: the next message mends it
            return Reply(said.UNCLEAR)
        marked = _shown(replay.step, draft.answers if draft else {})
        return self._rendered(rows, channel, account, marked, draft.id if draft else b"")

    def reply_to(self, rows: Rows, channel: str, address: str, key: bytes) -> Reply | None:
        """The stored reply to a turn, rendered now; None if it has expired."""
        account = self.account(channel, address)
        taken = turns.find(rows, self.vault, key, 0).taken
        if taken is None or taken.reply is None:
            return said.NOT_FOUND if taken and taken.gone else None
        return self._rendered(rows, channel, account, taken.reply, taken.conversation)

    def keep_failed(self, rows: Rows, heard: Heard) -> None:
        """Keep a message whose turn failed, so that a retry is as old as its first copy."""
        account = self.account(heard.channel, heard.address)
        key = turns.key_of(self.vault, account, heard.message_id)
        turns.keep_failed(rows, self.vault, key, heard, day_of(heard.received_at))

    def may_go_on(self, rows: Rows, account: AccountId, draft: Draft, opened: Opened | None = None) -> bool:
        """Asked at every turn: a report's conversation ends with the right to see it, an officer's with the office."""
        if draft.script == "gone":
            return False
        kind = menu.CONVERSATIONS[draft.script]
        person = self.roster.person_of(account)
        if kind.officer and person is None:
            return False
        if kind.in_net and ((member := self.nets.member_of(self.vault, account)) is None or not member.reports):
            return False
        if kind.subject is None:
            return True
        report = str(draft.args[kind.subject])
        if person is not None and kind.officer:
            return Handling(self, rows, Millis(0), person, opened).case(report) is not None
        if draft.args[-1] == "code":
            return reports.head(rows, ReportId(bytes.fromhex(report))) is not None
        return reports.mine_about(rows, self.vault, account, ReportId(bytes.fromhex(report))) is not None

    def _repeated(self, rows: Rows, heard: Heard, account: AccountId, taken: turns.Taken) -> Reply:
        if taken.gone:
            return said.NOT_FOUND
        if taken.reply is None:
            return self.current(rows, heard.channel, heard.address, heard.received_at)
        return self._rendered(rows, heard.channel, account, taken.reply, taken.conversation)

    def _rendered(
        self,
        rows: Rows,
        channel: str,
        account: AccountId,
        marked: Reply,
        conversation: bytes,
        opened: Opened | None = None,
    ) -> Reply:
        reader = Reader(rows, self, account, channel, conversation, opened or Opened())
        try:
            return reader.render(marked)
        except NotShown:
            return said.NOT_FOUND


class _Turn(Conversing):
    """One message being answered. `draft` is the current conversation afterwards, if there is one.

    `first_at`: when its first copy came, also of one whose turn failed, in ms.
    """

    def __init__(
        self, turns_: Turns, rows: Rows, heard: Heard, account: AccountId, today: int, first_at: Millis
    ) -> None:
        super().__init__(turns_, rows, heard, account, today)
        self.all, self.first_at = turns_, first_at
        self._ended_script, self._ended_subject = "welcome", b""
        self.delay_s = 0.0
        self.opened = Opened()

    # ------------------------------------------------------------ what was said

    def answer(self) -> Reply:
        self.draft = conversations.current(self.rows, self.vault, self.account)
        go = self._opens()
        if self.draft is not None and self.off_the_net(self.draft):
            if go is not None:
                return self._open(go)
            on = self.as_villager(self.draft)
            return said.helps_no_more(self.here) if on is None else said.no_longer_in_net(self._go_on(on))
        if self.draft is not None and (
            self.is_stale(self.draft) or not self.all.may_go_on(self.rows, self.account, self.draft, self.opened)
        ):
            self.drop(self.draft)
            self.draft = None
            if go is None:
                return said.NOT_FOUND
        if self.heard.question and (stale := self._stale()) is not None:
            return stale
        if self.heard.kind == "photo":
            return self._photo()
        if self.heard.kind != "text":
            return said.unsupported(self.heard.kind)
        if (code := scanned(self.heard.text)) is not None:
            return self._scanned(code)
        is_told = self.draft is not None and is_draft(self.draft)
        if plain(self.heard.text) in menu.LEAVE_WORDS or (is_told and gives_up(self.heard.text)):
            return self._leave()
        if go is not None and not self.is_answer(self.heard.text):
            return self._open(go)
        before = self.draft.n_words if self.draft else 0
        reply = self._hear(Said(self.heard.text, self.heard.received_at))
        return self._danger_first(reply, before) if recogniser.is_danger(self.heard.text) else reply

    def _danger_first(self, reply: Reply, n_before: int) -> Reply:
        """What was said is taken as ever; then the numbers come before anything else (dialogues.md §0.14)."""
        first = danger_first(despairs := recogniser.despairs(self.heard.text))
        if self.draft is None or isinstance(self.replay(self.draft).step, Collect):
            return replace(reply, text=f"{first}\n{reply.text}")
        taken = self.draft.n_words > n_before
        if menu.CONVERSATIONS[self.draft.script].officer:
            return reply
        if taken and self.draft.script == "urgent":
            return reply if DANGER_FIRST in reply.text else replace(reply, text=f"{first}\n{reply.text}")
        self.put_away(self.draft, always=not menu.CONVERSATIONS[self.draft.script].aside)
        return self._go_on(
            self.replay(self.bring(self.start(Go("danger", (despairs,))), [] if taken else [self.heard.text]))
        )

    @property
    def when(self) -> When:
        return self.all.when(self.heard.received_at)

    @property
    def person(self) -> Person | None:
        return self.all.roster.person_of(self.account)

    def _opens(self) -> Go | None:
        """The conversation that this message opens from anywhere, if it does."""
        if self.heard.kind != "text":
            return None
        if (code := menu.binding_code(self.heard.text)) is not None:
            return Go("bind", (people.code_hash(self.vault, code).hex(),))
        person = self.person
        word = menu.opened_by(
            self.heard.text,
            officer=person is not None,
            department=person is not None and person.desk in self.all.organisation.departments,
            in_net=self.net_village != "",
        )
        return word or (self.answers_aside(self.heard.text) if person is None else None)

    def _photo(self) -> Reply:
        """A photo belongs to a story. Under a notice it begins one, and before it is asked for it is kept all the same."""
        if self.draft is not None and self.draft.script in ("card", "detail"):
            self._open(Go("report", self.draft.args[:1]))
        step = self.replay(self.draft).step if self.draft else None
        if self.draft is None or not isinstance(step, Question):
            return said.PHOTO_NOT_NOW
        if isinstance(step, Collect):
            return self._hear(Said("", self.heard.received_at, photo=True))
        return self.photo_besides(self.draft, step) or said.PHOTO_NOT_NOW

    def question(self, choices: tuple[Choice, ...]) -> str:
        """What a button carries back: this conversation, these choices, and when a deliberate question was asked."""
        if self.draft is None:
            return ""
        asked = self.draft.asked or ("", 0)
        labels = [part for choice in choices for part in (choice.key, choice.label)]
        return self.vault.index("question", self.draft.id, *asked, *labels)[:QUESTION_BYTES].hex()

    def _stale(self) -> Reply | None:
        """A button of a question that does not stand any more changes nothing; the one that stands is shown again."""
        step = self.replay(self.draft).step if self.draft else None
        if self.draft is None or not isinstance(step, Question):
            return said.OLD_BUTTON
        shown = _shown(step, self.draft.answers, said.OLD_BUTTON_NOW)
        return None if self.question(shown.choices) == self.heard.question else shown

    def subject(self) -> bytes | None:
        """The keyed name of the report that the reply is about; of an officer's other replies, of the office."""
        script = self.draft.script if self.draft else self._ended_script
        if menu.CONVERSATIONS[script].officer:
            subject = self.draft.subject if self.draft else self._ended_subject
            return subject or office_subject(self.all, self.account)
        return self.draft.subject if self.draft else None

    def _scanned(self, code: str) -> Reply:
        placard = placard_of(code, self.all.placard_keys)
        if placard is not None and self.draft is not None:
            step = self.replay(self.draft).step
            if getattr(step, "takes_scan", False):
                return self._hear(Said("", self.heard.received_at, scanned=placard))
        if code in self.all.organisation.villages:  # the code of a whole board; its village is no secret
            return self._open(Go("posted", (code, "", 0)))
        return self._open(Go("bad_code") if placard is None else Go("card", (placard,)))

    def _hear(self, heard: Said) -> Reply:
        nothing_stood = self.draft is None
        draft = self.draft or self.start(Go("net" if self.net_village else "welcome"))
        replay = self.replay(draft)
        step = replay.step
        if not isinstance(step, Question):  # the script has changed under the draft
            return self._go_on(replay)
        outcome = step.hear(heard, draft.answers.get(step.name), lambda: self.too_early(step.name))
        if isinstance(outcome, Unclear) and (key := self._shown_as(step, heard.text)):
            outcome = step.hear(
                replace(heard, text=key), draft.answers.get(step.name), lambda: self.too_early(step.name)
            )
        if isinstance(outcome, Unclear) and (interrupted := self.interrupted(draft, heard.text)) is not None:
            return self._heard_there(interrupted, heard)
        if self.was_away(draft) and not isinstance(outcome, KeptWords | KeptPhoto):
            return self._open(Go("resume"))
        draft.heard_at = self.heard.received_at
        if isinstance(outcome, Unclear) and is_thanks(heard.text):
            if nothing_stood:
                return said.WELCOME_TO_IT
            return self.saved(_shown(step, draft.answers, said.WELCOME_TO_IT.text))
        if isinstance(outcome, Unclear) and (nothing_stood or menu.CONVERSATIONS[draft.script].begins):
            if (begun := self._unasked(heard.text)) is not None:
                return begun
            if nothing_stood:
                return self._open(Go("unknown"))
        if isinstance(outcome, Unclear) and isinstance(step, Choose):
            if step.name.startswith(ONE_VILLAGE) and self.all.finder.find(heard.text).villages and replay.back():
                return self._hear(heard)  # the name is said anew, with its township perhaps
            if self.is_more(draft, heard.text):
                return self._kept_besides(draft, heard.text)
            if (go := self.told_here(draft, heard.text)) is not None:
                before = [each for ref in (BROUGHT, "question") for each in conversations.words(self.rows, draft, ref)]
                self.drop(draft)
                return self._go_on(self.replay(self.bring(self.start(go), [*before, heard.text])))
        return self._take(draft, replay, step, outcome)

    def _heard_there(self, interrupted: Draft, heard: Said) -> Reply:
        assert self.draft is not None
        self.drop(self.draft)
        self.unparked(interrupted)
        return self._hear(heard)

    def _kept_besides(self, draft: Draft, text: str) -> Reply:
        """With the rest of it, and what was asked is asked again: nothing that was said is lost. Whoever cannot choose at
        all is given a phone, too: below zero, `misses` counts messages in a row that only told more."""
        draft.misses, draft.asked = min(draft.misses, 0) - 1, None
        if draft.misses < -BESIDES_MAX:
            self.bring(draft, [text]).misses = 0
            self.saved(Reply(""))
            return self._open(Go("unknown_again"))
        reply = self._go_on(self.replay(self.bring(draft, [text])))
        return replace(reply, text=f"{said.KEPT_BESIDES}\n{reply.text}")

    def _unasked(self, text: str) -> Reply | None:
        """What answers no question may be a query code, a village, a cry for help or the beginning of a story: nobody has
        to say it again. From people of the roster it is none of that: they would tell the wrong desk."""
        if self.person is not None:
            return None
        if is_query_code(text):
            return self._answering(Go("status_code"), "code", text)
        if self.all.finder.find(text).sure:
            return self._answering(Go("place"), "village", text)
        if is_greeting(text):
            return self._open(Go("welcome"))
        urgent = recogniser.hear(text).need and not elsewhere(text)
        if not (urgent or begins_story(text)):
            return None
        assert self.draft is not None
        self.put_away(self.draft)
        told = "tip_matter" if self.draft.script == "tips" else "place"
        go = Go("urgent", (self.net_village,)) if urgent else Go(told)
        return self._go_on(self.replay(self.bring(self.start(go), [text])))

    def _answering(self, go: Go, step: str, text: str) -> Reply:
        """Another conversation, one of whose questions these words answer already."""
        assert self.draft is not None
        self.put_away(self.draft)
        draft = self.start(go)
        conversations.keep_words(self.rows, draft, self.all.chance, step, text)
        draft.answers[step] = {"ref": step, "at": self.heard.received_at}
        return self._go_on(self.replay(draft))

    def _shown_as(self, step: Question, typed: str) -> str:
        """The number of the option whose words, as they were shown, somebody has typed: a village, a person, an item."""
        assert self.draft is not None
        _, choices = step.shown(self.draft.answers.get(step.name))
        if not typed or not any(MARK_OPENS in choice.label for choice in choices):
            return ""
        reader = Reader(self.rows, self.all, self.account, self.heard.channel, self.draft.id)
        try:
            shown = reader.render(Reply("", choices)).choices
        except NotShown:
            return ""
        return next((choice.key for choice in shown if plain(choice.label) == plain(typed)), "")

    def _take(self, draft: Draft, replay: Replay, step: Question, outcome: object) -> Reply:
        match outcome:
            case Answered(saved=saved, words=words, fresh=fresh):
                if fresh:
                    conversations.drop_words(self.rows, draft, step.name)
                    for photo in self.photos_at(draft, step.name):
                        media.drop(self.rows, photo)
                if words is not None:
                    conversations.keep_words(self.rows, draft, self.all.chance, step.name, words)
                draft.misses = 0
                replay.give(saved)
                return self._go_on(replay)
            case KeptWords(saved=saved, words=words, note=note):
                conversations.keep_words(self.rows, draft, self.all.chance, step.name, words)
                draft.misses, draft.answers[step.name] = 0, saved
                return self.saved(_shown(step, draft.answers, note))
            case KeptPhoto(saved=saved, quiet=quiet):
                return self.keep_photo(draft, step, (step.name, saved), quiet)
            case DroppedPhoto(saved=saved):
                for photo in self.photos_at(draft, step.name)[-1:]:
                    media.drop(self.rows, photo)
                draft.answers[step.name] = saved
                return self.saved(_shown(step, draft.answers, "删掉了。"))
            case Unclear(hint=hint):
                return self._missed(draft, step, hint)
            case Read(text=text):
                return self.saved(Reply(text, step.shown(draft.answers.get(step.name))[1]))
        if outcome is Early:
            return self.saved(_shown(step, draft.answers, said.EARLY))
        if outcome is Back and replay.back():
            draft.asked = None
            return self._go_on(self.replay(draft))
        assert outcome in (Back, Leave)
        return self._leave()

    def _missed(self, draft: Draft, step: Question, hint: str) -> Reply:
        draft.misses = 0 if hint else max(draft.misses, 0) + 1
        if draft.misses > 1:
            draft.misses = 0
            self.saved(Reply(""))
            return self._open(Go("unknown_again"))
        return self.saved(_shown(step, draft.answers, hint or said.UNCLEAR))

    # ------------------------------------------------------------ where it goes from there

    def _go_on(self, replay: Replay) -> Reply:
        """Perform what the script asks of the outside until it asks a person, or ends."""
        for _ in range(CONVERSATIONS_A_TURN_MAX):
            assert self.draft is not None
            while isinstance(replay.step, Look | Do):
                replay.give(self._performed(replay.step))
            if isinstance(replay.step, Question):
                return self._asked(replay.step)
            assert replay.end is not None
            then = self._ended(self.draft, replay, replay.end)
            if isinstance(then, Reply):
                return then
            replay = then
        raise RuntimeError(f"more than {CONVERSATIONS_A_TURN_MAX} conversations in one turn")

    def _ended(self, draft: Draft, replay: Replay, end: End) -> Reply | Replay:
        if isinstance(end, Again):
            replay.again(end)
            draft.asked = None
            return self.replay(draft)
        kind = menu.CONVERSATIONS[draft.script]
        brought, left = self.to_bring(draft, end), conversations.words(self.rows, draft, BROUGHT)
        if isinstance(end, Say) and kind.gives_away and draft.stored:
            conversations.bury(self.rows, draft)
        else:
            self.drop(draft)
        self.draft = None
        if isinstance(end, Resume | Forget):
            aside = menu.CONVERSATIONS[draft.script].aside
            parked = self.parked_last(end.placard, drafts_only=not aside)
            if isinstance(end, Forget):
                if parked:
                    conversations.drop(self.rows, parked)
                end = end.then
            elif parked is None:
                end = Go("net" if self.net_village else "menu")
            else:
                replay = self.unparked(parked)
                return self.replay(self.bring(parked, brought)) if brought else replay
        if isinstance(end, Say):
            self._ended_script, self._ended_subject = draft.script, draft.subject or b""
            if left and not end.forgets and not kind.leaves_nothing:
                self.keep_for_later(left)
            return Reply(end.text)
        return self.replay(self.bring(self.start(end), brought))

    def _asked(self, step: Question) -> Reply:
        """Show a question; the time of its first showing is kept where an answer must be deliberate."""
        assert self.draft is not None
        if any(option.deliberate for option in getattr(step, "options", ())):
            if self.draft.asked is None or self.draft.asked[0] != step.name:
                self.draft.asked = [step.name, self.heard.received_at]
        else:
            self.draft.asked = None
        return self.saved(_shown(step, self.draft.answers))

    def _leave(self) -> Reply:
        draft, self.draft = self.draft, None
        if draft is not None and self.put_away(draft):
            return said.LIST_PARKED if is_list(draft) else said.PARKED
        return said.LEFT

    def _open(self, go: Go) -> Reply:
        """Another conversation; the current one is parked if it holds a draft, or if this is only an aside."""
        if self.draft is not None:
            aside = menu.CONVERSATIONS[go.script].aside and not menu.CONVERSATIONS[self.draft.script].aside
            self.put_away(self.draft, always=aside)
        return self._go_on(self.replay(self.start(go)))

    # ------------------------------------------------------------ looks and commands

    def _performed(self, step: Look[Any] | Do[Any]) -> Any:
        if isinstance(step, Look):
            return step.kept(_PERFORMS[type(step.request)](self, step.request))
        perform = _PERFORMS[type(step.command)]
        self.opened.forget()
        return step.kept(settled(self.rows, lambda: perform(self, step.command)))


_PERFORMS: dict[type[Any], Callable[[Any, Any], Any]] = {
    **villager.PERFORMS,
    **answers.PERFORMS,
    **officer.PERFORMS,
    **leader.PERFORMS,
    **matters.PERFORMS,
    **monitor.PERFORMS,
}
"""Which function performs which Look or Do: one table of all roles."""
