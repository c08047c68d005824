"""Somebody decides about a held mail: it speaks after all, or nobody hears of it."""

from ticket24.domain.arrivals.fates import HeldFor, HeldMail, Release
from ticket24.i18n import noop
from ticket24.store.stores import Stores

# Why a person has to look, for those who do.
WHY = {
    HeldFor.STRANGER: noop("The sender isn’t one of the ticket’s customers."),
    HeldFor.FORGED: noop("It was sent to an address that we didn’t make."),
    HeldFor.VERDICT: noop("Our mail server doubts that it’s from this sender."),
    HeldFor.SEVERAL: noop("It names several senders, or none."),
    HeldFor.OTHER_WORDS: noop("An earlier email with the same ID had other words."),
    HeldFor.MACHINE: noop(
        "It looks like an automatic email, or one from a mailing list."
    ),
    HeldFor.NO_TICKET: noop("It isn’t a reply to one of our emails."),
    HeldFor.GONE: noop("Its ticket no longer exists."),
    HeldFor.TOO_MANY: noop("This customer sent very many emails within an hour."),
    HeldFor.NO_ROOM: noop("There was no room for its files."),
    HeldFor.UNCONFIRMED: noop("We asked its sender to confirm the address."),
    HeldFor.FAULT: noop("We couldn’t read it."),
}


class NobodysMail(Exception):
    """It names no ticket, and no contact has the address of its sender."""


async def release(mail: HeldMail, stores: Stores, *, remember: bool = False) -> bool:
    """Have a held mail speak for the contact whose it seems; False if it is gone.

    With `remember` the sender's address is the contact's from then on. Raises
    NobodysMail.
    """
    if not (mail.account and mail.contact_id):
        raise NobodysMail
    ticket = ticket_of(mail)
    decision = Release(mail.account, ticket, mail.contact_id, remember=remember)
    return await stores.held.release(mail, decision)


def ticket_of(mail: HeldMail) -> int:
    """Return in which ticket it would speak, 0 if it would open one."""
    return 0 if mail.why is HeldFor.GONE else mail.task_id


async def drop(mail: HeldMail, stores: Stores) -> bool:
    """Forget a held mail; False if it is gone."""
    return await stores.held.drop(mail)
