"""Plain examples of our nouns, each with only the fields that a test is about."""

from datetime import UTC, datetime

from ticket24.domain.messages.signatures import signature
from ticket24.domain.news.letters import Kind, Letter
from ticket24.domain.tickets.model import (
    Message,
    MessageKey,
    Source,
    Status,
    Ticket,
    TicketRef,
    Voice,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

# What ends a text that we write for a customer of acme.
MARK = "0123456789abcdef"
SIGNATURE = signature("https://help.example.com", "acme", MARK, "en")


def message(number=1, text="Hello", **fields):
    return Message(
        **{
            "key": MessageKey(Source.CHAT, number),
            "voice": Voice.STAFF,
            "author": "Klaus Weber",
            "text": text,
            "at": NOON,
        }
        | fields
    )


def ticket(**fields):
    return Ticket(
        **{
            "ref": TicketRef("acme", 51),
            "subject": "Printer is on fire",
            "description": "It burns.",
            "status": Status.NEW,
            "group_id": 7,
            "responsible": "Klaus Weber",
            "contact_ids": (43,),
            "created_at": NOON,
            "changed_at": NOON,
            "active_at": NOON,
            "looked_at": NOON,
            "messages": (message(),),
        }
        | fields
    )


def letter(**fields):
    return Letter(
        **{
            "id": "51:replied:chat-1:anna@example.com",
            "ref": TicketRef("acme", 51),
            "kind": Kind.REPLIED,
            "about": "chat-1",
            "recipient": "anna@example.com",
            "recipient_name": "Anna Smith",
            "subject": "Printer is on fire",
            "status": Status.NEW,
            "responsible": "Klaus Weber",
            "decided_at": NOON,
            "messages": (message(),),
        }
        | fields
    )
