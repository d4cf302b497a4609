"""周报, 月报, 季报: the digest again, with what can be done about it (dialogues.md §17)."""

from __future__ import annotations

from handlers.leader.requests import ChartLink, Compared, DigestShown
from handlers.model import Here
from handlers.script import Choose, Do, Go, Look, Option, Refused, Say, Script, Show, Zero

PLACES_MAX = 9
KNOWN = Zero("知道了", "leave")


def digest(here: Here, job: str, code: str) -> Script:
    """`code` is empty until the place is chosen; whoever reads of one place alone is not asked."""
    found = yield from Look("digest", DigestShown(job, code))
    if not found.codes:
        return Say("周报给片区组长，月报、季报给指挥长和县里、市里管总的同志。\n您手里的，发“待办”。")
    place = code or found.codes[0]
    if not code and len(found.codes) > 1:
        options = tuple(
            Option(each, f"{Show('place', each, 'name')}" + (f"（{late} 件要管）" if late else ""))
            for each, late in list(zip(found.codes, found.late, strict=True))[:PLACES_MAX]
        )
        return Go("digest", (job, (yield from Choose("place", "看哪里的？", options, KNOWN))))
    about = f"{job} {place} {found.period}"
    late = (Option("late", f"打开要管的 {found.mine} 件"),) if found.mine else ()
    repeated = (Option("repeated", "同一个项目反映多次的"),)
    options = (*late, Option("compare", "各地对比"), *repeated, Option("chart", "看图"))
    chosen = yield from Choose("do", f"{Show('digest', about, f'text {found.day}')}", options, KNOWN)
    match chosen:
        case "late":
            return Go("late", (0,))
        case "chart":
            return Go("chart", (job, place, found.period))
    return Go("digest_part", (job, place, found.period, chosen))


def digest_part(here: Here, job: str, code: str, period: str, part: str) -> Script:
    """Townships or counties side by side, or items told of more than once."""
    found = yield from Look("day", Compared(code))
    text = f"{Show('digest', f'{job} {code} {period}', f'{part} {found.day}')}"
    chase = (Option("chase", "超期的催一遍", ("催", "催一遍")),) if found.late else ()
    chosen = yield from Choose("do", text, chase, BACK_TO_DIGEST)
    return Go("late", (0,)) if chosen == "chase" else Go("digest", (job, code))


BACK_TO_DIGEST = Zero("回去", "answer")


def chart(here: Here, job: str, code: str, period: str) -> Script:
    """A link to the picture, good for ten minutes; no names, and no number under three."""
    found = yield from Look("digest", DigestShown(job, code))
    made = (yield from Do("link", ChartLink(job, code, period))) if found.codes else Refused("gone")
    if isinstance(made, Refused):
        return Say("没找到这张图。发“周报”“月报”再看。")
    text = f"点开看图（10 分钟有效，里面没有人名）：\n{Show('picture', made.token)}"
    yield from Choose("then", text, (), BACK_TO_DIGEST)
    return Go("digest", (job, code))
