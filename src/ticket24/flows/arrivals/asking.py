"""A mail of a stranger waits until the sender confirms the address."""

from ticket24.domain.arrivals.fates import Ask, HeldFor, HeldMail, Hold, MailFate
from ticket24.domain.arrivals.model import Arrival
from ticket24.domain.commands.forms import SUBJECT_LENGTH
from ticket24.domain.customers.introductions import NAME_LENGTH, Introduction, id_of
from ticket24.domain.lines import beginning, one_line, shortened
from ticket24.flows.arrivals.proposing import is_ours
from ticket24.settings import Settings
from ticket24.store.arrivals.mails import ClaimedMail
from ticket24.store.customers.introductions import KeptAs
from ticket24.store.stores import Stores
from ticket24.telemetry.counters import FIRST_CONTACTS

_EXCERPT, _SHOWN = 300, 200

# How much of a mail is shown to whoever confirms it.
_READ = 2_000


async def ask(
    judged: Ask,
    arrival: Arrival,
    mail: ClaimedMail,
    stores: Stores,
    settings: Settings,
) -> MailFate:
    """Have the sender asked, and hold the mail, which opens the ticket later.

    Staff look at it instead where the budgets are spent, or if the sender is ourselves:
    a program answers to our own address.
    """
    (email,) = arrival.senders
    kept = KeptAs.NO_ROOM
    taken = not is_ours(email, stores, settings)
    if taken and await stores.attempts.introduction_by_mail(judged.account, email):
        introduction = _introduction(judged, arrival, mail, email)
        kept = await stores.introductions.keep(judged.account, introduction)
    if kept is KeptAs.NO_ROOM:
        FIRST_CONTACTS.labels("refused").inc()
        hold = Hold(HeldFor.NO_TICKET, judged.account)
    else:
        if kept is KeptAs.NEW:
            FIRST_CONTACTS.labels("mail").inc()
        hold = Hold(HeldFor.UNCONFIRMED, judged.account)
    await stores.held.hold(told(hold, arrival, mail))
    return MailFate.HELD


def told(hold: Hold, arrival: Arrival, mail: ClaimedMail) -> HeldMail:
    """Return what is told of a mail that is held."""
    return HeldMail(
        id=mail.id,
        why=hold.why,
        at=mail.at,
        account=hold.account,
        task_id=hold.task_id,
        contact_id=hold.contact_id,
        sender=shortened(", ".join(arrival.senders), _SHOWN),
        sender_name=shortened(arrival.sender_name, _SHOWN),
        subject=shortened(arrival.subject, _SHOWN),
        excerpt=shortened(one_line(arrival.text[: 4 * _EXCERPT]), _EXCERPT),
        files=len(arrival.attachments),
    )


def _introduction(
    judged: Ask, arrival: Arrival, mail: ClaimedMail, email: str
) -> Introduction:
    text = arrival.text.strip()
    return Introduction(
        id=id_of(email, "mail", mail.id),
        email=email,
        name=shortened(arrival.sender_name, NAME_LENGTH),
        group_id=judged.group_id,
        subject=shortened(arrival.subject, SUBJECT_LENGTH),
        text=text if len(text) <= _READ else beginning(text, _READ) + "…",
        at=mail.at,
        mail=mail.id,
        files=len(arrival.attachments),
    )
