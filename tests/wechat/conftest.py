"""A city with an official account, on SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.city import open_city
from tests.fakes.wechat import Phone, WechatCity, official


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[WechatCity]:
    async with open_city(f"sqlite:///{tmp_path}/lima.db", files=tmp_path / "files") as city, official(city) as opened:
        yield opened


@pytest.fixture
def phone(world: WechatCity) -> Phone:
    return world.phone()
