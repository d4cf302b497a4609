"""One figure of a bench."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`ratio` is value over `against`'s value in the same interleaved rounds, where there is a peer or a limit."""

    case: str
    metric: str
    value: float
    unit: str
    against: str = ""
    ratio: float | None = None

    def __str__(self) -> str:
        ratio = f"  {self.ratio:.3g} × {self.against}" if self.ratio is not None else ""
        return f"{self.case:<12} {self.metric:<44} {self.value:>12.6g} {self.unit}{ratio}"
