"""Words that go along from one conversation into the next, until a report takes them: nobody is made to say it again."""

from __future__ import annotations

from handlers import menu
from handlers.script import BROUGHT, End, Forget, Go
from storage import conversations
from storage.conversations import Chance, Draft
from storage.statement import Rows


def to_bring(rows: Rows, draft: Draft, end: End) -> list[str]:
    """Words that go along into what follows: those that came along so far, and those that the script names."""
    go = end.then if isinstance(end, Forget) and isinstance(end.then, Go) else end
    named = go.carry if isinstance(go, Go) else menu.CONVERSATIONS[draft.script].takes
    return [text for ref in dict.fromkeys((BROUGHT, named)) for text in conversations.words(rows, draft, ref)]


def bring(rows: Rows, chance: Chance, draft: Draft, words: list[str]) -> Draft:
    """Into the Collect that takes them; a conversation that has none only carries them on."""
    if not words:
        return draft
    step = menu.CONVERSATIONS[draft.script].takes or BROUGHT
    for text in words:
        conversations.keep_words(rows, draft, chance, step, text)
    kept = draft.answers.get(step) or {"n": 0, "photos": 0, "brought": True}
    draft.answers[step] = {**kept, "n": kept["n"] + len(words)}
    return draft
