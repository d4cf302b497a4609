"""What is wrong in a file, said so that the person who keeps it can mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    row     1-based as a spreadsheet counts, the header being 1; 0 when it is the whole file
    column  empty when it is the whole row
    says    a Chinese sentence with the bad value in it
    """

    file: str
    row: int
    column: str
    says: str

    def __str__(self) -> str:
        place = " ".join(part for part in (self.file, f"第{self.row}行" if self.row else "", self.column) if part)
        return f"{place}：{self.says}"


class Faults(Exception):
    """Files are refused as a whole: `all` that is wrong in them, not only the first."""

    def __init__(self, found: Iterable[Fault]) -> None:
        self.all = tuple(found)
        super().__init__("\n".join(str(fault) for fault in self.all))
