"""lima.toml and the environment: what is taken, what is refused, what is never quoted."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from config import SAMPLE
from config.settings import Problem, Settings, load_settings, setting_keys
from handlers.model import Here


def load(folder: Path, text: str) -> Settings:
    path = folder / "lima.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path)


def problems(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(Problem) as refused:
        load(folder, text)
    assert str(refused.value) == "\n".join(refused.value.sentences)
    assert refused.value.__cause__ is None
    return refused.value.sentences


def test_an_empty_file_gives_the_defaults_with_paths_beside_it(tmp_path: Path) -> None:
    settings = load(tmp_path, "")
    assert settings.database.url == f"sqlite:///{tmp_path}/data/lima.db"
    assert settings.keys.ring == tmp_path / "keys"
    assert settings.organisation.folder == tmp_path / "organisation"
    assert settings.here() == Here()


def test_absolute_paths_and_other_databases_stay(tmp_path: Path) -> None:
    settings = load(tmp_path, '[database]\nurl = "postgresql://lima:x@db/lima"\n[keys]\nring = "/etc/lima/keys"\n')
    assert settings.database.url == "postgresql://lima:x@db/lima"
    assert settings.keys.ring == Path("/etc/lima/keys")
    assert load(tmp_path, '[database]\nurl = "sqlite:////var/x.db"\n').database.url == "sqlite:////var/x.db"


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMA_CONFIG", "elsewhere.toml")
    monkeypatch.setenv("LIMA_SERVER__PORT", "9000")
    monkeypatch.setenv("LIMA_ACCOUNT__HOTLINE", "0856-5220000")
    settings = load(tmp_path, '[server]\nhost = "0.0.0.0"\nport = 8001\n[limits]\ndeliberate_s = 0\n')
    assert (settings.server.host, settings.server.port) == ("0.0.0.0", 9000)
    assert settings.here() == Here(hotline="0856-5220000", deliberate_s=0.0)


def test_every_limit_of_the_conversations_is_a_setting() -> None:
    account = {"account_name", "hotline", "hotline_hours", "province_site", "base_url", "templates"}
    limits = {field.name for field in dataclasses.fields(Here)} - account
    assert limits <= {key for section, key in setting_keys() if section == "limits"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[sever]\nport = 1\n", "sever：没有这个设置"),
        ("port = 1\n", "port：没有这个设置"),
        ('_env_file = ".env"\n', "_env_file：没有这个设置"),
        ("[server]\nprot = 1\n", "server.prot：没有这个设置"),
        ("server = 1\n", "server：应该是一节，写成 [server]，下面一行一个设置"),
        ('[server]\nport = "abc"\n', "server.port：应该是整数，写的是“abc”"),
        ("[server]\nport = true\n", "server.port：应该是整数，写的是“true”"),
        ("[server]\nport = 8000.5\n", "server.port：应该是整数，写的是“8000.5”"),
        ("[server]\nport = 0\n", "server.port：不能小于 1，写的是“0”"),
        ("[server]\nport = 70000\n", "server.port：不能大于 65535，写的是“70000”"),
        ('[server]\nhost = ""\n', "server.host：不能空着，写的是“”"),
        ("[account]\nhotline = 12388\n", "account.hotline：应该是文字，两边加引号，写的是“12388”"),
        ("[keys]\nring = 1\n", "keys.ring：应该是路径，两边加引号，写的是“1”"),
        (f'[account]\nname = "{"长" * 50}"\n', f"account.name：最多30个字，写的是“{'长' * 40}…”"),
        ('[limits]\ndeliberate_s = "abc"\n', "limits.deliberate_s：应该是数字，写的是“abc”"),
        ("[limits]\ndeliberate_s = nan\n", "limits.deliberate_s：不能小于 0，写的是“nan”"),
        ("[limits]\ndeliberate_s = -1\n", "limits.deliberate_s：不能小于 0，写的是“-1”"),
        ("[limits]\nqueue_max = []\n", "limits.queue_max：应该是整数，写的是“[]”"),
    ],
)
def test_one_problem_is_named_by_its_key(tmp_path: Path, text: str, sentence: str) -> None:
    assert problems(tmp_path, text) == (sentence,)


@pytest.mark.parametrize(
    "url", ["lima.gov.cn", "ftp://x", "https://x/lima", "https://x?a", "http://", "http://x:99999"]
)
def test_a_base_url_is_an_address_without_a_path(tmp_path: Path, url: str) -> None:
    (sentence,) = problems(tmp_path, f'[server]\nbase_url = "{url}"\n')
    assert sentence == f"server.base_url：应该是 http:// 或 https:// 开头的网址，后面不带路径，写的是“{url}”"


def test_a_stroke_at_the_end_of_a_base_url_is_dropped(tmp_path: Path) -> None:
    assert load(tmp_path, '[server]\nbase_url = "https://lima.gov.cn/"\n').server.base_url == "https://lima.gov.cn"


@pytest.mark.parametrize(
    "text",
    [
        '[database]\nurl = "mysql://root:hunter2@db/lima"\n',
        '[database]\nurl = "postgresql://root:hunter2@[/lima"\n',
        '[database]\nurl = "hunter2"\n',
        '[database]\nurl = ["hunter2"]\n',
        '[database]\npassword = "hunter2"\n',
        'database = "hunter2"\n',
        '[server]\nbase_url = "http://root:hunter2@db"\n',
        '[server]\nport = "postgresql://root:hunter2@db/lima"\n',
        '[database]\nurl = "hunter2\n',
    ],
)
def test_a_secret_is_never_quoted(tmp_path: Path, text: str) -> None:
    (sentence,) = problems(tmp_path, text)
    assert "hunter2" not in sentence


def test_a_secret_is_not_in_the_representation(tmp_path: Path) -> None:
    assert "hunter2" not in repr(load(tmp_path, '[database]\nurl = "postgresql://lima:hunter2@db/lima"\n'))


@pytest.mark.parametrize("name", ["LIMA_SEVER__PORT", "LIMA_SERVER__PROT", "LIMA_SERVER", "LIMA_X", "lima_y"])
@pytest.mark.parametrize("value", ["hunter2", '{"port": 1}', ""])
def test_an_unknown_variable_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert problems(tmp_path, "") == (f"{name}：没有这个环境变量可设",)


def test_a_wrong_variable_is_named_with_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMA_SERVER__PORT", "abc")
    assert problems(tmp_path, "[server]\nport = 1\n") == (
        "server.port（环境变量 LIMA_SERVER__PORT）：应该是整数，写的是“abc”",
    )


def test_all_problems_are_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMA_X", "1")
    said = problems(tmp_path, "[server]\nport = 0\nprot = 1\n[limits]\nlanes = 0\n")
    assert [sentence.partition("：")[0] for sentence in said] == [
        "LIMA_X", "server.port", "server.prot", "limits.lanes",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (b"[server]\nport = \n", "第2行第8列附近写法不对"),
        (b"[server", "结尾的地方没有写完"),
        (b'[account]\nname = "\xcd\xad\xc8\xca"\n', "不是 UTF-8 编码"),
    ],
)
def test_a_file_that_is_no_toml(tmp_path: Path, raw: bytes, word: str) -> None:
    path = tmp_path / "lima.toml"
    path.write_bytes(raw)
    with pytest.raises(Problem, match=word):
        load_settings(path)


def test_a_byte_order_mark_of_notepad_is_no_fault(tmp_path: Path) -> None:
    assert load(tmp_path, "\ufeff[server]\nport = 1\n").server.port == 1


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="lima init"):
        load_settings(tmp_path / "lima.toml")
    with pytest.raises(Problem, match="读不了"):
        load_settings(tmp_path)


def test_the_sample_is_exactly_the_defaults_and_explains_every_setting(tmp_path: Path) -> None:
    text = (SAMPLE / "lima.toml").read_text(encoding="utf-8")
    assert load(tmp_path, text) == load(tmp_path, "")
    documented = []
    section, before = "", ""
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith(("#", " ", "]")):
            assert before.startswith("# "), line
            documented.append((section, line.partition(" = ")[0]))
        before = line
    assert documented == list(setting_keys())
