"""How fast one sender may speak. It lives in the process: a restart forgives everybody."""

from __future__ import annotations

from collections import OrderedDict

from handlers.model import Millis

MINUTE_MS = 60_000


class Pace:
    """At most `per_minute` messages at once, then one as each share of a minute passes.

    A single number per sender says when a sender's messages so far would be worked off at the allowed pace. Times are
    kept times `per_minute`, so that every share is a whole number.
    """

    def __init__(self, per_minute: int, senders_max: int = 10_000) -> None:
        self._per_minute, self._senders_max = per_minute, senders_max
        self._worked_off: OrderedDict[str, int] = OrderedDict()

    def wait_s(self, sender: str, now: Millis) -> float:
        """0 if the message may come, and it counts; otherwise the seconds until one may, and nothing counts."""
        whole = MINUTE_MS * self._per_minute
        at = now * self._per_minute
        ready = min(max(self._worked_off.pop(sender, at), at), at + whole)
        early = ready - at - (whole - MINUTE_MS)
        self._worked_off[sender] = ready if early > 0 else ready + MINUTE_MS
        if len(self._worked_off) > self._senders_max:
            self._worked_off.popitem(last=False)
        return max(early, 0) / self._per_minute / 1000
