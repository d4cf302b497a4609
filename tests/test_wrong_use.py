"""A command typed wrongly is answered in Chinese: what is wrong, how it is written, and exit code 2."""

from __future__ import annotations

import sys

import pytest

from bot import wrong_use
from bot.cli import commands


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("nosuch", "没有这个命令"),
        ("route", "少写了 village"),
        ("route 岩门 whom", "about 写得不对。只能是 'village'"),
        ("route 岩门 village again", "写多了"),
        ("serve --port 1", "没有 --port 这个选项"),
        ("outbox list --limit many", "--limit 写得不对"),
        ("serve --config", "--config 后面要写一个值"),
        ("audit", "从头到尾核对一遍"),
    ],
)
def test_what_is_wrong_is_said_in_chinese(
    typed: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["lima", *typed.split()])
    assert wrong_use.run(commands) == 2
    told = capsys.readouterr().err
    assert said in told and "Error" not in told and "Traceback" not in told, told
