"""`python -m docs.pictures.slip`: a page of paper slips, as `lima slips` draws it, with codes that are no one's."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from bot.paper.slips import A_PAGE, Slip, png
from handlers.code import entry_number, entry_shown, query_code, query_code_shown

PIXELS_PER_INCH = 90


def main() -> None:
    slips = [
        Slip("石阡县本庄镇岩门村", entry_shown(entry_number(n * 11_111_111)), query_code_shown(query_code(n * 10**9)))
        for n in range(1, A_PAGE + 1)
    ]
    drawn = Image.open(io.BytesIO(png(slips, "12388", PIXELS_PER_INCH)))
    drawn.convert("L").quantize(16).save(Path(__file__).parent / "slip.png", optimize=True)


if __name__ == "__main__":
    main()
