"""`lima init`: a folder that `lima serve` can run in."""

from __future__ import annotations

import shutil
from pathlib import Path

from config import SAMPLE
from storage.vault import new_ring

SETTINGS_FILE, ITEMS_FILE, ORGANISATION = "lima.toml", "items.csv", "organisation"
PEOPLE_FILE, NETS_FILE, WORKDAYS_FILE = "people.csv", "nets.csv", "workdays.csv"


class NotEmpty(Exception):
    """There is something in the folder already; nothing was written."""


def prepare(folder: Path, *, sample: bool) -> None:
    """Settings, keys made anew, and the organisation's files: the sample city, or headers to fill in."""
    if folder.exists() and any(folder.iterdir()):
        raise NotEmpty(f"{folder} 里已经有东西了，没有改动。请换一个空的目录。")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(SAMPLE / SETTINGS_FILE, folder / SETTINGS_FILE)
    (folder / ORGANISATION).mkdir()
    own = (SAMPLE / ITEMS_FILE, SAMPLE / PEOPLE_FILE, SAMPLE / NETS_FILE)
    tables = [*sorted((SAMPLE / ORGANISATION).glob("*.csv")), *own]
    for table in tables:
        content = table.read_text(encoding="utf-8")
        kept = content if sample else content.splitlines()[0] + "\n"
        (folder / table.relative_to(SAMPLE)).write_text(kept, encoding="utf-8")
    shutil.copyfile(SAMPLE / WORKDAYS_FILE, folder / WORKDAYS_FILE)
    (folder / "data").mkdir(mode=0o700)
    new_ring(folder / "keys", sample=sample)
