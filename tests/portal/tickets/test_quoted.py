"""What a mail quoted stays one click away from its message."""

import html
import re

import pytest
from examples import MARK, SIGNATURE, message, ticket
from formfilling import Visitor
from showroom import Showroom

from ticket24.domain.tickets.model import TicketRef, Voice
from ticket24.store.letters.quoted import RedisQuoted


@pytest.fixture
async def room(redis, redis_url):
    showroom = Showroom(redis, redis_url)
    showroom.settings = showroom.settings.model_copy(
        update={"reply_address": "support+{token}@example.com"}
    )
    async with showroom:
        yield showroom


@pytest.fixture
async def anna(room):
    return Visitor(room, await room.visitor(43))


async def test_quoted_words_are_one_click_away(room, redis, anna):
    """They stand below the message of the mail that quoted them, hostile or not."""
    ref = TicketRef(room.account.id, 51)
    mine = {"voice": Voice.CUSTOMER, "author": "Anna Smith"}
    text = f"[B]Anna Smith[/B]\nIt works.\n\n{SIGNATURE}"
    await room.keep(ticket(ref=ref, messages=(message(2, text, **mine), message(3))))
    quoted = "> Is it <b>printing</b>?\n> [URL=javascript:x]x[/URL]"
    await RedisQuoted(redis).keep(ref, MARK, quoted)
    await RedisQuoted(redis).keep(ref, "f" * 16, "Of no message.")

    _, page = await anna.get("tickets/51")

    found = re.findall(r'<details class="quoted">(.*?)</details>', page, re.DOTALL)
    (shown,) = found
    assert "<summary>Show quoted text</summary>" in shown
    assert quoted in html.unescape(shown)
    assert "<b>" not in shown
