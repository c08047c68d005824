"""A ticket's customer sees who is in copy, adds people, and takes them out."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from examples import NOON, SIGNATURE, ticket
from showroom import SETTINGS, Showroom

from ticket24.domain.commands.model import OpenTicket, mark_of
from ticket24.domain.customers.budgets import STRANGERS_OF_ALL, Charge
from ticket24.domain.customers.followers import MOST_COPIES, LastWord, Stand
from ticket24.domain.tickets.descriptions import compose
from ticket24.domain.tickets.model import ContactRef, Customer, TicketRef
from ticket24.flows.customers import copying_in

ANNA = 43
CARL, DORA, EVE = "carl@example.org", "dora@example.org", "eve@example.org"


@pytest.fixture
async def room(redis, redis_url, stores):
    async with Showroom(redis, redis_url) as room:
        room.stores = stores
        room.ref = TicketRef(room.account.id, 51)
        room.picture = ticket(ref=room.ref, contact_ids=(ANNA,), followers=(CARL, DORA))
        anna = Customer(ContactRef(room.account.id, ANNA), "Anna", ("anna@x.org",))
        await stores.customers.put_all(room.account.id, [anna])
        await room.keep(room.picture)
        room.anna = await room.visitor(ANNA)
        yield room


async def page(room, path="tickets/51"):
    async with room.anna.get(room.address(path)) as answer:
        return await answer.text()


async def send(room, **fields):
    token = re.search(r'csrf_token" value="(\w+)"', await page(room))[1]
    async with room.anna.post(
        room.address("tickets/51/copies"),
        data={"csrf_token": token, **fields},
        allow_redirects=False,
    ) as answer:
        answer.page = await answer.text()
        return answer


async def stands(room):
    said = await room.stores.followers.said(room.ref)
    return {email: word.stand for email, word in said.items()}


def shown(text):
    """Return whom a page names as in copy."""
    listed = text.partition('id="followers"')[2].partition("</ul>")[0]
    return re.findall(r"<span>([^<]+@[^<]+)</span>", listed)


async def test_everybody_in_copy_is_named(room):
    """Whoever is in copy, and not those who only got one mail or are the customer."""
    assert [CARL, DORA] == shown(await page(room))


async def test_of_whom_mail_comes_back_that_is_said(room):
    """The ticket's customer reads it beside the address."""
    await room.stores.returned.note(room.account.id, DORA.upper(), "550 no such user")
    said = await page(room)

    assert [CARL, DORA] == shown(said)
    assert 1 == said.count("emails come back")
    assert "emails come back" in said.partition(DORA)[2].partition("</li>")[0]
    assert "550 no such user" not in said
    # To add somebody again says that the address is right.
    await send(room, do="remove", email=DORA)
    await send(room, do="add", email=DORA)
    said = await page(room)
    assert [CARL, DORA] == shown(said)
    assert "emails come back" not in said


async def test_the_customer_takes_somebody_out(room):
    """At once, and the ticket is looked at; whoever is not in copy is not mentioned."""
    assert 303 == (await send(room, do="remove", email=CARL)).status
    await send(room, do="remove", email="anna@x.org")

    assert {CARL: Stand.REMOVED} == await stands(room)
    assert [DORA] == shown(await page(room))
    assert await room.stores.due.count(room.account.id)


async def test_the_customer_adds_people(room):
    """Several at once; who is in copy or is the customer stays what they are."""
    typed = f"Eve <{EVE}>, frank@example.org; ANNA@x.org, {CARL}"
    assert 303 == (await send(room, do="add", email=typed)).status

    assert {EVE: Stand.ADDED, "frank@example.org": Stand.ADDED} == await stands(room)
    assert [CARL, DORA, EVE, "frank@example.org"] == shown(await page(room))


@pytest.mark.parametrize("typed", ["", "nonsense", "root@localhost"])
async def test_what_is_no_address_is_refused_in_words(room, typed):
    """The page says what is wrong, and keeps what was typed."""
    answer = await send(room, do="add", email=typed)

    assert 422 == answer.status
    assert "Check the email address" in answer.page
    assert f">\n{typed}</textarea>" in answer.page
    assert {} == await stands(room)


async def test_there_is_an_end_of_people_in_copy(room):
    """Twenty, of whom two are there."""
    many = [f"c{number}@example.net" for number in range(MOST_COPIES - 1)]
    refused = await send(room, do="add", email=", ".join(many))
    assert 303 == (await send(room, do="add", email=", ".join(many[1:]))).status

    assert (422, True) == (refused.status, "no more than 20" in refused.page)
    assert MOST_COPIES == len(shown(await page(room)))


async def test_who_left_or_wants_no_mail_is_not_added(room):
    """No customer can make a company write to them again."""
    left = LastWord(CARL, Stand.LEFT, NOON)
    await room.stores.followers.say(room.ref, [left], [ANNA], own=True)
    await room.stores.followers.mute(room.account.id, EVE)

    refused = await send(room, do="add", email=f"{CARL}, {EVE}, new@example.net")

    assert 422 == refused.status
    for email in (CARL, EVE):
        assert f"“{email}” has asked for no more emails" in refused.page
    assert "“new@example.net”" not in refused.page
    assert {CARL: Stand.LEFT} == await stands(room)


async def test_customers_of_the_ticket_need_not_be_added(room):
    """Also where they want no mail as people in copy: nothing changes."""
    await room.stores.followers.mute(room.account.id, "anna@x.org")

    assert 303 == (await send(room, do="add", email="anna@x.org")).status
    assert {} == await stands(room)


async def test_a_company_has_a_budget_of_new_addresses(room):
    """Beyond it the page says so and when it goes again; nothing typed is lost."""
    for budget in STRANGERS_OF_ALL:
        spent = [Charge(budget, "", budget.most)]
        await room.stores.budgets.spend(room.account.id, spent)
        refused = await send(room, do="add", email=EVE)

        assert 429 == refused.status
        assert int(refused.headers["Retry-After"]) > 0
        assert re.search(
            r"too many new addresses .* in \d+ (minute|hour)", refused.page
        )
        assert f">\n{EVE}</textarea>" in refused.page
        await room.redis.delete(*await room.redis.keys("*budget*"))
    assert {} == await stands(room)


PROPOSED = (EVE, "Anna@x.org", CARL, "x@localhost", "left@x.org")


async def test_a_mail_proposes_people_to_the_customer(room):
    """Who is new in copy of a mail waits for the customer's word, and gets no mail."""
    left = LastWord("left@x.org", Stand.LEFT, NOON)
    await room.stores.followers.say(room.ref, [left], [ANNA], own=True)
    for _ in range(2):
        await copying_in.propose(room.picture, PROPOSED, "Carl <b>", room.stores)

    assert {"left@x.org": Stand.LEFT, EVE: Stand.PROPOSED} == await stands(room)
    text = await page(room)
    assert f"<b>{EVE}</b>" in text
    assert "Carl &lt;b&gt;" in text
    assert [CARL, DORA] == shown(text)


async def test_a_mail_that_opens_a_ticket_proposes_people_there(room):
    """They wait with the new ticket for the customer's word, from its first look on."""
    account, at = room.account, room.picture.created_at
    command = OpenTicket(
        *("c0ffee", account.id, ANNA, "Anna", at, 7, "It burns", "It burns."),
        proposed=(EVE, "anna@x.org"),
    )
    await room.commands.put(command)
    link = re.sub("/go/[^]]+", f"/go/{mark_of(command)}", SIGNATURE)
    room.ref = TicketRef(account.id, 52)
    description = compose("Anna", "It burns.", [], link)
    new = ticket(ref=room.ref, contact_ids=(ANNA,), description=description)

    for _ in range(2):
        await copying_in.propose_of_opening(account, new, room.stores)
    assert {EVE: Stand.PROPOSED} == await stands(room)
    await room.keep(new)

    assert f"<b>{EVE}</b>" in await page(room, "tickets/52")


async def test_many_words_at_once_are_all_kept(room):
    """Whoever says something at the same moment overwrites nobody."""
    many = [f"c{number}@example.net" for number in range(10)]
    await asyncio.gather(
        *(copying_in.add(room.picture, [one], "Anna", room.stores) for one in many)
    )

    assert dict.fromkeys(many, Stand.ADDED) == await stands(room)


async def test_the_customer_says_yes_or_no(room):
    """A yes adds somebody, a no is remembered, and neither is asked again."""
    for email, do in ((EVE, "add"), ("frank@example.org", "remove")):
        await copying_in.propose(room.picture, [email], "Carl", room.stores)
        await send(room, do=do, email=email)
        await copying_in.propose(room.picture, [email], "Carl", room.stores)

    assert {EVE: Stand.ADDED, "frank@example.org": Stand.DECLINED} == await stands(room)
    assert "proposal" not in await page(room)


async def test_proposals_are_bounded(room):
    """A mail to a thousand people asks about twenty at most."""
    for half in range(2):
        many = [f"c{half}-{number}@example.net" for number in range(500)]
        await copying_in.propose(room.picture, many, "Carl", room.stores)

    assert MOST_COPIES == len(await stands(room))


async def test_who_was_asked_about_takes_nobodys_room(room):
    """A mail that names them all again, and somebody new, asks about the new one."""
    asked = [f"c{number}@example.net" for number in range(MOST_COPIES - 2)]
    await copying_in.propose(room.picture, asked, "Carl", room.stores)
    await copying_in.propose(room.picture, [*asked, EVE], "Carl", room.stores)

    assert Stand.PROPOSED is (await stands(room))[EVE]
    await send(room, do="remove", email=asked[0])
    await copying_in.propose(room.picture, [*asked, DORA[1:]], "Carl", room.stores)

    after = await stands(room)
    assert (Stand.DECLINED, Stand.PROPOSED) == (after[asked[0]], after[DORA[1:]])


async def test_an_open_page_hears_of_a_proposal(room):
    """The version of the customer's pages moves with it."""
    async with room.anna.get(room.address("status.json")) as answer:
        tag = answer.headers["ETag"]
    await copying_in.propose(room.picture, [EVE], "Carl", room.stores)

    async with room.anna.get(
        room.address("status.json"), headers={"If-None-Match": tag}
    ) as answer:
        assert 200 == answer.status


async def test_where_it_is_switched_off_nobody_is_in_copy(redis, redis_url):
    """The page names people in copy as it did, and offers nothing."""
    settings = replace(SETTINGS, followers=False)
    async with Showroom(redis, redis_url, settings=settings) as room:
        ref = TicketRef(room.account.id, 51)
        later = NOON + timedelta(hours=1)
        await room.keep(ticket(ref=ref, followers=(CARL,), changed_at=later))
        room.anna = await room.visitor(ANNA)
        text = await page(room)

    assert CARL not in text
    assert "Copy someone in" not in text
