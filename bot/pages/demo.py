"""The page of `lima demo`: a villager's phone, the codes on the wall, and what each desk gets to see of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import segno
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.pages.shell import FRAMING_HEADERS, page
from handlers.model import Here

LEVELS = {"township": "乡镇（街道）", "county": "区（县）", "city": "市"}
QUIET_ZONE = 4
"""Light modules around a code; readers rely on them."""


@dataclass(frozen=True, slots=True)
class DemoPlacard:
    """A code on the wall. `url` is what the code holds."""

    url: str
    code: str
    title: str
    village: str


@dataclass(frozen=True, slots=True)
class DemoRow:
    """A report as its desk sees it before opening it: no words, no reporter."""

    number: str
    day: str
    sector: str
    place: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DemoDesk:
    """A desk and all that it may see. `level` is township, county or city."""

    name: str
    level: str
    rows: tuple[DemoRow, ...]


def demo_routes(
    *,
    placards: Callable[[], Awaitable[Sequence[DemoPlacard]]],
    desks: Callable[[], Awaitable[Sequence[DemoDesk]]],
    here: Here,
    offices: Sequence[tuple[str, str]] = (),
) -> list[BaseRoute]:
    """`GET /demo`, and `GET /demo/desks` for the part that changes."""

    async def show(request: Request) -> Response:
        posted = [(each, qr(each.url)) for each in await placards()]
        return page(
            "demo.html",
            headers=FRAMING_HEADERS,
            account=here.account_name,
            placards=posted,
            desks=await desks(),
            levels=LEVELS,
            offices=offices,
        )

    async def refresh(request: Request) -> Response:
        return page("desks.html", desks=await desks(), levels=LEVELS)

    return [Route("/demo", show, methods=["GET"]), Route("/demo/desks", refresh, methods=["GET"])]


@lru_cache(maxsize=256)
def qr(url: str) -> Markup:
    """The code as a drawing without a size of its own: the page gives it one."""
    drawing = segno.make(url, error="q", micro=False)
    return Markup(drawing.svg_inline(border=QUIET_ZONE, omitsize=True, dark="#000", light="#fff", svgclass="qr"))
