"""The roster: every fault by file, row and column; CSV and XLSX alike; the sample staffs every unit."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from config import SAMPLE
from config.faults import Faults
from config.organisation import load_organisation
from config.people import load_people
from handlers.model import Post
from handlers.organisation import Organisation

HEAD = "id,name,unit,post,ties"


@pytest.fixture(scope="module")
def organisation() -> Organisation:
    return load_organisation(SAMPLE / "organisation")


@pytest.fixture(scope="module")
def sample() -> str:
    return (SAMPLE / "people.csv").read_text(encoding="utf-8")


def _refused(tmp_path: Path, organisation: Organisation, text: str) -> list[str]:
    path = tmp_path / "people.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Faults) as refusal:
        load_people(path, organisation)
    return [str(fault) for fault in refusal.value.all]


def test_the_sample_staffs_every_unit_and_says_that_it_is_one(organisation: Organisation, sample: str) -> None:
    people = load_people(SAMPLE / "people.csv", organisation)
    assert all(listed.name.startswith("样例") for listed in people)
    staffed = {listed.person.desk for listed in people}
    assert staffed == set(organisation.desks) | set(organisation.departments)
    heads = [listed for listed in people if listed.person.holds(Post.SECRETARY)]
    assert len(heads) == len(organisation.desks)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("T 1,甲,520602002,干部,", "id：编号用字母、数字和“-”"),
        (",甲,520602002,干部,", "id：没有填编号"),
        ("N-1,,520602002,干部,", "name：没有填姓名"),
        ("N-1,甲,520602999,干部,", "unit：没有这个单位 520602999"),
        ("N-1,甲,5.20602E+08,干部,", "unit：Excel 把代码变成了科学计数"),
        ("N-1,甲,520602000,干部,", "unit：代码 520602000 后面几位变成了0"),
        ("N-1,甲,520602002,指挥长,", "post：这一级的职务只能是书记、副书记、干部，写的是“指挥长”"),
        ("N-1,甲,520602002,干部,520602002999", "ties：没有这个地方 520602002999"),
        ("N-1,甲,520602002,干部,520602002", "ties：关联 520602002 是自己单位管的整个地方"),
        ("T520602002-1,样例环北书记,520602002,书记,", "id：和第"),
        ("T520602002-1,别人,520602002,干部,", "name：编号 T520602002-1 在第"),
        ("T520602002-1,样例环北书记,520602003,干部,", "unit：样例环北书记在第"),
    ],
)
def test_each_fault_names_row_and_column(
    tmp_path: Path, organisation: Organisation, sample: str, line: str, says: str
) -> None:
    row = sample.count("\n") + 1
    found = _refused(tmp_path, organisation, f"{sample}{line}\n")
    assert any(fault.startswith(f"people.csv 第{row}行 {says}") for fault in found), found


@pytest.mark.parametrize(
    ("gone", "says"),
    [
        (("T520602002-1",), "环北街道纪工委书记应该正好一个，有0个"),
        (("T520602002-1", "T520602002-2", "T520602002-3"), "环北街道纪工委一个人也没有"),
        (("T520602002-2", "T520602002-3"), "环北街道纪工委只有1个人"),
        (("X520602-2",), "铜仁市碧江区纪检监察第一协作区：指挥长应该正好一个，有0个"),
        (("X520602-5",), "碧江区纪委监委没有案管"),
    ],
)
def test_nobody_who_must_act_may_be_missing(
    tmp_path: Path, organisation: Organisation, sample: str, gone: tuple[str, ...], says: str
) -> None:
    kept = "\n".join(line for line in sample.splitlines() if line.partition(",")[0] not in gone)
    assert any(says in fault for fault in _refused(tmp_path, organisation, f"{kept}\n"))


def test_two_commanders_of_one_zone_are_one_too_many(tmp_path: Path, organisation: Organisation, sample: str) -> None:
    found = _refused(tmp_path, organisation, f"{sample}N-1,甲,520602Z01,指挥长,\n")
    assert any("指挥长应该正好一个，有2个：N-1、X520602-2" in fault for fault in found), found


# ---------------------------------------------------------------- XLSX


def _workbook(path: Path, sample: str, spoil: str = "") -> Path:
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False})
    sheet = book.add_worksheet()
    for row, line in enumerate(sample.splitlines()):
        for column, cell in enumerate(line.split(",")):
            if spoil == "numbers" and column == 2 and cell.isdigit():
                sheet.write_number(row, column, int(cell))
            else:
                sheet.write_string(row, column, cell)
    if spoil == "formula":
        sheet.write_formula(3, 1, "=A1")
    if spoil == "merged":
        sheet.merge_range("A5:B6", "合并")
    if spoil == "hidden":
        book.add_worksheet("藏着").hide()
    book.close()
    return path


@pytest.mark.parametrize("spoil", ["", "numbers"])
def test_a_workbook_says_what_the_csv_says(tmp_path: Path, organisation: Organisation, sample: str, spoil: str) -> None:
    path = _workbook(tmp_path / "people.xlsx", sample, spoil)
    assert load_people(path, organisation) == load_people(SAMPLE / "people.csv", organisation)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [("formula", "第4行 B：这一格是公式"), ("merged", "第5行：有合并的格子 A5:B6"), ("hidden", "只能有一张表")],
)
def test_a_doubtful_workbook_is_refused(
    tmp_path: Path, organisation: Organisation, sample: str, spoil: str, says: str
) -> None:
    path = _workbook(tmp_path / "people.xlsx", sample, spoil)
    with pytest.raises(Faults, match=r"people\.xlsx") as refusal:
        load_people(path, organisation)
    assert any(says in str(fault) for fault in refusal.value.all), refusal.value


def test_a_trap_is_no_workbook(tmp_path: Path, organisation: Organisation) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("xl/workbook.xml", b"\0" * (65 * 1024 * 1024))
    path = tmp_path / "people.xlsx"
    for content, says in ((packed.getvalue(), "解开太大"), (b"PK\x03\x04 nonsense", "坏了")):
        path.write_bytes(content)
        with pytest.raises(Faults, match=says):
            load_people(path, organisation)
