"""One fault in one item; and the longest item that is accepted fits the messages that show it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from config.faults import Fault
from config.items import COLUMNS, DETAIL_CHARS_MAX, DETAILS_MAX, TEXT_CHARS_MAX, load_items
from handlers.matters import QUESTION_CHARS_MAX, REPLY_CHARS_MAX
from handlers.model import Here, ItemKind, Sector
from handlers.organisation import Organisation
from handlers.villager.card import card, detail

FaultsOf = Callable[[Callable[[], object]], tuple[Fault, ...]]

VALID = {
    "id": "ditch",
    "sector": "农业农村",
    "kind": "项目",
    "areas": "520602101201",
    "title": "水沟修复（样例）",
    "amount": "28.6万元",
    "source": "县级农田水利资金",
    "standard": "每米260元",
    "per_head": "否",
    "period": "2026年10月至12月",
    "place": "坝黄镇宋家坝村二组",
    "unit": "坝黄镇人民政府",
    "status": "正在施工",
    "listed_at": "村委会公示栏",
    "published": "2026-10-16",
    "ends_on": "",
    "beneficiaries": "53",
    "details": "沟宽0.6米；每周看一次|镇里询价",
}


def written(folder: Path, *rows: dict[str, str]) -> Path:
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS)
    table.writeheader()
    table.writerows(rows)
    path = folder / "items.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def test_the_value(tmp_path: Path, organisation: Organisation) -> None:
    wide = VALID | {"id": "meals", "areas": "520602 520603100", "per_head": "是", "ends_on": "2026-12-31"}
    ditch, meals = load_items(written(tmp_path, VALID, wide), organisation)
    assert (ditch.id, ditch.version, ditch.sector, ditch.kind) == ("ditch", 1, Sector.AGRICULTURE, ItemKind.PROJECT)
    assert ditch.areas == ("520602101201",)
    assert ditch.facts.details == ("沟宽0.6米", "每周看一次", "镇里询价")
    assert (ditch.facts.beneficiaries, ditch.facts.per_head, ditch.facts.ends_on) == (53, False, "")
    assert (meals.areas, meals.facts.per_head, meals.facts.ends_on) == (("520602", "520603100"), True, "2026-12-31")


@pytest.mark.parametrize(
    ("column", "bad", "word"),
    [
        ("id", "", "没有填编号"),
        ("id", "3月2日", "小写字母开头"),
        ("id", "Ditch", "小写字母开头"),
        ("id", "2026-3", "小写字母开头"),
        ("id", "a" * 41, "最多40个"),
        ("sector", "农业", "写的是“农业”"),
        ("kind", "工程", "写的是“工程”"),
        ("per_head", "Y", "只能填是、否"),
        ("areas", "", "没有填公示范围"),
        ("areas", "520602101209", "没有这个地方 520602101209"),
        ("areas", "5.2E+11", "没有这个地方 5.2E+11"),
        ("areas", "520602101201 520602101201", "写了两次"),
        ("areas", "520602101201 520602", "已经包括在 520602 里"),
        ("published", "", "没有填公示日期"),
        ("published", "2026/10/16", "写的是“2026/10/16”"),
        ("published", "20261016", "写的是“20261016”"),
        ("published", "2026-02-30", "写的是“2026-02-30”"),
        ("ends_on", "年底", "写的是“年底”"),
        ("ends_on", "2026-10-15", "早于公示日期"),
        ("beneficiaries", "", "整数"),
        ("beneficiaries", "0", "写的是“0”"),
        ("beneficiaries", "53户", "写的是“53户”"),
        ("beneficiaries", "1,200", "写的是“1,200”"),
        ("beneficiaries", "10000001", "写的是“10000001”"),
        ("beneficiaries", "５３", "写的是“５３”"),
        ("details", "长" * (DETAIL_CHARS_MAX + 1), "每条最多28字"),
        ("details", "；".join(["条"] * (DETAILS_MAX + 1)), "最多24条"),
        *((column, "", "不能空着") for column in TEXT_CHARS_MAX),
        *((column, "长" * (most + 1), f"最多{most}字") for column, most in TEXT_CHARS_MAX.items()),
    ],
)
def test_one_fault(
    tmp_path: Path, organisation: Organisation, faults_of: FaultsOf, column: str, bad: str, word: str
) -> None:
    path = written(tmp_path, VALID | {"id": "other"}, VALID | {column: bad})
    (fault,) = faults_of(lambda: load_items(path, organisation))
    assert (fault.file, fault.row, fault.column) == ("items.csv", 3, column)
    assert word in fault.says


def test_all_faults_are_told_at_once(tmp_path: Path, organisation: Organisation, faults_of: FaultsOf) -> None:
    path = written(tmp_path, VALID | {"sector": "", "title": ""}, VALID | {"published": ""})
    found = faults_of(lambda: load_items(path, organisation))
    assert [(fault.row, fault.column) for fault in found] == [
        (2, "title"), (2, "sector"), (3, "id"), (3, "published"),
    ]  # fmt: skip
    assert "和第2行重复" in found[2].says


def test_a_missing_file_is_a_fault(tmp_path: Path, organisation: Organisation, faults_of: FaultsOf) -> None:
    (fault,) = faults_of(lambda: load_items(tmp_path / "items.csv", organisation))
    assert "没有这个文件" in fault.says


def test_the_longest_item_fits_its_card_and_its_pages() -> None:
    """180 characters and 9 lines (dialogues.md §0.1); three lines of page 1 and four of the others as bot/render.py."""
    longest = {name: "长" * most for name, most in TEXT_CHARS_MAX.items()} | {"published": "2026年11月24日"}
    first = "标准：{standard}\n受益：10000000户（人）\n名单、合同在哪里看：{listed_at}".format(**longest)
    asked = f"问：{'长' * QUESTION_CHARS_MAX}\n答：{'长' * REPLY_CHARS_MAX}"
    longest |= {f"page{2 + DETAILS_MAX // 4}": asked, "page1": first, "page2": "\n".join(["长" * DETAIL_CHARS_MAX] * 4)}
    item = SimpleNamespace(state="current", pages=2 + DETAILS_MAX // 4, asked=1)
    for script in (card(Here(), 1), *(detail(Here(), 1, page) for page in (1, 2, item.pages))):
        next(script)
        text = re.sub("\ue000[^\ue001]*\\|([a-z0-9]+)\ue001", lambda mark: longest[mark[1]], script.send(item).text)
        assert "长" in text
        assert "\ue000" not in text
        assert len(text) <= 180
        assert len(text.splitlines()) <= 9
