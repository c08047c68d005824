"""What a mail may repeat of a ticket is known, whatever is around it there."""

from dataclasses import replace

from examples import SIGNATURE, message
from replies import original, ticket_of, words_of
from replies import repeated_again as again

from ticket24.domain.arrivals.spoken import spoken_in
from ticket24.domain.tickets.model import Voice


def test_what_ends_a_third_message_of_one_writer_alike_is_a_signature():
    """It is known from the ticket's own messages, however the portal frames them."""
    name = words_of("en")["customer"]
    ending = f"Kind regards\n{name}\nExample Ltd."
    said = tuple(
        message(
            number,
            f"[B]{name}[/B]\nNumber {number}.\n\n{ending}\n\n{SIGNATURE}",
            voice=Voice.CUSTOMER,
            author=name,
        )
        for number in (7, 8)
    )
    ticket = ticket_of("en")
    knows = again("en", replace(ticket, messages=(*ticket.messages, *said)))
    quoted = "\n".join(f"> {line}" for line in original("en", 0).text.split("\n"))

    spoken = spoken_in(
        f"Number 9.\n\n{ending}\n\n{quoted}",
        knows.ours,
        names=knows.names,
        earlier=knows.earlier,
    )

    assert "Number 9." == spoken.text
    assert ending in spoken.cut
