"""Settings, `lima channels setup telegram`, `/ready`, and a token that shows up nowhere."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import httpx
import pytest
from telegram.error import TelegramError

from bot import app, cli, logs, prepare, telegram_commands
from bot.channels.telegram import Api, console
from bot.channels.telegram.console import VILLAGER_COMMANDS
from config.settings import Problem, Settings, load_settings
from tests.fakes import people, photos
from tests.fakes.telegram import SECRET, TOKEN, Fault, fake_telegram
from tests.fakes.telegrammed import telegrammed
from tests.served.process import serving

ME = 7


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    prepare.prepare(tmp_path / "city", sample=True)
    return tmp_path / "city"


def _settings(folder: Path, monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    for name, value in values.items():
        monkeypatch.setenv(f"LIMA_TELEGRAM__{name.upper()}", value)
    return load_settings(folder / prepare.SETTINGS_FILE)


def test_off_in_the_sample(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _settings(folder, monkeypatch)
    assert settings.telegram.token == "" and settings.telegram.mode == "polling"
    assert not app.assemble(settings).channels
    assert TOKEN not in repr(_settings(folder, monkeypatch, token=TOKEN, secret=SECRET))


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"token": "not-a-token"}, "BotFather"),
        ({"token": TOKEN, "mode": "webhook"}, "telegram.secret"),
        ({"token": TOKEN, "mode": "webhook", "secret": "short"}, "openssl rand"),
        ({"token": TOKEN, "secret": "有中文" * 10}, "telegram.secret"),
        ({"token": TOKEN, "mode": "both"}, "只能是"),
        ({"token": TOKEN, "api_base": "http://api.telegram.org"}, "https://"),
    ],
)
def test_what_refuses_the_start(
    folder: Path, monkeypatch: pytest.MonkeyPatch, values: dict[str, str], says: str
) -> None:
    with pytest.raises(Problem, match=says) as problem:
        _settings(folder, monkeypatch, **values)
    assert values["token"] not in str(problem.value) and "short" not in str(problem.value)


async def _printed(settings: Settings, capsys: pytest.CaptureFixture[str]) -> list[str]:
    await telegram_commands.set_up(settings, cli.out)
    return capsys.readouterr().out.splitlines()


async def test_setting_up_twice_changes_nothing_the_second_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with fake_telegram() as fake:
        settings = _settings(folder, monkeypatch, token=TOKEN, api_base=fake.url)
        first = await _printed(settings, capsys)
        assert first[0] == "机器人：@lima_test_bot（立码）" and "单独聊天的命令：设好了（4 个）" in first
        n = len(fake.calls)
        second = await _printed(settings, capsys)
        assert all("已经是这样" in line for line in second[2:])
        assert not [call for call in fake.calls[n:] if call.method.startswith("set")]
        commands = next(call for call in fake.calls if call.method == "setMyCommands").data["commands"]
        assert [(each["command"], each["description"]) for each in commands] == list(VILLAGER_COMMANDS)

        settings = _settings(folder, monkeypatch, mode="webhook", secret=SECRET)
        assert (await _printed(settings, capsys))[-1].startswith("收消息：Telegram 送到 http://127.0.0.1:8000/telegram")
        hook = fake.called("setWebhook")[-1].data
        assert hook["secret_token"] == SECRET and "callback_query" in hook["allowed_updates"]
        settings = _settings(folder, monkeypatch, mode="polling")
        assert "去掉了 webhook" in (await _printed(settings, capsys))[-1]


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault(401, "Unauthorized"), "不认这个钥匙"),
        (Fault(500), "连不上"),
        (Fault(429, "x", {"retry_after": 9}), "太快"),
    ],
)
async def test_what_goes_wrong_is_said_without_the_token(
    folder: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault, says: str
) -> None:
    async with fake_telegram() as fake:
        fake.fails("getMe", fault)
        with pytest.raises(app.Refusal, match=says) as refusal:
            await telegram_commands.set_up(_settings(folder, monkeypatch, token=TOKEN, api_base=fake.url), cli.out)
        assert TOKEN not in str(refusal.value)


async def test_every_command_is_understood(tmp_path: Path) -> None:
    async with telegrammed(f"sqlite:///{tmp_path}/lima.db") as whole:
        for n, (command, _) in enumerate(VILLAGER_COMMANDS, 1):
            whole.city.clock.step(30)
            whole.fake.says(ME, f"/{command}")
            assert "没听懂" not in (await whole.fake.last(ME, n)).text


# ---------------------------------------------------------------- the whole program


async def test_lima_serve_polls_and_says_which_channels_are_on(folder: Path) -> None:
    """The real program: a conversation through the fake service, and nowhere in its log the token or a word."""
    async with fake_telegram() as fake:
        environment = {
            "LIMA_TELEGRAM__TOKEN": TOKEN,
            "LIMA_TELEGRAM__API_BASE": fake.url,
            "LIMA_SERVER__LOG_LEVEL": "debug",
        }
        async with serving(folder, **environment) as served:
            async with httpx.AsyncClient() as client:
                ready = (await client.get(f"{served.url}/ready")).json()
                assert ready["channels"] == {"web": True, "wechat": False, "telegram": True}
                assert (await client.post(f"{served.url}/telegram", json={})).status_code == 404
            fake.fails("sendMessage", Fault(500))
            fake.says(ME, "菜单金丝雀")
            assert "哪个村" in str((await fake.last(ME, 1)).data)
            fake.fails("getUpdates", Fault(401), Fault(500))
            fake.says(ME, "人工")
            await asyncio.sleep(0.5)
            assert served.stop()
            log = served.log.read_text()
        assert TOKEN not in log and TOKEN.partition(":")[2] not in log and "金丝雀" not in log
        assert "telegram_poll_failed" in log


async def test_lima_serve_takes_webhooks(folder: Path) -> None:
    async with fake_telegram() as fake:
        environment = {
            "LIMA_TELEGRAM__TOKEN": TOKEN,
            "LIMA_TELEGRAM__API_BASE": fake.url,
            "LIMA_TELEGRAM__MODE": "webhook",
            "LIMA_TELEGRAM__SECRET": SECRET,
        }
        async with serving(folder, **environment) as served:
            raw = fake.says(ME, "菜单")
            await fake.posts(f"{served.url}/telegram", raw)
            await fake.last(ME, 1)
            assert fake.polls == 0
            assert served.stop()


# ---------------------------------------------------------------- the token


async def test_the_token_is_in_no_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Every library at its most talkative, and calls that succeed, fail, and cannot be understood."""
    caplog.set_level(logging.DEBUG)
    async with telegrammed(f"sqlite:///{tmp_path}/lima.db") as whole:
        whole.fake.fails("sendMessage", Fault(401), Fault(400), Fault(500), Fault(0))
        whole.fake.fails("getFile", Fault(404, "Not Found"))
        whole.fake.fails("file", Fault(404), Fault(500), Fault(500))
        await whole.start()
        whole.fake.sends_photo(ME, photos.photo())
        whole.fake.sends_photo(ME, photos.photo(2))
        await whole.fake.all_confirmed(30)
    gone = Api(TOKEN, "http://127.0.0.1:9")
    for call in (gone.fetch("x", 10), gone.updates(None, 0), gone.get_me()):
        with pytest.raises(TelegramError) as error:
            await call
        assert TOKEN not in str(error.value) and TOKEN not in str(logs.cause_of(error.value))
    await gone.close_connections()
    told = caplog.text + "".join(capfd.readouterr())
    assert "telegram_photo_not_fetched" in told and TOKEN not in told and TOKEN.partition(":")[2] not in told


async def test_whoever_is_on_the_roster_is_shown_officers_commands_and_gets_protected_messages(tmp_path: Path) -> None:
    """The chat that binds itself, and no other; what an officer gets cannot be passed on, what a villager gets can."""
    async with telegrammed(f"sqlite:///{tmp_path}/lima.db") as whole:
        await whole.city.staff()
        code = await whole.city.invite(next(iter(people.NAMES)))
        for n, text in enumerate((f"绑定 {code}", "1", "/desk"), 1):
            whole.city.clock.step(30)
            whole.fake.says(ME, text)
            shown = await whole.fake.last(ME, n)
        assert "待办 0 件" in shown.text and shown.data["protect_content"] is True
        whole.fake.says(ME + 1, "/menu")
        assert "protect_content" not in (await whole.fake.last(ME + 1, 1)).data
        api = whole.channel.api
        lines = [line async for line in console.set_up(api, None, "立码", "12388", [str(ME)])]
        assert "名册上第 1 个人的命令：设好了（5 个）" in lines
        scope = whole.fake.called("setMyCommands")[-1].data["scope"]
        assert scope["type"] == "chat" and int(scope["chat_id"]) == ME
