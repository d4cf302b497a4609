"""Somebody leaves a channel for good, and the platform wants all of theirs deleted: one transaction, nothing left over.

Reports stay, since others depend on them: nobody can tell any more whose they are, only their query codes find them.
"""

from __future__ import annotations

from handlers.dates import hour_of
from handlers.model import AccountId, Millis
from storage import conversations, diary, mailbox, matters, media, outbox, people, reports, tries, turns, wechat
from storage.statement import Rows
from storage.vault import Vault

TRIES_HOURS = 25
"""Counters of wrong codes and of photos go by the hour and are kept for a day."""


def sever(rows: Rows, vault: Vault, channel: str, address: str, now: Millis) -> int:
    """Delete an account: drafts, words, stored replies, own rows, mailbox, diary, place in a net, what waits to be sent, windows, counters.

    Its reports and matters lose link and contact. How many reports. The account's lane must be held. What is left of its
    messages are keyed hashes without content, for thirty days, so that an old message is not taken again.
    """
    account = vault.account(channel, address)
    for draft in conversations.every(rows, vault, account):
        for photo in media.of(rows, vault, draft.id):
            media.drop(rows, photo)
        conversations.drop(rows, draft)
    severed = reports.sever_all(rows, vault, account)
    for report in severed:
        turns.forget_about(rows, reports.subject_of(vault, account, report))
        for photo in media.of(rows, vault, report):
            media.tell_nobody(rows, vault, photo)
    matters.sever_all(rows, vault, account)
    mailbox.drop(rows, vault, account)
    diary.drop(rows, vault, account)
    people.leave(rows, vault, account)
    outbox.drop_for(rows, vault, channel, address)
    tries.drop(rows, vault, account, range(hour_of(now) - TRIES_HOURS, hour_of(now) + 2))
    _forget_messages(rows, vault, account)
    return len(severed)


def _forget_messages(rows: Rows, vault: Vault, account: AccountId) -> None:
    for message_id in wechat.ledger(rows, vault, account).message_ids():
        turns.drop(rows, turns.key_of(vault, account, message_id))
    wechat.drop(rows, vault, account)
