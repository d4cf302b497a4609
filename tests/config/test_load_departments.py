"""departments.csv: optional; every fault by row and column; never a helper without a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from config.faults import Fault
from config.organisation import load_organisation
from config.people import load_people
from handlers.model import Help, VillageCode

HEADER = "code,name,place,phone,helps\n"
GOOD = (
    HEADER
    + "520602D01,碧江区民政局,520602,0856-0000011,吃饭、住房\n"
    + "520602101D01,坝黄镇人民政府,520602101,,\n"
    + "5206D01,铜仁市医保局,5206,0856-0000012,看病；吃饭\n"
)
FaultsOf = Callable[[Callable[[], object]], tuple[Fault, ...]]


def _written(city: Path, text: str) -> Path:
    (city / "departments.csv").write_text(text, encoding="utf-8")
    return city


def test_without_it_nothing_changes(city: Path) -> None:
    before = load_organisation(city)
    assert before.departments == {} and before.department_for(Help.FOOD, VillageCode("520602101201")) is None
    assert load_organisation(_written(city, HEADER)).departments == {}, "lima init writes a header to fill in"


def test_departments_are_found_by_name_and_by_what_they_help_with(city: Path) -> None:
    whole = load_organisation(_written(city, GOOD))
    here, elsewhere = VillageCode("520602101201"), VillageCode("520603100001")
    found = whole.department_called("坝黄镇人民政府", here)
    assert found is not None and found.level == "township" and whole.unit_name(found.id) == "坝黄镇人民政府"
    assert whole.department_called("坝黄镇人民政府", elsewhere) is None
    assert whole.department_called("民政局", here) is None, "the exact name, or none"
    for help_, village, name in (
        (Help.FOOD, here, "碧江区民政局"), (Help.FOOD, elsewhere, "铜仁市医保局"), (Help.MEDICAL, here, "铜仁市医保局"),
    ):  # fmt: skip
        department = whole.department_for(help_, village)
        assert department is not None and department.name == name
    assert whole.department_for(Help.HOUSING, elsewhere) is None
    assert whole.digest != load_organisation(_written(city, GOOD + "\n")).digest


@pytest.mark.parametrize(
    ("line", "column", "says"),
    [
        ("520602X01,某局,520602,,", "code", "部门代码 520602X01 应该是地方代码 520602，加字母 D 和两位数字"),
        ("520602D1,某局,520602,,", "code", "加字母 D 和两位数字"),
        ("520603D01,某局,520602,,", "code", "应该是地方代码 520602"),
        ("520699D01,某局,520699,,", "place", "没有这个地方 520699"),
        (",某局,,,", "place", "没有填地方的代码"),
        ("520602D02,,520602,,", "name", "没有填名称"),
        ("520602D01,另一个局,520602,,", "code", "代码 520602D01 和第2行重复"),
        ("520602D02,碧江区民政局,520602,,", "name", "部门和第2行重复：碧江区民政局"),
        ("520602D02,某局,520602,不知道,", "phone", "电话只能有数字"),
        ("520602D02,某局,520602,0856-1,理发", "helps", "能帮的只能写看病、吃饭"),
        ("520602D02,某局,520602,,上学", "phone", "某局写了能帮上学，要有电话"),
    ],
)
def test_what_is_wrong_is_told_by_row_and_column(
    city: Path, faults_of: FaultsOf, line: str, column: str, says: str
) -> None:
    _written(city, GOOD + line + "\n")
    (fault,) = faults_of(lambda: load_organisation(city))
    assert (fault.file, fault.row, fault.column) == ("departments.csv", 5, column) and says in fault.says


def test_contacts_are_people_of_the_roster_with_that_post_alone(
    city: Path, tmp_path: Path, faults_of: FaultsOf
) -> None:
    whole = load_organisation(_written(city, GOOD))
    roster = tmp_path / "people.csv"
    roster.write_text("id,name,unit,post,ties\nD-1,某经办,520602D01,书记,\n", encoding="utf-8")
    assert "这一级的职务只能是经办" in "".join(str(fault) for fault in faults_of(lambda: load_people(roster, whole)))
    roster.write_text("id,name,unit,post,ties\nD-1,某经办,520602D09,经办,\n", encoding="utf-8")
    assert "没有这个部门 520602D09" in "".join(str(fault) for fault in faults_of(lambda: load_people(roster, whole)))
