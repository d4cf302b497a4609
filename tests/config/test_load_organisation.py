"""One fault in a small valid city: its file, row, column and a word of its sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from config.faults import Fault
from config.organisation import load_organisation
from handlers.organisation import Organisation

FaultsOf = Callable[[Callable[[], object]], tuple[Fault, ...]]

ONE_FAULT = [
    # file, what is replaced, by what; where the fault is, and a word of it
    ("city.csv", "5206,", "52,", "city.csv 第2行 code", "应该是4位"),
    ("city.csv", "铜仁市\n", "铜仁市\n5207,遵义市\n", "city.csv 第3行 code", "只能有一个市"),
    ("city.csv", "铜仁市", "", "city.csv 第2行 name", "没有填名称"),
    ("city.csv", "5206,铜仁市\n", "", "city.csv 第1行", "一行内容也没有"),
    ("counties.csv", "520603,", "520602,", "counties.csv 第3行 code", "和第2行重复"),
    ("counties.csv", "520603,", "530603,", "counties.csv 第3行 code", "不是以本市代码 5206 开头"),
    ("counties.csv", "520603,", "5.2E+05,", "counties.csv 第3行 code", "科学计数"),
    ("counties.csv", "万山区", "", "counties.csv 第3行 name", "没有填名称"),
    ("counties.csv", "code,name", "code,nam", "counties.csv 第1行 name", "没有这一列"),
    ("zones.csv", "520603Z01", "520603A01", "zones.csv 第3行 code", "字母 Z"),
    ("zones.csv", "520603Z01", "520602Z01", "zones.csv 第3行 code", "区县代码 520603"),
    ("zones.csv", "区,520603", "区,520609", "zones.csv 第3行 county", "没有这个区县 520609"),
    ("zones.csv", "万山区", "碧江区", "zones.csv 第3行 name", "铜仁市万山区纪检监察第几协作区"),
    ("zones.csv", "万山区纪检监察第一", "万山区纪检监察第1", "zones.csv 第3行 name", "第1协作区"),
    ("zones.csv", "520603\n", "520603\n520603Z02,铜仁市万山区纪检监察第十二协作区,520603\n",
     "zones.csv 第4行 code", "一个乡镇也没有"),
    ("zones.csv", "520603\n", "520603\n520603Z02,铜仁市万山区纪检监察第一协作区,520603\n",
     "zones.csv 第4行 name", "和第3行重复"),
    ("townships.csv", "520603,520603Z01", "520603,520602Z01", "townships.csv 第3行 zone", "不能跨区县"),
    ("townships.csv", "520603,520603Z01", "520603,520603Z09", "townships.csv 第3行 zone", "没有这个协作区 520603Z09"),
    ("townships.csv", "520603,520603Z01", "520603,", "townships.csv 第3行 zone", "没有填协作区"),
    ("townships.csv", "镇,520603", "镇,520609", "townships.csv 第3行 county", "没有这个区县 520609"),
    ("townships.csv", "520603100", "520602109", "townships.csv 第3行 code", "不是以所属区县代码 520603 开头"),
    ("townships.csv", "520603100", "520603000", "townships.csv 第3行 code", "变成了0"),
    ("townships.csv", "万山镇", "万" * 31, "townships.csv 第3行 name", "最多30字"),
    ("townships.csv", "万山镇,520603,520603Z01\n", "万山镇,520603,520603Z01\n520603101,乙镇,520603,520603Z01\n",
     "townships.csv 第4行 code", "乙镇没有承办单位"),
    ("villages.csv", "520602101\n520603", "520602999\n520603", "villages.csv 第3行 township", "没有这个乡镇（街道） 520602999"),
    ("villages.csv", ",520603100", ",5.2E+08", "villages.csv 第4行 township", "科学计数"),
    ("villages.csv", "520603100001", "520602101009", "villages.csv 第4行 code", "不是以所属乡镇（街道）代码"),
    ("villages.csv", "520602101202", "520602101201", "villages.csv 第3行 code", "和第2行重复"),
    ("villages.csv", "520602101202", "5.20602E+11", "villages.csv 第3行 code", "科学计数"),
    ("villages.csv", "520602101202", "52060210120", "villages.csv 第3行 code", "只有11位"),
    ("villages.csv", "520602101202", "520602000000", "villages.csv 第3行 code", "变成了0"),
    ("villages.csv", "坪茶村村民委员会", "", "villages.csv 第3行 name", "没有填名称"),
    ("villages.csv", "坪茶村村民委员会", "坪茶村,村民委员会", "villages.csv 第3行", "有4格"),
    ("desks.csv", "city,5206,铜仁市纪委监委,0856-5220000\n", "", "city.csv 第2行 code", "铜仁市没有承办单位"),
    ("desks.csv", "county,520603,万山区纪委监委,\n", "", "counties.csv 第3行 code", "万山区没有承办单位"),
    ("desks.csv", "township,520603100,万山镇纪委,\n", "", "townships.csv 第3行 code", "万山镇没有承办单位"),
    ("desks.csv", "township,520603100", "township,520603109", "desks.csv 第6行 place", "没有这个地方 520603109"),
    ("desks.csv", "township,520603100", "township,", "desks.csv 第6行 place", "没有填地方"),
    ("desks.csv", "township,520603100", "zone,520603100", "desks.csv 第6行 level", "写的是“zone”"),
    ("desks.csv", "township,520603100", "township,520602101", "desks.csv 第6行 place", "和第5行重复"),
    ("desks.csv", "万山镇纪委", "", "desks.csv 第6行 name", "没有填名称"),
    ("desks.csv", "0856-5220000", "8.56E+09", "desks.csv 第2行 phone", "8.56E+09"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "place", "word"), ONE_FAULT)
def test_one_fault(city: Path, faults_of: FaultsOf, file: str, old: str, new: str, place: str, word: str) -> None:
    text = (city / file).read_text(encoding="utf-8")
    assert old in text
    (city / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    said = [str(fault) for fault in faults_of(lambda: load_organisation(city))]
    assert any(line.startswith(f"{place}：") and word in line for line in said), said


def test_the_form_of_a_fault() -> None:
    fault = Fault("villages.csv", 12, "township", "没有这个乡镇 520602999")
    assert str(fault) == "villages.csv 第12行 township：没有这个乡镇 520602999"


def test_all_faults_of_all_files_are_told_at_once(city: Path, faults_of: FaultsOf) -> None:
    for file, old, new in (
        ("zones.csv", "第一", "第1"),
        ("villages.csv", "坪茶村村民委员会", ""),
        ("villages.csv", "社区居民委员会,520603100", "社区居民委员会,520603109"),
        ("desks.csv", "万山镇纪委", ""),
    ):
        text = (city / file).read_text(encoding="utf-8")
        (city / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    (city / "city.csv").unlink()
    found = faults_of(lambda: load_organisation(city))
    assert [(fault.file, fault.row, fault.column) for fault in found] == [
        ("city.csv", 0, ""),
        ("villages.csv", 3, "name"),
        ("villages.csv", 4, "township"),
        ("desks.csv", 6, "name"),
    ]


def test_a_table_that_cannot_be_read_does_not_accuse_the_others(city: Path, faults_of: FaultsOf) -> None:
    (city / "townships.csv").write_bytes(b"PK\x03\x04")
    found = faults_of(lambda: load_organisation(city))
    assert [fault.file for fault in found] == ["townships.csv"]


def test_a_missing_folder_names_every_file(tmp_path: Path, faults_of: FaultsOf) -> None:
    assert len(faults_of(lambda: load_organisation(tmp_path / "nowhere"))) == 6


def test_the_value(organisation: Organisation) -> None:
    assert organisation.city_name == "铜仁市"
    assert list(organisation.desks) == [
        "city:5206", "county:520602", "county:520603", "township:520602101", "township:520603100",
    ]  # fmt: skip
    assert organisation.desks[organisation.desk_of_city()].phone == "0856-5220000"
    assert [str(code) for code in organisation.villages_in("520602")] == ["520602101201", "520602101202"]


def test_the_digest_changes_with_any_byte_of_any_file(city: Path, organisation: Organisation) -> None:
    digests = {organisation.digest}
    for file in sorted(path.name for path in city.iterdir()):
        with (city / file).open("ab") as end:
            end.write(b"\n")
        digests.add(load_organisation(city).digest)
    assert len(digests) == 7
    assert all(len(digest) == 64 for digest in digests)
