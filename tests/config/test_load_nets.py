"""The nets: every fault by file, row and column; the order of rows means nothing; CSV and XLSX alike."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import pytest
import xlsxwriter

from config import SAMPLE
from config.faults import Faults
from config.nets import COLUMNS, load_nets
from config.organisation import load_organisation
from handlers.model import VillageCode
from handlers.organisation import Organisation
from handlers.rules.nets import Group, Lack, Member, NetPost, lacks, wanted

HEAD = ",".join(COLUMNS)
V, W = "520623101218", "520623101201"
ROWS = [
    f"{V},,,J-1,甲,监督长,主任,2026-01-20,2031-01-19",
    f"{V},一组,52,J-2,乙,监督员,推选,2026-03-01,2029-02-28",
    f"{V},一组,52,J-3,丙,监督员,推选,2026/3/1,2029年2月28日",
    f"{V},二组,19,,,,,,",
    f"{V},,,J-4,丁,村干部,,,",
    f"{W},三组,30,J-5,戊,监督员,推选,2026-03-01,2029-02-28",
    f"{W},,,J-6,己,副监督长,委员,2026-01-20,2031-01-19",
]


@pytest.fixture(scope="module")
def organisation() -> Organisation:
    return load_organisation(SAMPLE / "organisation")


def _written(tmp_path: Path, rows: list[str]) -> Path:
    path = tmp_path / "nets.csv"
    path.write_text("\n".join([HEAD, *rows]), encoding="utf-8")
    return path


def _refused(tmp_path: Path, organisation: Organisation, rows: list[str], taken: tuple[str, ...] = ()) -> list[str]:
    with pytest.raises(Faults) as refusal:
        load_nets(_written(tmp_path, rows), organisation, taken)
    return [str(fault) for fault in refusal.value.all]


def test_what_a_net_is(tmp_path: Path, organisation: Organisation) -> None:
    other, net = (listed.net for listed in load_nets(_written(tmp_path, ROWS), organisation))
    assert net.groups == (Group("一组", 52), Group("二组", 19)) and net.is_set_up and not other.is_set_up
    assert net.members[2] == Member(
        "J-3", VillageCode(V), NetPost.MONITOR, "一组", "推选", "2026-03-01", "2029-02-28"  # type: ignore[arg-type]
    )  # fmt: skip
    assert [member.is_monitor for member in net.members] == [False, True, True, False]
    assert [member.reports for member in net.members] == [True, True, True, False]


def test_any_order_of_rows_is_the_same_nets(tmp_path: Path, organisation: Organisation) -> None:
    chance = random.Random(7)
    first = load_nets(_written(tmp_path, ROWS), organisation)
    for _ in range(50):
        rows = chance.sample(ROWS, len(ROWS))
        assert load_nets(_written(tmp_path, rows), organisation) == first


def test_any_order_of_spoilt_rows_is_refused_by_row_and_column(tmp_path: Path, organisation: Organisation) -> None:
    """One cell spoilt, the rows in any order: the file, that row and that column are named."""
    chance = random.Random(8)
    spoils = {
        "village": "520623101999", "households": "很多", "id": "有 空格", "name": "长" * 21, "post": "组长",
        "chosen": "去年", "until": "换届",
    }  # fmt: skip
    for _ in range(200):
        rows = [row.split(",") for row in chance.sample(ROWS, len(ROWS))]
        at, column = chance.randrange(len(rows)), chance.choice(list(spoils))
        if rows[at][3] == "" and column in ("id", "name", "post"):
            continue  # a row of a group alone: that makes it a person's, with more than one cell missing
        rows[at][COLUMNS.index(column)] = spoils[column]
        told = _refused(tmp_path, organisation, [",".join(row) for row in rows])
        assert any(each.startswith(f"nets.csv 第{at + 2}行 {column}：") for each in told), (column, told)


def test_csv_and_xlsx_alike(tmp_path: Path, organisation: Organisation) -> None:
    path = tmp_path / "nets.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for n, row in enumerate(csv.reader(io.StringIO("\n".join([HEAD, *ROWS])))):
            sheet.write_row(n, 0, row)
    assert load_nets(path, organisation) == load_nets(_written(tmp_path, ROWS), organisation)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("1,,,J-9,甲,监督长,主任,2026-01-20,2031-01-19", "village：代码 1 只有1位"),
        (f"{V},,,J-9,甲,监督长,主任,2026-01-20,2031-01-19", "post：第2行已经有监督长，一个村只有一个"),
        (f"{V},三组,40,J-2,甲,监督员,推选,2026-03-01,2029-02-28", "id：编号 J-2 在第3行已经用过，一个人只写一行"),
        (f"{V},三组,40,T-1,甲,监督员,推选,2026-03-01,2029-02-28", "id：编号 T-1 在名册里已经有人用了"),
        (f"{V},三组,,J-9,甲,监督员,推选,2026-03-01,2029-02-28", "households：没有填户数"),
        (f"{V},三组,0,J-9,甲,监督员,推选,2026-03-01,2029-02-28", "households：户数写1到2000的整数"),
        (f"{V},,40,J-9,甲,监督员,推选,2026-03-01,2029-02-28", "group：没有填组"),
        (f"{V},一组,60,J-9,甲,监督员,推选,2026-03-01,2029-02-28", "households：一组在第3行是52户，这里是60户"),
        (f"{V},三组,40,J-9,甲,副监督长,委员,2026-01-20,2031-01-19", "group：副监督长管全村，这一格要空着"),
        (f"{V},三组,40,J-9,甲,监督员,,2026-03-01,2029-02-28", "how：没有填"),
        (f"{V},三组,40,J-9,甲,监督员,推选,,2029-02-28", "chosen：没有填"),
        (f"{V},三组,40,J-9,甲,监督员,推选,2026-02-30,2029-02-28", "chosen：日期写成 2026-01-31 这样"),
        (f"{V},三组,40,J-9,甲,监督员,推选,2026-03-01,2026-03-01", "until：任期到 2026-03-01，不在选的那天"),
        (f"{V},二组,19,J-9,甲,监督员,推选,2026-03-01,2029-02-28", "group：二组写了不止一行，这一行又没有写人"),
        (f"{V},三组,40,,,,推选,,", "how：这一行没有写人，这一格要空着"),
        (f"{V},三组,40,,甲,,,,", "id：没有填编号"),
    ],
)
def test_what_is_refused(tmp_path: Path, organisation: Organisation, row: str, says: str) -> None:
    assert any(says in each for each in _refused(tmp_path, organisation, [*ROWS, row], ("T-1",)))


def test_no_fourth_monitor(tmp_path: Path, organisation: Organisation) -> None:
    more = [f"{V},一组,52,J-9{n},某,监督员,推选,2026-03-01,2029-02-28" for n in range(2)]
    assert _refused(tmp_path, organisation, [*ROWS, *more]) == [
        "nets.csv 第10行 group：一组已经有3个监督员，一个组1到3个"
    ]


@pytest.mark.parametrize(("households", "n"), [(1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (900, 3)])
def test_in_proportion_to_households(households: int, n: int) -> None:
    assert wanted(households, 30) == n


def test_what_is_missing(tmp_path: Path, organisation: Organisation) -> None:
    nets = {listed.net.village: listed.net for listed in load_nets(_written(tmp_path, ROWS), organisation)}
    other = VillageCode("520623101200")
    assert lacks([other, VillageCode(W), VillageCode(V)], nets, 30, "2029-03-01") == [
        Lack("net", other),
        Lack("chief", VillageCode(W)),
        Lack("term", VillageCode(W), n=1),
        Lack("none", VillageCode(V), "二组", 0, 1),
        Lack("term", VillageCode(V), n=2),
    ]


def test_the_sample_is_a_net_and_says_that_it_is_one(organisation: Organisation) -> None:
    (listed,) = load_nets(SAMPLE / "nets.csv", organisation)
    assert listed.net.is_set_up and all(name.startswith("样例") for name in listed.names.values())
