"""纸条: four on a page, each in two halves. The upper one has the 登记号 that a helper types; the lower one, folded over
and glued, holds the query code, which is for one person's eyes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import typst
from pylopdf_fonts_zh_cn import sans_path

A_PAGE = 4
_DRAWING = """
#let told = json("slips.json")
#set page(paper: "a4", margin: (x: 9mm, y: 8mm))
#set text(font: "Noto Sans SC", fallback: true, size: 10pt, lang: "zh", region: "cn")
#set par(leading: 5pt)
#let dashed(label) = {
  grid(columns: (1fr, auto, 1fr), align: horizon, column-gutter: 3pt,
    line(length: 100%, stroke: (thickness: 0.6pt, dash: "dashed")),
    text(size: 7.5pt, fill: rgb("#555555"), label),
    line(length: 100%, stroke: (thickness: 0.6pt, dash: "dashed")))
}
// Over the code when the paper is folded: held against the light, it shows through with it.
#let hatch = tiling(size: (9pt, 13pt), text(size: 19pt, stroke: 0.5pt + rgb("#333333"), fill: rgb("#333333"), "8"))
#let slip(one) = block(width: 100%, height: 139mm, inset: 3mm, stroke: 0.4pt + rgb("#999999"), breakable: false, {
  text(size: 8.5pt, fill: rgb("#444444"), one.place + "　代填纸条　上联")
  v(1mm)
  [登记号]
  linebreak()
  text(size: 21pt, stroke: 0.5pt + black, one.entry)
  v(1mm)
  text(size: 8.5pt, told.upper)
  v(2mm)
  dashed("撕 开")
  v(2mm)
  text(size: 8.5pt, fill: rgb("#444444"), one.place + "　下联　本人收好")
  v(1mm)
  [查询码]
  linebreak()
  text(size: 19pt, stroke: 0.5pt + black, one.code)
  v(1mm)
  text(size: 8.5pt, told.lower)
  v(2mm)
  dashed("往上折，盖住查询码，长出来的折到背后，粘好")
  v(2mm)
  rect(width: 100%, height: 1fr, fill: hatch, stroke: none)
})
#for page in told.pages {
  grid(columns: (1fr, 1fr), gutter: 2mm, ..page.map(slip))
  if page != told.pages.last() { pagebreak() }
}
"""
UPPER = "监督员：本人在旁边，自己愿意，才代填。在手机里发“代填”，再发这个登记号。填完念给本人听，他同意才发。下联当面撕给他，不要拆。"


@dataclass(frozen=True, slots=True)
class Slip:
    """`entry` and `code` as they are read out."""

    place: str
    entry: str
    code: str


def pdf(slips: Sequence[Slip], hotline: str) -> bytes:
    """Four a page, each place on pages of its own; seconds of work for hundreds of pages, never on the loop."""
    return _drawn(slips, hotline, {"format": "pdf"})


def png(slips: Sequence[Slip], hotline: str, ppi: int) -> bytes:
    """One page as a picture, to be looked at."""
    return _drawn(slips[:A_PAGE], hotline, {"format": "png", "ppi": ppi})


def _drawn(slips: Sequence[Slip], hotline: str, how: dict[str, Any]) -> bytes:
    told = {"upper": UPPER, "lower": _lower(hotline), "pages": _pages(slips)}
    files: Any = {"main.typ": _DRAWING.encode(), "slips.json": json.dumps(told, ensure_ascii=False).encode()}
    drawn = typst.compile(files, font_paths=[str(sans_path().parent)], ignore_system_fonts=True, **how)
    assert isinstance(drawn, bytes)
    return drawn


def _lower(hotline: str) -> str:
    """It does not say what it is for: somebody else may find it."""
    return f"想问：打 {hotline}，报村名和这个码，不用说名字；会用手机的，发“查”。码丢了找不回来，别给别人看。"


def _pages(slips: Sequence[Slip]) -> list[list[dict[str, str]]]:
    pages: list[list[dict[str, str]]] = []
    for place in dict.fromkeys(slip.place for slip in slips):
        mine = [{"place": s.place, "entry": s.entry, "code": s.code} for s in slips if s.place == place]
        pages += [mine[start : start + A_PAGE] for start in range(0, len(mine), A_PAGE)]
    return pages
