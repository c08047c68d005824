"""Somebody who is not in the CRM has confirmed an address: a contact, then a ticket.

Before an attempt, and after one that nobody knows the end of, the contact is looked
for by the address: that is its mark (step 4 in `carrying`). Commands of one address
come one after the other, so two tabs make one contact.
"""

from collections.abc import Mapping
from dataclasses import replace

import structlog

from ticket24 import i18n
from ticket24.bitrix.people import contacts
from ticket24.bitrix.rest.errors import AccessDenied, Permanent
from ticket24.domain.arrivals.fates import Release
from ticket24.domain.commands.model import Introduce, OpenTicket
from ticket24.domain.customers.mailboxes import readable
from ticket24.domain.tickets.model import ContactRef, Customer
from ticket24.domain.words import folded
from ticket24.flows.commands.carrying import Done, PerhapsUnderWay, Work
from ticket24.flows.customers.finding import read_found
from ticket24.flows.customers.keeping import ReadContacts, keep
from ticket24.flows.first_contact.companies import suggested
from ticket24.i18n import noop
from ticket24.telemetry.counters import FIRST_CONTACTS

log = structlog.get_logger()

_NEW = noop("A new contact.")
_WROTE = noop("Wrote to us by Ticket24 and confirmed the email address.")
_PERHAPS = noop("Perhaps from %(companies)s: contacts there have addresses at %(at)s.")


Fields = Mapping[str, object]


async def introduce(work: Work, command: Introduce) -> Done:
    """Find or make the contact; have the ticket opened as by anybody signed in."""
    customer = await _known(work, command) or await _made(work, command)
    contact_id, account = customer.ref.contact_id, command.account
    if command.mail:
        decision = Release(account, 0, contact_id, group_id=command.group_id)
        await _release(work, command.mail, decision)
        return Done(0)
    # What is put twice is put once.
    ticket = OpenTicket(
        id=f"{command.id}-t",
        account=account,
        contact_id=contact_id,
        name=_called(customer, command),
        at=command.at,
        group_id=command.group_id,
        subject=command.subject,
        text=command.text,
    )
    await work.stores.commands.put(ticket)
    return Done(0)


def _called(customer: Customer, command: Introduce) -> str:
    """Return a name for the ticket; people who share an address say theirs."""
    typed, known = command.name, customer.name or readable(command.email)
    if not typed or folded(typed) == folded(known):
        return known
    return f"{typed} ({known})" if customer.name else typed


async def _release(work: Work, id_: str, decision: Release) -> None:
    """Have the mail judged that is confirmed now; wait if it is about to be held."""
    stores = work.stores
    mail = await stores.held.get(id_)
    if mail is None and await stores.arrivals.has(id_):
        raise PerhapsUnderWay("", "the mail is being judged", retry_after=2.0)
    if not (mail and await stores.held.release(mail, decision)):
        # It was released before, or there were too many.
        log.warning("introduced_mail_gone", account=work.account.slug)


async def _known(work: Work, command: Introduce) -> Customer | None:
    """Return the first contact with the address, as Bitrix24 has it right now."""
    fields = work.account.settings.contact_fields
    reading = await work.stores.readings.begin(work.account.id)
    calls = contacts.find_calls(command.email, *fields)
    batch = await work.bitrix.batch(calls, urgent=True)
    found = read_found(work.account, command.email, batch).customers
    await keep(work.account, ReadContacts(reading, found), work.stores)
    return found[min(found)] if found else None


async def _made(work: Work, command: Introduce) -> Customer:
    """Make the contact; only called while none has the address."""
    await work.not_found()
    name = command.name or command.email.partition("@")[0]
    plain: Fields = {
        "NAME": name,
        "EMAIL": [{"VALUE": readable(command.email), "VALUE_TYPE": "WORK"}],
    }
    department = work.account.settings.department(command.group_id)
    comment = await _comment(work, command)
    whole: Fields = {
        **plain,
        "OPENED": "Y",
        "SOURCE_ID": "EMAIL" if command.mail else "WEB",
        "ASSIGNED_BY_ID": department.responsible_id or work.account.user_id,
        "COMMENTS": comment,
    }
    try:
        contact_id = await _add(work, whole)
    except AccessDenied:
        raise
    except Permanent as error:
        # A person may have left, a source may have been removed: neither is needed.
        log.warning("contact_refused", account=work.account.slug, error=str(error))
        contact_id = await _add(work, plain)
    account = work.account.id
    customer = Customer(ContactRef(account, contact_id), name, (command.email,))
    await work.stores.customers.put_all(account, [customer])
    words = i18n.translations(work.account.settings.language).gettext(_NEW)
    await work.stores.introductions.tell(account, contact_id, f"{words} {comment}")
    if command.language:
        await work.stores.languages.note_read(account, [contact_id], command.language)
    FIRST_CONTACTS.labels("contact").inc()
    log.info("contact_made", account=work.account.slug, contact=contact_id)
    return customer


async def _add(work: Work, fields: Fields) -> int:
    return await work.attempt(
        replace(work.steps, tried_at=None), lambda: contacts.add(work.bitrix, fields)
    )


async def _comment(work: Work, command: Introduce) -> str:
    """Tell staff where the contact comes from, and which company it may belong to."""
    say = i18n.translations(work.account.settings.language).gettext
    names = await suggested(work, command.email)
    if not names:
        return say(_WROTE)
    at = readable(command.email).rpartition("@")[2]
    return f"{say(_WROTE)} {say(_PERHAPS) % {'companies': ', '.join(names), 'at': at}}"
