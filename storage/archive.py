"""One file that holds a backup: a tar of files that are sealed already, and a manifest with the sha256 of each.

It appears under its name only when all of it is on disk. Times and owners are left out: they would tell when a photo
was taken.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

FORMAT = 1
MANIFEST, SUM = "manifest.json", "manifest.sha256"
CHUNK_BYTES = 1 << 20
_NAME = re.compile(r"(database|evidence|keys)/[a-z0-9_]+\.[a-z]+")
"""Nothing else is ever written anywhere: an archive may have been made by somebody else."""

Progress = Callable[[str, int, int], None]
"""What is being done, in Chinese; bytes done; bytes in all."""


class BackupRefused(ValueError):
    """Nothing was changed; the text, in Chinese, says why and what to do."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """`kind` is sqlite, postgresql or keys; `evidence` says whether the photos are in it too; `files` is by name."""

    kind: str
    made_at: str
    schema: str = ""
    key_ids: tuple[int, ...] = ()
    rows: dict[str, int] = field(default_factory=dict)
    evidence: bool = False
    files: dict[str, str] = field(default_factory=dict)


# ---------------------------------------------------------------- writing


class Writer:
    """Files go in one by one; `scratch` is a place beside the target for what must be written before its size is known."""

    def __init__(self, out: IO[bytes], scratch: Path) -> None:
        self._tar, self.scratch = tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT), scratch  # noqa: SIM115
        self.sums: dict[str, str] = {}

    def add(self, name: str, path: Path) -> int:
        """Put a file in; its size in bytes. FileNotFoundError if it has gone meanwhile: nothing was written then."""
        with path.open("rb") as content:
            size = os.fstat(content.fileno()).st_size
            self.sums[name] = self._put(name, content, size)
        return size

    def finish(self, manifest: dict[str, Any]) -> None:
        """The manifest comes last, since only now the sums are known; then its own sum."""
        whole = {"format": FORMAT, **manifest, "files": self.sums}
        raw = json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True).encode()
        self._put(MANIFEST, io.BytesIO(raw), len(raw))
        digest = hashlib.sha256(raw).hexdigest().encode()
        self._put(SUM, io.BytesIO(digest), len(digest))
        self._tar.close()

    def _put(self, name: str, content: IO[bytes], size: int) -> str:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        hashing = _Hashing(content)
        self._tar.addfile(info, hashing)
        return hashing.sum.hexdigest()


class _Hashing:
    """A file that is summed while it is read."""

    def __init__(self, content: IO[bytes]) -> None:
        self._content, self.sum = content, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._content.read(size)
        self.sum.update(chunk)
        return chunk


@contextlib.contextmanager
def writing(target: Path) -> Iterator[Writer]:
    """Temporary name, fsync, rename, fsync of the folder; nothing is left behind if the block raises."""
    if target.exists():
        raise BackupRefused(f"{target} 已经有了，没有改动。请换一个名字。")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".lima-backup-", dir=target.parent) as scratch:
        temporary = Path(scratch) / "archive.tar"
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            yield Writer(out, Path(scratch))
            out.flush()
            os.fsync(out.fileno())
        temporary.rename(target)
        sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """A rename is on disk only when its folder is."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# ---------------------------------------------------------------- reading


class Archive:
    """A backup that was opened. `verify` before anything of it is used."""

    def __init__(self, tar: tarfile.TarFile, manifest: Manifest) -> None:
        self._tar, self.manifest = tar, manifest

    def names(self, folder: str) -> list[str]:
        return [name for name in self.manifest.files if name.startswith(f"{folder}/")]

    def size(self, *folders: str) -> int:
        return sum(self._tar.getmember(name).size for folder in folders for name in self.names(folder))

    def verify(self, progress: Progress) -> None:
        """BackupRefused, naming every file that is missing, changed or not of this backup."""
        wanted, there = self.manifest.files, {member.name: member for member in self._tar.getmembers()}
        wrong = [f"少了 {name}" for name in wanted if name not in there]
        wrong += [f"多出 {name}" for name in there if name not in wanted and name not in (MANIFEST, SUM)]
        done, total = 0, sum(member.size for member in there.values())
        for name, digest in wanted.items():
            if name in there and self._sum(name) != digest:
                wrong.append(f"{name} 坏了")
            done += there[name].size if name in there else 0
            progress("核对备份", done, total)
        if wrong:
            raise BackupRefused("这份备份不能用，没有改动：\n" + "\n".join(wrong))

    def open(self, name: str) -> IO[bytes]:
        member = self._tar.extractfile(name)
        assert member is not None
        return member

    def extract(self, name: str, to: Path) -> None:
        """Durable when it returns; 0600."""
        with (
            os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out,
            self.open(name) as content,
        ):
            while chunk := content.read(CHUNK_BYTES):
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())

    def _sum(self, name: str) -> str:
        summed = hashlib.sha256()
        with self.open(name) as content:
            while chunk := content.read(CHUNK_BYTES):
                summed.update(chunk)
        return summed.hexdigest()


@contextlib.contextmanager
def reading(source: Path) -> Iterator[Archive]:
    """BackupRefused if it is no backup, or its manifest is damaged, or names something that it may not."""
    try:
        with tarfile.open(source, "r:") as tar:
            yield Archive(tar, _manifest(tar, source))
    except (tarfile.TarError, EOFError) as error:
        raise BackupRefused(f"{source} 不是立码的备份，或者没有拷完整。") from error


def _manifest(tar: tarfile.TarFile, source: Path) -> Manifest:
    members = {member.name: member for member in tar.getmembers()}
    if not all(name in members and members[name].isreg() for name in (MANIFEST, SUM)):
        raise BackupRefused(f"{source} 不是立码的备份，或者没有拷完整：没有 {MANIFEST}。")
    raw, digest = (_read(tar, name) for name in (MANIFEST, SUM))
    if hashlib.sha256(raw).hexdigest().encode() != digest:
        raise BackupRefused(f"这份备份不能用，没有改动：\n{MANIFEST} 坏了")
    told = json.loads(raw)
    if told.pop("format") != FORMAT:
        raise BackupRefused(f"{source} 是更新的程序做的备份，请换用更新的程序。")
    odd = [name for name, member in members.items() if not member.isreg()]
    odd += [name for name in told["files"] if not _NAME.fullmatch(name)]
    if odd:
        raise BackupRefused(f"{source} 里有不该有的东西：{odd[0]}")
    return Manifest(**{**told, "key_ids": tuple(told["key_ids"])})


def _read(tar: tarfile.TarFile, name: str) -> bytes:
    content = tar.extractfile(name)
    assert content is not None
    return content.read()


def described(manifest: Manifest) -> dict[str, Any]:
    """A manifest as `Writer.finish` wants it; the sums are its own."""
    return {name: value for name, value in asdict(manifest).items() if name != "files"}
