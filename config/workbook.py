"""XLSX as it comes out of offices: every cell text; formulas, merged cells and hidden sheets refused (security.md §5, 48-52)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

from config.faults import Fault
from config.tables import Line, cell_faults, header_faults

UNPACKED_BYTES_MAX = 64 * 1024 * 1024
"""A small file that unpacks to more is a trap."""
ROWS_MAX = 20_000


def is_workbook(raw: bytes) -> bool:
    """Whether it is packed as XLSX files are."""
    return raw.startswith(b"PK\x03\x04")


def read_workbook(file: str, raw: bytes, columns: Sequence[str], faults: list[Fault]) -> tuple[Line, ...] | None:
    """The rows of the only visible sheet. None, with faults, when the workbook as a whole says nothing."""
    if (says := _refused(raw)) is not None:
        faults.append(Fault(file, 0, "", says))
        return None
    from openpyxl import load_workbook  # a twentieth of every command's start, and few read a workbook

    book = load_workbook(io.BytesIO(raw))
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if len(sheets) != 1 or len(book.worksheets) != 1:
        faults.append(Fault(file, 0, "", f"只能有一张表，这里有{len(book.worksheets)}张（包括藏起来的）；请另存为一张"))
        return None
    wrong = list(_sheet_faults(file, sheets[0]))
    rows = [[_text(cell.value) for cell in row] for row in sheets[0].iter_rows(max_row=ROWS_MAX)]
    while rows and rows[0] and not any(row[-1:] != [""] for row in rows if row):
        rows = [row[:-1] for row in rows]
    header = rows[0] if rows else []
    wrong += header_faults(file, header, columns)
    lines: list[Line] = []
    if not wrong:
        cells = enumerate(rows[1:], start=2)
        lines = [Line(file, n, dict(zip(header, row, strict=True))) for n, row in cells if any(row)]
        wrong += cell_faults(lines, "\n".join(cell for row in rows for cell in row))
        if not lines and not wrong:
            wrong.append(Fault(file, 1, "", "只有表头，一行内容也没有"))
    faults += wrong
    return tuple(lines) or None


def _refused(raw: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            if sum(each.file_size for each in packed.infolist()) > UNPACKED_BYTES_MAX:
                return "这个 Excel 文件解开太大，不收"
            if any("vbaProject" in name for name in packed.namelist()):
                return "这个 Excel 文件里有宏，不收；请另存为不带宏的 .xlsx"
            if "xl/workbook.xml" not in packed.namelist():
                return "这不是 Excel 表格"
    except (zipfile.BadZipFile, RuntimeError):
        return "这个 Excel 文件坏了，打不开"
    return None


def _sheet_faults(file: str, sheet: Worksheet) -> Iterator[Fault]:
    if sheet.max_row > ROWS_MAX:
        yield Fault(file, 0, "", f"行太多，最多{ROWS_MAX}行")
    for merged in sheet.merged_cells.ranges:
        yield Fault(file, merged.min_row, "", f"有合并的格子 {merged.coord}，请拆开再填")
    for row in sheet.iter_rows(max_row=ROWS_MAX):
        for cell in row:
            if cell.data_type == "f":
                yield Fault(file, cell.row, str(cell.column_letter), "这一格是公式，请改成它的结果")


def _text(value: object) -> str:
    """Numbers as one reads them: a code that Excel keeps as a number loses nothing up to fifteen digits."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
