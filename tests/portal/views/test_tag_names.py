"""What customers read in place of a tag."""

from dataclasses import replace

from examples import NOON, ticket
from formfilling import Visitor
from showroom import SETTINGS, Showroom

from ticket24.domain.commands.model import OpenTicket
from ticket24.domain.settings.model import TagLabels
from ticket24.domain.tickets.model import TicketRef


async def test_customers_read_a_company_s_own_names_of_tags(redis, redis_url):
    """In their language, on every page; what is sent and kept is the tag."""
    names = TagLabels(de={"High": "<b>Dringend", "USA": "Amerika"})
    settings = replace(SETTINGS, language="de", tag_labels=names)
    async with Showroom(redis, redis_url, settings=settings) as room:
        ref = TicketRef(room.account.id, 51)
        await room.keep(ticket(ref=ref, tags=("high", "usa", "low")))
        sent = OpenTicket(
            "c" * 32, ref.account, 43, "Anna", NOON, 7, "Hot", "", (), ("High", "Low")
        )
        await room.commands.put(sent)
        anna = Visitor(room, await room.visitor(43))

        for path, words in (
            ("", "&lt;b&gt;Dringend"),
            ("tickets/51", '<dd dir="auto">&lt;b&gt;Dringend</dd>'),
            ("tickets/51", '<dd dir="auto">Amerika</dd>'),
            ("tickets/new", "Amerika"),
            (f"received/{sent.id}", "&lt;b&gt;Dringend, Low"),
        ):
            _, page = await anna.get(path)
            assert (path, words, True) == (path, words, words in page)
        _, form = await anna.get("tickets/new")
        assert 'value="High"' in form
        assert 'value="Amerika"' not in form
