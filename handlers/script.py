"""Steps of a conversation.

A conversation is a generator that yields steps; its saved state is the answers so far, by step name. Resuming
is replaying (handlers/replay.py): the generator is started anew and fed the answers until a step has none (docs/decisions/0002).
Scripts are pure and hold no words: what people typed is known to them only by a reference and a count.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar, cast

from handlers.model import Choice, Here, Millis
from handlers.words import BACK as BACK_WORDS
from handlers.words import MARK_CLOSES, MARK_OPENS, is_no, is_yes, numeral, plain, says_something

Saved = Any
"""JSON: what is kept of one answer."""
BROUGHT = "brought"
"""Where words wait that came along from another conversation, until one takes them."""


# ---------------------------------------------------------------- what a person says, and what a step makes of it


@dataclass(frozen=True, slots=True)
class Said:
    """One message as a step hears it; `spoken_at` is the earliest time we believe."""

    text: str
    spoken_at: Millis
    scanned: int | None = None
    """The placard, if the message is a scanned code."""
    photo: bool = False
    """Whether it is a photo instead of words."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The step is answered. `words` are kept under the step's name; `fresh` drops those kept before."""

    saved: Saved
    words: str | None = None
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class KeptWords:
    """Words were added to a Collect, which goes on."""

    saved: Saved
    words: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class KeptPhoto:
    """A photo is to be added to a Collect, which goes on; `quiet` if one just before it was answered."""

    saved: Saved
    quiet: bool


@dataclass(frozen=True, slots=True)
class DroppedPhoto:
    """The last photo of a Collect is to go."""

    saved: Saved


@dataclass(frozen=True, slots=True)
class Unclear:
    """Not an answer. `hint` says what is missing; empty: we did not understand."""

    hint: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """Something is to be shown, and no answer recorded."""

    text: str


class Back:
    """0: one step back."""


class Leave:
    """0: out of the conversation."""


class Early:
    """A deliberate answer that came too soon after its question."""


Outcome = Answered | KeptWords | KeptPhoto | DroppedPhoto | Unclear | Read | type[Back] | type[Leave] | type[Early]


@dataclass(frozen=True, slots=True)
class Zero:
    """What 0 is called, and what it does: `back`, `leave`, or `answer` (the script is given "0")."""

    label: str
    then: str


BACK = Zero("回上一步", "back")
STOP = Zero("不弄了", "leave")
DONE = Zero("完了", "leave")


@dataclass(frozen=True, slots=True)
class Option:
    """`key` is stored and stays; the label and its number may change. `words` also choose it.

    deliberate   counts only if spoken at least `Here.deliberate_s` after the question was first asked
    reads        a text that choosing this shows; nothing is recorded
    """

    key: str
    label: str
    words: tuple[str, ...] = ()
    deliberate: bool = False
    reads: str = ""


# ---------------------------------------------------------------- steps


class Step:
    """Anything that a script yields."""

    name: str

    def fits(self, saved: Saved) -> bool:
        """Whether a kept answer still answers this step."""
        raise NotImplementedError

    def value(self, saved: Saved) -> Any:
        """What the script is given for a kept answer that fits."""
        raise NotImplementedError


class Question(Step):
    """A step that a person answers."""

    def shown(self, saved: Saved) -> tuple[str, tuple[Choice, ...]]:
        """Text and numbered choices, given what is kept so far (None at first)."""
        raise NotImplementedError

    def hear(self, said: Said, saved: Saved, early: Callable[[], bool]) -> Outcome:
        """What this message means as an answer; `early` tells whether a deliberate answer came too soon."""
        raise NotImplementedError

    def reopened(self, saved: Saved) -> Saved | None:
        """What stays of the answer when it is taken back; None: nothing."""
        return None


def numbered(options: tuple[Option, ...], zero: Zero) -> tuple[Choice, ...]:
    assert all(option.key != "0" for option in options), "0 is what Zero answers with"
    return (*(Choice(str(n), option.label) for n, option in enumerate(options, 1)), Choice("0", zero.label))


def choose(text: str, options: tuple[Option, ...], zero: Zero, *, loose: bool) -> Option | Zero | None:
    """The option that was meant. `loose` also takes 好 and 不; where nothing can be chosen, 好 and 1 go on; where words are collected only exact ones count."""
    number = numeral(text)
    if number == "0":
        return zero
    if number is not None:
        if loose and not options and number == "1":
            return zero
        return options[int(number) - 1] if int(number) <= len(options) else None
    said = plain(text)
    for option in options:
        if said and (said == plain(option.label) or said in option.words):
            return option
    if said == plain(zero.label) or said in BACK_WORDS or (loose and is_no(text)):
        return zero
    if loose and is_yes(text):
        return next((option for option in options if "是" in option.words), None if options else zero)
    return None


def _zero_outcome(zero: Zero) -> Outcome:
    if zero.then == "answer":
        return Answered("0")
    return Back if zero.then == "back" else Leave


@dataclass(frozen=True, slots=True)
class Choose(Question):
    """One of a few. The script is given the option's key, or "0" where 0 is an answer."""

    name: str
    text: str
    options: tuple[Option, ...]
    zero: Zero = BACK

    def __iter__(self) -> Generator[Step, Any, str]:
        return cast(str, (yield self))

    def fits(self, saved: Saved) -> bool:
        return any(saved == option.key for option in self.options) or (saved == "0" and self.zero.then == "answer")

    def value(self, saved: Saved) -> str:
        return cast(str, saved)

    def shown(self, saved: Saved) -> tuple[str, tuple[Choice, ...]]:
        return self.text, numbered(self.options, self.zero)

    def hear(self, said: Said, saved: Saved, early: Callable[[], bool]) -> Outcome:
        match choose(said.text, self.options, self.zero, loose=True):
            case Zero() as zero:
                return _zero_outcome(zero)
            case Option() as option if option.reads:
                return Read(option.reads)
            case Option() as option:
                return Early if option.deliberate and early() else Answered(option.key)
            case None:
                return Unclear()


@dataclass(frozen=True, slots=True)
class Collected:
    """A handle on what was collected: `ref` names it, the counts may be told."""

    ref: str
    n_text: int
    n_photo: int
    brought: bool = False
    """Whether nothing was added to what came along from another conversation."""


@dataclass(frozen=True, slots=True)
class Collect(Question):
    """Any number of words and photos, in any order, until 说完了. `more` is shown after the first words.

    Kept: `n` words, `photos`, `last` what came last, `at` when a photo was last answered, `again` on a second visit,
    `brought` if the first words were said in another conversation.
    """

    name: str
    text: str
    more: str
    here: Here
    zero: Zero = BACK
    photos: bool = True

    FINISH: ClassVar[Option] = Option("done", "说完了", ("完了", "讲完了", "就这些", "没有了", "没了"))
    ANEW: ClassVar[Option] = Option("anew", "前面的不要，从头说", ("重说", "从头说"))
    UNDO: ClassVar[Option] = Option("undo", "刚才那张发错了，删掉", ("发错了", "删掉"))

    def __iter__(self) -> Generator[Step, Any, Collected]:
        return cast(Collected, (yield self))

    def fits(self, saved: Saved) -> bool:
        return isinstance(saved, dict) and bool(saved.get("done"))

    def value(self, saved: Saved) -> Collected:
        return Collected(self.name, saved["n"], saved.get("photos", 0), saved.get("brought", False))

    def reopened(self, saved: Saved) -> Saved:
        return {"n": saved["n"], "photos": saved.get("photos", 0), "again": True}

    def shown(self, saved: Saved) -> tuple[str, tuple[Choice, ...]]:
        choices = numbered(self._options(saved), self.zero)
        n, photos = (saved["n"], saved.get("photos", 0)) if saved else (0, 0)
        if not n + photos:
            return self.text, choices
        if saved.get("again"):
            return "您前面说的都在。要补的接着发。", choices
        if saved.get("brought"):
            return f"您刚才{'说' if n else '发'}的记着了。{self.text}", choices
        if saved.get("last") == "photo":
            return f"收到第 {photos} 张。拍摄地点、时间会去掉。", choices
        return self.more, choices

    def hear(self, said: Said, saved: Saved, early: Callable[[], bool]) -> Outcome:
        kept = {"n": 0, "photos": 0, **(saved or {})}
        if said.photo and not self.photos:
            return Unclear("照片这里收不了，请留着，来找您的人要看。前面说的都在。")
        if said.photo:
            return self._hear_photo(said, kept)
        match choose(said.text, self._options(saved), self.zero, loose=False):
            case Zero() as zero:
                return _zero_outcome(zero)
            case Option(key="anew"):
                return Answered({"n": 0}, fresh=True)
            case Option(key="undo"):
                return DroppedPhoto({**kept, "photos": kept["photos"] - 1, "last": ""})
            case Option():
                done = kept["n"] + kept["photos"] > 0
                return Answered({**kept, "done": True}) if done else Unclear("还没收到您说的话。")
        return self._hear_words(said, kept)

    def _options(self, saved: Saved) -> tuple[Option, ...]:
        if saved and (saved.get("again") or saved.get("brought")):
            return self.FINISH, self.ANEW
        return (self.FINISH, self.UNDO) if saved and saved.get("last") == "photo" else (self.FINISH,)

    def _hear_words(self, said: Said, kept: dict[str, Any]) -> Outcome:
        here = self.here
        if numeral(said.text) and len(plain(said.text)) == 1:
            return Unclear("前面没有这个数字，没记下。要说的是数，请带上单位，像“2户”。")
        if not says_something(said.text):
            return Unclear("这一条里没有字，我看不懂。请打几个字，或者发照片。")
        if len(said.text) > here.text_chars_max:
            most = here.text_chars_max
            return Unclear(f"这一条太长了，我没收下。一次最多 {most} 字，请分两次发。前面说的都在。")
        if kept["n"] >= here.fragments_max:
            return Unclear(f"已经记了 {kept['n']} 段，够多了，这一条没收下。先发“1”，后面还能补。")
        parts = -(-len(said.text) // here.text_chars_long)
        note = f"您说得很详细，我分 {parts} 段记下了，一个字没丢。" if parts > 1 else ""
        at = {"at": kept["at"]} if "at" in kept else {}  # words under one of several photos do not end their quiet
        return KeptWords({"n": kept["n"] + 1, "photos": kept["photos"], **at}, said.text, note)

    def _hear_photo(self, said: Said, kept: dict[str, Any]) -> Outcome:
        return photo_kept(self.here, said.spoken_at, kept)


def photo_kept(here: Here, at: Millis, kept: dict[str, Any]) -> KeptPhoto | Unclear:
    """One photo more in a Collect, or a sentence on why not."""
    if kept["photos"] >= here.photos_max:
        return Unclear(f"已经有 {kept['photos']} 张了，这张没收下。前面的都在。")
    quiet = at - kept.get("at", 0) < here.photo_quiet_s * 1000
    answered = kept["at"] if quiet else at
    return KeptPhoto({"n": kept["n"], "photos": kept["photos"] + 1, "last": "photo", "at": answered}, quiet)


@dataclass(frozen=True, slots=True)
class Words:
    """A handle on one message: `ref` names it. Instead, `key` of an option or the `placard` of a scan."""

    ref: str = ""
    at: int = 0
    """When it was typed: a Look that depends on the words carries it, and is renewed with them."""
    key: str = ""
    placard: int = 0


@dataclass(frozen=True, slots=True)
class Ask(Question):
    """One message in free words, or one of a few options.

    check         returns a sentence on what is wrong with the words, or nothing
    takes_scan    whether a scanned code is an answer here
    """

    name: str
    text: str
    options: tuple[Option, ...] = ()
    zero: Zero = BACK
    check: Callable[[str], str] = field(default=lambda words: "")
    chars_max: int = 200
    takes_scan: bool = False

    def __iter__(self) -> Generator[Step, Any, Words]:
        return cast(Words, (yield self))

    def fits(self, saved: Saved) -> bool:
        if not isinstance(saved, dict):
            return False
        keys = {option.key for option in self.options} | ({"0"} if self.zero.then == "answer" else set())
        return "key" not in saved or saved["key"] in keys

    def value(self, saved: Saved) -> Words:
        return Words(**saved)

    def shown(self, saved: Saved) -> tuple[str, tuple[Choice, ...]]:
        return self.text, numbered(self.options, self.zero)

    def hear(self, said: Said, saved: Saved, early: Callable[[], bool]) -> Outcome:
        if said.scanned is not None:
            return Answered({"placard": said.scanned})
        match choose(said.text, self.options, self.zero, loose=False):
            case Zero() as zero if zero.then == "answer":
                return Answered({"key": "0"})
            case Zero() as zero:
                return _zero_outcome(zero)
            case Option() as option:
                return Answered({"key": option.key})
        if not said.text:
            return Unclear()
        if len(said.text) > self.chars_max:
            return Unclear(f"太长了，请不要超过 {self.chars_max} 字。")
        if problem := self.check(said.text):
            return Unclear(problem)
        return Answered({"ref": self.name, "at": said.spoken_at}, words=said.text, fresh=True)


@dataclass(frozen=True, slots=True)
class Flag(Step):
    """Never asked: false until an Again puts it."""

    name: str

    def __iter__(self) -> Generator[Step, Any, bool]:
        return cast(bool, (yield self))

    def fits(self, saved: Saved) -> bool:
        return True

    def value(self, saved: Saved) -> bool:
        return bool(saved)


R = TypeVar("R")


class Request(Generic[R]):
    """A frozen dataclass of ids that asks the outside for an R: a frozen dataclass of ids, keys and counts."""

    Result: ClassVar[type]

    def encoded(self) -> list[Any]:
        return [type(self).__name__, *_told(self)]


@dataclass(frozen=True, slots=True)
class Look(Step, Generic[R]):
    """A fact from outside; looked up again when the request changes."""

    name: str
    request: Request[R]

    def __iter__(self) -> Generator[Step, Any, R]:
        return cast(R, (yield self))

    def fits(self, saved: Saved) -> bool:
        return bool(saved[0] == self.request.encoded())

    def value(self, saved: Saved) -> R:
        return cast(R, _made(self.request.Result, saved[1]))

    def kept(self, result: R) -> Saved:
        return [self.request.encoded(), _told(result)]


@dataclass(frozen=True, slots=True)
class Refused:
    """A command that wrote nothing; `why` is a key that the script answers."""

    why: str


@dataclass(frozen=True, slots=True)
class Do(Step, Generic[R]):
    """A command, run once, in its own savepoint. Nothing goes back past it."""

    name: str
    command: Request[R]

    def __iter__(self) -> Generator[Step, Any, R | Refused]:
        return cast("R | Refused", (yield self))

    def fits(self, saved: Saved) -> bool:
        return True

    def value(self, saved: Saved) -> R | Refused:
        return Refused(saved[1]) if saved[0] == "refused" else cast(R, _made(self.command.Result, saved[1]))

    def kept(self, result: R | Refused) -> Saved:
        return ["refused", result.why] if isinstance(result, Refused) else ["done", _told(result)]


def _told(result: object) -> list[Any]:
    return [getattr(result, name) for name in type(result).__match_args__]  # type: ignore[attr-defined]


def _made(result: type, told: list[Any]) -> object:
    return result(*(tuple(part) if isinstance(part, list) else part for part in told))


# ---------------------------------------------------------------- ends


@dataclass(frozen=True, slots=True)
class Say:
    """A curtain: the last word of a conversation. `forgets`: words that came along are not wanted any more."""

    text: str
    forgets: bool = False


BROUGHT = "brought"
"""Where words wait that came along from another conversation, until one takes them."""


@dataclass(frozen=True, slots=True)
class Go:
    """Another conversation, fresh, by its name in handlers/menu.py.

    `carry` names words of this one (several with blanks between) that go along, until a conversation takes them
    (handlers/menu.py): nobody is made to say it again.
    """

    script: str
    args: tuple[Any, ...] = ()
    carry: str = ""


@dataclass(frozen=True, slots=True)
class Again:
    """Take these answers back and ask anew; `put` answers some of them instead."""

    drop: tuple[str, ...]
    put: Mapping[str, Saved] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resume:
    """The draft that was parked last (on this placard, if one is named), where it stopped."""

    placard: int = 0


@dataclass(frozen=True, slots=True)
class Forget:
    """Throw that draft away, then go on with `then`."""

    then: Go | Say
    placard: int = 0


End = Say | Go | Again | Resume | Forget
Script = Generator[Step, Any, End]


# ---------------------------------------------------------------- showing


@dataclass(frozen=True, slots=True)
class Show:
    """In an f-string: a mark that rendering replaces by a fact, if the reader may see it."""

    kind: str
    ref: object
    part: str = ""

    def __str__(self) -> str:
        return f"{MARK_OPENS}{self.kind}|{self.ref}|{self.part}{MARK_CLOSES}"

    def __format__(self, spec: str) -> str:
        return str(self)
