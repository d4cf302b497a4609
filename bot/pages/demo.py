"""The page of `lima demo`: a villager's phone, the codes on the wall, and what each desk gets to see of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import segno
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.pages.shell import FRAMING_HEADERS, HEADERS, page
from bot.paper.slips import Slip
from handlers.model import Here

LEVELS = {"township": "乡镇（街道）", "county": "区（县）", "city": "市"}
DAYS = ("1", "3", "7", "30")
"""How far the demo's time may be turned at once."""
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
    turned: Callable[[int], Awaitable[str]] | None = None,
    slips: Sequence[Slip] = (),
) -> list[BaseRoute]:
    """`GET /demo`, `GET /demo/desks` for the part that changes, and `POST /demo/clock`, which turns the time forward."""

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
            slips=slips,
            today=await turned(0) if turned is not None else "",
        )

    async def refresh(request: Request) -> Response:
        return page("desks.html", desks=await desks(), levels=LEVELS)

    async def turn(request: Request) -> Response:
        async with request.form(max_files=0, max_fields=1) as form:
            days = str(form.get("days", ""))
        if turned is not None and days in DAYS:
            await turned(int(days))
        return RedirectResponse("/demo#leader-name", 303, HEADERS)

    return [
        Route("/demo", show, methods=["GET"]),
        Route("/demo/desks", refresh, methods=["GET"]),
        Route("/demo/clock", turn, methods=["POST"]),
    ]


@lru_cache(maxsize=256)
def qr(url: str) -> Markup:
    """The code as a drawing without a size of its own: the page gives it one."""
    drawing = segno.make(url, error="q", micro=False)
    return Markup(drawing.svg_inline(border=QUIET_ZONE, omitsize=True, dark="#000", light="#fff", svgclass="qr"))
