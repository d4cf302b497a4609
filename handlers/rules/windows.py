"""What the official account lets us push to one person, and when: a pure ledger of windows and what was used of them.

Marks say where a number comes from: [D] the platform's documentation, [C] its community, [M] from memory.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from handlers.model import Millis

SAID, ACTED = "said", "acted"
"""What somebody did: wrote a message; or tapped a menu or an option, followed, scanned."""
SAID_WINDOW_MS, SAID_MESSAGES_MAX = 48 * 3600 * 1000, 5
"""After a message of theirs: five within 48 hours, since 2023-06-12 [C]."""
ACTED_WINDOW_MS, ACTED_MESSAGES_MAX = 60 * 1000, 3
"""After a menu click, a follow or a scan: three within a minute [C]. A tapped option counts as a menu click [C]."""
MARGIN_MS = 2_000
"""The platform counts from its own receipt, some network earlier than ours: we stop a little sooner. Our choice."""
LAST_MAX = 20
"""So many stored replies of one person are kept; a retry comes within seconds. Our choice: it bounds what an
unsubscribe has to delete, since stored replies do not name their owner."""


@dataclass
class Ledger:
    """One person's windows. Times are ms of our clock; 0 is never.

    last      [message id, whether its reply also said that something waits], oldest first
    waits     something lies in the mailbox and the person has not been told in a reply
    nudged    a lock-screen sentence was sent since the person was last here
    shown     digest of the first part of a long reply that went back in the call: its rest is pushed
    pushed    which reply was last queued to be pushed, so that a retry does not queue it again
    grants    one-time 订阅 grants left, by template
    """

    said_at: int = 0
    said_used: int = 0
    acted_at: int = 0
    acted_used: int = 0
    last: list[list[Any]] = field(default_factory=list)
    waits: bool = False
    nudged: bool = False
    shown: str = ""
    pushed: str = ""
    grants: dict[str, int] = field(default_factory=dict)

    def note(self, message_id: str, act: str, now: Millis) -> str:
        """Somebody is here. Returns the id of a message whose stored reply is now to be forgotten, or nothing.

        The same message again changes nothing.
        """
        if any(message_id == id_ for id_, _ in self.last):
            return ""
        if act == SAID:
            self.said_at, self.said_used = now, 0
        else:
            self.acted_at, self.acted_used = now, 0
        self.last.append([message_id, self.waits])
        self.waits = self.nudged = False
        self.shown = ""
        return str(self.last.pop(0)[0]) if len(self.last) > LAST_MAX else ""

    def hinted(self, message_id: str) -> bool:
        """Whether the reply to this message says that something waits; the same for every copy of it."""
        return any(hint for id_, hint in self.last if id_ == message_id)

    def left(self, now: Millis) -> int:
        """How many messages may be pushed now."""
        in_said = self.said_at + SAID_WINDOW_MS - MARGIN_MS > now
        in_acted = self.acted_at + ACTED_WINDOW_MS - MARGIN_MS > now
        said = SAID_MESSAGES_MAX - self.said_used if in_said else 0
        acted = ACTED_MESSAGES_MAX - self.acted_used if in_acted else 0
        return max(said, 0) + max(acted, 0)

    def spend(self, n: int, now: Millis) -> bool:
        """Take `n` pushes, from the window that closes first; False, and nothing taken, if there are not so many."""
        if self.left(now) < n:
            return False
        in_acted = self.acted_at + ACTED_WINDOW_MS - MARGIN_MS > now
        acted = min(n, max(ACTED_MESSAGES_MAX - self.acted_used, 0)) if in_acted else 0
        self.acted_used += acted
        self.said_used += n - acted
        return True

    def shut(self) -> None:
        """The platform says that nothing more goes, whatever we counted."""
        self.said_used, self.acted_used = SAID_MESSAGES_MAX, ACTED_MESSAGES_MAX

    def wait(self) -> bool:
        """Something waits now; True if a nudge is due, which is once until the person is here again."""
        due, self.waits, self.nudged = not self.nudged, True, True
        return due

    def granted(self, template: str, n: int) -> None:
        self.grants[template] = max(self.grants.get(template, 0) + n, 0)

    def message_ids(self) -> list[str]:
        return [str(id_) for id_, _ in self.last]

    def as_kept(self) -> list[Any]:
        """In the order of the fields: read and written with every message, so without their names."""
        return [
            *(self.said_at, self.said_used, self.acted_at, self.acted_used, self.last, self.waits, self.nudged),
            *(self.shown, self.pushed, self.grants),
        ]
