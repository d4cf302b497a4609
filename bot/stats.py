"""The funnel 问题 → 线索 → 立案 → 处分 and its times, for a period, grouped as asked; small numbers read 少."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.digests import spans_of
from handlers.digest import FUNNEL, TIMES, change, days
from handlers.model import CountyCode, DeskId, TownshipCode, ZoneCode
from handlers.organisation import COUNTY_CODE_DIGITS, Organisation
from handlers.rules.schedule import Job, number_of, year_before
from handlers.rules.suppress import FEW, SHOWN_MIN, suppress
from handlers.said import SOURCES
from storage import figures
from storage.figures import Cell
from storage.statement import Rows

CHANNELS = {"web": "网页", "wechat": "微信", "telegram": "Telegram", "terminal": "终端"}
GROUPS = ("county", "zone", "township", "sector", "channel", "source")


@dataclass(frozen=True, slots=True)
class Line:
    """One group: its name, the four numbers of the funnel (None reads 少)."""

    name: str
    cells: tuple[int | None, ...]

    def told(self) -> list[str]:
        return [self.name, *(FEW if cell is None else str(cell) for cell in self.cells)]


def period_of(text: str) -> tuple[Job, int]:
    """2026-W47, 2026-11 or 2026-Q3. ValueError for anything else."""
    for job in (Job.WEEKLY, Job.QUARTERLY, Job.MONTHLY):
        try:
            return job, number_of(job, text)
        except ValueError:
            continue
    raise ValueError(f"--period：“{text}”不是 2026-W47、2026-11 或 2026-Q3 这样的")


def funnel(rows: Rows, desks: Sequence[DeskId], job: Job, n: int) -> list[str]:
    """A line each of the funnel with 同比 and 环比, then the times."""
    now, before, year_ago = (
        figures.by_kind(rows, desks, *spans_of(job, each)) for each in (n, n - 1, year_before(job, n))
    )
    lines = []
    for kind, name in FUNNEL.items():
        if (cell := now.get(kind, 0)) < SHOWN_MIN:
            lines.append(f"{name}  {FEW}")
            continue
        lines.append(
            f"{name}  {cell}  同比 {change(cell, year_ago.get(kind, 0))}  环比 {change(cell, before.get(kind, 0))}"
        )
    lines += _nets(rows, desks, job, n)
    return [*lines, *(f"{name}平均天数  {days(now, kind)}" for kind, name in TIMES.items())]


def _nets(rows: Rows, desks: Sequence[DeskId], job: Job, n: int) -> list[str]:
    """How many villages had a net at the end of the period. Villages are public, and no report is behind it: the number
    itself is not suppressed, its change is, as every other."""
    now, before, year_ago = (
        figures.nets_at(rows, desks, spans_of(job, each)[1]) for each in (n, n - 1, year_before(job, n))
    )
    if not (now or before or year_ago):
        return []
    return [f"有廉情前哨站的村  {now}  同比 {change(now, year_ago)}  环比 {change(now, before)}"]


def grouped(rows: Rows, desks: Sequence[DeskId], job: Job, n: int, by: str, organisation: Organisation) -> list[Line]:
    """The funnel of each group; each column is suppressed as a whole."""
    first, last = spans_of(job, n)
    name_of = _name_by(by, organisation)
    found: dict[str, dict[str, int]] = {}
    for desk in desks:
        for cell in figures.summed(rows, [desk], first, last):
            if cell.kind in FUNNEL:
                group = found.setdefault(name_of(desk, cell), {})
                group[cell.kind] = group.get(cell.kind, 0) + cell.n
    names = sorted(found)
    columns = [suppress([found[name].get(kind, 0) for name in names]).cells for kind in FUNNEL]
    return [Line(name, tuple(column[at] for column in columns)) for at, name in enumerate(names)]


def _name_by(by: str, organisation: Organisation) -> Callable[[DeskId, Cell], str]:
    def county(desk: DeskId, cell: Cell) -> str:
        place = desk.partition(":")[2]
        found = organisation.counties.get(CountyCode(place[:COUNTY_CODE_DIGITS]))
        return found.name if found else organisation.city_name

    def township(desk: DeskId, cell: Cell) -> str:
        return organisation.desks[desk].name

    def zone(desk: DeskId, cell: Cell) -> str:
        found = organisation.townships.get(TownshipCode(desk.partition(":")[2]))
        return organisation.zones[ZoneCode(found.zone)].name if found else organisation.desks[desk].name

    of_cell: dict[str, Callable[[DeskId, Cell], str]] = {
        "sector": lambda desk, cell: cell.sector,
        "channel": lambda desk, cell: CHANNELS.get(cell.channel, cell.channel),
        "source": lambda desk, cell: SOURCES.get(cell.source, cell.source),
    }
    return {"county": county, "township": township, "zone": zone, **of_cell}[by]


def aligned(lines: Iterable[Line]) -> list[str]:
    """As rows of text with a heading."""
    return ["  ".join(["", *FUNNEL.values()]).strip(), *("  ".join(line.told()) for line in lines)]
