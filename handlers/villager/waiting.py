"""看: what could not be pushed waits here, and is shown one at a time; whatever it interrupted comes back."""

from __future__ import annotations

from handlers.matters import MattersMine
from handlers.model import Here
from handlers.requests import AnswersWaiting, MailWaiting, ReadMail
from handlers.script import Choose, Do, Go, Look, Option, Resume, Script, Show, Zero

BACK_THERE = Zero("回刚才的地方", "answer")


def waiting(here: Here) -> Script:
    """The oldest first. Its own numbers are not shown: another question may stand (dialogues.md §0.12)."""
    mail = yield from Look("mail", MailWaiting())
    if not mail.waiting:
        asked = yield from Look("asked", MattersMine(True))
        if asked.n:
            return Go("matter_told", (asked.ids[0],))
        answered = yield from Look("answered", AnswersWaiting())
        if answered.report:
            return Go("told", (answered.report, "mine"))
        yield from Choose("none", "现在没有新内容。\n想看办到哪里，发“查”。", (), BACK_THERE)
        return Resume()
    yield from Do("read", ReadMail(mail.n))
    if mail.points_to:
        return Go(mail.points_to, {"inbox": ("all", 0), "answers": ()}.get(mail.points_to, (0,)))
    more = (Option("more", f"看下一条（还有 {mail.waiting - 1} 条）", ("看",)),) if mail.waiting > 1 else ()
    chosen = yield from Choose("shown", f"{Show('mail', mail.n)}", more, BACK_THERE)
    return Go("waiting") if chosen == "more" else Resume()
