"""The link "Open in Ticket24" of a task, followed by whomever."""

import re

import pytest
from aiohttp import ClientSession, DummyCookieJar
from examples import MARK, SIGNATURE, message, ticket
from showroom import Showroom

from ticket24.domain.messages.voices import customer_line
from ticket24.domain.tickets.descriptions import compose
from ticket24.domain.tickets.model import TicketRef, Voice
from ticket24.store.sign_in.sessions import RedisSessions

ANNA, BEN = 43, 44
REPLIED, QUOTED, UNKNOWN = "a" * 16, "b" * 16, "c" * 16


def signed(mark):
    return SIGNATURE.replace(MARK, mark)


@pytest.fixture
async def room(redis, redis_url):
    """Anna has a ticket with a reply, and Ben one where staff quote her link."""
    async with Showroom(redis, redis_url) as room:
        reply = f"{customer_line('Anna')}It helped.\n{signed(REPLIED)}"
        await room.keep(
            ticket(
                ref=TicketRef(room.account.id, 51),
                description=compose("Anna", "It burns.", (), SIGNATURE),
                contact_ids=(ANNA,),
                messages=(
                    message(1, f"[QUOTE]{signed(QUOTED)}[/QUOTE] Hm."),
                    message(2, reply, voice=Voice.CUSTOMER),
                ),
            )
        )
        await room.keep(
            ticket(
                ref=TicketRef(room.account.id, 52),
                contact_ids=(BEN,),
                messages=(message(3, f"See {SIGNATURE}", voice=Voice.INTERNAL),),
            )
        )
        yield room


async def go(room, mark, cookie=""):
    """Follow the link of a mark; return status, where it leads, and the page."""
    headers = {"Cookie": f"ticket24_session={cookie}"} if cookie else {}
    url = room.address(f"go/{mark}")
    async with (
        ClientSession(cookie_jar=DummyCookieJar(), headers=headers) as http,
        http.get(url, allow_redirects=False) as answer,
    ):
        place = answer.headers.get("Location", "")
        return answer.status, place, await answer.text()


async def look(room, contact, only=None):
    """Let a member of staff see the portal as a contact; return the cookie."""
    return await RedisSessions(room.redis).start_onlooker(
        room.account.id, contact, "x@example.com", "X", "Klaus", only
    )


async def test_it_leads_its_customer_to_the_ticket_and_the_message(room):
    """A task that staff copied bears the same mark: the first one is meant."""
    copied = ticket(
        ref=TicketRef(room.account.id, 60),
        description=compose("Anna", "It burns.", (), SIGNATURE),
        contact_ids=(ANNA,),
    )
    await room.keep(copied)
    anna = await room.cookie(ANNA)

    assert (303, "/p/acme/tickets/51") == (await go(room, MARK, anna))[:2]
    assert (303, "/p/acme/tickets/51#m-chat-2") == (await go(room, REPLIED, anna))[:2]


@pytest.mark.parametrize("mark", [MARK, REPLIED, QUOTED, UNKNOWN])
async def test_others_learn_nothing(room, mark):
    """What is not theirs does not exist, and staff's quotes lead nowhere."""
    owner = ANNA if mark == QUOTED else BEN

    assert 404 == (await go(room, mark, await room.cookie(owner)))[0]


async def test_without_a_session_it_says_the_same_of_every_mark(room):
    """Two ways are told: signing in leads on, and staff look as the customer."""
    pages = []
    for mark in (MARK, UNKNOWN):
        status, _, page = await go(room, mark)

        assert 401 == status
        assert f"/p/acme/login?next=%2Fp%2Facme%2Fgo%2F{mark}" in page
        assert "View the portal as this customer" in page
        pages.append(re.sub(rf'{mark}|csrf_token" value="\w+', "", page))
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    ("contact", "only", "status"),
    [(ANNA, None, 303), (ANNA, frozenset({99}), 404), (BEN, None, 404)],
)
async def test_staff_see_it_as_its_customer_if_they_may(room, contact, only, status):
    """Not as another, nor what Bitrix24 closes to them; they are told the way."""
    found, _, page = await go(room, MARK, await look(room, contact, only))

    assert status == found
    assert (status == 404) == ("View the portal as this customer" in page)
