"""The books of the official account: what its channel wants from the database, each in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from bot.channels.wechat import WechatChannel
from bot.channels.wechat.api import Api, CallFailed
from bot.channels.wechat.books import Told
from bot.channels.wechat.channel import CHANNEL
from bot.channels.wechat.crypt import Lock
from bot.channels.wechat.limits import SCENES_MAX, Next
from bot.channels.wechat.pushing import Notice
from bot.evidence import Fetch, NotFetched
from bot.service import Service
from config.settings import Settings, Wechat
from handlers.dates import day_of
from handlers.model import Heard, Millis
from handlers.rules.windows import Ledger
from storage import outbox, severing, turns, wechat
from storage.statement import Rows
from storage.wechat import Scene

T = TypeVar("T")
TOKEN = "token"


@dataclass(frozen=True)
class OfficialBooks:
    """bot/channels/wechat/books.py over one service."""

    service: Service

    async def hear(self, heard: Heard, act: str, media_id: str) -> Told:
        """The turn and its window in one transaction; a retry finds the same reply and the same hint."""
        vault, account = self.service.turns.vault, self.service.turns.account(CHANNEL, heard.address)
        today, hints = day_of(heard.received_at), [False]

        def note(rows: Rows) -> None:
            def here(ledger: Ledger) -> str:
                forgotten = ledger.note(heard.message_id, act, heard.received_at)
                hints.append(ledger.hinted(heard.message_id))
                return forgotten

            if forgotten := wechat.change(rows, vault, account, today, here):
                wechat.forget_reply(rows, vault, account, forgotten)

        reply = await (
            self.service.hear_promised(heard, media_id, note) if media_id else self.service.hear(heard, note)
        )
        return Told(reply, hints[-1])

    async def push_later(self, heard: Heard, shown: str) -> None:
        turns_ = self.service.turns
        account = turns_.account(CHANNEL, heard.address)
        key = turns.key_of(turns_.vault, account, heard.message_id)
        mark = f"{shown} {heard.message_id}"

        def put(rows: Rows) -> None:
            def first(ledger: Ledger) -> bool:
                before, ledger.shown = ledger.pushed, shown
                ledger.pushed = mark
                return before != mark

            if wechat.change(rows, turns_.vault, account, day_of(heard.received_at), first):
                outbox.tell_account(rows, turns_.vault, turns_.chance, heard, key, heard.received_at)

        await self.service.database.turn(account, put)

    async def quarantine(self, raw: bytes, now: Millis) -> None:
        """In the place of messages whose turn failed, under the digest of what came: copies are one row."""
        self.service.meter.heard(CHANNEL, "unreadable", 0.0)
        vault = self.service.turns.vault
        key = vault.index("turns.key", "unreadable", hashlib.sha256(raw).digest())
        heard = Heard(CHANNEL, "", "", raw.decode("utf-8", "backslashreplace"), now, kind="unreadable")
        await self.service.database.turn(key, lambda rows: turns.keep_failed(rows, vault, key, heard, day_of(now)))

    async def leave(self, openid: str, message_id: str, now: Millis) -> bool:
        vault, account = self.service.turns.vault, self.service.turns.account(CHANNEL, openid)

        def sever(rows: Rows) -> bool:
            key = turns.key_of(vault, account, message_id)
            if not turns.take_event(rows, key, vault.index("turns.digest", "left"), day_of(now)):
                return False
            severing.sever(rows, vault, CHANNEL, openid, now)
            return True

        return await self.service.database.turn(account, sever)

    async def change(self, openid: str, how: Callable[[Ledger], T]) -> T:
        vault, account = self.service.turns.vault, self.service.turns.account(CHANNEL, openid)
        today = day_of(self.service.now())
        return await self.service.database.turn(account, lambda rows: wechat.change(rows, vault, account, today, how))

    async def shared(self) -> list[Any] | None:
        vault = self.service.turns.vault
        return await self.service.database.read(lambda rows: wechat.kept(rows, vault, TOKEN))

    async def share(self, whole: list[object]) -> None:
        vault = self.service.turns.vault
        await self.service.database.turn(TOKEN.encode(), lambda rows: wechat.keep(rows, vault, TOKEN, whole))


def official_account(settings: Settings, service: Service) -> WechatChannel:
    """The channel, and the way its photos come. Its keys are there."""
    given = settings.wechat
    books = OfficialBooks(service)
    api = api_of(given, books)
    service.evidence.fetches[CHANNEL] = fetch_by(api, settings.limits.photo_bytes_max)
    keys = tuple(key for key in (given.aes_key, given.aes_key_previous) if key)
    lock = Lock(given.token, keys, given.appid)
    per_minute = settings.limits.messages_per_minute
    return WechatChannel(books, api, lock, settings.here(), per_minute, notice_of(given), service.now)


async def scenes_for(
    service: Service, api: Api, wanted: Sequence[str], asked_max: int = SCENES_MAX
) -> AsyncIterator[Scene | None]:
    """A permanent code for each of `wanted`, made or found; None, and the end, when the account's budget is used up.

    That it is asked for is written down before it is: after a crash the same call goes on where it stopped, and the
    budget may be counted too high, never too low. Raises CallFailed.
    """
    database = service.database
    for name in wanted:
        found = await database.read(partial(wechat.scene, name=name))
        if found is None:
            if not await database.turn(b"scenes", partial(wechat.ask_scene, name=name, asked_max=asked_max)):
                yield None
                return
            found = Scene(name, *(await api.make_scene(name)))
            await database.turn(b"scenes", partial(wechat.scene_made, made=found))
        yield found


def api_of(given: Wechat, books: OfficialBooks) -> Api:
    return Api(given.api_base, given.appid, given.secret, books.shared, books.share)


def notice_of(given: Wechat) -> Notice:
    return Notice(
        given.template,
        fields_of(given.template_fields),
        given.subscribe_template,
        fields_of(given.subscribe_fields),
        given.subscribe_long_term,
    )


def fields_of(lines: tuple[str, ...]) -> dict[str, str]:
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def fetch_by(api: Api, bytes_max: int) -> Fetch:
    """How bot/evidence.py fetches a photo."""

    async def fetch(media_id: str) -> bytes:
        try:
            return await api.media(media_id, bytes_max)
        except CallFailed as failed:
            raise NotFetched(failed.cause, gone=failed.next is Next.MEDIA_GONE) from None

    return fetch
