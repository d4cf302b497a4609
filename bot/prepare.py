"""`lima init`: a folder that `lima serve` can run in."""

from __future__ import annotations

import importlib.resources
import shutil
from pathlib import Path

from storage.vault import new_ring

SETTINGS_FILE, ITEMS_FILE, ORGANISATION = "lima.toml", "items.csv", "organisation"


class NotEmpty(Exception):
    """There is something in the folder already; nothing was written."""


def sample_folder() -> Path:
    return Path(str(importlib.resources.files("config"))) / "sample"


def prepare(folder: Path, *, sample: bool) -> None:
    """Settings, keys made anew, and the organisation's files: the sample city, or headers to fill in."""
    if folder.exists() and any(folder.iterdir()):
        raise NotEmpty(f"{folder} 里已经有东西了，没有改动。请换一个空的目录。")
    folder.mkdir(parents=True, exist_ok=True)
    source = sample_folder()
    shutil.copyfile(source / SETTINGS_FILE, folder / SETTINGS_FILE)
    (folder / ORGANISATION).mkdir()
    tables = [*sorted((source / ORGANISATION).glob("*.csv")), source / ITEMS_FILE]
    for table in tables:
        content = table.read_text(encoding="utf-8")
        kept = content if sample else content.splitlines()[0] + "\n"
        (folder / table.relative_to(source)).write_text(kept, encoding="utf-8")
    (folder / "data").mkdir(mode=0o700)
    new_ring(folder / "keys", sample=sample)
