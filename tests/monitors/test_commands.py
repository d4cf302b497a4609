"""`lima import people --nets`, `lima invite`, `lima nets`, `lima slips`: a whole installation in a folder."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import commands
from bot.paper.slips import Slip, pdf

VILLAGE, COUNTY, OTHER = "520623101218", "520623", "520602"
PAGE = re.compile(rb"/Type\s*/Page\b")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nets") / "home"
    done = CliRunner().invoke(commands, ["init", "--sample", str(folder)])
    assert done.exit_code == 0, done.output
    settings = folder / "lima.toml"
    text = settings.read_text(encoding="utf-8").replace("counties = []", f'counties = ["{COUNTY}"]')
    settings.write_text(text, encoding="utf-8")
    return folder


def _lima(home: Path, *words: str) -> Result:
    return CliRunner().invoke(commands, [*words, "--config", str(home / "lima.toml")])


def test_a_county_that_is_on_has_its_nets_and_the_others_none(home: Path) -> None:
    told = _lima(home, "nets").output
    assert re.search("石阡县  \\d+ 个村，建了 1 个", told)
    assert "本庄镇岩门村四组：没有监督员" in told and "碧江区  没有开" in told
    assert "样例" not in told, "no names"


def test_names_are_listed_for_inviting_alone(home: Path) -> None:
    told = _lima(home, "nets", "--csv").output.splitlines()
    assert told[0] == "id,name,post,village,group"
    assert f"J-{VILLAGE}-4,样例监督员甲,监督员,{VILLAGE},一组" in told
    assert "J-" not in _lima(home, "people", "--csv").output


def test_a_monitor_is_invited_by_a_code(home: Path) -> None:
    assert re.fullmatch("[0-9A-Z]{12}\n", _lima(home, "invite", f"J-{VILLAGE}-4").output)
    assert "没有编号" in _lima(home, "invite", "J-nobody").output


def test_an_id_is_one_persons(home: Path, tmp_path: Path) -> None:
    spoilt = tmp_path / "nets.csv"
    text = (home / "nets.csv").read_text(encoding="utf-8").replace(f"J-{VILLAGE}-5", "C-4")
    spoilt.write_text(text, encoding="utf-8")
    done = _lima(home, "import", "people", str(home / "people.csv"), "--nets", str(spoilt))
    assert done.exit_code == 1 and "nets.csv 第6行 id：编号 C-4 在名册里已经有人用了" in done.output
    roster = tmp_path / "people.csv"
    text = (home / "people.csv").read_text(encoding="utf-8").replace("\nC-4,", f"\nJ-{VILLAGE}-4,")
    roster.write_text(text, encoding="utf-8")
    done = _lima(home, "import", "people", str(roster))
    assert done.exit_code == 1 and "在廉情前哨站里已经有人用了" in done.output
    done = _lima(home, "import", "people", str(home / "people.csv"), "--nets", str(home / "nets.csv"))
    assert done.exit_code == 0 and re.match("导入了 \\d+ 人。", done.output), done.output


def test_more_than_half_of_the_monitors_do_not_go_unasked(home: Path, tmp_path: Path) -> None:
    """The roster beside them is a hundred times longer."""
    rows = (home / "nets.csv").read_text(encoding="utf-8").splitlines()
    short = tmp_path / "nets.csv"
    short.write_text("\n".join([rows[0], rows[4]]), encoding="utf-8")
    wanted = ("import", "people", str(home / "people.csv"), "--nets", str(short))
    done = _lima(home, *wanted)
    assert done.exit_code == 1 and "这份监督网会去掉 7 人，超过一半" in done.output
    assert "去掉了 7 人" in _lima(home, *wanted, "--yes").output
    done = _lima(home, "import", "people", str(home / "people.csv"), "--nets", str(home / "nets.csv"))
    assert done.exit_code == 0 and "去掉了" not in done.output


def test_slips_of_a_township_are_one_private_file(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "slips"
    done = _lima(home, "slips", VILLAGE, "520623101201", "--count", "5", "--out", str(out))
    assert done.exit_code == 0, done.output
    (made,) = out.iterdir()
    assert made.name == "520623101-本庄镇.pdf" and stat.S_IMODE(made.stat().st_mode) == 0o600
    assert made.read_bytes().startswith(b"%PDF")
    assert "10 张" in done.output and "删掉" in done.output and "其中 1 个村还没有监督员" in done.output
    again = _lima(home, "slips", VILLAGE, "--out", str(out))
    assert again.exit_code == 1 and "已经有东西" in again.output


@pytest.mark.parametrize(
    ("area", "says"), [("999999", "没有这个地方 999999"), (OTHER, "还没有开廉情前哨站")], ids=["unknown", "off"]
)
def test_slips_that_nobody_could_use_are_refused(home: Path, tmp_path: Path, area: str, says: str) -> None:
    done = _lima(home, "slips", area, "--out", str(tmp_path / "slips"))
    assert done.exit_code == 1 and says in done.output and not (tmp_path / "slips").exists()


def test_a_county_that_is_none_refuses_the_start(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMA_NETS__COUNTIES", '["999999"]')
    done = _lima(home, "nets")
    assert done.exit_code == 1 and "没有这个区县 999999" in done.output


def test_four_a_page_and_each_village_on_pages_of_its_own() -> None:
    slips = [Slip(place, f"{n:05}-00000", f"{n:04}-0000-0000") for place in ("甲村", "乙村") for n in range(5)]
    assert len(PAGE.findall(pdf(slips, "12388"))) == 4


def test_check_counts_the_nets(home: Path) -> None:
    assert "1 个区县开了廉情前哨站，建了 1 个" in _lima(home, "check").output
