"""A small valid city in files, for tests that spoil one cell of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from config.faults import Fault, Faults
from config.organisation import load_organisation
from handlers.organisation import Organisation

CITY = {
    "city.csv": "code,name\n5206,铜仁市\n",
    "counties.csv": "code,name\n520602,碧江区\n520603,万山区\n",
    "zones.csv": (
        "code,name,county\n"
        "520602Z01,铜仁市碧江区纪检监察第一协作区,520602\n"
        "520603Z01,铜仁市万山区纪检监察第一协作区,520603\n"
    ),
    "townships.csv": ("code,name,county,zone\n520602101,坝黄镇,520602,520602Z01\n520603100,万山镇,520603,520603Z01\n"),
    "villages.csv": (
        "code,name,township\n"
        "520602101201,宋家坝村村民委员会,520602101\n"
        "520602101202,坪茶村村民委员会,520602101\n"
        "520603100001,土坪社区居民委员会,520603100\n"
    ),
    "desks.csv": (
        "level,place,name,phone\n"
        "city,5206,铜仁市纪委监委,0856-5220000\n"
        "county,520602,碧江区纪委监委,\n"
        "county,520603,万山区纪委监委,\n"
        "township,520602101,坝黄镇纪委,\n"
        "township,520603100,万山镇纪委,\n"
    ),
}


@pytest.fixture(autouse=True)
def no_lima_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith("LIMA_"):
            monkeypatch.delenv(name)


@pytest.fixture
def city(tmp_path: Path) -> Path:
    folder = tmp_path / "organisation"
    folder.mkdir()
    for file, text in CITY.items():
        (folder / file).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def organisation(city: Path) -> Organisation:
    return load_organisation(city)


@pytest.fixture
def faults_of() -> Callable[[Callable[[], object]], tuple[Fault, ...]]:
    def run(load: Callable[[], object]) -> tuple[Fault, ...]:
        with pytest.raises(Faults) as refused:
            load()
        assert str(refused.value) == "\n".join(map(str, refused.value.all))
        return refused.value.all

    return run
