"""Files that a text names by their numbers, on pages and in mails."""

import re
from email import message_from_bytes, policy

import pytest
from examples import letter, message, ticket
from formfilling import Visitor
from showroom import Showroom

from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.model import File, MessageKey, Source, TicketRef, Voice
from ticket24.mail.render import Sender, render

ANNA = 43
PHOTO = File(973, "photo.png", 1_495_700, 5001)
PLAN = File(974, "plan [1].pdf", 20_000, 5002)


def text_of(one):
    sender = Sender("desk@example.org", "tickets.example.org")
    settings = AccountSettings(company_name="Acme Support")
    mail = render(one, settings, "acme", sender, "https://help.example.org")
    read = message_from_bytes(mail.as_bytes(), policy=policy.default)
    parts = [read.get_body((kind,)).get_content() for kind in ("plain", "html")]
    return [" ".join(re.sub(r"<[^>]*>", "", part).split()) for part in parts]


@pytest.fixture
async def page(redis, redis_url):
    async with Showroom(redis, redis_url) as room:

        async def page(**fields):
            await room.keep(ticket(ref=TicketRef(room.account.id, 51), **fields))
            visitor = Visitor(room, await room.visitor(ANNA))
            status, text = await visitor.get("tickets/51")
            assert 200 == status
            return text

        yield page


def forum(text, *files, number=1, **fields):
    key = MessageKey(Source.FORUM, number)
    return message(text=text, key=key, files=files, **fields)


@pytest.mark.parametrize("tag", ["[DISK FILE ID=n5001]", "[disk=973]", "[FILE ID=973]"])
async def test_a_picture_stands_where_the_text_names_it(page, tag):
    """It is shown at its place, once, and its name is said to who cannot see it."""
    shown = await page(messages=(forum(f"Look: {tag} Here.", PHOTO),))

    link = "/p/acme/tickets/51/files/a973"
    place = (
        rf'Look:\s+<a class="placed" href="{link}">'
        rf'<img src="{link}/medium" alt="photo.png" data-size="1.5 MB"'
        ' loading="lazy"></a>'
        " Here."
    )
    assert re.search(place, shown)
    assert 1 == shown.count("<img src=")


async def test_other_files_are_named_and_linked_at_their_places(page):
    """A file that is not a picture is linked by its name, and also listed."""
    text = "[DISK FILE ID=n5002 WIDTH=4] or [DISK FILE ID=n9]"
    shown = await page(messages=(forum(text, PHOTO, PLAN),))

    link = '<a class="placed" href="/p/acme/tickets/51/files/a974">plan [1].pdf</a>'
    assert f"{link} or  \N{PAPERCLIP}" in shown
    assert 2 == shown.count('/files/a974"')
    assert 1 == shown.count('/files/a974?read"')


async def test_the_only_file_is_meant_by_a_number_that_nobody_knows(page):
    """If an answer shows one number of a file, the other one finds it too."""
    shown = await page(messages=(forum("[DISK FILE ID=n77]", PHOTO),))

    assert 'class="placed" href="/p/acme/tickets/51/files/a973"' in shown


async def test_a_quotation_shows_the_file_of_another_message(page):
    """What one message has, another one can name; what is internal it cannot."""
    secret = forum("//", File(1, "s.png", 1, 6001), number=2, voice=Voice.INTERNAL)
    quote = forum("[QUOTE][DISK FILE ID=n5001][DISK FILE ID=n6001][/QUOTE]", number=3)
    shown = await page(messages=(forum("Hi", PHOTO), secret, quote))

    assert 'class="placed" href="/p/acme/tickets/51/files/a973"' in shown
    assert "📎" in shown
    assert "s.png" not in shown


async def test_a_file_in_a_description_stands_at_its_place(page):
    """Files of the task itself are named in its description."""
    shown = await page(description="See [DISK FILE ID=n5001].", files=(PHOTO,))

    assert re.search(
        r'See\s+<a class="placed" href="/p/acme/tickets/51/files/a973">', shown
    )


@pytest.mark.parametrize(
    "text",
    [
        "[url=https://x.example/[b [DISK FILE ID=n5001]]]x[/url]",
        "https://x.example/[DISK FILE ID=n5001]",
        '[url=https://x.example/" [DISK FILE ID=n5001]]x[/url]',
        "[quote=a [b [DISK FILE ID=n5001]]]x[/quote]",
        "\ue000n5001\ue001[url=https://x.example/\ue000n5001\ue001]x[/url][DISK=973]",
    ],
)
async def test_no_place_of_a_file_breaks_out_of_a_tag(page, text):
    """Whatever surrounds a file's number, attributes stay attributes."""
    hostile = File(973, '"><script>x</script>.png', 1, 5001)
    shown = await page(messages=(forum(text, hostile),))

    for href in re.findall(r'href="([^"]*)"', shown):
        assert "<" not in href
    assert "<script>x" not in shown
    assert not re.search(r'="[^"]*<a ', shown)


def test_a_mail_names_files_where_the_text_does():
    """A mail shows the file's name at its place, and nothing is loaded."""
    text = "Look: [DISK FILE ID=n5001] and [DISK FILE ID=n5002], not [DISK FILE ID=n9]."

    for words in text_of(letter(messages=(forum(text, PHOTO, PLAN),))):
        assert "Look: photo.png and plan [1].pdf, not 📎." in words
