"""The notice that a printed code opens: the public facts of an item, and one button to speak about it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.web import WebChannel
from bot.pages.shell import page
from bot.pages.visitor import remember, visitor_of
from handlers.code import SCAN
from handlers.dates import day_of, iso_day, said_date
from handlers.model import Facts, ItemId, Millis, Placard, VillageCode
from handlers.rules.masking import masked
from storage.matters import Answer

_CODE = re.compile("[0-9A-Za-z-]{1,64}")


def item_route(
    channel: WebChannel,
    *,
    find: Callable[[str], Awaitable[Placard | None]],
    asked: Callable[[ItemId], Awaitable[list[Answer]]],
    place_name: Callable[[VillageCode], str],
) -> Route:
    """`GET /i/{code}`. The visitor is the channel's own: what is said about the item comes from the same account."""

    async def show(request: Request) -> Response:
        visitor, code = visitor_of(request, channel.new_token), request.path_params["code"]
        placard = await find(code) if _CODE.fullmatch(code) else None
        if placard is None:
            response: Response = page(
                "bad_code.html", status=404, account=channel.here.account_name, message_id=channel.new_token()
            )
        else:
            response = page(
                "item.html",
                account=channel.here.account_name,
                calls=channel.here.calls,
                facts=placard.item.facts,
                item=placard.item,
                village=place_name(placard.village),
                details=[masked(line) for line in placard.item.facts.details],
                rows=_rows(placard.item.facts),
                asked=await asked(placard.item.id),
                published=said_date(placard.item.facts.published),
                notice=_notice(placard, channel.now()),
                message_id=channel.new_token(),
                text=f"{SCAN} {code}",
            )
        remember(response, visitor, channel.base_url)
        return response

    return Route("/i/{code}", show, methods=["GET"])


def _rows(facts: Facts) -> list[tuple[str, str]]:
    """What the notice says, line by line, in the order of a paper one; lines without anything are left out."""
    rows = [
        ("钱", f"{facts.amount}（{facts.source}）" if facts.source else facts.amount),
        ("标准", facts.standard),
        ("地点", facts.place),
        ("时间", facts.period),
        ("谁负责", facts.unit),
        ("现在", facts.status),
        ("受益", facts.beneficiaries_told),
        ("名单、合同", facts.listed_at),
    ]
    return [(name, value) for name, value in rows if value]


def _notice(placard: Placard, now: Millis) -> str:
    """Why this is no longer what hangs on the wall; empty if it still is."""
    ends_on = placard.item.facts.ends_on
    if placard.retired:
        return "这个公示已撤下，内容是当时公示的。还能看，也还能说。"
    if ends_on and ends_on < iso_day(day_of(now)):
        return f"这个公示 {said_date(ends_on)} 结束了。内容还能看，也还能说。"
    return ""
