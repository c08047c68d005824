"""Answers find their ticket by the names of our mails."""

from ticket24.domain.tickets.model import TicketRef
from ticket24.mail import message_ids

REF = TicketRef("acme-12ab34cd", 51)
MARIA = "Maria@Example.com"


def test_each_mail_names_its_conversation():
    """Programs that keep but one of the names they answer are understood, too."""
    of_all = message_ids.conversation(REF, MARIA, "example.com")
    of_one = message_ids.of_news("replied", REF, MARIA, "chat-7", "example.com")
    other = message_ids.of_news(
        "replied", TicketRef("acme-12ab34cd", 52), MARIA, "chat-7", "example.com"
    )
    tag = message_ids.tag(REF, MARIA)

    assert {tag} == message_ids.tags_in([of_all])
    assert {tag} == message_ids.tags_in([of_one.strip("<>"), "<x@y>", "", "<>"])
    assert tag not in message_ids.tags_in([other])
