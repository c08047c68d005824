"""Words as databases without four-byte characters keep them."""

import pytest

from ticket24.bitrix.conversations import messages
from ticket24.bitrix.people import contacts, directory
from ticket24.bitrix.rest.decode import prose
from ticket24.bitrix.tickets import tasks
from ticket24.domain.tickets.descriptions import harmless, restored
from ticket24.domain.tickets.model import Source

NOW = tasks.moment("2026-11-21T12:00:00+00:00")


@pytest.mark.parametrize(
    ("kept", "read"),
    [
        ("Done :f09f9880:", "Done 😀"),
        ("Done :F09F9880:!", "Done 😀!"),
        (":f09f91a8::f09f9188:", "👨👈"),
        (":f09f8fb4::f3a081a7::f3a081bf:", "🏴\U000e0067\U000e007f"),
        (":f0a0ae9f:", "𠮟"),
        (":f48fbfbf:", "\U0010ffff"),
    ],
)
def test_codes_of_four_bytes_are_read_as_what_they_are(kept, read):
    """Each code is the one character whose bytes it names."""
    assert read == prose(kept)


@pytest.mark.parametrize(
    "words",
    [
        *("10:30:15", ":facade:", ":deadbeef:", ":cafebabe:", ":12345678:", "a:f:b"),
        *(":f0808080:", ":f0820000:", ":f4908080:", ":f5808080:", ":f09f98:"),
        *(":f09f9880", "f09f9880:", ":f09f98800:", ":ff9f9880:", ":f09f 9880:"),
    ],
)
def test_what_is_no_character_of_four_bytes_stays(words):
    """Times, words and numbers between colons are not emoji."""
    assert words == prose(words)


def test_everything_that_people_write_is_read_so():
    """Titles, texts, tags, files, and names of staff and customers have their emoji."""
    comment = {
        "ID": "7",
        "AUTHOR_ID": "3",
        "AUTHOR_NAME": "Ida :f09f8cb7:",
        "POST_MESSAGE": "Fixed :f09f9880:",
        "ATTACHED_OBJECTS": {"9": {"ATTACHMENT_ID": "9", "NAME": ":f09f9880:.png"}},
    }
    task = {
        "id": "51",
        "title": "Hi :f09f9880:",
        "description": "It burns :f09f94a5:",
        "responsible": {"id": "3", "name": "Ida :f09f8cb7:"},
        "tags": {"1": {"title": ":f09f94a5: hot"}},
    }
    chat = {
        "messages": [{"id": 5, "author_id": 3, "text": ":f09f9880:"}],
        "users": [{"id": 3, "name": ":f09f8cb7: Ida"}],
    }
    (written,) = messages.read_forum([comment])
    ticket = tasks.read_task("acme", task, NOW).ticket
    (said,) = messages.read_chat(chat, 0, 50).written
    (anna,) = contacts.read_customers("acme", [{"ID": "43", "NAME": "Anna :f09f9880:"}])
    (ida,) = directory.read_people(
        [{"ID": "3", "NAME": "Ida", "LAST_NAME": ":f09f8cb7:"}]
    )
    file = tasks.read_file({"ID": "9", "NAME": "a:f09f9880:.png", "OBJECT_ID": "12"})

    assert ("Ida 🌷", "Fixed 😀") == (written.author, written.text)
    assert ["😀.png"] == [one.name for one in written.files]
    assert ("Hi 😀", "It burns 🔥") == (ticket.subject, ticket.description)
    assert ("Ida 🌷", ("🔥 hot",)) == (ticket.responsible, ticket.tags)
    assert ("🌷 Ida", "😀", Source.CHAT) == (said.author, said.text, said.key.source)
    assert ("Anna 😀", "Ida 🌷", "a😀.png") == (anna.name, ida.name, file.name)


def test_codes_that_a_customer_types_stay_what_was_typed():
    """What looks like a code in a customer's own words comes back as it was."""
    typed = "The log says :f09f9880: at 10:30:15"

    assert typed == restored(prose(harmless(typed)))
