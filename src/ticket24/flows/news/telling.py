"""Tell later what could not be told when it happened."""

import time
from collections.abc import Collection

import structlog

from ticket24.domain.accounts.model import Account
from ticket24.domain.news.notices import wanted
from ticket24.domain.news.untold import readdressed, retell
from ticket24.domain.tickets.model import ContactRef, TicketRef
from ticket24.store.stores import Stores

log = structlog.get_logger()

# How many contacts' news one turn looks after, the newest first.
_MOST_CONTACTS = 500


async def tell_later(
    account: Account,
    stores: Stores,
    *,
    task_ids: Collection[int],
    contact_ids: Collection[int],
) -> int:
    """Write what can now be told of these tickets and to these contacts.

    Returns how many letters were written. Safe to repeat and to run concurrently,
    because news leaves the shelf as its letters enter the outbox. `task_ids` are
    tickets that were just looked at. Other tickets are looked at first, because no
    event tells us what was edited or taken back in a chat meanwhile.
    """
    # Gather.
    tasks, contacts = set(task_ids), set(contact_ids)
    rows = [
        row
        for row in await stores.untold.rows(account.id)
        if row.task_id in tasks or not contacts.isdisjoint(row.contact_ids)
    ]
    news = [row.id for row in rows if not row.is_mail]
    entries = await stores.untold.get_all(account.id, news)
    mails = await stores.untold.get_mails(
        account.id, [row.id for row in rows if row.is_mail]
    )
    letters = [*mails.values(), *(entry.untold.letter for entry in entries)]
    if not letters:
        return 0
    refs = list(dict.fromkeys(letter.ref for letter in letters))
    kept = dict(zip(refs, await stores.tickets.get_all(refs), strict=True))
    tickets = {ref: None if one.away else one.ticket for ref, one in kept.items()}
    customers = await stores.customers.get_all(
        account.id,
        {id_ for one in tickets.values() if one for id_ in one.contact_ids},
    )

    # Decide and apply, each by itself.
    written, unseen = 0, set()
    for entry in entries:
        ref = entry.untold.letter.ref
        retold = retell(entry.untold, tickets[ref], customers, wanted(account.settings))
        if retold.left == entry.untold:
            continue
        if retold.letters and ref.task_id not in tasks:
            unseen.add(ref)
        elif await stores.untold.move(entry, retold.left, retold.letters):
            written += len(retold.letters)
            log.info(
                "untold_moved",
                account=account.slug,
                id=entry.id,
                letters=len(retold.letters),
                left=bool(retold.left),
            )
    for id_, letter in mails.items():
        sent = readdressed(letter, tickets[letter.ref], customers)
        # A mailbox that was told separately is left to a person.
        if sent is None or sent == letter:
            continue
        if letter.ref.task_id not in tasks:
            unseen.add(letter.ref)
        elif await stores.untold.resend(id_, sent):
            log.info("letter_readdressed", account=account.slug, id=id_)
    await stores.due.mark_all(unseen)
    return written


async def look_after(account: Account, stores: Stores) -> None:
    """Have everything untold looked at again, and forget news that is too old.

    No event tells that a contact may be read again, or who took its place.
    """
    expired, left = await stores.untold.expire(account.id)
    for row in expired:
        waited = int(time.time()) - row.since
        log.warning(
            "untold_expired", account=account.slug, id=row.id, days=waited // 86_400
        )
    marks: dict[ContactRef | TicketRef, None] = {}
    for row in reversed(left):
        marks |= dict.fromkeys(ContactRef(account.id, one) for one in row.contact_ids)
        if len(marks) >= _MOST_CONTACTS:
            break
    await stores.due.mark_all(marks)
