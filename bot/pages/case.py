"""`GET /case/{token}` shows only 打开, whatever the token: link previews fetch pages. POST opens it (design.md §4)."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.case_page import REASONS, View
from bot.pages.shell import HEADERS, page

COOKIE = "lima_case"
PRIVATE = HEADERS | {"Cache-Control": "no-store, private", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
FORM_BYTES_MAX = 16_384
_TOKEN = re.compile("[A-Za-z0-9_-]{20,64}")
_ID = re.compile("[0-9a-f]{32}")

Open = Callable[[str, str, Mapping[str, str]], Awaitable[View | None]]
"""(token, cookie, form) → what is seen, or None."""
Photo = Callable[[str, str, bytes], Awaitable[bytes | None]]


def case_routes(
    *, opened: Open, photo: Photo, new_cookie: Callable[[], str], base_url: str, kept_s: float, account: str
) -> list[BaseRoute]:
    async def door(request: Request) -> Response:
        return page("case_door.html", headers=PRIVATE, account=account, reasons=REASONS)

    async def show(request: Request) -> Response:
        token = request.path_params["token"]
        if int(request.headers.get("content-length") or 0) > FORM_BYTES_MAX or not _TOKEN.fullmatch(token):
            return _nothing(account)
        try:
            async with request.form(max_files=0, max_fields=20) as form:
                asked = {name: value for name, value in form.items() if isinstance(value, str)}
        except HTTPException:  # what is no form at all, or has a file: its own sentence would be English
            return _nothing(account)
        known = request.cookies.get(COOKIE, "")
        cookie = known or new_cookie()
        view = await opened(token, cookie, asked)
        if view is None:
            return _nothing(account, asked.get("text", ""))
        response = page("case.html", headers=PRIVATE, account=account, view=view, token=token)
        if not known:
            secure = base_url.startswith("https:")
            response.set_cookie(
                COOKIE, cookie, int(kept_s), path=f"/case/{token}", secure=secure, httponly=True, samesite="strict"
            )
        return response

    async def picture(request: Request) -> Response:
        token, id_ = request.path_params["token"], request.path_params["id"]
        content = None
        if _TOKEN.fullmatch(token) and _ID.fullmatch(id_):
            content = await photo(token, request.cookies.get(COOKIE, ""), bytes.fromhex(id_))
        if content is None:
            return _nothing(account)
        return Response(content, 200, PRIVATE, "image/jpeg")

    return [
        Route("/case/{token}", door, methods=["GET"]),
        Route("/case/{token}", show, methods=["POST"]),
        Route("/case/{token}/photo/{id}", picture, methods=["GET"]),
    ]


def _nothing(account: str, typed: str = "") -> Response:
    """The same bytes for a link that never was, was used, ran out, or is not this person's; what was `typed` is given
    back to whoever sent it."""
    return page("case_gone.html", status=404, headers=PRIVATE, account=account, typed=typed)
