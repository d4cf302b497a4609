"""Five thousand updates, most of them damaged: nothing crashes, and none that is authentic is lost.

An update is taken as a turn, kept unread and sealed, or by right leaves nothing (edits, groups, second taps). Which of
the three is right for each is known from how it was made.
"""

from __future__ import annotations

import copy
import hashlib
import json
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

from telegram.error import Forbidden

from bot.channels.telegram.update import Edited, Elsewhere, Nothing, chat_guessed, number_of, raw_text
from storage.statement import Rows
from storage.turns import find, key_of
from tests.fakes.city import open_city
from tests.fakes.telegram import FakeTelegram, group
from tests.fakes.telegrammed import channel_of

N = 5_000
SEED = 20261124
NOWHERE = "http://127.0.0.1:9"
TABLES = ("turns", "failed_turns")
ODD: list[Any] = [
    *(None, True, False, 0, -1, 1.5, 10**20, -(10**20), "", "x", "菜单", "\x00", "\ud800", "\u202e", "𠮷" * 100),
    *([], [1], {}, {"id": 1}, [[]], {"a": {"b": {}}}),
]


class Maker:
    """Updates of one seed."""

    def __init__(self, seed: int, code: str) -> None:
        self.chance, self.fake, self.code = random.Random(seed), FakeTelegram(), code

    def update(self) -> tuple[Any, bool]:
        """One update, and whether it is damaged."""
        whole = self._whole()
        if self.chance.random() < 0.6:
            whole = copy.deepcopy(whole)
            for _ in range(self.chance.randint(1, 3)):
                whole = self._damaged(whole)
            return whole, True
        return whole, False

    def _whole(self) -> Any:
        chat, fake, chance = self.chance.randint(1, 40), self.fake, self.chance
        message = fake.message(chat, text=chance.choice(["菜单", "1", "0", "水沟垮了", f"/start {self.code}", "/stop"]))
        media = {key: value for key, value in message.items() if key != "text"}
        query = {"id": str(next(fake.ids)), "from": message["from"], "chat_instance": "1", "data": "0a1b2c:1"}
        return fake.update(
            **chance.choice(
                [
                    {"message": message},
                    {"message": message},
                    {"message": {**media, "photo": fake.photo(b"x"), "caption": "字"}},
                    {"message": {**media, "voice": {"file_id": "v", "file_unique_id": "v", "duration": 3}}},
                    {"message": {**media, "location": {"latitude": 1.0, "longitude": 2.0}}},
                    {"callback_query": {**query, "message": message}},
                    {"callback_query": query},
                    {"edited_message": {**message, "edit_date": 5}},
                    {"message": {**message, "chat": group(-chat)}},
                    {"channel_post": {**message, "chat": {"id": -chat, "type": "channel", "title": "c"}}},
                    {"poll_of_the_future": {"a": 1}},
                ]
            )
        )

    def _damaged(self, whole: Any) -> Any:
        """One value, anywhere in it, dropped, doubled or made odd."""
        places = list(_places(whole))
        if not places or self.chance.random() < 0.03:
            return self.chance.choice(ODD)
        holder, key = self.chance.choice(places)
        match self.chance.randrange(3):
            case 0:
                del holder[key]
            case 1:
                holder[key] = self.chance.choice(ODD)
            case _:
                holder[key] = [holder[key], holder[key]] if self.chance.random() < 0.5 else str(holder[key])
        return whole


def _places(whole: Any) -> list[tuple[Any, Any]]:
    keys = list(whole) if isinstance(whole, dict) else range(len(whole)) if isinstance(whole, list) else []
    found = [(whole, key) for key in keys]
    return found + [place for key in keys for place in _places(whole[key])]


async def test_five_thousand_updates(tmp_path: Path) -> None:
    began, told = time.perf_counter(), Counter[str]()
    async with open_city(f"sqlite:///{tmp_path}/lima.db", files=tmp_path / "files") as city:
        channel, delivery = channel_of(city, NOWHERE)

        async def fetch(file_id: str, bytes_max: int) -> bytes:
            return file_id.encode()

        async def nothing(*arguments: Any, **named: Any) -> Any:
            raise Forbidden("nobody is there")

        for name in ("say", "answer_callback_query", "edit_message_reply_markup"):
            object.__setattr__(channel.api, name, nothing)
        object.__setattr__(channel.api, "fetch", fetch)
        maker = Maker(SEED, await city.code_of("二组水沟"))
        turns, kept = await _counts(city)
        for _ in range(N):
            raw, damaged = maker.update()
            number_of(raw)
            again = json.loads(json.dumps(raw))
            arrived = channel.arrived(again)
            await channel.take(arrived)
            turns_after, kept_after = await _counts(city)
            if arrived.meaning is None:
                told["kept"] += 1
                assert damaged and kept_after >= kept and turns_after == turns
                assert await _is_kept(city, again)
            elif isinstance(arrived.meaning, Edited | Elsewhere | Nothing):
                told["nothing"] += 1
                assert (turns_after, kept_after) == (turns, kept)
            else:
                told["taken"] += 1
                assert turns_after > turns, again
            turns, kept = turns_after, kept_after
        await delivery.drain()
        await channel.close()
    seconds = time.perf_counter() - began
    print(f"{dict(told)} in {seconds:.1f} s")
    assert min(told.values()) > 300


async def _counts(city: Any) -> tuple[int, int]:
    def count(rows: Any) -> tuple[int, int]:
        return tuple(rows._connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in TABLES)  # type: ignore[return-value]

    return await city.service.database.read(count)  # type: ignore[no-any-return]


async def _is_kept(city: Any, raw: Any) -> bool:
    """Under its keyed hash there lies an update."""
    vault, id_ = city.service.turns.vault, hashlib.sha256(raw_text(raw).encode("utf-8", "replace")).hexdigest()
    key = key_of(vault, vault.account("telegram", str(chat_guessed(raw) or "")), id_)

    def look(rows: Rows) -> bool:
        return find(rows, vault, key, 0).failed is not None

    return await city.service.database.read(look)  # type: ignore[no-any-return]
