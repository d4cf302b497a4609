"""Who looks at a page: a random token in a cookie is the whole account; there is nothing to sign up for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

COOKIE = "lima_chat"
KEPT_S = 400 * 24 * 3600
"""The longest that browsers keep a cookie; an answer may take months."""
_TOKEN = re.compile("[A-Za-z0-9_-]{43,64}")
"""256 bits in base64url are 43 characters. Anything shorter was not made by us and could be guessed."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """`is_new`: the browser does not know the token yet."""

    token: str
    is_new: bool


def visitor_of(request: Request, new_token: Callable[[], str]) -> Visitor:
    """Whoever the cookie names; somebody new if it is missing or malformed."""
    token = request.cookies.get(COOKIE, "")
    return Visitor(token, False) if _TOKEN.fullmatch(token) else Visitor(new_token(), True)


def remember(response: Response, visitor: Visitor, base_url: str) -> None:
    """Set the cookie for somebody new. Nobody else's is touched."""
    if visitor.is_new:
        secure = base_url.startswith("https:")
        response.set_cookie(COOKIE, visitor.token, KEPT_S, path="/", secure=secure, httponly=True, samesite="lax")
