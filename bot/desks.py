"""Whether every desk has people who can be reached, for /ready."""

from __future__ import annotations

from dataclasses import dataclass, field

from handlers.organisation import Organisation
from storage.people import Roster
from storage.statement import Rows
from storage.vault import Vault

NAMED_MAX = 3


@dataclass
class Desks:
    """`empty` are the names of desks where nobody is bound to an account: what comes for them waits."""

    organisation: Organisation
    vault: Vault
    people: int = 0
    empty: list[str] = field(default_factory=list)
    _roster: Roster = field(default_factory=Roster)

    def look(self, rows: Rows) -> None:
        self._roster.refresh(rows, self.vault)
        self.people = len(self._roster)
        self.empty = [
            desk.name
            for desk in self.organisation.desks.values()
            if not any(self._roster.bound(person.id) for person in self._roster.at(desk.id))
        ]

    def warnings(self) -> list[str]:
        if not self.people:
            return ["名册还没有导入：各承办单位还没有人，反映都先存着，等人来办"]
        if not self.empty:
            return []
        names = "、".join(self.empty[:NAMED_MAX]) + ("等" if len(self.empty) > NAMED_MAX else "")
        return [f"{len(self.empty)} 个承办单位还没有人绑定（{names}）：给他们的消息先存着"]
