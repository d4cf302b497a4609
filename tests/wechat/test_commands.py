"""`lima channels setup wechat`, `lima placards --wechat`, `/ready`, and settings that are half there or wrong."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot import app, prepare
from config.settings import Problem, load_settings
from tests.fakes.wechat import AES_KEY, APPID, SECRET, TOKEN, FakeWechat, loopback
from tests.served.process import lima

GIVEN = {"APPID": APPID, "TOKEN": TOKEN, "SECRET": SECRET, "AES_KEY": AES_KEY}
VILLAGE = "520623101218"


@pytest.fixture
async def platform() -> AsyncIterator[FakeWechat]:
    fake = FakeWechat(lambda: 0.0)
    async with loopback(fake.application()) as fake.base:
        yield fake


async def ran(platform: FakeWechat, folder: Path, *arguments: str, **changed: str) -> tuple[int, str, str]:
    given = {f"LIMA_WECHAT__{name}": value for name, value in {**GIVEN, "API_BASE": platform.base, **changed}.items()}
    done = await asyncio.to_thread(lima, *arguments, cwd=folder, **given)
    for secret in (SECRET, TOKEN, AES_KEY, platform.token()):
        assert secret not in done.stdout + done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert lima("init", "--sample", "city", cwd=tmp_path).returncode == 0
    return tmp_path / "city"


async def test_setting_up_says_what_it_found_and_what_is_wrong(platform: FakeWechat, folder: Path) -> None:
    code, told, _ = await ran(platform, folder, "channels", "setup", "wechat")
    assert code == 0 and "都对，拿到了令牌" in told and "菜单：设好了" in told
    code, told, _ = await ran(platform, folder, "channels", "setup", "wechat")
    assert code == 0 and "没有动" in told and platform.calls["menu/create"] == 1
    platform.fails = [40164]
    code, _, told = await ran(platform, folder, "channels", "setup", "wechat")
    assert code == 1 and "IP 白名单" in told
    assert (await ran(platform, folder, "channels", "setup", "wechat", API_BASE="http://127.0.0.1:9"))[2] == (
        "连不上微信（ConnectError）：看看这台机器能不能上网、api_base 写得对不对。\n"
    ) or platform.calls["stable_token"] == 1, "the token of the first time may still hold"
    wrong = await ran(platform, folder, "channels", "setup", "wechat", SECRET="wrong-one")
    assert wrong[0] == 1 and "AppSecret 不对" in wrong[2], "the token of the right one is still kept"
    assert (await ran(platform, folder, "channels", "setup", "carrier-pigeon"))[0] == 2
    off = await ran(platform, folder, "channels", "setup", "wechat", APPID="", TOKEN="", SECRET="", AES_KEY="")
    assert off[0] == 1 and "公众号没有开" in off[2]


async def test_codes_for_a_board_for_an_item_and_for_one_placard(platform: FakeWechat, folder: Path) -> None:
    printed = (await asyncio.to_thread(lima, "placards", "--csv", cwd=folder)).stdout
    placard = next(csv.DictReader(io.StringIO(printed)))["code"]
    code, told, counted = await ran(platform, folder, "placards", "--wechat", VILLAGE, placard)
    rows = list(csv.DictReader(io.StringIO(told)))
    assert code == 0 and [row["scene"] for row in rows] == [VILLAGE, placard] == platform.scenes
    assert rows[0]["shows"] == "石阡县本庄镇岩门村" and all(
        row["url"].startswith("http://weixin.qq.com/q/") for row in rows
    )
    assert "用了 2 个" in counted
    platform.statuses = [502]
    code, told, counted = await ran(platform, folder, "placards", "--wechat", VILLAGE, "education-yard-yanmen")
    assert code == 1 and "从断的地方接着做" in counted and VILLAGE in told
    code, told, counted = await ran(platform, folder, "placards", "--wechat", VILLAGE, "education-yard-yanmen")
    assert code == 0 and len(told.splitlines()) == 3 and len(platform.scenes) == 3
    code, _, counted = await ran(platform, folder, "placards", "--wechat", "nowhere")
    assert code == 1 and "不认识：nowhere" in counted
    assert (await ran(platform, folder, "placards"))[0] == 2


async def test_ready_says_that_it_is_on_and_check_that_half_of_it_is_missing(
    platform: FakeWechat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare.prepare(tmp_path / "city", sample=True)
    for name, value in GIVEN.items():
        monkeypatch.setenv(f"LIMA_WECHAT__{name}", value)
    installation = app.assemble(load_settings(tmp_path / "city" / prepare.SETTINGS_FILE))
    async with app.opened(installation):
        transport = httpx.ASGITransport(app=app.web_application(installation), client=("127.0.0.1", 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://lima.example") as client:
            assert (await client.get("/ready")).json()["channels"]["wechat"] is True
            assert (await client.get("/wechat")).status_code == 400
            refused = await client.put("/wechat")
            assert refused.status_code == 405 and "没有这一页" in refused.text
    code, told, _ = await ran(platform, tmp_path / "city", "check", SECRET="")
    assert code == 1 and "wechat.secret：没有填" in told
    assert "wechat.secret" in (await ran(platform, tmp_path / "city", "serve", SECRET=""))[2]


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("appid", '"gh_123"', "wx 开头"),
        ("token", '"a b"', "3 到 32 个"),
        ("aes_key", '"short"', "43 个"),
        ("aes_key_previous", f'"{AES_KEY[:-1]}-"', "43 个"),
        ("api_base", '"api.weixin.qq.com"', "http"),
        ("subscribe_long_term", '"maybe"', "true 或 false"),
        ("template_fields", '["thing1=您反映的事有回话"]', "锁着也看得见"),
        ("template_fields", f'["thing1={"沟" * 21}"]', "最多 20 个字"),
        ("template_fields", '["character_string1=编号"]', "不能有汉字"),
        ("template_fields", '["phrase1=请您来看看吧"]', "最多 5 个汉字"),
        ("template_fields", '["amount1=5"]', "字段只能是"),
    ],
)
def test_a_wrong_setting_is_named_and_a_secret_is_not_quoted(tmp_path: Path, key: str, value: str, says: str) -> None:
    path = tmp_path / "lima.toml"
    path.write_text(f"[wechat]\n{key} = {value}\n", encoding="utf-8")
    with pytest.raises(Problem) as refused:
        load_settings(path)
    assert f"wechat.{key}" in str(refused.value) and says in str(refused.value)
    if key in ("token", "aes_key", "aes_key_previous"):
        assert value.strip('"') not in str(refused.value)
