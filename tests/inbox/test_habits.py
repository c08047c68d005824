"""A signature and its logo are folded away once two mails of a sender had them."""

from email.message import EmailMessage
from email.policy import SMTP

import pytest
import pytest_asyncio
from answering import socket_of, told, with_mail_in
from desk import until
from handing_over import address_in, handing_over
from living import HURRY

from ticket24.domain.portal.pages import to_page
from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys

LOGO = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20
SIGNATURE = "<p>Kind regards<br>Mary Stone</p><p>Example Ltd.<br>+44 20 7946 0958</p>"


@pytest.fixture
def pace():
    return HURRY


@pytest_asyncio.fixture(loop_scope="module")
async def desk(shared_desk):
    return await with_mail_in(shared_desk)


def signed(mail, words):
    """Return a reply in HTML with a signature and a logo below it."""
    reply = EmailMessage(policy=SMTP)
    reply["From"], reply["To"] = mail["To"], mail["Reply-To"]
    reply["Message-ID"] = f"<{words.encode().hex()}@example.com>"
    html = f'<p>{words}</p>{SIGNATURE}<p><img src="cid:logo@x"></p>'
    reply.set_content(html, subtype="html")
    reply.add_related(LOGO, "image", "png", cid="<logo@x>", filename="image001.png")
    return reply.as_bytes()


async def test_a_logo_and_a_signature_are_folded_in_the_third_mail(desk):
    """Of whatever tickets; they are one click away, and kept as digests alone."""
    socket = socket_of(desk)
    first = desk.ticket()
    other = next(
        one for one in desk.tickets() if {*one.contact_ids} & {*first.contact_ids}
    )
    said = {"It squeaks.": first, "It smokes.": other, "No": first}
    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        account = await desk.stores.accounts.by_slug("acme")
        for words, task in said.items():
            mail = await told(desk, task, f"What about {words}")
            await session.mail(signed(mail, words), address_in(mail))
            await desk.rested(account)

            async def settled():
                return not (await desk.stores.arrivals.came()).waiting

            await until(settled)
            await desk.rested(account)
        email = mail["To"].addresses[0].addr_spec
        ref = TicketRef(account.id, first.id)
        page = to_page(await desk.stores.tickets.get(ref))
        quoted = await desk.stores.quoted.of(ref, [page.messages[-1].mark])
        kept = [key async for key in desk.stores.redis.scan_iter(keys.habits("*", "*"))]
        raw = b"".join(await desk.stores.redis.lrange(kept[0], 0, -1))
        lasts = await desk.stores.redis.ttl(kept[0])
        await desk.stores.habits.forget(account.id, [email.upper()])
        gone = await desk.stores.habits.of(account.id, email)

    texts = [one.text for one in page.messages]
    assert 1 == sum("Mary Stone" in one for one in texts)
    assert "Mary" not in texts[-1]
    assert "No" in texts[-1]
    logos = [one for one in desk.world.files.values() if one.name == "image001.png"]
    assert 2 == len(logos)
    [cut] = quoted.values()
    assert "+44 20 7946 0958" in cut
    assert "[image001.png]" in cut
    assert 1 == len(kept)
    assert b"Mary" not in raw
    assert email.encode() not in raw + kept[0]
    assert 100 * 86_400 < lasts <= 180 * 86_400
    assert [] == gone
