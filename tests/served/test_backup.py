"""Backups that are worth something: with the keys everything opens, without them nothing; damage is found and named."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot import app, backing_up, prepare
from config.items import load_items
from config.settings import Settings, load_settings
from handlers.code import SCAN, placard_code
from handlers.model import Heard, Millis, VillageCode
from storage import backup, schema, sealed
from storage.archive import BackupRefused
from storage.engine import AlreadyServed, Limits, open_database
from storage.packed import unpacked
from storage.statement import Rows
from storage.tables import metadata
from storage.vault import Vault, load_ring, new_ring
from tests.faults.stories import everything
from tests.served.process import lima, serving, visiting

VILLAGE = VillageCode("520623101218")
PHOTO = b"not yet looked at by anybody"
STORIES = ["水沟才半年就垮了一截", "低保名单里有不该有的人", "说好的补贴没有到"]
REPORTS, WORDS = everything("reports"), everything("report_words")


@dataclass
class Home:
    """A folder as `lima init` makes it, on either database, and what was said there."""

    folder: Path
    said: set[str]

    @property
    def settings(self) -> Settings:
        return load_settings(self.folder / prepare.SETTINGS_FILE)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[app.Installation]:
        async with app.opened(app.assemble(self.settings)) as installation:
            yield installation

    async def back_up(self, target: Path) -> Path:
        return (await backing_up.back_up(self.settings, target, backup.silent))[0]

    async def restore(self, source: Path, *, replace: bool = False, dry_run: bool = False) -> str:
        told = await backing_up.restore(self.settings, source, replace=replace, dry_run=dry_run, progress=backup.silent)
        return "\n".join(told)

    async def readable(self) -> set[str]:
        """The words of every report that the ring of this folder opens."""
        vault = Vault(load_ring(self.settings.keys.ring))

        def read(rows: Rows) -> set[str]:
            found = {
                row[0]: dict(zip(metadata.tables["reports"].c.keys(), row, strict=True)) for row in rows.all(REPORTS)
            }
            texts = set()
            for report, id_, sealed_words in rows.all(WORDS):
                row = found[report]
                key = vault.key(row["content_key"], f"content|{row['desk']}", "reports.content_key", report)
                texts.add(unpacked(key.open(sealed_words, "report_words.sealed", id_))[2])
            return texts

        async with self.open() as installation:
            return await installation.database.read(read)

    async def everything(self) -> dict[str, list[object]]:
        async with self.open() as installation:
            return {
                name: await installation.database.read(lambda rows, name=name: rows.all(everything(name)))  # type: ignore[misc]
                for name in metadata.tables
            }

    async def empty(self) -> None:
        """The database is lost."""
        settings = self.settings
        if settings.database.url.startswith("sqlite"):
            shutil.rmtree(self.folder / "data")
            (self.folder / "data").mkdir()
        else:
            database = open_database(settings.database.url, Limits())
            await database.migrate(lambda c: [c.exec_driver_sql(f"DROP TABLE {t} CASCADE") for t in _tables(c)])
            shutil.rmtree(settings.evidence.folder, ignore_errors=True)


def _tables(connection: object) -> list[str]:
    return backup.tables_of(connection, "public")  # type: ignore[arg-type]


async def _say(installation: app.Installation, who: str, texts: list[str]) -> None:
    for n, text in enumerate(texts):
        await installation.service.hear(Heard("web", who, f"{who}-{n}", text, Millis(app.now() + n * 60_000)))


async def _ditch(installation: app.Installation) -> str:
    turns = installation.service.turns
    posted = await installation.database.read(lambda rows: turns.catalogue.posted(rows, VILLAGE))
    placard = next(placard for placard in posted if "水沟" in placard.item.facts.title)
    return placard_code(placard.id, turns.placard_keys)


@pytest.fixture
async def home(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Three reports, a draft with a photo, on either database."""
    folder = tmp_path / "city"
    prepare.prepare(folder, sample=True)
    if database_url.startswith("postgresql"):
        monkeypatch.setenv("LIMA_DATABASE__URL", database_url)
    made = Home(folder, set(STORIES))
    async with made.open() as installation:
        items = [i for i in load_items(folder / "items.csv", installation.organisation) if i.areas == (VILLAGE,)]
        async for _ in app.import_items(installation, items):
            pass
        scan = f"{SCAN} {await _ditch(installation)}"
        for n, story in enumerate(STORIES):
            await _say(installation, f"村民{n}", [scan, "1", "1", story, "1", "1"])
        await _say(installation, "慢慢说的", [scan, "1", "1", "还没有说完"])
        photo = Heard("web", "慢慢说的", "photo", "", Millis(app.now() + 600_000), "photo")
        await installation.service.hear_photo(photo, PHOTO)
    assert await made.readable() == made.said
    return made


# ---------------------------------------------------------------- with and without keys


async def test_database_and_keys_bring_everything_back(home: Home, tmp_path: Path) -> None:
    before, photos = await home.everything(), sorted(home.settings.evidence.folder.iterdir())
    content = [photo.read_bytes() for photo in photos]
    data, keys = (
        await home.back_up(tmp_path / "data.tar"),
        backing_up.back_up_keys(home.settings, tmp_path / "keys.tar"),
    )
    assert data.stat().st_mode & 0o777 == keys.stat().st_mode & 0o777 == 0o600
    await home.empty()
    shutil.rmtree(home.folder / "keys")

    assert "什么也没有改" in await home.restore(keys, dry_run=True)
    assert not (home.folder / "keys").exists()
    assert "第 1 把" in await home.restore(keys)
    assert "什么也没有改" in await home.restore(data, dry_run=True)
    told = await home.restore(data)
    assert "3 件反映，1 个照片文件" in told and "全都打得开" in told

    assert await home.everything() == before
    assert await home.readable() == home.said
    assert sorted(home.settings.evidence.folder.iterdir()) == photos
    assert [photo.read_bytes() for photo in photos] == content


async def test_without_the_keys_nothing_is_restored_and_the_missing_ones_are_named(home: Home, tmp_path: Path) -> None:
    data = await home.back_up(tmp_path / "data.tar")
    shutil.rmtree(home.folder / "keys")
    await home.back_up(tmp_path / "another.tar")  # which needs no key: the timer's unit cannot even see them
    await home.empty()
    with pytest.raises(BackupRefused, match="缺第 1 把钥匙"):
        await home.restore(data)
    new_ring(home.folder / "keys")
    with pytest.raises(BackupRefused, match="不是备份时的那一套"):
        await home.restore(data)
    database = open_database(home.settings.database.url, Limits())
    assert await schema.state_of(database) == "empty"


async def test_a_lost_key_opens_nothing_at_all(home: Home, tmp_path: Path) -> None:
    shutil.rmtree(home.folder / "keys")
    backing_up.new_keys(home.settings)
    vault = Vault(load_ring(home.folder / "keys"))
    async with home.open() as installation:
        proof = await installation.database.read(lambda rows: sealed.prove(rows, vault, metadata.tables))
    assert proof.tried == sum(proof.closed.values()) > 20
    with pytest.raises(app.Refusal, match="没有动它"):
        backing_up.new_keys(home.settings)


async def test_another_index_key_is_noticed(home: Home, tmp_path: Path) -> None:
    data, ring = await home.back_up(tmp_path / "data.tar"), home.folder / "keys" / "ring.json"
    kept = json.loads(ring.read_text())
    ring.unlink()
    ring.write_text(json.dumps({**kept, "index": kept["keys"]["1"]}))
    ring.chmod(0o400)
    with pytest.raises(BackupRefused, match="index"):
        await home.restore(data, dry_run=True)


def test_every_sealed_column_is_proved() -> None:
    """A table that comes later and seals something must be added to storage/sealed.py."""
    keyed = {"versions", "items", "item_heads", "placards", "tries", "shields", "ledger", "audit_head"}
    keyed |= {"faq", "slips", "leases", "wechat_scenes", "figure_deltas", "figures", "periods"}
    assert set(metadata.tables) - keyed == {kind.table for kind in sealed.KINDS} | {"report_words", "draft_words"}


# ---------------------------------------------------------------- what is refused


async def test_a_database_that_is_there_is_replaced_only_when_asked_and_moved_aside(home: Home, tmp_path: Path) -> None:
    data = await home.back_up(tmp_path / "data.tar")
    async with home.open() as installation:
        await _say(
            installation, "后来的", [f"{SCAN} {await _ditch(installation)}", "1", "1", "备份以后才说的", "1", "1"]
        )
    with pytest.raises(app.Refusal, match="--replace"):
        await home.restore(data)
    assert "备份以后才说的" in await home.readable()
    await home.restore(data, replace=True)
    assert await home.readable() == home.said
    if home.settings.database.url.startswith("sqlite"):
        aside = next(
            path for path in (home.folder / "data").iterdir() if path.name.startswith("lima.db.before-restore")
        )
        with sqlite3.connect(aside) as old:
            assert old.execute("SELECT count(*) FROM reports").fetchone()[0] == 4
        old.close()
    else:
        database = open_database(home.settings.database.url, Limits())
        query = "SELECT schemaname FROM pg_tables WHERE tablename = 'reports' AND schemaname LIKE 'lima_before%%'"
        found: list[int] = []
        await database.migrate(lambda c: found.append(c.exec_driver_sql(query.replace("%%", "%")).scalar_one()))
        assert found


async def test_it_is_refused_beside_a_serving_process(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backing_up, "OTHERS_GONE_S_MAX", 0.1)
    data = await home.back_up(tmp_path / "data.tar")
    async with app.opened(app.assemble(home.settings), serving=True):
        with pytest.raises((AlreadyServed, app.Refusal)):
            await home.restore(data, replace=True)
    assert await home.readable() == home.said


async def test_a_changed_bit_is_found_and_the_file_named(home: Home, tmp_path: Path) -> None:
    """In every file of the archive, its names and its sums; only the zeros that pad a tar may change."""
    data = await home.back_up(tmp_path / "data.tar")
    with tarfile.open(data) as tar:
        members = tar.getmembers()
    whole = data.read_bytes()
    for member in members:
        for at in {member.offset + 1, member.offset_data, member.offset_data + member.size // 2}:
            spoilt = bytearray(whole)
            spoilt[at] ^= 1
            data.write_bytes(spoilt)
            with pytest.raises(BackupRefused) as refused:
                await home.restore(data, dry_run=True)
            if at >= member.offset_data and member.name != "manifest.sha256":
                assert member.name in str(refused.value)
    for size in (0, 100, len(whole) // 2, len(whole) - 11_000):
        data.write_bytes(whole[:size])
        with pytest.raises(BackupRefused):
            await home.restore(data, dry_run=True)


async def test_what_an_archive_may_not_hold(home: Home, tmp_path: Path) -> None:
    """Somebody else's tar, a path that leads out, a newer program's."""
    other = tmp_path / "other.tar"
    with tarfile.open(other, "w") as tar:
        tar.add(home.folder / prepare.SETTINGS_FILE, "evidence/../../lima.toml")
    with pytest.raises(BackupRefused, match="不是立码的备份"):
        await home.restore(other)
    with backup.writing(tmp_path / "out.tar") as out:
        out.add("evidence/../../lima.toml", home.folder / prepare.SETTINGS_FILE)
        out.finish({"kind": "sqlite", "made_at": "", "schema": "0001", "key_ids": [], "rows": {}, "evidence": True})
    with pytest.raises(BackupRefused, match="不该有"):
        await home.restore(tmp_path / "out.tar")
    with pytest.raises(BackupRefused, match="已经有了"):
        await home.back_up(other)
    with pytest.raises(FileNotFoundError):
        await home.restore(tmp_path / "nothing.tar")
    inside = home.folder / "data" / "keys.tar"
    if home.settings.database.url.startswith("sqlite"):
        with pytest.raises(app.Refusal, match="数据目录里面"):
            backing_up.back_up_keys(home.settings, inside)


async def test_a_stick_that_is_not_mounted_gets_no_backup(home: Home, tmp_path: Path) -> None:
    for target in (tmp_path / "stick", tmp_path / "stick" / "keys.tar"):
        with pytest.raises(app.Refusal, match="没有挂上"):
            backing_up.back_up_keys(home.settings, target)
        with pytest.raises(app.Refusal, match="没有挂上"):
            await home.back_up(target)
    assert not (tmp_path / "stick").exists()


async def test_on_a_new_machine_keys_replace_those_that_have_sealed_nothing(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = backing_up.back_up_keys(home.settings, tmp_path / "keys.tar")
    with pytest.raises(app.Refusal, match="已经有了"):
        await home.restore(made)
    before = (home.folder / "keys" / "ring.json").read_bytes()
    monkeypatch.delenv("LIMA_DATABASE__URL", raising=False)  # on the new machine there is no database yet
    prepare.prepare(tmp_path / "new", sample=False)
    fresh = Home(tmp_path / "new", set())
    assert "挪到了一边" in await fresh.restore(made)
    assert (tmp_path / "new" / "keys" / "ring.json").read_bytes() == before
    assert list((tmp_path / "new" / "keys").glob("ring.json.before-restore-*")), "moved aside, not removed"


async def test_nothing_is_left_behind_by_a_backup_that_fails(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr(backup.Writer, "finish", full)
    folder = tmp_path / "backups"
    folder.mkdir()
    with pytest.raises(OSError, match="no space"):
        await home.back_up(folder)
    assert list(folder.iterdir()) == []


# ---------------------------------------------------------------- beside a busy service


async def test_it_is_one_moment_of_a_busy_database(home: Home, tmp_path: Path) -> None:
    """People report all the while; the copy holds whole reports only, each with its words and what its desk is told."""
    async with home.open() as installation:
        busy, n = True, 0
        scan = f"{SCAN} {await _ditch(installation)}"

        async def report(person: int) -> None:
            nonlocal n
            while busy:
                n += 1
                await _say(installation, f"忙{person}-{n}", [scan, "1", "1", STORIES[0], "1", "1"])

        people = [asyncio.create_task(report(person)) for person in range(8)]
        made = []
        for round_ in range(3):
            while n < 16 * (round_ + 1):  # noqa: ASYNC110 - eight are begun, the others are filed
                await asyncio.sleep(0.02)
            made.append(await home.back_up(tmp_path / f"{round_}.tar"))
        busy = False
        await asyncio.gather(*people)
    seen = []
    for data in made:
        told = await home.restore(data, replace=True)
        counts = {name: len(rows) for name, rows in (await home.everything()).items()}
        assert counts["reports"] == counts["report_words"] == counts["outbox"] == counts["mine"]
        assert f"{counts['reports']} 件反映" in told
        assert await home.readable() == home.said
        seen.append(counts["reports"])
    assert 3 < seen[0] < seen[1] < seen[2]


async def test_the_commands_beside_a_real_server(tmp_path: Path) -> None:
    folder = tmp_path / "city"
    assert lima("init", "--sample", str(folder), cwd=tmp_path).returncode == 0
    busy, taken = True, 0

    async def talk(url: str) -> None:
        nonlocal taken
        async with visiting(url) as visitor:
            while busy:
                await visitor.say("菜单")
                taken += 1

    async def until(n: int) -> None:
        for _ in range(6000):
            if taken >= n:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"only {taken} messages in a minute")

    async with serving(folder, LIMA_LIMITS__MESSAGES_PER_MINUTE="100000") as served:
        people = [asyncio.create_task(talk(served.url)) for _ in range(8)]
        await until(20)
        made = await asyncio.to_thread(lima, "backup", str(tmp_path), cwd=folder)
        await until(taken + 20)
        busy = False
        await asyncio.gather(*people)
        assert made.returncode == 0 and made.stderr == "", made.stderr
        assert served.stop()
    data = made.stdout.removeprefix("备份在：").partition("（")[0]
    done = lima("restore", "--replace", data, cwd=folder)
    assert done.returncode == 0 and "恢复好了" in done.stdout, done.stderr
    with sqlite3.connect(folder / "data" / "lima.db") as restored:
        assert restored.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert restored.execute("SELECT count(*) FROM turns").fetchone()[0] > 0
    restored.close()


async def test_a_migration_is_preceded_by_a_backup_that_can_be_restored(home: Home, tmp_path: Path) -> None:
    made = await backup.before_migration(home.settings.database.url)
    try:
        assert "照片不在这份备份里" in await home.restore(made, replace=True)
        assert await home.readable() == home.said
    finally:
        made.unlink()
