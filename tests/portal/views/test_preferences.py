"""How often a customer wants mail: the page where it is chosen."""

import re

import pytest
from aiohttp import ClientSession, DummyCookieJar
from examples import ticket
from formfilling import Visitor
from showroom import SECRET, Showroom
from town_roles import SHARING, WORKS, employ

from ticket24.domain.customers.company_view import CompanyRole
from ticket24.domain.customers.follower_tokens import company_token, keys_of
from ticket24.domain.customers.preferences import Preference
from ticket24.domain.tickets.model import TicketRef
from ticket24.store.customers.companies import RedisCompanies
from ticket24.store.customers.preferences import RedisPreferences

ANNA = 43


@pytest.fixture
async def room(redis, redis_url):
    async with Showroom(redis, redis_url) as room:
        await room.keep(ticket(ref=TicketRef(room.account.id, 51)))
        yield room


@pytest.fixture
async def anna(room):
    return Visitor(room, await room.visitor(ANNA))


@pytest.fixture
async def http():
    async with ClientSession(cookie_jar=DummyCookieJar()) as http:
        yield http


def hidden_fields(page):
    return dict(re.findall(r'name="(csrf_token)" value="(\w+)"', page))


async def chosen(room):
    found = await RedisPreferences(room.redis).of(room.account.id, [ANNA])
    return found[ANNA]


async def test_a_customer_chooses_how_often_there_is_mail(room, anna):
    """The page shows what is chosen, and says what comes at once all the same."""
    status, page = await anna.get("preferences")
    assert 200 == status
    assert 'value="instant" checked' in page
    assert "when we’ve received a ticket, when a ticket is solved." in page
    assert "One email at 08:00 with everything new" in page

    fields = hidden_fields(page)
    wrong = await anna.post("preferences", fields | {"pace": "never"}, plain=True)
    assert (422, Preference()) == (wrong.status, await chosen(room))
    sent = await anna.post("preferences", fields | {"pace": "daily"}, plain=True)
    assert 303 == sent.status
    _, page = await anna.get("preferences?saved=1")

    assert 'value="daily" checked' in page
    assert Preference("daily") == await chosen(room)


async def test_a_ticket_is_muted_and_heard_again(room, anna):
    """From its page by one link; others are never named."""
    _, page = await anna.get("tickets/51")
    assert 'href="/p/acme/preferences?ticket=51"' in page
    _, page = await anna.get("preferences?ticket=51")
    assert "You get emails about this ticket." in page
    for on, words in (("1", "You get no emails"), ("0", "You get emails")):
        fields = hidden_fields(page) | {"on": on}
        sent = await anna.post("tickets/51/mute", fields, plain=True)
        assert "/p/acme/preferences?ticket=51#muted" == sent.location
        assert frozenset({51} if on == "1" else ()) == (await chosen(room)).muted
        _, page = await anna.get("preferences?ticket=51")
        assert words in page
    _, page = await anna.get("preferences?ticket=52")
    assert "#52" not in page


@pytest.mark.parametrize("role", ["own", "colleague", "manager"])
async def test_only_managers_choose_to_hear_of_all_tickets(redis, redis_url, role):
    """Off at first; a forged form of others changes nothing, and everybody may stop."""
    async with Showroom(redis, redis_url, settings=SHARING) as room:
        await employ(room, _43=((WORKS,), role), _44=((WORKS,), "own"))
        anna = Visitor(room, await room.visitor(ANNA))
        store, manages = RedisPreferences(redis), role == "manager"

        _, page = await anna.get("preferences")
        assert manages == ("All tickets of my company" in page)
        assert 'name="watch" value="1" checked' not in page
        form = hidden_fields(page) | {"pace": "daily", "may_watch": "1"}
        await anna.post("preferences", form | {"watch": "1"}, plain=True)
        assert ({ANNA} if manages else set()) == await store.watchers(room.account.id)

        # Whose role has ended meanwhile still sees the choice, and may take it back.
        await store.watch(room.account.id, [ANNA], on=True)
        choose = RedisCompanies(redis).choose
        await choose(room.account.id, ANNA, CompanyRole.OWN)
        _, page = await anna.get("preferences")
        assert 'name="watch" value="1" checked' in page
        await anna.post("preferences", hidden_fields(page) | {"pace": "daily"})
        assert {ANNA} == await store.watchers(room.account.id)
        await anna.post("preferences", form, plain=True)
        assert set() == await store.watchers(room.account.id)


async def test_a_manager_mutes_single_tickets_of_others(redis, redis_url):
    """While watching all; who only reads, or hears of none, has nothing to mute."""
    async with Showroom(redis, redis_url, settings=SHARING) as room:
        await employ(room, _43=((WORKS,), "manager"), _44=((WORKS,), "own"))
        account, store = room.account.id, RedisPreferences(redis)
        await room.keep(ticket(ref=TicketRef(account, 52), contact_ids=(44,)))
        anna = Visitor(room, await room.visitor(ANNA))
        link = 'href="/p/acme/preferences?ticket=52"'
        _, page = await anna.get("tickets/52")
        assert link not in page
        _, page = await anna.get("preferences?ticket=52")
        assert "#52" not in page
        form = hidden_fields(page) | {"on": "1"}
        await anna.post("tickets/52/mute", form, plain=True)
        assert frozenset() == (await chosen(room)).muted

        await store.watch(account, [ANNA], on=True)
        _, page = await anna.get("tickets/52")
        assert link in page
        await anna.post("tickets/52/mute", form, plain=True)
        assert frozenset({52}) == (await chosen(room)).muted
        _, page = await anna.get("preferences")
        assert ("#52" in page, "You get no emails about" in page) == (True, True)

        choose = RedisCompanies(redis).choose
        await choose(account, ANNA, CompanyRole.COLLEAGUE)
        _, page = await anna.get("preferences")
        assert "#52" not in page
        await anna.post("tickets/52/mute", form | {"on": "0"}, plain=True)
        assert frozenset({52}) == (await chosen(room)).muted


async def test_the_link_of_a_mail_ends_what_managers_hear(room, http):
    """By a button, for whoever has the mail; no other link ends anything."""
    store, account = RedisPreferences(room.redis), room.account.id
    await store.watch(account, [ANNA, 44], on=True)
    token = company_token(keys_of([SECRET])[0], account, ANNA)
    nobody = Visitor(room, http)
    for wrong in (f"44-{token}", f"43-{token[:-1]}~", f"43-{'A' * 24}"):
        path = f"unfollow/company-{wrong}"
        assert 404 == (await nobody.get(path))[0]
        for said in ({"do": "leave"}, {"List-Unsubscribe": "One-Click"}):
            assert 404 == (await nobody.post(path, said, plain=True)).status
    path = f"unfollow/company-{ANNA}-{token}"
    status, page = await nobody.get(path)
    assert (200, True) == (status, "Stop these emails?" in page)
    assert {ANNA, 44} == await store.watchers(account)

    assert 303 == (await nobody.post(path, {"do": "leave"}, plain=True)).status

    assert {44} == await store.watchers(account)
    assert "No more emails" in (await nobody.get(path))[1]


async def test_only_a_button_or_a_mail_program_ends_what_managers_hear(room, http):
    """Programs that look at links post, too, and say nothing in their forms."""
    store, account = RedisPreferences(room.redis), room.account.id
    await store.watch(account, [ANNA], on=True)
    token = company_token(keys_of([SECRET])[0], account, ANNA)
    address = room.address(f"unfollow/company-{ANNA}-{token}")
    async with http.head(address) as looked:
        assert 200 == looked.status
    for data in (None, {}, {"url": "x"}, {"do": "look"}):
        async with http.post(address, data=data, allow_redirects=False) as said:
            assert 303 == said.status
    assert {ANNA} == await store.watchers(account)

    for _ in range(2):
        click = {"List-Unsubscribe": "One-Click"}
        async with http.post(address, data=click, allow_redirects=False) as done:
            assert (200, "Done.\n") == (done.status, await done.text())
        assert set() == await store.watchers(account)
