"""Phones of officers in the demo: plain pages that say to the service what is pressed or typed."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.pages.shell import HEADERS, page
from handlers.model import Reply

_LINK = re.compile(r"(?:https?://[^\s/]+)?(/(?:case|diary)/[A-Za-z0-9_-]+)")
_CHART = re.compile(r"(?:https?://[^\s/]+)?(/chart/[A-Za-z0-9_.-]+)")
WORDS_MAX = 200
OPENS = "待办"
OPENS_WITH = {"monitor": "菜单"}
WORDS = {"leader": "周报", "monitor": "菜单"}
"""What a phone opens with, and the word on the button below the talk."""


@dataclass(frozen=True, slots=True)
class Office:
    """One phone: whose it is, how they are heard, and what was pushed to them last."""

    who: str
    title: str
    say: Callable[[str], Awaitable[Reply]]
    pushed: Callable[[], Awaitable[Sequence[str]]]


def office_routes(offices: Mapping[str, Office]) -> list[BaseRoute]:
    last: dict[str, Reply] = {}

    async def show(request: Request) -> Response:
        who = request.path_params["who"]
        if (office := offices.get(who)) is None:
            return page("case_gone.html", status=404, account="演示")
        if who not in last:
            last[who] = await office.say(OPENS_WITH.get(who, OPENS))
        reply = last[who]
        pushes = await office.pushed()
        text = linked(reply.text)
        facts = {"account": office.title, "who": who, "word": WORDS.get(who, OPENS)}
        return page("demo_office.html", text=text, choices=reply.choices, pushes=pushes, **facts)

    async def say(request: Request) -> Response:
        who = request.path_params["who"]
        async with request.form(max_files=0, max_fields=2) as form:
            text = str(form.get("text", ""))[:WORDS_MAX]
        if (office := offices.get(who)) is not None and text:
            last[who] = await office.say(text)
        return RedirectResponse(f"/demo/office/{who}", 303, HEADERS)

    return [
        Route("/demo/office/{who}", show, methods=["GET"]),
        Route("/demo/office/{who}", say, methods=["POST"]),
    ]


def linked(text: str) -> Markup:
    """A link to a case page opens beside the phones; a chart is shown at once."""
    told = _LINK.sub(r'<a href="\1" target="case">打开内部页面</a>', str(escape(text)))
    return Markup(_CHART.sub(r'<img class="chart" src="\1" alt="各地在办的件数">', told))
