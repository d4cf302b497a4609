"""What is said when a command was typed wrongly: in Chinese, with what is wrong and how it is written. Exit code 2."""

from __future__ import annotations

from typing import Any

import typer
from typer.exceptions import TyperException

WRONG = 2


def run(commands: typer.Typer) -> int:
    """Run a command; its exit code. The library's own sentences are English."""
    try:
        code = commands(standalone_mode=False)
    except typer.Abort:
        typer.echo("停下了。", err=True)
        return 1
    except TyperException as wrong:
        if said := _said(wrong):
            typer.echo(said, err=True)
        return WRONG
    return code if isinstance(code, int) else 0


def _said(wrong: Any) -> str:
    """`wrong` has a context, and of a parameter the parameter; the classes themselves are not the library's to import."""
    ctx: Any = getattr(wrong, "ctx", None)
    kind = type(wrong).__name__
    if kind == "NoArgsIsHelpError":
        return str(wrong)
    named = _named(getattr(wrong, "param", None))
    match kind:
        case "NoSuchOption":
            what = f"没有 {wrong.option_name} 这个选项。"
        case "MissingParameter":
            what = f"少写了{named}。"
        case "BadParameter":
            what = f"{named.strip()} 写得不对。{_choices(wrong)}"
        case "BadOptionUsage":
            what = f"{wrong.option_name} 后面要写一个值。"
        case _:
            what = "没有这个命令。" if "No such command" in str(wrong) else "写多了，或者写法不对。"
    return what if ctx is None else f"{what}\n{_usage(ctx)}\n看怎么写：{ctx.command_path} -h"


def _named(parameter: Any) -> str:
    if parameter is None:
        return ""
    return f" {' / '.join(parameter.opts) if parameter.param_type_name == 'option' else parameter.metavar or parameter.name}"


def _choices(wrong: Any) -> str:
    _, found, listed = str(wrong).partition("is not one of ")
    return f"只能是 {listed.strip('.').replace(', ', '、')}。" if found else ""


def _usage(ctx: Any) -> str:
    return str(ctx.get_usage()).replace("Usage:", "用法：", 1)
