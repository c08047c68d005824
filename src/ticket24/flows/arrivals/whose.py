"""Whose an address is, and which ticket a mail of ours was about."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from ticket24.domain.tickets.model import Customer, TicketRef
from ticket24.mail import message_ids
from ticket24.store.stores import Stores

# How many accounts are asked at a time.
_AT_ONCE = 50


async def named_by(
    references: Iterable[str],
    whose: Mapping[str, Sequence[Customer]],
    stores: Stores,
) -> TicketRef | None:
    """Find the ticket of a contact about which one of these mails of ours was."""
    tags = message_ids.tags_in(references)
    if not tags:
        return None
    for account, customers in whose.items():
        for customer in customers:
            numbers = await stores.pages.numbers(account, customer.ref.contact_id)
            for ref in (TicketRef(account, number) for number in numbers):
                for email in customer.emails:
                    if message_ids.tag(ref, email) in tags:
                        return ref
    return None


async def copied_by(
    references: Iterable[str], ids: Sequence[str], sender: str, stores: Stores
) -> TicketRef | None:
    """Find the ticket about which somebody beside its customers had such a mail."""
    tags = message_ids.tags_in(references)
    for start in range(0, len(ids) if sender and tags else 0, _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        each = await asyncio.gather(
            *(stores.copied.find(account, sender, tags) for account in some)
        )
        if found := next(filter(None, each), None):
            return found
    return None


async def with_address(
    ids: Sequence[str], sender: str, stores: Stores
) -> dict[str, list[Customer]]:
    """Return the contacts with this address, by account; those without are left out."""
    found: dict[str, list[Customer]] = {}
    for start in range(0, len(ids) if sender else 0, _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        each = await asyncio.gather(
            *(stores.customers.with_address(account, sender) for account in some)
        )
        found |= {account: one for account, one in zip(some, each, strict=True) if one}
    return found
