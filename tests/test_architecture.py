"""Rules about the code itself: who may import whom, strict types, functions that fit a screen, docs that are true."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "handlers", "storage", "config")
FUNCTION_LINES_MAX = 60
FILE_LINES_MAX = 550
TOP_LEVEL = {
    ".ci", ".git", ".gitignore", "CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "bot", "config", "docs",
    "handlers", "pyproject.toml", "requirements.lock", "storage", "tests",
}  # fmt: skip
LOCAL_ONLY = {
    "__pycache__",
    ".venv",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
    ".import_linter_cache",
}


def sources() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


@pytest.mark.parametrize(
    "command", [("mypy",), ("ruff", "check", "."), ("ruff", "format", "--check", ".")], ids=" ".join
)
def test_checkers_find_nothing(command: tuple[str, ...]) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_imports_go_downward() -> None:
    code = (
        "import sys; from importlinter.cli import lint_imports_command as c; c.main(['--no-cache'], prog_name='lint')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_functions_fit_a_screen_and_files_hold_one_idea(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= FILE_LINES_MAX
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= FUNCTION_LINES_MAX
        and "migrations" not in path.parts
    ]
    assert not long


@pytest.mark.parametrize(
    "path", [p for p in sources() if p.parts[len(ROOT.parts)] in ("handlers", "storage")], ids=lambda p: p.name
)
def test_scripts_and_storage_functions_never_await(path: Path) -> None:
    if path.name in ("sqlite.py", "postgresql.py", "engine.py", "schema.py", "backup.py"):
        return
    awaiting = [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.AsyncFunctionDef | ast.Await)
    ]
    assert not awaiting


def test_scripts_use_neither_clock_nor_chance() -> None:
    for path in (ROOT / "handlers").rglob("*.py"):
        names = {
            alias.name
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        assert not names & {"time", "random", "secrets", "os", "socket", "sqlite3", "asyncio"}, path


def test_nothing_else_at_the_top() -> None:
    assert {path.name for path in ROOT.iterdir()} - LOCAL_ONLY <= TOP_LEVEL


def test_every_dependency_is_used() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    imported_as = {
        "python-multipart": None,
        "python-telegram-bot": "telegram",
        "greenlet": None,
        "pillow": "PIL",
    }  # wanted by Starlette and by SQLAlchemy
    for requirement in project["dependencies"]:
        name = requirement.split(">")[0].split("[")[0]
        module = imported_as.get(name, name.replace("-", "_"))
        assert module is None or f"import {module}" in text or f"from {module}" in text, name
