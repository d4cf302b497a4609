"""The official account's books: each person's windows, the access token, scene codes. All but the scene codes sealed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import bindparam, delete, func, null, select, update
from sqlalchemy.dialects.postgresql import insert

from handlers.model import AccountId
from handlers.rules.windows import Ledger
from storage import mailbox
from storage.packed import packed, padded, unpacked
from storage.statement import Rows, first, statement
from storage.tables import place_of, turns, wechat_kept, wechat_people, wechat_scenes
from storage.turns import key_of
from storage.vault import Vault

PEOPLE, KEPT = "wechat people", "wechat kept"
PEOPLE_KEPT_DAYS = 30
"""After the last message; the longest window has 48 hours, one-time grants have no end and are then lost. Whether something
waits is asked of the mailbox then, which keeps it longer."""
T = TypeVar("T")

_PERSON = statement(select(wechat_people.c.box).where(wechat_people.c.owner == bindparam("owner_")))
_KEEP_PERSON = statement(
    insert(wechat_people)
    .values(owner=bindparam("owner"), box=bindparam("box"), expires_day=bindparam("expires_day"))
    .on_conflict_do_update(
        index_elements=["owner"], set_={"box": bindparam("box_too"), "expires_day": bindparam("expires_day_too")}
    )
)
_DROP_PERSON = statement(delete(wechat_people).where(wechat_people.c.owner == bindparam("owner_")))
_FORGET_REPLY = statement(
    update(turns).where(turns.c.place == bindparam("place_")).values(reply=null(), subject=null())
)
_KEPT = statement(select(wechat_kept.c.box).where(wechat_kept.c.name == bindparam("name_")))
_KEEP = statement(
    insert(wechat_kept)
    .values(name=bindparam("name"), box=bindparam("box"))
    .on_conflict_do_update(index_elements=["name"], set_={"box": bindparam("box_too")})
)
_SCENE = statement(
    select(wechat_scenes.c.ticket, wechat_scenes.c.url, wechat_scenes.c.asked).where(
        wechat_scenes.c.scene == bindparam("scene_")
    )
)
_ASK = statement(
    insert(wechat_scenes)
    .values(scene=bindparam("scene"), ticket="", url="", asked=1)
    .on_conflict_do_update(index_elements=["scene"], set_={"asked": wechat_scenes.c.asked + 1})
)
_MADE = statement(
    update(wechat_scenes)
    .where(wechat_scenes.c.scene == bindparam("scene_"))
    .values(ticket=bindparam("ticket_"), url=bindparam("url_"))
)
_ASKED = statement(select(func.coalesce(func.sum(wechat_scenes.c.asked), 0)))


@dataclass(frozen=True, slots=True)
class Scene:
    """A permanent code of the platform: `url` is what is printed, `ticket` fetches the platform's own picture."""

    scene: str
    ticket: str
    url: str


# ---------------------------------------------------------------- people


def owner_of(vault: Vault, account: AccountId) -> bytes:
    return vault.index("wechat_people.owner", account)


def ledger(rows: Rows, vault: Vault, account: AccountId) -> Ledger:
    """A person's windows; empty for somebody who was never here, or not for long."""
    owner = owner_of(vault, account)
    row = first(rows.all(_PERSON, owner_=owner))
    if row is None:
        return Ledger(waits=bool(mailbox.unread(rows, vault, account)))
    return Ledger(*unpacked(vault.unbox(row[0], PEOPLE, "wechat_people.box", owner)))


def change(rows: Rows, vault: Vault, account: AccountId, today: int, how: Callable[[Ledger], T]) -> T:
    """Change a person's windows; the account's lane must be held."""
    owner = owner_of(vault, account)
    found = ledger(rows, vault, account)
    done = how(found)
    box = vault.box(padded(found.as_kept()), PEOPLE, "wechat_people.box", owner)
    until = today + PEOPLE_KEPT_DAYS
    rows.run(_KEEP_PERSON, owner=owner, box=box, expires_day=until, box_too=box, expires_day_too=until)
    return done


def drop(rows: Rows, vault: Vault, account: AccountId) -> None:
    rows.run(_DROP_PERSON, owner_=owner_of(vault, account))


def forget_reply(rows: Rows, vault: Vault, account: AccountId, message_id: str) -> None:
    """The stored reply to one message; its key stays, so that the message is never taken twice."""
    rows.run(_FORGET_REPLY, place_=place_of(key_of(vault, account, message_id)))


# ---------------------------------------------------------------- the token


def kept(rows: Rows, vault: Vault, name: str) -> list[object] | None:
    """What all processes share under a name."""
    row = first(rows.all(_KEPT, name_=name))
    return list(unpacked(vault.unbox(row[0], KEPT, "wechat_kept.box", name.encode()))) if row else None


def keep(rows: Rows, vault: Vault, name: str, whole: list[object]) -> None:
    box = vault.box(packed(whole), KEPT, "wechat_kept.box", name.encode())
    rows.run(_KEEP, name=name, box=box, box_too=box)


# ---------------------------------------------------------------- scene codes


def scene(rows: Rows, name: str) -> Scene | None:
    """A code that was made already; None if it was never asked for, or asked for without an answer."""
    row = first(rows.all(_SCENE, scene_=name))
    return Scene(name, row[0], row[1]) if row and row[1] else None


def scenes_asked(rows: Rows) -> int:
    """How many times the platform was asked for a code, answered or not: the budget counts them all."""
    return int(rows.all(_ASKED)[0][0])


def ask_scene(rows: Rows, name: str, asked_max: int) -> bool:
    """Write down that a code is being asked for, before it is; False if the budget is used up."""
    if scenes_asked(rows) >= asked_max:
        return False
    rows.run(_ASK, scene=name)
    return True


def scene_made(rows: Rows, made: Scene) -> None:
    rows.run(_MADE, scene_=made.scene, ticket_=made.ticket, url_=made.url)
