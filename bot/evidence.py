"""Photos between the turns: sealed as they came, cleaned in a process of their own, and back as a second turn."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from bot import cleaning
from bot.working import Worker
from handlers.model import Millis, Upload
from storage import files, media, outbox
from storage.conversations import Chance
from storage.engine import Database
from storage.media import Work
from storage.statement import Rows
from storage.vault import NotOpened, Vault

LEASE_MS = 60_000
CLEAN_S_MAX = 20.0
"""Wall time for one photo; the kernel stops its process after ten seconds of work anyway."""
RETRY_MS = 30_000
ATTEMPTS_MAX = 5
SWEEP_PAGE = 500
SAID = {
    cleaning.EMPTY: "里面是空的",
    cleaning.TOO_LARGE: "太大了",
    cleaning.NOT_A_PHOTO: "不是照片",
    cleaning.BROKEN: "没有传完整",
    "killed": "格式太怪",
    "gone": "没有存好",
}


class NoRoom(Exception):
    """The disk is nearly full: photos are refused, words are still taken."""


class CleanerKilled(Exception):
    """The cleaning process was killed by somebody else, such as a machine that ran out of memory."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """`fault` is empty for a usable photo."""

    content: bytes
    fault: str = ""
    blurred: bool = False


@dataclass(frozen=True)
class Evidence:
    """The folder of sealed files, and what is done to them outside the turns."""

    folder: files.Folder
    vault: Vault
    database: Database
    chance: Chance
    now: Callable[[], Millis]
    _worker: Worker[Work] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_worker", Worker(self._claim, self._cleaned, 1, "photo_work_failed"))

    async def keep(self, content: bytes) -> Upload:
        """Seal a file as it came, durably, before any turn speaks of it. NoRoom if the disk is nearly full."""
        id_ = secrets.token_bytes(16)
        key, wrapped = self.vault.new_key(media.DRAFT, media.WHERE, id_)
        upload = Upload(id_, hashlib.sha256(content).digest(), wrapped)

        def write() -> None:
            if not self.folder.has_room():
                raise NoRoom
            self.folder.write(id_, files.RAW, files.seal(key, content, id_))

        try:
            await asyncio.to_thread(write)
        except OSError as error:
            raise NoRoom from error
        return upload

    async def drop_unless_kept(self, upload: Upload) -> None:
        """After the turn: a photo that it did not take leaves no file behind."""
        if await self.database.read(lambda rows: media.one(rows, self.vault, upload.id)) is None:
            await asyncio.to_thread(self.folder.remove, upload.id, files.RAW)

    async def work_for_ever(self) -> None:
        """Clean photos as they come; any number of processes may do so, by leases."""
        await self._worker.for_ever()

    async def work_once(self) -> bool:
        """Clean one photo that is due; False if there is none."""
        return await self._worker.once()

    async def _claim(self, most: int) -> Sequence[Work]:
        vault, now = self.vault, self.now()
        return await self.database.turn(b"media", lambda rows: media.claim(rows, vault, now, LEASE_MS, most))

    async def _cleaned(self, work: Work) -> None:
        account = self.vault.account(work.channel, work.address)
        photo = await self.database.read(lambda rows: media.one(rows, self.vault, work.id))
        if photo is None:  # it was taken back meanwhile
            await self.database.turn(account, lambda rows: media.finish(rows, work))
            await asyncio.to_thread(self.folder.remove, work.id, files.RAW)
            return
        try:
            cleaned = await self._sealed_anew(photo)
        except (OSError, CleanerKilled) as error:
            if work.attempts < ATTEMPTS_MAX:
                later, cause = Millis(self.now() + RETRY_MS), type(error).__name__
                await self.database.turn(b"media", lambda rows: media.try_later(rows, work, later, cause))
                return
            cleaned = Cleaned(b"", "killed" if isinstance(error, CleanerKilled) else "gone")
        await self.database.turn(account, lambda rows: self._second_turn(rows, work, cleaned))
        await asyncio.to_thread(self.folder.remove, photo.id, files.RAW)

    async def _sealed_anew(self, photo: media.Photo) -> Cleaned:
        """OSError and CleanerKilled are worth another try; a fault of the photo is in what it returns."""
        try:
            raw = await asyncio.to_thread(self.folder.read, photo.id, files.RAW)
            cleaned = await clean(files.open_sealed(photo.key, raw, photo.id))
        except (FileNotFoundError, NotOpened):
            return Cleaned(b"", "gone")
        if not cleaned.fault:
            sealed = files.seal(photo.key, cleaned.content, photo.id)
            await asyncio.to_thread(self.folder.write, photo.id, files.CLEAN, sealed)
        return cleaned

    def _second_turn(self, rows: Rows, work: Work, cleaned: Cleaned) -> None:
        """Fill the photo's place, wherever it is by now, and tell the reporter if it cannot be used or read."""
        media.finish(rows, work)
        photo = media.one(rows, self.vault, work.id)
        if photo is None:
            return
        media.set_state(rows, photo, media.FAILED if cleaned.fault else media.READY)
        to = (work.channel, work.address)
        if cleaned.fault:
            notice = ("photo_unusable", SAID[cleaned.fault])
            outbox.tell_notice(rows, self.vault, self.chance, to, notice, self.now())
        elif cleaned.blurred and photo.purpose == media.DRAFT:
            outbox.tell_notice(rows, self.vault, self.chance, to, ("photo_blurred", ""), self.now())

    async def sweep(self) -> int:
        """Put files aside that no row names; how many."""
        known: set[bytes] = set()
        after = b""
        while page := await self.database.read(partial(media.ids_after, id_=after, limit=SWEEP_PAGE)):
            known.update(page)
            after = page[-1]
        return await asyncio.to_thread(self.folder.sweep, known.__contains__)


async def clean(raw: bytes) -> Cleaned:
    """Run one photo through `python -m bot.cleaning`. Whatever it does to that process is a fault of the photo.

    CleanerKilled if that process got a SIGKILL, which none of its limits sends.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.cleaning",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(CLEAN_S_MAX):
            out, _ = await process.communicate(raw)
    except TimeoutError:
        process.kill()
        await process.wait()
        return Cleaned(b"", "killed")
    if process.returncode == -signal.SIGKILL:
        raise CleanerKilled
    if process.returncode:
        return Cleaned(b"", "killed")
    head, _, content = out.partition(b"\n")
    told = json.loads(head)
    return Cleaned(content, told.get("fault", ""), bool(told.get("blurred")))
