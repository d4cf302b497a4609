"""/health, /ready and /metrics: what they say, to whom, and what they never say. Load, and a clean end."""

from __future__ import annotations

import asyncio
import re
import secrets
import shutil
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy

from bot import app, health, prepare
from bot.health import DAY_MS, Seen
from bot.metrics import Metrics
from bot.pages.visitor import COOKIE
from config.settings import load_settings
from handlers.model import Heard, Millis
from storage import outbox, turns
from storage.vault import Vault, load_ring
from tests.served.process import lima, serving, visiting

NEAR, FAR = "127.0.0.1", "203.0.113.77"
CANARY = "岩门的王二麻子"


@asynccontextmanager
async def _watched(folder: Path, peer: str = NEAR) -> AsyncIterator[tuple[app.Installation, httpx.AsyncClient]]:
    installation = app.assemble(load_settings(folder / prepare.SETTINGS_FILE))
    async with app.opened(installation):
        transport = httpx.ASGITransport(app=app.web_application(installation), client=(peer, 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://lima.example") as client:
            yield installation, client


@pytest.fixture
def folder(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    prepare.prepare(tmp_path / "city", sample=True)
    if database_url.startswith("postgresql"):
        monkeypatch.setenv("LIMA_DATABASE__URL", database_url)
    return tmp_path / "city"


# ---------------------------------------------------------------- what they say


async def test_a_fit_installation_says_so_and_what_is_still_missing(folder: Path) -> None:
    async with _watched(folder) as (_, client):
        alive, ready = await client.get("/health"), await client.get("/ready")
    assert (alive.status_code, alive.text) == (200, "ok")
    told = ready.json()
    assert ready.status_code == 200 and told["ready"] and told["reasons"] == []
    assert any(line.startswith("名册还没有导入") for line in told["warnings"])
    assert told["channels"] == {"web": True, "wechat": False, "telegram": False}
    assert told["database"] == "answers" and told["keys"] == "there" and told["queue"]["length"] == 0
    assert told["outbox"] == {"account": 0, "desk": 0, "dead": 0, "oldest_s": 0}


async def test_every_reason_why_it_cannot_serve(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type(shutil.disk_usage("/"))
    async with _watched(folder) as (installation, client):
        await installation.database.migrate(
            lambda c: c.execute(sqlalchemy.text("UPDATE alembic_version SET version_num = '0000'"))
        )
        shutil.rmtree(folder / "keys")
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1000, 995, 5))
        monkeypatch.setattr(type(installation.database), "waiting", 2000)
        refused = await client.get("/ready")
        said = "\n".join(refused.json()["reasons"])
        assert refused.status_code == 503 and len(refused.json()["reasons"]) == 4
        for part in ("钥匙文件读不了", "2000 条，快满了", "磁盘只剩 0.5%", "lima migrate"):
            assert part in said
        assert b"lima_ready 0.0" in (await client.get("/metrics")).content

        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1000, 950, 50))

        async def fails(work: Any) -> Any:
            raise ValueError(CANARY)

        async def sleeps(work: Any) -> Any:
            await asyncio.sleep(30)

        monkeypatch.setattr(installation.database, "read", fails)
        broken = (await client.get("/ready")).json()
        assert "数据库打不开（ValueError）" in broken["reasons"] and "磁盘只剩 5%" in "".join(broken["warnings"])
        assert CANARY not in str(broken)
        monkeypatch.setattr(installation.database, "read", sleeps)
        monkeypatch.setattr(health, "ANSWER_S_MAX", 0.05)
        assert "没有回答" in "".join((await client.get("/ready")).json()["reasons"])
        assert (await client.get("/health")).status_code == 200


async def test_what_waits_is_a_warning_and_never_a_reason(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it is said but how many and how long: no address, no words."""
    async with _watched(folder) as (installation, client):
        vault, yesterday = installation.service.turns.vault, Millis(app.now() - 2 * DAY_MS)
        for _ in range(3):
            await installation.database.turn(
                b"",
                lambda rows: outbox.tell_notice(
                    rows,
                    vault,
                    secrets.token_bytes,
                    ("web", CANARY),
                    ("photo_blurred", ""),
                    yesterday,
                ),
            )
        ready = await client.get("/ready")
        told = ready.json()
        assert ready.status_code == 200 and told["outbox"]["account"] == 3 and told["outbox"]["oldest_s"] > 24 * 3600
        assert "还没有发出去" in "".join(told["warnings"])
        numbers = (await client.get("/metrics")).text
        assert 'lima_outbox_waiting{to="account"} 3.0' in numbers
        assert re.search(r"lima_outbox_oldest_seconds [1-9]", numbers)
        await installation.service.hear(Heard("web", CANARY, "m1", CANARY, app.now()))
        numbers += (await client.get("/metrics")).text
        assert CANARY not in ready.text + numbers
        assert 'lima_turns_total{channel="web",outcome="taken"} 1.0' in numbers
        assert re.search(r"lima_commit_seconds_count [1-9]", numbers)


def test_how_long_a_row_waits_is_what_was_seen_of_it() -> None:
    """A row is due since its day began; so its age counts from when it was first seen, or from a day that is over."""
    seen, day = Seen(), 20_000 * DAY_MS
    at = Millis(day + 5000_000)
    assert seen.oldest_s([(b"a", day)], at) == 0
    assert seen.oldest_s([(b"a", day), (b"b", day)], Millis(at + 90_000)) == 90
    assert seen.oldest_s([(b"b", day)], Millis(at + 100_000)) == 10
    assert seen.oldest_s([], Millis(at + 100_000)) == 0
    assert seen.oldest_s([(b"c", day - DAY_MS)], at) == 5000


# ---------------------------------------------------------------- to whom


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        (NEAR, {}, 200), ("::1", {}, 200), ("10.1.2.3", {}, 200), ("192.168.0.9", {}, 200), ("::ffff:10.0.0.1", {}, 200),
        (FAR, {}, 404), ("8.8.8.8", {}, 404), ("::ffff:8.8.8.8", {}, 404), ("2001:db8::1", {}, 404), ("testclient", {}, 404),
        (NEAR, {"X-Forwarded-For": NEAR}, 404), (NEAR, {"Forwarded": "for=127.0.0.1"}, 404), (NEAR, {"X-Real-IP": "10.0.0.1"}, 404),
    ],
)  # fmt: skip
async def test_only_near_peers_are_told(tmp_path: Path, peer: str, headers: dict[str, str], status: int) -> None:
    prepare.prepare(tmp_path / "city", sample=True)
    async with _watched(tmp_path / "city", peer) as (_, client):
        for path in ("/ready", "/metrics"):
            response = await client.get(path, headers=headers)
            assert response.status_code == status
            if status == 404:
                assert response.text == (await client.get("/no-such-page")).text
        assert (await client.get("/health", headers=headers)).status_code == 200


# ---------------------------------------------------------------- numbers


def test_numbers_have_labels_that_hold_no_word() -> None:
    metrics = Metrics()
    metrics.heard("web", "taken", 0.004)
    metrics.heard(CANARY, CANARY, 0.1)
    metrics.committed(17, 0.0004)
    metrics.responded("POST", "/chat/messages", 429)
    metrics.responded("POST", "/chat/messages", 200)
    metrics.responded("GET", "/i/{code}", 404)
    text = metrics.text().decode()
    assert CANARY not in text
    assert 'lima_turns_total{channel="web",outcome="taken"} 1.0' in text
    assert 'lima_turns_total{channel="other",outcome="other"} 1.0' in text
    assert 'lima_group_turns_bucket{le="32.0"} 1.0' in text and 'lima_group_turns_bucket{le="16.0"} 0.0' in text
    assert 'lima_messages_refused_total{status="429"} 1.0' in text and 'status="404"' not in text
    assert Metrics().text() != metrics.text()  # nothing is shared


# ---------------------------------------------------------------- load, and a clean end


NO_LIMIT = {"LIMA_LIMITS__MESSAGES_PER_MINUTE": "100000"}


def _kept(folder: Path, told: list[tuple[str, str]]) -> int:
    """How many of these (cookie, message id) have their turn in the database."""
    vault = Vault(load_ring(folder / "keys"))
    with sqlite3.connect(folder / "data" / "lima.db") as database:
        there = {row[0] for row in database.execute("SELECT key FROM turns")}
    database.close()
    accounts = {cookie: vault.index("account", "web", cookie) for cookie, _ in told}
    return sum(turns.key_of(vault, accounts[cookie], id_) in there for cookie, id_ in told)  # type: ignore[arg-type]


ENOUGH = 200


@dataclass
class Crowd:
    """People who speak until it is `over`, and what they were told: (cookie, message id) of all that was taken."""

    told: list[tuple[str, str]] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def speak(self, url: str) -> None:
        """One message after the other until the line drops; whoever is refused comes again as told."""
        async with visiting(url) as visitor:
            cookie, n = visitor.client.cookies[COOKIE], 0
            while not self.over.is_set():
                n += 1
                try:
                    response = await visitor.client.post("/chat/messages", json={"id": f"m{n}", "text": "菜单"})
                except httpx.HTTPError:
                    return
                self.statuses[response.status_code] += 1
                if response.status_code == 200:
                    self.told.append((cookie, f"m{n}"))
                else:
                    assert int(response.headers["Retry-After"]) >= 1 and response.json()["replies"][0]["text"]
                    await asyncio.sleep(0.05)
                if len(self.told) >= ENOUGH:
                    self.enough.set()


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("health") / "city"
    assert lima("init", "--sample", str(folder), cwd=folder.parent).returncode == 0
    return folder


async def test_a_full_queue_refuses_and_what_was_acknowledged_is_there(city: Path) -> None:
    """Another process holds the database for a second: the queue of four is full, and people are asked to come again."""
    crowd = Crowd()
    async with serving(city, **NO_LIMIT, LIMA_LIMITS__QUEUE_MAX="4") as served:
        people = [asyncio.create_task(crowd.speak(served.url)) for _ in range(24)]
        await asyncio.sleep(0.3)
        with sqlite3.connect(city / "data" / "lima.db", isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            for _ in range(600):
                if crowd.statuses[503] > 20:
                    break
                await asyncio.sleep(0.1)
            other.execute("ROLLBACK")
        other.close()
        async with asyncio.timeout(60):
            await crowd.enough.wait()
        async with httpx.AsyncClient(base_url=served.url) as client:
            numbers = (await client.get("/metrics")).text
        crowd.over.set()
        await asyncio.gather(*people)
        assert served.stop()
    assert set(crowd.statuses) == {200, 503} and crowd.statuses[503] > 20
    assert re.search(r'lima_messages_refused_total\{status="503"\} \d', numbers)
    assert _kept(city, crowd.told) == len(crowd.told)


async def test_sigterm_under_fire_finishes_what_was_taken(city: Path) -> None:
    crowd = Crowd()
    async with serving(city, **NO_LIMIT) as served:
        people = [asyncio.create_task(crowd.speak(served.url)) for _ in range(24)]
        async with asyncio.timeout(60):
            await crowd.enough.wait()
        fine = await asyncio.to_thread(served.stop)
        await asyncio.gather(*people)
    assert fine, served.log.read_text()
    async with serving(city, **NO_LIMIT) as again:
        assert _kept(city, crowd.told) == len(crowd.told)
        async with httpx.AsyncClient(base_url=again.url) as client:
            assert (await client.get("/ready")).status_code == 200
