"""`lima backup`, `lima restore`, `lima keys new`: what is said and refused around storage/backup.py."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from bot import app
from config.settings import Settings
from storage import archive, backup, schema, sealed
from storage.archive import Archive, BackupRefused, Manifest, Progress
from storage.engine import open_database
from storage.postgresql import PostgresqlDatabase
from storage.sqlite import SqliteDatabase
from storage.statement import Rows
from storage.vault import PLACARDS_FILE, RING_FILE, Ring, Vault, load_placard_keys, load_ring, new_ring

KEY_FILES = (RING_FILE, PLACARDS_FILE)
OTHERS_GONE_S_MAX = 2.0
"""A connection that was closed a moment ago is still listed for so long."""


# ---------------------------------------------------------------- backup


async def back_up(settings: Settings, target: Path, progress: Progress) -> tuple[Path, Manifest]:
    """Everything but the keys into one file, beside a serving process."""
    database = open_database(settings.database.url, app.limits_of(settings))
    if not database.exists():
        raise BackupRefused(backup.NOTHING)
    target = _named(target, "lima")
    return target, await backup.back_up(database, settings.evidence.folder, target, progress)


def back_up_keys(settings: Settings, target: Path) -> Path:
    """The keys alone. Refused inside the data folder: whoever carries that away would have both."""
    folder, data = settings.keys.ring, app.data_folder(settings)
    ring = load_ring(folder, data)
    load_placard_keys(folder)
    target = _named(target, "lima-keys")
    if data is not None and target.resolve().is_relative_to(data.resolve()):
        raise app.Refusal(f"{target} 在数据目录里面；钥匙和数据要分开放，没有备份。")
    with archive.writing(target) as out:
        for name in KEY_FILES:
            out.add(f"keys/{name}", folder / name)
        manifest = Manifest("keys", backup.stamp(), key_ids=tuple(ring.masters))
        out.finish(archive.described(manifest))
    return target


def _named(target: Path, name: str) -> Path:
    """In a folder: under a name that says when."""
    if target.is_dir():
        return target / f"{name}-{backup.stamp()}.tar"
    if not target.suffix or not target.parent.is_dir():
        raise app.Refusal(
            f"没有 {target} 这个目录，没有备份：是不是盘没有插上、没有挂上？要写成一个文件，名字请带后缀，像 lima.tar。"
        )
    return target


def new_keys(settings: Settings) -> Path:
    """A ring where there is none. One that is there is never touched: without it all that was said stays closed."""
    folder = settings.keys.ring
    for name in KEY_FILES:
        if (folder / name).exists():
            raise app.Refusal(f"{folder / name} 已经有了，没有动它：换掉钥匙，以前的话就都打不开了。")
    new_ring(folder)
    load_ring(folder, app.data_folder(settings))
    return folder


# ---------------------------------------------------------------- restore


async def restore(settings: Settings, source: Path, *, replace: bool, dry_run: bool, progress: Progress) -> list[str]:
    """What was found and done, line by line. BackupRefused or Refusal: nothing was changed."""
    with archive.reading(source) as opened:
        opened.verify(progress)
        told = [_told(opened.manifest)]
        if opened.manifest.kind == "keys":
            return told + await _restore_keys(settings, opened, dry_run)
        database = open_database(settings.database.url, app.limits_of(settings))
        if opened.manifest.schema not in backup.revisions():
            raise BackupRefused("这份备份的结构比这个程序新，没有改动。请换用更新的程序。")
        if opened.manifest.kind != database.kind:
            raise BackupRefused(
                f"这份备份是 {opened.manifest.kind} 的，database.url 写的是 {database.kind}；没有改动。"
            )
        prove = _Proving(_ring(settings, opened.manifest), opened.manifest, told)
        if not dry_run:
            database.hold()
        try:
            if isinstance(database, SqliteDatabase):
                await _restore_sqlite(settings, database, opened, prove, replace=replace, dry_run=dry_run)
            else:
                assert isinstance(database, PostgresqlDatabase)
                await _restore_postgresql(settings, database, opened, prove, replace=replace, dry_run=dry_run)
        finally:
            await database.close()
        return [*told, *prove.missing_files(opened), _end(opened.manifest, dry_run)]


def _told(manifest: Manifest) -> str:
    if manifest.kind == "keys":
        return f"钥匙的备份，{manifest.made_at} 做的"
    photos = sum(name.startswith("evidence/") for name in manifest.files)
    with_photos = f"{photos} 个照片文件" if manifest.evidence else "不带照片"
    reports = f"{manifest.rows.get('reports', 0)} 件反映"
    return f"{manifest.made_at} 的备份：{manifest.kind}，{reports}，{with_photos}，每个文件都核对过"


def _end(manifest: Manifest, dry_run: bool) -> str:
    if dry_run:
        return "这份备份能用。只是试了一遍，什么也没有改。"
    older = manifest.schema != backup.revisions()[0]
    return "恢复好了。" + ("结构是旧的，请接着运行 lima migrate。" if older else "可以 lima serve 了。")


def _ring(settings: Settings, manifest: Manifest) -> Ring:
    """The ring, which must have every key that the backup needs: data without keys is nothing to put in place."""
    folder = settings.keys.ring
    ring = load_ring(folder, app.data_folder(settings)) if (folder / RING_FILE).exists() else None
    missing = [str(id_) for id_ in manifest.key_ids if ring is None or id_ not in ring.masters]
    if missing or ring is None:
        raise BackupRefused(
            f"打不开：{folder} 里缺第 {'、'.join(missing)} 把钥匙，没有改动。\n"
            "请先用 lima restore 恢复钥匙的备份，再恢复这一份。"
        )
    return ring


class _Proving:
    """Called with the restored rows: BackupRefused unless the ring opens what they hold."""

    def __init__(self, ring: Ring, manifest: Manifest, told: list[str]) -> None:
        self._vault, self._tables, self._told = Vault(ring), manifest.rows, told
        self.photos: list[str] = []

    def __call__(self, rows: Rows) -> None:
        proof = sealed.prove(rows, self._vault, self._tables)
        if proof.closed:
            closed = "、".join(f"{table} {n} 行" for table, n in sorted(proof.closed.items()))
            raise BackupRefused(
                f"打不开：试了 {proof.tried} 行，有 {sum(proof.closed.values())} 行打不开（{closed}），没有改动。\n"
                "钥匙的编号一样，却不是备份时的那一套。请找出当时的钥匙。"
            )
        if not proof.index:
            raise BackupRefused("ring.json 里查找用的钥匙（index）不是备份时的那一把，没有改动。")
        self._told.append(f"钥匙对得上：试了 {proof.tried} 行，全都打得开")
        self.photos = sealed.photo_ids(rows, self._vault, self._tables)

    def missing_files(self, opened: Archive) -> list[str]:
        """Photos whose file is nowhere in the backup."""
        if not opened.manifest.evidence:
            return ["照片不在这份备份里，原来的照片文件没有动。"]
        there = {Path(name).stem for name in opened.names("evidence")}
        gone = [id_ for id_ in self.photos if id_ not in there]
        return [f"有 {len(gone)} 张照片，文件不在备份里：{'、'.join(gone[:5])}"] if gone else []


async def _restore_sqlite(
    settings: Settings, database: SqliteDatabase, opened: Archive, prove: _Proving, *, replace: bool, dry_run: bool
) -> None:
    path = Path(database.path)
    if await schema.state_of(database) != "empty" and not (replace or dry_run):
        raise _not_empty(path)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(f"{path.name}.restoring")
    for left in _with_log(beside):
        left.unlink(missing_ok=True)
    try:
        await backup.sqlite_file(opened, beside, prove)
        if not dry_run:
            aside = _aside()
            _restore_files(settings, opened, aside)
            for old in _with_log(path):
                if old.exists():
                    old.rename(old.with_name(old.name.replace(path.name, f"{path.name}.{aside}")))
            beside.rename(path)
            archive.sync_folder(path.parent)
    finally:
        for left in _with_log(beside):
            left.unlink(missing_ok=True)


def _aside() -> str:
    """A name of its own for each restore: what was moved aside is never overwritten."""
    return f"before-restore-{backup.stamp()}-{secrets.token_hex(3)}"


def _with_log(path: Path) -> list[Path]:
    """A database file and the two that SQLite keeps beside it: apart, they are a damaged database."""
    return [path.with_name(path.name + ending) for ending in ("", "-wal", "-shm")]


async def _restore_postgresql(
    settings: Settings, database: PostgresqlDatabase, opened: Archive, prove: _Proving, *, replace: bool, dry_run: bool
) -> None:
    if not dry_run:
        await _refuse_beside_others(database)
        if await schema.state_of(database) != "empty" and not replace:
            raise _not_empty(None)
    aside = _aside()
    finish: Callable[[], None] = lambda: _restore_files(settings, opened, aside)  # noqa: E731 - None means a rehearsal
    schema_aside = f"lima_{aside.lower().replace('-', '_')}"
    await backup.into_postgresql(database, opened, prove, schema_aside, None if dry_run else finish)


async def _refuse_beside_others(database: PostgresqlDatabase) -> None:
    until = time.monotonic() + OTHERS_GONE_S_MAX
    while n := await backup.others_at(database):
        if time.monotonic() > until:
            raise app.Refusal(f"还有 {n} 个立码的连接在用这个数据库。请先停下所有服务，没有改动。")
        await asyncio.sleep(0.1)


def _not_empty(path: Path | None) -> app.Refusal:
    named = f"数据库 {path}" if path else "数据库"
    return app.Refusal(f"{named} 不是空的，没有改动。要用备份换掉它，请加 --replace（原来的会先挪到一边，不删）。")


def _restore_files(settings: Settings, opened: Archive, aside: str) -> None:
    """Photos, all of them durable beside the old folder before that is moved."""
    if not opened.manifest.evidence:
        return
    folder = settings.evidence.folder
    beside = folder.with_name(f"{folder.name}.restoring-{secrets.token_hex(4)}")
    beside.mkdir(parents=True, mode=0o700)
    try:
        for name in opened.names("evidence"):
            opened.extract(name, beside / Path(name).name)
    except OSError:
        shutil.rmtree(beside)
        raise
    archive.sync_folder(beside)
    if folder.exists():
        folder.rename(folder.with_name(f"{folder.name}.{aside}"))
    beside.rename(folder)
    archive.sync_folder(folder.parent)


async def _restore_keys(settings: Settings, opened: Archive, dry_run: bool) -> list[str]:
    """In place of keys with which nothing was sealed yet, as `lima init` makes them; never of others."""
    folder = settings.keys.ring
    there = [folder / name for name in KEY_FILES if (folder / name).exists()]
    if there and not await _untouched(settings):
        raise app.Refusal(f"{there[0]} 已经有了，没有动它。请先把现在的钥匙收到别处，再恢复。")
    ids = "、".join(map(str, opened.manifest.key_ids))
    if dry_run:
        return [f"里面是第 {ids} 把钥匙。只是试了一遍，什么也没有改。"]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = _aside()
    for old in there:
        old.rename(old.with_name(f"{old.name}.{aside}"))
    for name in KEY_FILES:
        opened.extract(f"keys/{name}", folder / name)
        (folder / name).chmod(0o400)
    archive.sync_folder(folder)
    load_ring(folder, app.data_folder(settings))
    moved = f"原来新建的没有用过，挪到了一边，名字里有 {aside}。" if there else ""
    return [f"第 {ids} 把钥匙恢复到了 {folder}。{moved}"]


async def _untouched(settings: Settings) -> bool:
    """Whether there is nothing that the keys could have sealed."""
    database = open_database(settings.database.url, app.limits_of(settings))
    try:
        return not database.exists() or await schema.state_of(database) == "empty"
    finally:
        await database.close()
