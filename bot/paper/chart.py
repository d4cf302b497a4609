"""One chart as a PNG that is read on a small phone: bars with names of places, numbers on them, no names of people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import typst
from pylopdf_fonts_zh_cn import sans_path

PIXELS_PER_INCH = 144
"""At 360 points wide the picture has 720 pixels: a small phone shows it without scaling it down to nothing."""
BARS_MAX = 30
_DRAWING = """
#let chart = json("chart.json")
#set page(width: 360pt, height: auto, margin: 14pt, fill: white)
#set text(font: "Noto Sans SC", fallback: true, size: 15pt, lang: "zh", region: "cn", fill: rgb("#1a1a1a"))
#set par(leading: 6pt)
#text(size: 18pt, stroke: 0.4pt + rgb("#1a1a1a"), chart.title)
#v(2pt)
#text(size: 13pt, fill: rgb("#444444"), chart.subtitle)
#v(6pt)
#for bar in chart.bars {
  block(breakable: false, below: 9pt, {
    text(bar.name)
    v(-8pt)
    grid(columns: (bar.width * 190pt + 4pt, 1fr), column-gutter: 6pt, align: horizon,
      rect(width: 100%, height: 16pt, fill: if bar.few { rgb("#b8c4d6") } else { rgb("#1f5fa8") }),
      text(bar.told))
  })
}
#text(size: 12pt, fill: rgb("#444444"), chart.note)
"""


@dataclass(frozen=True, slots=True)
class Chart:
    """`cells` are what may be shown, None reads 少; `late` is what of each is late, likewise."""

    title: str
    subtitle: str
    names: tuple[str, ...]
    cells: tuple[int | None, ...]
    late: tuple[int | None, ...]

    def as_json(self) -> str:
        """As it lies sealed in the outbox, until it is drawn."""
        whole = [self.title, self.subtitle, self.names, self.cells, self.late]
        return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Chart:
        title, subtitle, names, cells, late = json.loads(text)
        return cls(title, subtitle, tuple(names), tuple(cells), tuple(late))


def png(chart: Chart) -> bytes:
    """Some tens of milliseconds of work: never on the loop."""
    told = {"title": chart.title, "subtitle": chart.subtitle, "bars": _bars(chart), "note": _note(chart)}
    files: Any = {"main.typ": _DRAWING.encode(), "chart.json": json.dumps(told, ensure_ascii=False).encode()}
    fonts = [str(sans_path().parent)]
    drawn = typst.compile(files, format="png", ppi=PIXELS_PER_INCH, font_paths=fonts, ignore_system_fonts=True)
    assert isinstance(drawn, bytes)
    return drawn


def _bars(chart: Chart) -> Sequence[dict[str, object]]:
    """The longest first; where the number is not shown the bar says nothing by its length either."""
    most = max((cell for cell in chart.cells if cell is not None), default=0)
    rows = sorted(
        zip(chart.names, chart.cells, chart.late, strict=True), key=lambda row: (-(row[1] or 0), -(row[2] or 0), row[0])
    )
    return [
        {
            "name": name,
            "few": cell is None,
            "width": 0.05 if cell is None else cell / most,
            "told": ("少" if cell is None else f"{cell} 件") + ("" if late is None else f"，超期 {late}"),
        }
        for name, cell, late in rows[:BARS_MAX]
    ]


def _note(chart: Chart) -> str:
    hidden = "“少”：不到 3 件，或会让人算出不到 3 件的数。" if None in chart.cells else ""
    late = "超期不到 3 件的不写。" if None in chart.late else ""
    more = f"还有 {len(chart.names) - BARS_MAX} 个没有画。" if len(chart.names) > BARS_MAX else ""
    return hidden + late + more
