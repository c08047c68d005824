"""What customers and staff have written: the same tickets for every portal.

Plain types and nothing but the standard library, for peers' interpreters too.
"""

import random

TICKETS = 25
LONG_TICKET_MESSAGES = 50

# Characters of a message: from a thanks to a careful explanation, 240 on average.
_LENGTHS = (60, 140, 180, 220, 280, 360, 440)
_OTHER_TICKETS_MESSAGES = 4
_LINK = "https://docs.example.com/guides/network/printers?from=ticket"
_TALK = (
    "the printer on our second floor has been offline since this morning and"
    " nobody can print invoices we tried to restart it twice but the display keeps"
    " showing the same error please let us know when somebody could come by because"
    " customers are waiting for their papers thank you for the quick answer I have"
    " checked the server and replaced the driver so it should work again after the"
    " next restart of your computer could you send a picture of the message that you"
    " see there and tell me which cable is plugged into the back of the device"
)


def tickets(longest: int = LONG_TICKET_MESSAGES) -> list[dict[str, object]]:
    """Return 25 tickets, newest first: the `longest`, and others with 4 messages.

    Each: `subject`, `text` and `messages`; a message has `by_customer` and `text`.
    Every message is different, and they are the same in every run.
    """
    chance = random.Random(24)
    return [
        {
            "subject": f"Printer {number} on floor {number % 7} is offline again",
            "text": _text(chance, number, 440),
            "messages": [
                {
                    "by_customer": place % 2 == 1,
                    "text": _text(chance, place, _LENGTHS[place % len(_LENGTHS)]),
                }
                for place in range(longest if number == 1 else _OTHER_TICKETS_MESSAGES)
            ],
        }
        for number in range(1, TICKETS + 1)
    ]


def _text(chance: random.Random, place: int, length: int) -> str:
    """Return words of about this length: two paragraphs, now and then a link."""
    talk = _TALK.split()
    start = chance.randrange(len(talk))
    words = [f"Number {chance.randrange(10**6)}:"]
    while sum(map(len, words)) + len(words) < length:
        words.append(talk[(start + len(words)) % len(talk)])
    if place % 5 == 0:
        words[len(words) // 2] = _LINK
    half = len(words) // 2
    return f"{' '.join(words[:half])}.\n\n{' '.join(words[half:])}."
