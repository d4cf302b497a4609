"""CSV as it comes out of offices: whatever encoding, every cell text, anything doubtful refused (security.md §5, 45-51)."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.faults import Fault
from handlers.words import clean

FILE_BYTES_MAX = 16 * 1024 * 1024
"""A hundred times the villages of a city; larger is a mistake."""
CHINESE_SHARE_MIN = 0.8
"""So much of the distinct characters beyond ASCII must be plausible: for GBK, be of GB 2312. Measured on three village
names at a time, the hardest case: at least 0.91 when the guess is right, at most 0.78 when it is Big5 or broken UTF-8."""

_ASK_FOR_UTF8 = "请在 Excel 里“另存为”，选“CSV UTF-8（逗号分隔）”"
_NOT_TEXT = {
    b"PK\x03\x04": f"这是 Excel 文件，不是 CSV；{_ASK_FOR_UTF8}",
    b"\xd0\xcf\x11\xe0": f"这是老格式的 Excel 文件，不是 CSV；{_ASK_FOR_UTF8}",
}
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table: its cells by column, outer spaces dropped."""

    file: str
    row: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def fault(self, column: str, says: str) -> Fault:
        return Fault(self.file, self.row, column, says)


def read_bytes(path: Path, faults: list[Fault]) -> bytes | None:
    """The whole file; None, with a fault, when it is missing, unreadable or above FILE_BYTES_MAX."""
    try:
        with path.open("rb") as file:
            raw = file.read(FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        says = f"没有这个文件，应该在 {path.parent}"
    except OSError as error:
        says = f"读不了这个文件（{error.strerror}）"
    else:
        if len(raw) <= FILE_BYTES_MAX:
            return raw
        says = f"文件太大，最多{FILE_BYTES_MAX // 1024 // 1024}兆"
    faults.append(Fault(path.name, 0, "", says))
    return None


def read_table(file: str, raw: bytes, columns: Sequence[str], faults: list[Fault]) -> tuple[Line, ...] | None:
    """The rows that are not blank, without those that have faults. None when the table as a whole says nothing."""
    try:
        text = decoded(raw).replace("\r\n", "\n").replace("\r", "\n")
    except Undecided as error:
        faults.append(Fault(file, 0, "", str(error)))
        return None
    first = text.partition("\n")[0]
    delimiter = "\t" if "\t" in first and "," not in first else ","
    rows: list[list[str]] = []
    try:
        rows.extend(map(_stripped, csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)))
    except csv.Error:
        faults.append(Fault(file, len(rows) + 1, "", "从这一行起读不了：引号没有成对，或一格的字太多"))
        return None
    header = rows[0] if rows else []
    wrong = list(header_faults(file, header, columns))
    lines: list[Line] = []
    if not wrong:
        lines = list(_lines(file, rows, wrong))
        wrong += cell_faults(lines, text)
        if not lines and not wrong:
            wrong.append(Fault(file, 1, "", "只有表头，一行内容也没有"))
    faults += wrong
    return tuple(lines) or None


def _stripped(cells: Sequence[str]) -> list[str]:
    return [cell.strip() for cell in cells]


def _lines(file: str, rows: Sequence[Sequence[str]], wrong: list[Fault]) -> Iterator[Line]:
    header = rows[0]
    for row, cells in enumerate(rows[1:], start=2):
        if not any(cells):
            continue
        if len(cells) == len(header):
            yield Line(file, row, dict(zip(header, cells, strict=True)))
        else:
            says = f"这一行有{len(cells)}格，应该是{len(header)}格；字里的逗号要用全角“，”"
            wrong.append(Fault(file, row, "", says))


def header_faults(file: str, header: Sequence[str], columns: Sequence[str]) -> Iterator[Fault]:
    if not any(header):
        yield Fault(file, 1, "", f"第一行应该是表头：{'、'.join(columns)}")
        return
    for name in columns:
        if name not in header:
            yield Fault(file, 1, name, f"表头里没有这一列 {name}")
    for name in dict.fromkeys(header):
        if name not in columns:
            yield Fault(file, 1, name, f"不认得这一列 {name}" if name else "有一列没有名字")
        elif header.count(name) > 1:
            yield Fault(file, 1, name, f"表头里 {name} 出现了{header.count(name)}次")


def cell_faults(lines: Sequence[Line], text: str) -> Iterator[Fault]:
    """Line breaks, lost characters and characters that nobody can see; `text` is the whole file, looked through once."""
    if '"' not in text and "\ufffd" not in text and clean(text) == text.strip():
        return
    for line in lines:
        for column, cell in line.cells.items():
            if "\n" in cell:
                yield line.fault(column, f"一格里不能换行：{cell.splitlines()[0]}…")
            elif "\ufffd" in cell:
                yield line.fault(column, f"有的字已经丢了，变成了“\ufffd”：{cell}")
            elif (seen := clean(cell)) != cell:
                hidden = next(c for c in cell if clean(f".{c}.") != f".{c}.")
                yield line.fault(column, f"里面有看不见的字符 U+{ord(hidden):04X}，请删掉重新打：{seen}")


class Undecided(Exception):
    """The bytes are no text, or text in an encoding that we would have to guess; says so in Chinese."""


def decoded(raw: bytes) -> str:
    """Text of UTF-8, UTF-16, GBK or GB 18030, with or without a byte order mark. Raises Undecided."""
    for start, says in _NOT_TEXT.items():
        if raw.startswith(start):
            raise Undecided(says)
    if encoding := _marked_encoding(raw):
        text = _tried(raw, encoding)
        if text is None:
            raise Undecided(f"文件坏了，按 {encoding} 读不通；{_ASK_FOR_UTF8}")
        return text
    for encoding, plausible in (("utf-8", _is_east_asian), ("gb18030", _is_common_chinese)):
        text = _tried(raw, encoding)
        if text is not None and plausible(text):
            return text
    raise Undecided(f"认不准是什么编码；{_ASK_FOR_UTF8}")


def _marked_encoding(raw: bytes) -> str:
    """By its mark; UTF-16 without one by the zero byte beside the first letter of an English header."""
    if raw.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if raw.startswith(_UTF16_MARKS):
        return "utf-16"
    if len(raw) % 2 == 0 and len(raw) >= 4 and b"\0" in raw[:2]:
        return "utf-16-be" if raw[0] == 0 else "utf-16-le"
    return ""


def _tried(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is_east_asian(text: str) -> bool:
    """Not Cyrillic, Greek or accented letters, which is how a few short words of GBK look when read as UTF-8."""
    beyond = {c for c in text if c > "\x7f"}
    return sum(c >= "\u2010" or c in "·°×±" for c in beyond) >= CHINESE_SHARE_MIN * len(beyond)


def _is_common_chinese(text: str) -> bool:
    """GB 18030 makes something of nearly all bytes; a wrong guess shows in characters that nobody writes."""
    beyond = {c for c in text if c > "\x7f"}
    common = "".join(beyond).encode("gb2312", "ignore").decode("gb2312")
    return _is_east_asian(text) and len(common) >= CHINESE_SHARE_MIN * len(beyond)
