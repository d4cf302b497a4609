"""kill -9 while a photo is on its way: of the server, and of the process that cleans. No photo is lost or twice there."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import random
import signal
import time
from pathlib import Path

import httpx
import pytest

from bot import app
from config.settings import load_settings
from handlers.code import placard_code
from handlers.model import DeskId, Millis, Person, PersonId
from storage import files, media, undelivered
from storage.media import READY, Photo
from storage.statement import Rows
from tests.fakes import photos
from tests.served.process import Served, Visitor, lima, serving, visiting

SEED, KILLS, KILLS_LONG, LONG_S_MAX = 20261124, 5, 400, 600.0
FILING = ("1", "1", "1")
NO_WAIT = {"LIMA_LIMITS__DELIBERATE_S": "0", "LIMA_LIMITS__MESSAGES_PER_MINUTE": "100000"}


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    folder = tmp_path / "city"
    assert lima("init", "--sample", str(folder), cwd=tmp_path).returncode == 0
    return folder


async def _code(folder: Path) -> str:
    installation = app.assemble(load_settings(folder / "lima.toml"))
    async with app.opened(installation):
        turns = installation.service.turns
        [first] = await installation.database.read(lambda rows: turns.catalogue.after(rows, 0, 1))
        return placard_code(first.id, turns.placard_keys)


async def _send_photo(visitor: Visitor, content: bytes) -> None:
    """Under one id, again and again is once; TransportError if the server dies meanwhile."""
    response = await visitor.client.post("/chat/files", data={"id": "photo"}, files={"file": ("p.jpg", content)})
    assert response.status_code == 200, response.text


async def _say_until_photo(visitor: Visitor, code: str) -> None:
    for text in (f"/start {code}", "1", "1", "去年冬天修的沟子，才半年就垮了一截"):
        await visitor.say(text)


async def _filed(served: Served, visitor: Visitor) -> None:
    for text in FILING:
        reply = await visitor.say(text)
        if "发出去了" in reply["text"]:
            return
    raise AssertionError(reply)


async def _kept(folder: Path) -> tuple[list[Photo], Path]:
    """Every photo, when whatever waits was done; two minutes later, so that no lease of a dead process holds it back."""
    installation = app.assemble(load_settings(folder / "lima.toml"))
    async with app.opened(installation):
        later = dataclasses.replace(installation.service.evidence, now=lambda: Millis(app.now() + 120_000))
        while await later.work_once():
            pass
        vault = installation.service.turns.vault

        def look(rows: Rows) -> list[Photo]:
            return [photo for id_ in media.ids_after(rows, b"", 1000) if (photo := media.one(rows, vault, id_))]

        found = await installation.database.read(look)
        assert (await installation.database.read(lambda rows: undelivered.counts(rows, app.now()))).photos == 0
        for photo in found:
            opened = files.open_sealed(photo.key, later.folder.read(photo.id, files.CLEAN), photo.id)
            assert photo.state == READY and opened.startswith(b"\xff\xd8")
        desk = DeskId(found[0].purpose.removeprefix("content|"))
        held = await installation.service.held_for(Person(PersonId("somebody"), desk), 1000)
        assert sorted(photo.holder for photo in found) == sorted(each.report for each in held)
        return found, later.folder.path


async def test_the_server_is_killed_while_photos_are_on_their_way(
    prepared: Path, long: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever hears nothing sends the same photo again, as the page does; each report then has it once."""
    seed = time.time_ns() if long else SEED
    chance, until, code = random.Random(seed), time.monotonic() + LONG_S_MAX, await _code(prepared)
    content, done = photos.with_secrets(), 0
    while done < (KILLS_LONG if long else KILLS) and time.monotonic() < until:
        async with serving(prepared, **NO_WAIT) as served, visiting(served.url) as visitor:
            await _say_until_photo(visitor, code)
            cookies = visitor.client.cookies
            sending = asyncio.create_task(_send_photo(visitor, content))
            await asyncio.sleep(chance.uniform(0, 0.6))
            served.kill()
            await asyncio.gather(sending, return_exceptions=True)
        async with serving(prepared, **NO_WAIT) as served:
            async with httpx.AsyncClient(base_url=served.url, timeout=60, cookies=cookies) as client:
                again = Visitor(client, visitor.n)
                await _send_photo(again, content)
                await _filed(served, again)
                if done % 2:  # its cleaning may be in the middle, and is found by the next process
                    served.kill()
        done += 1
    found, folder = await _kept(prepared)
    assert len(found) == done
    assert len([file for file in folder.iterdir() if file.suffix == f".{files.CLEAN}"]) == done
    everything = b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())
    assert photos.GPS_CANARY.encode() not in everything
    if long:
        with capsys.disabled():
            print(f"\nkill -9 with photos on their way: {done} of {KILLS_LONG} kills, seed {seed}")


def _cleaners(parent: int) -> list[int]:
    """Processes of `python -m bot.cleaning` that this server started."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            ours = folder.name.isdecimal() and f"\nPPid:\t{parent}\n" in (folder / "status").read_text()
            if ours and b"bot.cleaning" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except FileNotFoundError:
            continue
    return found


async def test_the_cleaning_process_is_killed_and_the_photo_is_cleaned_later(prepared: Path) -> None:
    code = await _code(prepared)
    async with serving(prepared, **NO_WAIT) as served, visiting(served.url) as visitor:
        await _say_until_photo(visitor, code)
        await _send_photo(visitor, photos.fifty_megapixels())
        async with asyncio.timeout(60):
            while not (cleaners := _cleaners(served.process.pid)):  # noqa: ASYNC110 - another process, no event
                await asyncio.sleep(0.01)
        for cleaner in cleaners:
            os.kill(cleaner, signal.SIGKILL)
        await _filed(served, visitor)
        assert served.stop()
    found, _ = await _kept(prepared)
    assert len(found) == 1
