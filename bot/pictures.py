"""Links to the chart of a digest: a ticket says which and until when, and is good for one reader; nothing of it is stored."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode

from bot import digests
from bot.paper.chart import Chart
from bot.performs.told import Shared
from handlers.model import Millis
from handlers.rules.schedule import Job, number_of
from storage.statement import Rows
from storage.vault import Vault

MAC_BYTES = 16
PARTS = 5
BETWEEN = "."


def token(vault: Vault, person: str, job: str, code: str, period: str, until: Millis) -> str:
    """Short enough for a message; whose it is only shows to whoever has the keys."""
    clear = BETWEEN.join((job, code, period, f"{until:x}"))
    return clear + BETWEEN + _mac(vault, person, clear)


def _mac(vault: Vault, person: str, clear: str) -> str:
    return urlsafe_b64encode(vault.index("picture.ticket", person, clear)[:MAC_BYTES]).decode().rstrip("=")


def chart(all_: Shared, rows: Rows, ticket: str, now: Millis) -> Chart | None:
    """None for a ticket that is not ours or too old, and for whoever does not read that digest any more."""
    parts = ticket.split(BETWEEN)
    if len(parts) != PARTS:
        return None
    job_, code, period, until, mac = parts
    try:
        job = Job(job_)
        n, late = number_of(job, period), int(until, 16) < now
    except ValueError:
        return None
    clear = ticket[: -len(mac) - 1]
    for reader in () if late else digests.readers(all_, job, (code,)):
        if hmac.compare_digest(_mac(all_.vault, reader.person.id, clear).encode(), mac.encode("utf-8", "replace")):
            return digests.chart_of(digests.gather(all_, rows, reader.person, reader.place, job, n, now))
    return None
