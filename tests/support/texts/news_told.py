"""Tickets about which there is news, and what is decided of them."""

from datetime import timedelta

from examples import NOON, message, ticket

from ticket24.domain.looks.ages import Age
from ticket24.domain.news.letters import Kind, Notice
from ticket24.domain.news.notices import Wishes, decide, wanted
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.model import ContactRef, Customer

NEW, IMPORTED = Age(), Age(whole=True)
LATER = NOON + timedelta(minutes=5)


def decided(*changes, age=NEW, settings=None, **fields):
    """What is decided about a ticket with these changes."""
    wishes = Wishes(age, wanted(settings or AccountSettings()))
    return list(decide(ticket(**fields), changes, wishes))


def customer(contact_id, *emails, name="Anna Smith"):
    return Customer(ContactRef("acme", contact_id), name, emails)


NEWS = Notice(Kind.REPLIED, "chat-1", (message(1),))
