"""Somebody of the staff is told what happened in a ticket: by a note, or by a mail.

A note is sent again if nobody knows whether it was: better twice than never. A mail
goes through the outbox, once.
"""

from collections.abc import Callable
from dataclasses import replace

import structlog

from ticket24 import i18n
from ticket24.bitrix.people import directory, notes
from ticket24.bitrix.people.directory import Employee
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.errors import Permanent
from ticket24.bitrix.tickets import posting
from ticket24.domain.accounts.model import Account
from ticket24.domain.automation.house_rules import values_of
from ticket24.domain.automation.promises import pledge_of
from ticket24.domain.commands.model import TellStaff
from ticket24.domain.customers.mailboxes import writable
from ticket24.domain.news.addressing import addressed
from ticket24.domain.news.letters import Kind, Letter
from ticket24.domain.settings.reading.automation import filled
from ticket24.domain.tickets.descriptions import harmless, parse_bbcode
from ticket24.domain.tickets.model import Status, Ticket, Voice
from ticket24.domain.tickets.reasons import Cause, reason
from ticket24.domain.working.pledges import Pledge
from ticket24.flows.commands.carrying import Work
from ticket24.i18n import noop

log = structlog.get_logger()

# How much of what a customer wrote a mail repeats, BBCode included.
_MOST_WORDS = 4_000

_CREATED = noop("New ticket #%(number)s: %(subject)s")
_CREATED_BY = noop("New ticket #%(number)s from %(customer)s: %(subject)s")
_REPLIED = noop("%(customer)s replied in ticket #%(number)s: %(subject)s")
_ANSWERED = noop("The customer replied in ticket #%(number)s: %(subject)s")
_ANSWER_DUE = noop(
    "Ticket #%(number)s needs its first reply by %(by)s, as promised: %(subject)s"
)
_SOLUTION_DUE = noop(
    "Ticket #%(number)s is to be solved by %(by)s, as promised: %(subject)s"
)
_BY_RULE = noop("%(rule)s: ticket #%(number)s, %(subject)s")
_BY_NAMELESS = noop("A rule applies to ticket #%(number)s: %(subject)s")
_OPEN = noop("Open task")


async def tell_staff(work: Work, command: TellStaff) -> None:
    """Send the note or write the mail; raises Permanent if nobody can be told."""
    settings = work.account.settings
    ticket = await _ticket(work, command)
    pledged = _pledged(command, ticket)
    promised = command.about in {"answer", "solution"}
    if promised and not (pledged and pledged.runs):
        log.info("note_not_needed", account=work.account.slug, id=command.id)
        return
    if command.by == "mail":
        await _write(work, command, ticket, said_of(command, ticket, work.account))
        return
    say = i18n.translations(settings.language).gettext
    said = said_of(command, ticket, work.account, harmless)
    text = f"{said}\n[URL={_path(command)}]{say(_OPEN)}[/URL]"
    if await notes.tell(work.bitrix, command.user_id, text, f"ticket24-{command.id}"):
        return
    await _employee(work.bitrix, command.user_id)
    log.info("note_not_wanted", account=work.account.slug, id=command.id)


def said_of(
    command: TellStaff,
    ticket: Ticket,
    account: Account,
    clean: Callable[[str], str] = str,
) -> str:
    """Return what is said: the company's words or ours, with cleaned values."""
    settings = account.settings
    customer = _customer(command, ticket)
    plain = values_of(ticket, settings) | {"customer": customer}
    values = {name: clean(value) for name, value in plain.items()}
    if command.about == "created" and settings.automation.note:
        return filled(settings.automation.note, values)
    say = i18n.translations(settings.language).gettext
    if command.about == "rule":
        rule = settings.rule(command.rule)
        named = {**values, "rule": clean(rule.name) if rule else ""}
        if rule and rule.then.said:
            return filled(rule.then.said, values)
        return say(_BY_RULE if named["rule"] else _BY_NAMELESS) % named
    if pledged := _pledged(command, ticket):
        ours = _ANSWER_DUE if command.about == "answer" else _SOLUTION_DUE
        by = i18n.by_when(pledged.by, settings.language, account.zone)
        return say(ours) % {**values, "by": by}
    ours = {
        ("created", False): _CREATED,
        ("created", True): _CREATED_BY,
        ("replied", False): _ANSWERED,
        ("replied", True): _REPLIED,
    }[command.about, bool(plain["customer"])]
    return say(ours) % values


async def _write(work: Work, command: TellStaff, ticket: Ticket, said: str) -> None:
    person = await _employee(work.bitrix, command.user_id)
    recipient = writable((person.email,), ()) if person.email else None
    if recipient is None:
        why = reason(Cause.STAFF_UNWRITABLE, name=person.name or f"#{person.id}")
        raise Permanent("", f"user {person.id} has no address", why=why)
    letter = Letter(
        id="",
        ref=command.ref,
        kind=Kind.CREATED,
        about=f"staff-{command.id}",
        recipient="",
        recipient_name="",
        subject=ticket.subject,
        status=Status.NEW,
        responsible="",
        decided_at=command.at,
        text=parse_bbcode(ticket.description).text[:_MOST_WORDS],
        opened_by=_customer(command, ticket),
        group_id=ticket.group_id,
        lead=said,
        link=f"{work.bitrix.address}{_path(command)}",
    )
    letter = replace(addressed(letter, recipient), recipient_name=person.name)
    if await work.stores.outbox.put(letter):
        log.info("letter_written", ticket=str(letter.ref), kind="staff", id=letter.id)


async def _employee(bitrix: Bitrix, user_id: int) -> Employee:
    """Return somebody who works in the company; raises Permanent for others."""
    call = directory.people_call([user_id])
    answer = await bitrix.call(call.method, call.params, urgent=False)
    for person in directory.read_people(answer.result):
        if person.id == user_id and person.active:
            return person
    why = reason(Cause.STAFF_AWAY, user=user_id)
    raise Permanent("", f"user {user_id} is not there", why=why)


async def _ticket(work: Work, command: TellStaff) -> Ticket:
    """Return the ticket as we saw it, or as it is: its picture may not be kept yet."""
    ref = command.ref
    kept = await work.stores.tickets.get(ref)
    if kept:
        return kept
    row = await posting.read_task(work.bitrix, ref.account, ref.task_id, command.at)
    if row is None:
        why = reason(Cause.TASK_AWAY, task=ref.task_id)
        raise Permanent("", f"task {ref.task_id} is not there", why=why)
    return row.ticket


def _pledged(command: TellStaff, ticket: Ticket) -> Pledge | None:
    """Return what was promised, if that is what the command is about."""
    match command.about:
        case "answer" | "solution" as what:
            return pledge_of(ticket.promise, what)
    return None


def _customer(command: TellStaff, ticket: Ticket) -> str:
    """Return the name of who did it; "" if nobody is known by name."""
    opened = parse_bbcode(ticket.description).name or ticket.opened_by
    spoken = [m.author for m in ticket.messages if m.voice is Voice.CUSTOMER]
    return spoken[-1] if spoken and command.about == "replied" else opened


def _path(command: TellStaff) -> str:
    """Return where the task is in Bitrix24, for the one who is told."""
    at = f"/company/personal/user/{command.user_id}/tasks/task/view"
    return f"{at}/{command.ref.task_id}/"
