"""`lima people`, `lima invite`, `lima import people`, `lima audit`, `lima check`, as an operator types them."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from tests.served.process import lima


def test_an_operator_keeps_the_roster_and_the_record(tmp_path: Path) -> None:
    city = tmp_path / "city"
    assert lima("init", "--sample", str(city), cwd=tmp_path).returncode == 0
    listed = list(csv.DictReader(io.StringIO(lima("people", "--csv", cwd=city).stdout)))
    assert len(listed) == 757 and list(listed[0]) == ["id", "name", "post", "unit"]
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
