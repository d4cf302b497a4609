"""Replay: a conversation is its answers, whatever happened to the script in the meantime."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from handlers import menu
from handlers.model import Choice, Here
from handlers.replay import ANSWERS_MAX, Replay
from handlers.script import (
    Again,
    Answered,
    Ask,
    Back,
    Choose,
    Collect,
    Do,
    Early,
    Flag,
    Go,
    KeptWords,
    Leave,
    Look,
    Option,
    Question,
    Read,
    Refused,
    Request,
    Said,
    Say,
    Script,
    Show,
    Unclear,
    Zero,
)


@dataclass(frozen=True, slots=True)
class Weather:
    tomorrow: str
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AskWeather(Request[Weather]):
    Result: ClassVar[type] = Weather
    place: str


@dataclass(frozen=True, slots=True)
class Booked:
    number: str


@dataclass(frozen=True, slots=True)
class Book(Request[Booked]):
    Result: ClassVar[type] = Booked
    place: str
    how: str


HERE = Here(text_chars_max=50, text_chars_long=20, fragments_max=3)
PLACE = (Option("hill", "上山"), Option("river", "下河", ("河边",)))
HOW = (Option("walk", "走路", ("是",)), Option("ride", "骑马", deliberate=True))


def trip() -> Script:
    """A small conversation with every kind of step."""
    place = yield from Choose("place", "去哪里？", PLACE)
    weather = yield from Look("weather", AskWeather(place))
    story = yield from Collect("story", "说说看。", "接着说。", HERE)
    if (yield from Flag("careful")):
        yield from Ask("helper", "谁一起去？")
    how = yield from Choose("how", f"{weather.tomorrow}，{story.n_text} 段，怎么去？", HOW)
    if how == "ride":
        return Again(("how",), {"careful": True})
    booked = yield from Do("book", Book(place, how))
    if isinstance(booked, Refused):
        return Again(("place", "book"))
    yield from Choose("after", f"{booked.number}，还有事吗？", PLACE)
    return Say("再见。")


class Talk:
    """A conversation as the turn holds it: only its answers, through JSON every time."""

    def __init__(self, script: Callable[[], Script] = trip) -> None:
        self.script, self.answers = script, {}
        self.looks: list[str] = []

    def replay(self) -> Replay:
        self.answers = json.loads(json.dumps(self.answers))
        return Replay(self.script(), self.answers)

    def performed(self) -> Replay:
        """Up to a question or the end."""
        replay = self.replay()
        while isinstance(replay.step, Look | Do):
            if isinstance(replay.step, Look):
                self.looks.append(replay.step.request.place)  # type: ignore[attr-defined]
                replay.give(replay.step.kept(Weather("有雨", (1, 2))))
            else:
                replay.give(replay.step.kept(Booked("七号")))
        return replay

    def says(self, text: str, at: int = 0) -> Talk:
        replay = self.performed()
        step = replay.step
        assert isinstance(step, Question)
        outcome = step.hear(Said(text, at), self.answers.get(step.name), lambda: False)  # type: ignore[arg-type]
        if isinstance(outcome, Answered):
            replay.give(outcome.saved)
        elif isinstance(outcome, KeptWords):
            self.answers[step.name] = outcome.saved
        elif outcome is Back:
            assert replay.back()
        else:
            raise AssertionError(outcome)
        if isinstance(replay.end, Again):
            replay.again(replay.end)
        return self

    def stands(self) -> str:
        """The name of the question that stands now."""
        step = self.performed().step
        assert step is not None
        return step.name

    def shows(self) -> str:
        step = self.performed().step
        assert isinstance(step, Question)
        return step.shown(self.answers.get(step.name))[0]


def _at_how() -> Talk:
    return Talk().says("2").says("垮了").says("全垮了").says("说完了")


# ---------------------------------------------------------------- going on, and back


def test_answers_lead_to_where_it_stopped() -> None:
    talk = _at_how()
    assert talk.stands() == "how"
    assert talk.shows() == "有雨，2 段，怎么去？"
    assert list(talk.answers) == ["place", "weather", "story"], "by name, in the order asked"
    assert Talk(trip).says("2").answers["place"] == "river", "a key, neither number nor label"


def test_back_takes_one_human_answer_and_keeps_the_words() -> None:
    talk = _at_how().says("0")
    assert talk.stands() == "story"
    assert talk.answers["story"]["n"] == 2
    assert "都在" in talk.shows()
    assert "weather" in talk.answers, "a fact is not an answer"
    assert talk.says("0").stands() == "place"
    assert not talk.performed().back(), "nothing before the first question"
    assert talk.says("2").says("1").stands() == "how", "the words are still there"
    assert talk.says("0").says("前面的不要，从头说").answers["story"] == {"n": 0}


def test_nothing_goes_back_past_a_command() -> None:
    talk = _at_how().says("1")
    assert talk.stands() == "after"
    assert not talk.performed().back()
    assert talk.answers["book"] == ["done", ["七号"]]


def test_edit_takes_back_what_it_names_and_puts_what_it_says() -> None:
    talk = _at_how().says("2")
    assert talk.answers["careful"] is True
    assert talk.stands() == "helper", "a flag is never asked, and opens what depends on it"
    assert talk.answers["place"] == "river"
    assert talk.says("阿妹").stands() == "how"
    assert "helper" in talk.answers


def test_a_refused_command_has_an_answer_and_can_be_tried_again() -> None:
    talk = _at_how()
    replay = talk.replay()
    replay.give("walk")
    assert isinstance(replay.step, Do)
    replay.give(replay.step.kept(Refused("full")))
    assert isinstance(replay.end, Again)
    replay.again(replay.end)
    assert talk.stands() == "place"
    assert "book" not in talk.answers
    assert talk.says("1").stands() == "after", "everything else was kept, and the command ran"
    assert Do("book", Book("hill", "walk")).value(["refused", "full"]) == Refused("full")


# ---------------------------------------------------------------- facts


def test_a_fact_is_looked_up_again_when_what_is_asked_changes() -> None:
    talk = _at_how()
    assert talk.stands() == "how" and talk.looks == ["river"]
    talk.says("0").says("0").says("1").says("说完了")
    assert talk.stands() == "how"
    assert talk.looks == ["river", "hill"]


def test_a_fact_comes_back_from_json_as_it_was() -> None:
    look = Look("weather", AskWeather("hill"))
    kept = json.loads(json.dumps(look.kept(Weather("有雨", (1, 2)))))
    assert look.fits(kept)
    assert look.value(kept) == Weather("有雨", (1, 2))
    assert not Look("weather", AskWeather("river")).fits(kept)


# ---------------------------------------------------------------- the script has changed under the answers


def _after_change(script: Callable[[], Script]) -> Talk:
    talk = Talk(script)
    talk.answers = _at_how().answers
    return talk


def test_an_inserted_question_is_simply_asked_and_all_else_kept() -> None:
    def changed() -> Script:
        yield from Choose("place", "去哪里？", PLACE)
        who = yield from Ask("who", "谁去？")
        story = yield from Collect("story", "说说看。", "接着说。", HERE)
        yield from Choose("how", f"{story.n_text} 段，{Show('words', who.ref)} 怎么去？", HOW)
        return Say("")

    talk = _after_change(changed)
    assert talk.stands() == "who"
    assert talk.says("我").stands() == "how"
    assert talk.shows().startswith("2 段")


def test_reworded_and_reordered_options_mean_what_they_meant() -> None:
    def changed() -> Script:
        place = yield from Choose("place", "往哪边？", (Option("lake", "湖边"), Option("river", "到河边去")))
        yield from Choose("done", place, PLACE)
        return Say("")

    assert _after_change(changed).shows() == "river"


def test_an_answer_that_no_longer_fits_is_asked_again() -> None:
    def without_river() -> Script:
        place = yield from Choose("place", "去哪里？", PLACE[:1])
        story = yield from Collect("story", "说说看。", "接着说。", HERE)
        yield from Choose("done", f"{place} {story.n_text}", PLACE)
        return Say("")

    talk = _after_change(without_river)
    assert talk.stands() == "place"
    assert talk.says("1").shows() == "hill 2"


def test_a_question_of_another_kind_is_asked_again() -> None:
    def changed() -> Script:
        yield from Ask("place", "去哪里？")
        yield from Choose("story", "说了没有？", PLACE)
        return Say("")

    talk = _after_change(changed)
    assert talk.stands() == "place"
    assert talk.says("湖边").stands() == "story"


def test_a_removed_question_is_not_missed() -> None:
    def changed() -> Script:
        yield from Choose("how", "怎么去？", HOW)
        return Say("")

    assert _after_change(changed).stands() == "how"


def test_two_hundred_answers_are_the_most() -> None:
    def endless() -> Script:
        for n in range(10_000):
            yield from Choose(f"q{n}", "还有呢？", PLACE)
        return Say("")

    answers: dict[str, Any] = {}
    replay = Replay(endless(), answers)
    for _ in range(ANSWERS_MAX):
        replay.give("hill")
    with pytest.raises(RuntimeError, match="q200"):
        replay.give("hill")
    assert ANSWERS_MAX == 200


# ---------------------------------------------------------------- what a step makes of what is said

CHOOSE = Choose(
    "about",
    "？",
    (
        Option("village", "村里的人", ("村里",)),
        Option("send", "发出去", ("是",), deliberate=True),
        Option("look", "看", reads="全文"),
    ),
)
ZERO_ANSWERS = Choose("page", "？", (Option("next", "下一页"),), Zero("回上一页", "answer"))


@pytest.mark.parametrize(
    ("step", "said", "outcome"),
    [
        (CHOOSE, "1", Answered("village")),
        (CHOOSE, "第一个", Answered("village")),
        (CHOOSE, "村里的人。", Answered("village")),
        (CHOOSE, "村里", Answered("village")),
        (CHOOSE, "好", Answered("send")),
        (CHOOSE, "3", Read("全文")),
        (CHOOSE, "4", Unclear()),
        (CHOOSE, "9", Unclear()),
        (CHOOSE, "", Unclear()),
        (CHOOSE, "不晓得", Unclear()),
        (CHOOSE, "0", Back),
        (CHOOSE, "不", Back),
        (CHOOSE, "回上一步", Back),
        (Choose("a", "？", PLACE, Zero("不弄了", "leave")), "0", Leave),
        (ZERO_ANSWERS, "0", Answered("0")),
        (ZERO_ANSWERS, "好", Unclear()),
    ],
    ids=str,
)
def test_a_choice(step: Question, said: str, outcome: object) -> None:
    assert step.hear(Said(said, 0), None, lambda: False) == outcome  # type: ignore[arg-type]


def test_only_a_deliberate_answer_can_come_too_soon() -> None:
    soon = [CHOOSE.hear(Said(text, 0), None, lambda: True) for text in ("1", "2", "好", "3", "0")]  # type: ignore[arg-type]
    assert soon == [Answered("village"), Early, Early, Read("全文"), Back]


def test_choices_are_numbered_and_end_with_a_zero() -> None:
    assert CHOOSE.shown(None)[1] == (
        Choice("1", "村里的人"), Choice("2", "发出去"), Choice("3", "看"), Choice("0", "回上一步"),
    )  # fmt: skip


COLLECT = Collect("story", "说说看。", "接着说。", HERE)


@pytest.mark.parametrize(
    ("said", "saved", "outcome"),
    [
        ("说完了", None, Unclear("还没收到您说的话。")),
        ("1", {"n": 0, "photos": 0}, Unclear("还没收到您说的话。")),
        ("2", None, Unclear("前面没有这个数字，没记下。要说的是数，请带上单位，像“2户”。")),
        ("好", None, KeptWords({"n": 1, "photos": 0}, "好")),
        ("不", {"n": 1}, KeptWords({"n": 2, "photos": 0}, "不")),
        ("0", {"n": 1}, Back),
        ("回上一步", {"n": 1}, Back),
        ("沟" * 20, None, KeptWords({"n": 1, "photos": 0}, "沟" * 20)),
        ("沟" * 41, None, KeptWords({"n": 1, "photos": 0}, "沟" * 41, "您说得很详细，我分 3 段记下了，一个字没丢。")),
        ("就这些", {"n": 1, "photos": 0}, Answered({"n": 1, "photos": 0, "done": True})),
    ],
    ids=ascii,
)
def test_a_story(said: str, saved: Any, outcome: object) -> None:
    assert COLLECT.hear(Said(said, 0), saved, lambda: False) == outcome  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "saved", "hint"),
    [
        ("", None, "没有字"),
        ("😡？！", None, "没有字"),
        ("沟" * 51, None, "最多 50 字"),
        ("还有", {"n": 3}, "已经记了 3 段"),
    ],
)
def test_what_a_story_does_not_take_it_says(said: str, saved: Any, hint: str) -> None:
    outcome = COLLECT.hear(Said(said, 0), saved, lambda: False)  # type: ignore[arg-type]
    assert isinstance(outcome, Unclear)
    assert hint in outcome.hint


def test_one_message_in_free_words() -> None:
    ask = Ask(
        "village",
        "哪个村？",
        (Option("lost", "找不到了"),),
        check=lambda words: "太短" if len(words) < 2 else "",
        chars_max=5,
    )

    def hears(text: str, **more: Any) -> object:
        return ask.hear(Said(text, 77, **more), None, lambda: False)  # type: ignore[arg-type]

    assert hears("岩门村") == Answered({"ref": "village", "at": 77}, words="岩门村", fresh=True)
    assert hears("1") == hears("找不到了") == Answered({"key": "lost"})
    assert hears("村") == Unclear("太短")
    assert hears("岩门村岩门村") == Unclear("太长了，请不要超过 5 字。")
    assert hears("") == Unclear()
    assert hears("0") is Back
    assert hears("", scanned=5) == Answered({"placard": 5})
    assert ask.fits({"key": "lost"}) and not ask.fits({"key": "gone"}) and not ask.fits("lost")


# ---------------------------------------------------------------- the scripts that there are

ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "rating": ("00",),
    "late": (0,),
    "late_one": ("00",),
    "extension": ("00",),
    "zone_case": ("00",),
    "digest": ("weekly", ""),
    "digest_part": ("weekly", "520602Z01", "2026-W47", "compare"),
    "chart": ("weekly", "520602Z01", "2026-W47"),
    "card": (1,),
    "detail": (1, 1),
    "report": (1,),
    "receipt": ("00",),
    "status_one": ("00", "mine"),
    "begin": (1,),
    "likely": ("520602104201",),
    "posted": ("520602104201", "", 0),
    "told": ("00", "mine"),
    "withdraw": ("00",),
    "bind": ("00",),
    "inbox": ("all", 0),
    "question": (1,),
    "matter_told": ("00",),
    "matter_code": ("00",),
    "urgent": ("",),
    "matters": (0,),
    "matter": ("00",),
    "concerns": (0,),
    "approvals": (0,),
    "approval": ("00",),
    "tip": (1,),
    "checklist": (-1, ""),
    "tip_sent": ("00",),
    "diary": (0,),
    "nets": (0,),
}


@pytest.mark.parametrize("name", menu.CONVERSATIONS)
def test_every_conversation_begins_the_same_way_each_time(name: str) -> None:
    """Scripts are pure: the same answers lead to the same step, and the first is a question with a 0 or a look."""
    about_a_report = ("00",) if menu.CONVERSATIONS[name].officer else ("00", "mine")
    default = () if menu.CONVERSATIONS[name].subject is None else about_a_report
    go = Go(name, ARGUMENTS.get(name, default))
    one, other = (Replay(menu.script(Here(), go), {}) for _ in range(2))
    assert one.step == other.step or type(one.step) is Ask, "an Ask holds a function, which has no equal"
    assert isinstance(one.step, Look | Question)
    if isinstance(one.step, Question):
        assert one.step.shown(None)[1][-1].key == "0"
