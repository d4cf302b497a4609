"""CSV as offices make it: encodings, headers, cells."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from config.codes import code_fault
from config.faults import Fault
from config.tables import FILE_BYTES_MAX, read_bytes, read_table

TEXT = "code,name\r\n520602,碧江区\r\n520603,万山区\r\n520621,江口县\r\n"


def read(raw: bytes) -> tuple[list[dict[str, str]], list[str]]:
    faults: list[Fault] = []
    lines = read_table("x.csv", raw, ("code", "name"), faults) or ()
    return [dict(line.cells) for line in lines], [str(fault) for fault in faults]


@pytest.mark.parametrize(
    "raw",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("gbk"),
        TEXT.encode("gb18030"),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.replace(",", "\t").encode("utf-16"),
        TEXT.replace("\r\n", "\n").encode(),
        TEXT.replace("\r\n", "\r").encode(),
        TEXT.replace("\r\n", "\r\n\r\n").encode(),
        TEXT.replace("江口县", '"江口县"').encode(),
        TEXT.replace("江口县", "　江口县 ").encode(),
        (TEXT + ",\r\n").encode(),
    ],
)
def test_every_usual_encoding_and_dress_reads_the_same(raw: bytes) -> None:
    lines, faults = read(raw)
    assert faults == []
    assert [line["name"] for line in lines] == ["碧江区", "万山区", "江口县"]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_rare_characters_of_place_names_survive(encoding: str) -> None:
    lines, faults = read(TEXT.replace("江口", "祐溪").encode(encoding))
    assert faults == []
    assert lines[2]["name"] == "祐溪县"


def test_gbk_that_happens_to_be_valid_utf8_reads_as_chinese() -> None:
    raw = "code,name\n1,一\n".encode("gbk")
    assert raw.decode("utf-8").endswith("\u04bb\n")
    assert read(raw)[0] == [{"code": "1", "name": "一"}]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (TEXT.encode("big5", "replace"), "认不准是什么编码"),
        ("code,name\n1,Ünïté été\n".encode("latin-1"), "认不准是什么编码"),
        (TEXT.encode()[:-6] + b"\xff\n", "认不准是什么编码"),
        (codecs.BOM_UTF8 + TEXT.encode("gbk"), "文件坏了"),
        (TEXT.encode("utf-16")[:-1], "文件坏了"),
        (b"PK\x03\x04\x14\x00", "这是 Excel 文件"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "这是老格式的 Excel"),
    ],
)
def test_what_would_have_to_be_guessed_is_refused(raw: bytes, says: str) -> None:
    lines, faults = read(raw)
    assert lines == []
    assert len(faults) == 1
    assert faults[0].startswith(f"x.csv：{says}")


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", ["x.csv 第1行：第一行应该是表头：code、name"]),
        ("code,name\n", ["x.csv 第1行：只有表头，一行内容也没有"]),
        ("code\n1\n", ["x.csv 第1行 name：表头里没有这一列 name"]),
        ("code,name,nmae\n1,甲,乙\n", ["x.csv 第1行 nmae：不认得这一列 nmae"]),
        ("code,name,\n1,甲,\n", ["x.csv 第1行：有一列没有名字"]),
        ("code,name,code\n1,甲,1\n", ["x.csv 第1行 code：表头里 code 出现了2次"]),
        ("code,name\n\n1,甲,乙\n2\n", ["x.csv 第3行：这一行有3格", "x.csv 第4行：这一行有1格"]),
        ('code,name\n1,甲\n2,"乙\n', ["x.csv 第3行：从这一行起读不了"]),
        ('code,name\n1,"甲\n乙"\n3,丙\n', ["x.csv 第2行 name：一格里不能换行：甲…"]),
        ("code,name\n1,甲\0乙\n", ["x.csv 第2行 name：里面有看不见的字符 U+0000"]),
        ("code,name\n1,甲\u202e乙\n", ["x.csv 第2行 name：里面有看不见的字符 U+202E"]),
        ("code,name\n1,甲\ue000乙\n", ["x.csv 第2行 name：里面有看不见的字符 U+E000"]),
        ("code,name\n1,甲\ufffd乙\n", ["x.csv 第2行 name：有的字已经丢了"]),
    ],
)
def test_each_fault_of_a_table_is_named(text: str, faults: list[str]) -> None:
    _, found = read(text.encode("utf-8-sig"))
    assert len(found) == len(faults)
    for says, begins in zip(found, faults, strict=True):
        assert says.startswith(begins)


def test_a_cell_is_always_text() -> None:
    lines, faults = read(b"code,name\n007,=cmd()\n")
    assert (lines, faults) == ([{"code": "007", "name": "=cmd()"}], [])


def test_a_missing_folder_and_too_large_files_are_faults(tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    large.write_bytes(b"\n" * (FILE_BYTES_MAX + 1))
    faults: list[Fault] = []
    assert read_bytes(tmp_path / "none.csv", faults) is None
    assert read_bytes(tmp_path, faults) is None
    assert read_bytes(large, faults) is None
    assert [fault.says[:5] for fault in faults] == ["没有这个文", "读不了这个", "文件太大，"]


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("520602101201", ""),
        ("", "没有填"),
        ("5.22E+11", "科学计数 5.22E+11"),
        ("520602101201.0", "小数"),
        ("520602000000", "变成了0"),
        ("20602101201", "只有11位"),
        ("5206021012011", "有13位"),
        ("５２０６０２１０１２０１", "半角数字以外"),
        ('="520602101201"', "半角数字以外"),
        ("一二三", "半角数字以外"),
    ],
)
def test_what_a_spreadsheet_did_to_a_code_is_said(code: str, word: str) -> None:
    says = code_fault(code, 12)
    assert word in says
    assert bool(says) is bool(word)
