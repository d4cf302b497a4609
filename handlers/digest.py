"""What digests say (dialogues.md §17): first what needs the reader, then what is stuck, then figures. Pure.

A push of it holds no numbered options; a word fetches the same again with them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from handlers.rules.schedule import Job
from handlers.rules.suppress import FEW, SHOWN_MIN, Shown, few, suppress

WORDS = {Job.WEEKLY: "周报", Job.MONTHLY: "月报", Job.QUARTERLY: "季报"}
"""What its readers say to fetch it."""
FUNNEL = {"filed": "问题", "clue": "线索", "cased": "立案", "sanctioned": "处分"}
"""domain.md §6."""
TIMES = {"looked": "首看", "accepted": "受理", "concluded": "办结"}
PARTS_SHOWN = 5
PER_CENT = 100


@dataclass(frozen=True, slots=True)
class Part:
    """One township or county of a place: what is open there now, and what of it is late."""

    name: str
    open: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Stuck:
    """Of what is late: without anybody handling it; messages that did not arrive; desks at which nobody can be reached."""

    overdue: int = 0
    nobody: int = 0
    undelivered: int = 0
    unstaffed: int = 0


@dataclass(frozen=True, slots=True)
class Digest:
    """Everything that one digest is made of. `now`, `before` and `year_ago` are sums by kind of the period, the one
    before it, and the same of the year before.

    period   as people say it: 第47周, 11月, 2026年3季度
    mine     what needs the reader: late matters and extensions that wait
    villages how many there are in the place
    """

    job: Job
    name: str
    period: str
    until: str
    mine: int
    stuck: Stuck
    soon: int
    open: int
    now: dict[str, int]
    before: dict[str, int]
    year_ago: dict[str, int]
    parts: tuple[Part, ...] = field(default_factory=tuple)
    villages: int = 0
    nets: tuple[int, int] = (0, 0)
    """In how many villages there is a net of monitors, and of how many."""
    nets_before: int = 0
    """In how many there was one at the end of the period before; 0 also where that was not noted yet."""


def told(digest: Digest) -> str:
    """The whole text, at most 180 characters."""
    if digest.job == Job.QUARTERLY:
        return _quarterly(digest)
    if quiet(digest):
        open_ = f"在办 {digest.open} 件都在期内" if digest.open >= SHOWN_MIN else "在办的少"
        unstaffed = f"{digest.stuck.unstaffed} 个单位没有人绑定。" if digest.stuck.unstaffed else ""
        return f"{digest.period} {digest.name}：没有新收，没有超期。{open_}。{unstaffed}"
    return _weekly(digest) if digest.job == Job.WEEKLY else _monthly(digest)


def quiet(digest: Digest) -> bool:
    """Nothing came, nothing is late, nothing is stuck: one line says it, and who is not there yet."""
    came = digest.now.get("filed", 0) or digest.now.get("concluded", 0) or _answered(digest.now)
    stuck = digest.stuck.overdue or digest.stuck.nobody or digest.stuck.undelivered
    return not (came or digest.mine or stuck)


def _weekly(digest: Digest) -> str:
    new, before, closed, open_, soon = (
        few(n)
        for n in (
            digest.now.get("filed", 0), digest.before.get("filed", 0), digest.now.get("concluded", 0),
            digest.open, digest.soon,
        )
    )  # fmt: skip
    text = f"{digest.period} {digest.name}（截至{digest.until}）\n{_acts(digest)}\n"
    if {new, before, closed, open_, soon} == {FEW}:
        return text + "新收、办结、在办、快到期都少（不到 3 件）"
    return text + f"新收 {new}（上周 {before}）  办结 {closed}\n在办 {open_}  快到期 {soon}"


def _acts(digest: Digest) -> str:
    """What needs the reader, then what is stuck: only what there is any of."""
    stuck = digest.stuck
    told = (("超期 {}", stuck.overdue), ("没人接 {}", stuck.nobody), ("没送到 {}", stuck.undelivered),
            ("{} 个单位没有人绑定", stuck.unstaffed))  # fmt: skip
    lines = [f"要您管的：{digest.mine} 件" if digest.mine else "没有要您管的"]
    if any(n for _, n in told):
        lines.append("卡住：" + "，".join(text.format(n) for text, n in told if n))
    return "\n".join(lines)


def _monthly(digest: Digest) -> str:
    new, filed, year_ago = (
        few(figures.get(kind, 0))
        for figures, kind in ((digest.now, "filed"), (digest.now, "cased"), (digest.year_ago, "cased"))
    )
    return (
        f"{digest.period} {digest.name}\n{solved(digest.now)}\n{_acts(digest)}\n"
        f"新收 {new}，立案 {filed}（去年同月 {year_ago}）\n{still(digest)}{_nets(digest)}"
    )


def _nets(digest: Digest) -> str:
    """Villages are public: their number is not suppressed. Nothing where no county has switched nets on."""
    (now, villages), before = digest.nets, digest.nets_before
    return f"\n建了前哨站的村 {now}/{villages}{f'（上月 {before}）' if before else ''}" if villages else ""


def still(digest: Digest) -> str:
    """From how many villages nothing came; not if something came from fewer than three, or the number would tell."""
    stirred = digest.now.get("stirred", 0)
    if stirred < SHOWN_MIN:
        return "有动静的村少，不写个数"
    return f"没动静的村 {digest.villages - stirred} 个，不代表没问题"


def solved(figures: dict[str, int]) -> str:
    """The headline: of those who answered, how many say that it was solved. Never how many reported."""
    answered, yes = _answered(figures), figures.get("solved", 0)
    if answered < SHOWN_MIN:
        return "群众答“解决了”的：答的人少，不算比例"
    others = suppress((yes, answered - yes))
    if others.cells[0] is None:
        return f"群众答“解决了”的：{answered} 人答，细数少，不写"
    return f"群众答“解决了”的：{yes}/{answered}（{yes * PER_CENT // answered}%）"


def _answered(figures: dict[str, int]) -> int:
    return sum(figures.get(kind, 0) for kind in ("solved", "partly", "unsolved"))


def _quarterly(digest: Digest) -> str:
    lines = [f"{digest.period} {digest.name}（同比，环比）", solved(digest.now)]
    for kind, name in FUNNEL.items():
        n = digest.now.get(kind, 0)
        against = f"（{change(n, digest.year_ago.get(kind, 0), 0)}，{change(n, digest.before.get(kind, 0), 0)}）"
        lines.append(f"{name} {few(n)}{against if n >= SHOWN_MIN else ''}")
    means = [(name, days(digest.now, kind)) for kind, name in TIMES.items()]
    told = "，".join(f"{name}{mean}" for name, mean in means if mean != FEW)
    return "\n".join([*lines, f"平均几天：{told or '件数少，不算'}"])


def change(n: int, before: int, digits: int = 1) -> str:
    """+110.8% as the city writes it, in a message +111%; nothing is compared with a number under three, or from one."""
    if n < SHOWN_MIN or before < SHOWN_MIN:
        return "—"
    return f"{(n - before) * PER_CENT / before:+.{digits}f}%"


def days(figures: dict[str, int], kind: str) -> str:
    """The mean of days from the day it came; of fewer than three nothing is said."""
    n = figures.get(kind, 0)
    return f"{figures.get(f'days_to_{kind}', 0) / n:.1f}" if n >= SHOWN_MIN else FEW


def compared(digest: Digest) -> str:
    """Townships or counties side by side, the most late first; no ranking of people."""
    shown = suppress([part.open for part in digest.parts])
    rows = sorted(zip(digest.parts, shown.cells, strict=True), key=lambda row: (-row[0].overdue, row[0].name))
    lines = []
    for part, open_ in rows[:PARTS_SHOWN]:
        late = f"超期 {part.overdue}" if part.overdue else "没有超期的"
        lines.append(f"{part.name}：{late}" + (f"，在办 {open_}" if open_ is not None else ""))
    if any(open_ is None for _, open_ in rows[:PARTS_SHOWN]):
        lines.append("没写在办的，件数少。")
    more = f"\n还有 {len(rows) - PARTS_SHOWN} 个看图。" if len(rows) > PARTS_SHOWN else ""
    return f"{digest.name} 现在\n" + "\n".join(lines) + more


def bars(digest: Digest) -> tuple[list[str], Shown]:
    """What the chart shows: names of places, and what is open at each. No names of people."""
    return [part.name for part in digest.parts], suppress([part.open for part in digest.parts])
