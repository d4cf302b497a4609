"""Photos between the turns: sealed as they came, cleaned in a process of their own, and back as a second turn."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from bot import cleaning
from bot.working import Worker
from handlers.model import Millis, Upload
from storage import files, media, outbox
from storage.conversations import Chance
from storage.engine import Database
from storage.media import Photo, Work
from storage.statement import Rows
from storage.vault import NotOpened, Vault

LEASE_MS = 60_000
CLEAN_S_MAX = 20.0
"""Wall time for one photo; the kernel stops its process after ten seconds of work anyway."""
RETRY_S = 30.0
FETCH_RETRY_S, FETCH_RETRY_S_MAX, FETCH_ATTEMPTS_MAX = 2.0, 900.0, 300
"""From two seconds to a quarter of an hour, for three days: so long WeChat keeps what was sent [D]."""
WORKERS = 3
"""Works at once in one process: while one waits for a platform, the others go on."""
ATTEMPTS_MAX = 5
SWEEP_PAGE = 500
SAID = {
    cleaning.EMPTY: "里面是空的",
    cleaning.TOO_LARGE: "太大了",
    cleaning.NOT_A_PHOTO: "不是照片",
    cleaning.BROKEN: "没有传完整",
    "killed": "格式太怪",
    "gone": "没有存好",
    "expired": "没有取下来",
}


class NotFetched(Exception):
    """A photo that its platform keeps did not come; `gone`: it never will."""

    def __init__(self, cause: str, gone: bool) -> None:
        super().__init__(cause)
        self.cause, self.gone = cause, gone


Fetch = Callable[[str], Awaitable[bytes]]
"""The file that a platform keeps under a name. Raises NotFetched."""


class NoRoom(Exception):
    """The disk is nearly full: photos are refused, words are still taken."""


class CleanerKilled(Exception):
    """The cleaning process was killed by somebody else, such as a machine that ran out of memory."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """`fault` is empty for a usable photo; `sha256` is of the file as it came."""

    content: bytes
    fault: str = ""
    blurred: bool = False
    sha256: str = ""


@dataclass(frozen=True)
class Evidence:
    """The folder of sealed files, and what is done to them outside the turns."""

    folder: files.Folder
    vault: Vault
    database: Database
    chance: Chance
    now: Callable[[], Millis]
    fetches: dict[str, Fetch] = field(default_factory=dict)
    """By channel: how the photos come that its platform keeps."""
    _cleaning: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Fetching waits for others and goes side by side; cleaning takes 400 MB and does not."""

    _worker: Worker[Work] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_worker", Worker(self._claim, self._cleaned, WORKERS, "photo_work_failed"))

    def promise(self, source: str) -> Upload:
        """A photo that is still with its platform, which a turn may take at once; the worker fetches it."""
        id_ = secrets.token_bytes(16)
        _, wrapped = self.vault.new_key(media.DRAFT, media.WHERE, id_)
        return Upload(id_, hashlib.sha256(source.encode()).digest(), wrapped, source)

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

    async def work_once(self, most: int = WORKERS) -> bool:
        """Clean photos that are due; False if there is none."""
        return await self._worker.once(most)

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
            cleaned = await self._sealed_anew(work, photo)
        except NotFetched as failed:
            if not failed.gone and work.attempts < FETCH_ATTEMPTS_MAX:
                wait_s = min(FETCH_RETRY_S * 2 ** min(work.attempts, 9), FETCH_RETRY_S_MAX)
                await self._later(work, failed.cause, wait_s)
                return
            cleaned = Cleaned(b"", "expired")
        except (OSError, CleanerKilled) as error:
            if work.attempts < ATTEMPTS_MAX:
                await self._later(work, type(error).__name__, RETRY_S)
                return
            cleaned = Cleaned(b"", "killed" if isinstance(error, CleanerKilled) else "gone")
        await self.database.turn(account, lambda rows: self._second_turn(rows, work, cleaned))
        await asyncio.to_thread(self.folder.remove, photo.id, files.RAW)

    async def _sealed_anew(self, work: Work, photo: Photo) -> Cleaned:
        """OSError, CleanerKilled and NotFetched are worth another try; a fault of the photo is in what it returns."""
        try:
            raw = await self._raw(work, photo)
            async with self._cleaning:
                cleaned = replace(await clean(raw), sha256=hashlib.sha256(raw).hexdigest())
        except (FileNotFoundError, NotOpened):
            return Cleaned(b"", "gone")
        if not cleaned.fault:
            sealed = files.seal(photo.key, cleaned.content, photo.id)
            await asyncio.to_thread(self.folder.write, photo.id, files.CLEAN, sealed)
        return cleaned

    async def _raw(self, work: Work, photo: Photo) -> bytes:
        """The file as it came: from disk, or from its platform, and then it is on disk before anything else."""
        try:
            raw = await asyncio.to_thread(self.folder.read, photo.id, files.RAW)
            return files.open_sealed(photo.key, raw, photo.id)
        except FileNotFoundError:
            if not work.source:
                raise
        fetch = self.fetches.get(work.channel)
        if fetch is None:
            raise NotFetched("channel is off", gone=False)
        content = await fetch(work.source)
        try:
            sealed = files.seal(photo.key, content, photo.id)
            await asyncio.to_thread(self.folder.write, photo.id, files.RAW, sealed)
        except OSError as error:
            raise NotFetched(type(error).__name__, gone=False) from None
        return content

    async def _later(self, work: Work, cause: str, wait_s: float) -> None:
        at = Millis(self.now() + int(wait_s * 1000))
        await self.database.turn(b"media", lambda rows: media.try_later(rows, work, at, cause))

    def _second_turn(self, rows: Rows, work: Work, cleaned: Cleaned) -> None:
        """Fill the photo's place, wherever it is by now, and tell the reporter if it cannot be used or read."""
        media.finish(rows, work)
        photo = media.one(rows, self.vault, work.id)
        if photo is None:
            return
        original = replace(photo, sha256=cleaned.sha256 or photo.sha256)
        media.set_state(rows, original, media.FAILED if cleaned.fault else media.READY)
        to = (work.channel, work.address)
        if not work.address:  # they have left
            return
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
