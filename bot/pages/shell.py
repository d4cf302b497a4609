"""What every page shares: its templates, its static files and the headers that keep a browser from saying too much."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

_HERE = Path(__file__).parent
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": _POLICY,
    # Not no-referrer: with it a browser sends `Origin: null` with a form, and the page that works without scripts
    # would be refused by our own check of the origin. Other sites learn nothing from same-origin either.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
FRAMING_HEADERS = HEADERS | {"Content-Security-Policy": f"{_POLICY}; frame-src 'self'"}
"""For the one page that shows another one of ours inside itself."""
KEPT_FOR_GOOD = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """A static file, read once. A changed file has another digest, hence another address.

    Packed, the first screen is a third: over 2G that is seconds. Pages are not packed, since they hold what people said.
    """

    content: bytes
    packed: bytes
    media_type: str
    digest: str


@cache
def assets() -> dict[str, Asset]:
    found = {}
    for path in sorted((_HERE / "static").iterdir()):
        content = path.read_bytes()
        media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        found[path.name] = Asset(
            content, gzip.compress(content, mtime=0), media_type, hashlib.sha256(content).hexdigest()[:12]
        )
    return found


def page(template: str, *, status: int = 200, headers: dict[str, str] = HEADERS, **facts: object) -> HTMLResponse:
    """A whole page, or a part of one. Everything in `facts` is escaped."""
    return HTMLResponse(_templates().get_template(template).render(**facts), status, headers)


def static_route() -> Route:
    return Route("/static/{name}", _static, methods=["GET"])


async def _static(request: Request) -> Response:
    asset = assets().get(request.path_params["name"])
    if asset is None:
        return PlainTextResponse("没有这个文件。", 404, HEADERS)
    kept = KEPT_FOR_GOOD if request.query_params.get("v") == asset.digest else "no-cache"
    headers = HEADERS | {"Cache-Control": kept, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.packed, 200, headers | {"Content-Encoding": "gzip"}, asset.media_type)
    return Response(asset.content, 200, headers, asset.media_type)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = lambda name: f"/static/{name}?v={assets()[name].digest}"
    return environment
