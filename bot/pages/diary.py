"""`GET /diary/{token}` shows only 打开, whatever the token: link previews fetch pages. POST opens it, once."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.pages.case import PRIVATE
from bot.pages.shell import page
from handlers.dates import day_of, iso_day, said_date
from storage.diary import Entry

_TOKEN = re.compile("[A-Za-z0-9_-]{20,64}")


def diary_routes(lent: Callable[[str], Awaitable[list[Entry] | None]], account: str) -> list[BaseRoute]:
    async def door(request: Request) -> Response:
        return page("diary_door.html", headers=PRIVATE, account=account)

    async def show(request: Request) -> Response:
        token = request.path_params["token"]
        entries = await lent(token) if _TOKEN.fullmatch(token) else None
        if entries is None:
            return page("diary_gone.html", status=404, headers=PRIVATE, account=account)
        told = [(said_date(iso_day(day_of(entry.at))), entry.text) for entry in entries]
        return page("diary.html", headers=PRIVATE, account=account, entries=told)

    return [Route("/diary/{token}", door, methods=["GET"]), Route("/diary/{token}", show, methods=["POST"])]
