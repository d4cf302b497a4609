"""`lima people`, `lima invite`, `lima import people`, `lima audit`, `lima check`, as an operator types them."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.served.process import REFERENCE, lima


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `lima init --sample` makes, for copies."""
    folder = tmp_path_factory.mktemp("sample") / "city"
    assert lima("init", "--sample", str(folder), cwd=folder.parent).returncode == 0
    return folder


@pytest.fixture
def city(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "city"))


def test_an_operator_keeps_the_roster_and_the_record(city: Path) -> None:
    listed = list(csv.DictReader(io.StringIO(lima("people", "--csv", cwd=city).stdout)))
    assert len(listed) == 779 and list(listed[0]) == ["id", "name", "post", "unit"]
    checked = lima("check", cwd=city)
    assert checked.returncode == 0 and "60 个协作区都是 1+1+N" in checked.stdout, checked.stdout
    code = lima("invite", "T520602002-1", cwd=city)
    assert code.returncode == 0 and re.fullmatch("[0-9A-Z]{12}\n", code.stdout), "the code, and nothing else"
    for path in (city / "data").glob("lima.db*"):
        assert code.stdout.strip().encode() not in path.read_bytes(), "only its hash is stored"
    assert lima("invite", "nobody", cwd=city).returncode == 1
    roster = (city / "people.csv").read_text(encoding="utf-8").splitlines()
    (city / "fewer.csv").write_text("\n".join(line for line in roster if not line.startswith("T520602002-3")) + "\n")
    done = lima("import", "people", "fewer.csv", cwd=city)
    assert done.returncode == 0 and "去掉了 1 人" in done.stdout
    (city / "broken.csv").write_text("\n".join(roster[:2]) + "\n")
    assert lima("import", "people", "broken.csv", cwd=city).returncode == 1
    verified = lima("audit", "verify", cwd=city)
    assert verified.returncode == 0 and "核对码" in verified.stdout


def test_a_lost_phone_is_cut_off_and_the_person_stays(city: Path) -> None:
    assert "没有绑定手机" in lima("unbind", "T520602002-2", cwd=city).stderr
    code = lima("invite", "T520602002-2", cwd=city).stdout.strip()
    bound = subprocess.run(
        [sys.executable, *REFERENCE, "chat"], cwd=city, input=f"绑定 {code}\n1\n待办\n", text=True,
        capture_output=True, check=True, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert "待办 0 件" in bound.stdout, bound.stdout
    checked = lima("check", cwd=city)
    assert checked.returncode == 1 and "报上去没人批" in checked.stdout, checked.stdout
    assert "断开了" in lima("unbind", "T520602002-2", cwd=city).stdout
    assert "没有绑定手机" in lima("unbind", "T520602002-2", cwd=city).stderr
    assert lima("invite", "T520602002-2", cwd=city).returncode == 0, "still of the roster"
    assert lima("check", cwd=city).returncode == 0


def test_an_import_of_items_says_what_it_withdraws_and_asks_before_half(city: Path) -> None:
    lines = (city / "items.csv").read_text(encoding="utf-8").splitlines()
    (city / "fewer.csv").write_text("\n".join(lines[:-2]) + "\n", encoding="utf-8")
    (city / "broken.csv").write_text("\n".join(lines[:3]) + "\n", encoding="utf-8")
    asked = lima("import", "items", "broken.csv", cwd=city)
    assert asked.returncode == 1 and "撤下 58 项" in asked.stderr, asked.stderr
    done = lima("import", "items", "fewer.csv", cwd=city)
    assert done.returncode == 0 and "撤下了 2 项" in done.stdout
    one = lima("placards", "--csv", "agriculture-ditch-yanmen", cwd=city).stdout.splitlines()
    assert len(one) == 2 and "水沟" in one[1]
