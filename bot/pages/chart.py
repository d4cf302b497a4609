"""`GET /chart/{ticket}`: the picture of a digest, for whoever was given the link, for ten minutes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.pages.shell import HEADERS, page

TICKET_CHARS_MAX = 1000


def chart_route(chart: Callable[[str], Awaitable[bytes | None]], account: str) -> Route:
    async def show(request: Request) -> Response:
        ticket = request.path_params["ticket"]
        drawn = await chart(ticket) if len(ticket) <= TICKET_CHARS_MAX else None
        if drawn is None:
            return page("case_gone.html", status=404, account=account)
        return Response(drawn, media_type="image/png", headers=dict(HEADERS) | {"Cache-Control": "no-store"})

    return Route("/chart/{ticket}", show, methods=["GET"])
