"""The form for people who are not in the CRM, and its limits."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from aiohttp import ClientSession, DummyCookieJar
from plainbrowser import Page
from redis.exceptions import ConnectionError as RedisAway
from showroom import IMPATIENT, SETTINGS, Showroom

from ticket24.domain.customers.introductions import Introduction, id_of
from ticket24.flows.first_contact.receiving import receive
from ticket24.portal.first_contact.proof import new_token, proof_in
from ticket24.store import keys
from ticket24.store.customers.introductions import (
    MOST_OF_ADDRESS,
    KeptAs,
    RedisIntroductions,
)
from ticket24.store.stores import open_stores

OPEN = replace(
    SETTINGS,
    accent="#0b6e4f",
    departments=(
        replace(SETTINGS.departments[0], strangers=("form",)),
        *SETTINGS.departments[1:],
    ),
)
WORDS = {"email": "nora@new.example", "subject": "Pump", "text": "It is broken."}
KEY, OLDER = b"k" * 32, b"o" * 32
AT_ONCE = replace(IMPATIENT, typing_seconds=0)


@pytest.fixture
async def room(redis, redis_url):
    async with (
        Showroom(redis, redis_url, settings=OPEN, pace=AT_ONCE) as room,
        ClientSession(cookie_jar=DummyCookieJar()) as http,
        open_stores(room.settings) as room.stores,
    ):
        room.http = http
        yield room


async def ask(room, method, path="contact", data=None, **headers):
    async with room.http.request(
        method, room.address(path), data=data, headers=headers, allow_redirects=False
    ) as answer:
        answer.page = await answer.text()
        return answer


def token_in(answer):
    return re.search(r'name="csrf_token" value="([^"]+)"', answer.page)[1]


async def waiting(room):
    return await room.stores.introductions.count(room.account.id)


async def test_the_form_stands_in_other_sites_and_weighs_little(room):
    """No cookie, no script, at most 10 kB with its styles; other pages do not."""
    form = await ask(room, "GET")
    sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', form.page)
    bytes_ = len(form.page.encode())
    for path in sheets:
        async with room.http.get(room.server.make_url(path)) as answer:
            assert 200 == answer.status
            bytes_ += len(await answer.read())

    assert 2 == len(sheets)
    assert bytes_ <= 10_000
    assert "Set-Cookie" not in form.headers
    assert "<script" not in form.page
    assert "X-Frame-Options" not in form.headers
    assert "frame-ancestors *" in form.headers["Content-Security-Policy"]
    for path in ("login", "contact/" + "x" * 43):
        other = await ask(room, "GET", path)
        assert "DENY" == other.headers["X-Frame-Options"]
        assert "frame-ancestors 'none'" in other.headers["Content-Security-Policy"]


async def test_the_page_is_in_the_language_that_the_site_names(room):
    """Else in the browser's; the form that is sent stays in it."""
    german = await ask(room, "GET", "contact?lang=de")
    portuguese = await ask(room, "GET", **{"Accept-Language": "pt-BR"})

    assert ('lang="de"' in german.page, "?lang=de" in german.page) == (True, True)
    assert 'lang="pt-BR"' in portuguese.page


async def test_programs_get_the_form_again_and_people_lose_nothing(room):
    """Without a token of ours, or with the hidden field: one more press sends it."""
    tries = [
        WORDS,
        {**WORDS, "csrf_token": "1.0123456789abcdef." + "0" * 32},
        {**WORDS, "csrf_token": new_token(room.account.id, [KEY], 1)},
    ]
    for data in tries:
        again = await ask(room, "POST", data=data)
        assert (200, True) == (again.status, "please check your message" in again.page)
        assert "It is broken.</textarea>" in again.page
    assert 0 == await waiting(room)

    trapped = {**WORDS, "csrf_token": token_in(again), "fax_number": "1"}
    again = await ask(room, "POST", data=trapped)
    assert "please check your message" in again.page
    sent = await ask(room, "POST", data={**WORDS, "csrf_token": token_in(again)})
    assert "Check your inbox" in sent.page
    assert 1 == await waiting(room)


def test_nobody_sends_a_form_within_a_second():
    """A day later it is too old; tokens are the account's, and older keys count."""
    token = new_token("acme", [OLDER], 1_000.0)
    proof = proof_in(token, "acme", [KEY, OLDER])

    fits = [proof.fits(1_000.0 + one, 1.0) for one in (0, 0.9, 1.1, 86_000, 87_000)]
    assert [False, False, True, True, False] == fits
    for account, known in (("other", [OLDER]), ("acme", [KEY])):
        assert proof_in(token, account, known) is None


async def test_what_is_wrong_is_said_and_what_was_typed_stays(room):
    """Also hostile words, which stay words."""
    hostile = '"><script>alert(1)</script>\u202e$result[index]{{7*7}}'
    data = {"email": "a@localhost\r\nBcc: x@y.zz", "name": hostile, "text": hostile}
    form = await ask(room, "GET")
    wrong = await ask(room, "POST", data={**data, "csrf_token": token_in(form)})

    assert 422 == wrong.status
    assert "<script" not in wrong.page
    for words in ("Check the email address", "Enter a subject"):
        assert words in wrong.page
    assert 2 == wrong.page.count("$result[index]{{7*7}}")
    assert 0 == await waiting(room)
    long = {**WORDS, "text": "x" * 20_001, "csrf_token": token_in(form)}
    wrong = await ask(room, "POST", data=long)
    assert "The text has 20001 characters. Shorten it to 20000.<" in wrong.page


@pytest.mark.parametrize(
    ("email", "kept"),
    [
        ("Nora <nora@new.example>", "nora@new.example"),
        ("nora@Bücher.example", "nora@xn--bcher-kva.example"),
        ("nora@new.example\u200b", "nora@new.example"),
        ("nöra@new.example", None),
        ("nora@127.0.0.1", None),
        ("a@new.example,b@new.example", None),
        ("x" * 400 + "@new.example", None),
    ],
)
async def test_an_address_is_one_that_can_be_written_to(room, email, kept):
    """It is kept as mail servers know it; whatever else is refused."""
    form = await ask(room, "GET")
    data = {**WORDS, "email": email, "csrf_token": token_in(form)}
    answer = await ask(room, "POST", data=data)

    found = await room.stores.introductions.waiting(room.account.id, kept or email)
    assert [kept] * bool(kept) == [one.email for one in found]
    assert (200 if kept else 422) == answer.status


async def test_the_same_form_twice_is_one_message(room):
    """Sent again, or at once in two tabs, it waits once."""
    form = await ask(room, "GET")
    data = {**WORDS, "csrf_token": token_in(form)}
    answers = await asyncio.gather(*(ask(room, "POST", data=data) for _ in range(3)))

    assert {200} == {one.status for one in answers}
    assert 1 == await waiting(room)


def said(number, email):
    return Introduction(
        *(id_of(email, str(number)), email, "", 7, "Buy", "now " * 20),
        datetime.now(UTC),
    )


async def test_ten_thousand_posts_of_programs_are_little(room):
    """A few wait, each address is asked for one mail, and others still get through."""
    stores, account = room.stores, room.account

    async def post(number):
        victims = number % 3
        email = f"{'victim' if victims else number}@new.example"
        address = f"10.{number % 200}.0.{number % 7}" if victims else "192.0.2.1"
        return await receive(account, said(number, email), address, stores)

    refused = 0
    for start in range(0, 10_000, 250):
        waits = await asyncio.gather(*map(post, range(start, start + 250)))
        refused += sum(bool(one) for one in waits)
    person = "nora@new.example"
    kept = await receive(account, said(0, person), "198.51.100.7", stores)

    found = await waiting(room)
    victims = await stores.introductions.waiting(account.id, "victim@new.example")
    asked = await stores.introductions.claim(account.id, 10_000)
    assert 0 == kept
    assert found + refused == 10_001
    assert (found <= 201, len(victims) <= MOST_OF_ADDRESS) == (True, True)
    assert len(asked) == len(set(asked)) <= found
    may = [await stores.introductions.may_mail(account.id, one) for one in asked * 2]
    assert [True] * len(asked) + [False] * len(asked) == may
    assert 0 == await stores.commands.count(account.id)


@pytest.mark.parametrize(
    "emails",
    [
        ("nora@new.example", "NORA+1@new.example", "nora+x+y@new.example"),
        ("nora.neu@gmail.com", "no.raneu@googlemail.com", "noraneu+1@gmail.com"),
    ],
)
async def test_a_mailbox_is_asked_once_however_its_address_is_written(room, emails):
    """Whoever varies an address has us write to the same person; the others wait."""
    store, account = room.stores.introductions, room.account.id
    for number, email in enumerate(emails):
        assert KeptAs.NEW is await store.keep(account, said(number, email))
    await store.keep(account, said(0, "neu@new.example"))

    asked = await store.claim(account, 10)

    may = {one: await store.may_mail(account, one) for one in asked}
    assert may.pop("neu@new.example")
    assert [False, False, True] == sorted(may.values())


async def test_where_there_is_no_room_only_what_waited_for_a_day_goes(room):
    """Programs never confirm; what came today stays, and a person has room."""
    store, account = room.stores.introductions, room.account.id

    async def keep(number, email):
        long = replace(said(number, email), text="x" * 1_000_000)
        return await store.keep(account, long)

    number = 0
    while await keep(number, f"{number}@bot.example") is KeptAs.NEW:
        number += 1
    assert KeptAs.NO_ROOM is await keep(number, "nora@new.example")
    times = keys.introduction_times(account)
    old, *others = await room.redis.zrange(times, 0, -1)
    await room.redis.zincrby(times, -86_401_000, old)

    assert KeptAs.NEW is await keep(number, "nora@new.example")

    left = await room.redis.zrange(times, 0, -1)
    assert {*others} == {*left[:-1]}
    assert 1 == len(await store.waiting(account, "nora@new.example"))
    assert KeptAs.NO_ROOM is await keep(number + 1, "carl@new.example")


async def test_too_many_are_told_so_and_keep_their_words(room):
    """One address of the network may write twenty times within an hour."""
    for number in range(20):
        email = f"n{number}@new.example"
        address = "127.0.0.1"
        assert not await receive(
            room.account, said(number, email), address, room.stores
        )
    form = await ask(room, "GET")
    answer = await ask(room, "POST", data={**WORDS, "csrf_token": token_in(form)})

    assert (429, True) == (answer.status, "It is broken." in answer.page)
    assert 0 < int(answer.headers["Retry-After"]) <= 3_600


@pytest.mark.parametrize(
    ("broken", "status"), [(RedisAway("away"), 503), (KeyError("a bug"), 500)]
)
async def test_our_own_troubles_give_the_words_back(room, monkeypatch, broken, status):
    """From that page they can be sent again, with the address."""
    form = await ask(room, "GET")
    data = {**WORDS, "csrf_token": token_in(form)}

    async def fails(*_, **__):
        raise broken

    with monkeypatch.context() as patched:
        patched.setattr(RedisIntroductions, "keep", fails)
        answer = await ask(room, "POST", data=data)
    back = Page(room.address("contact"), status, answer.page).form("contact")
    typed = {name: text for name, text, _ in back.fields}
    sent = await ask(room, "POST", data=typed)

    assert status == answer.status
    assert WORDS.items() <= typed.items()
    assert "X-Frame-Options" not in answer.headers
    assert "Check your inbox" in sent.page


async def test_a_link_of_nobody_says_what_to_do(room):
    """Made up or too old, it is the same page."""
    shown = await ask(room, "GET", "contact/" + "x" * 43)
    sent = await ask(room, "POST", "contact/" + "x" * 43, {"id": "1", "do": "send"})

    assert {404} == {shown.status, sent.status}
    assert "This link no longer works" in shown.page
    assert "/p/acme/contact" in shown.page


async def test_a_link_is_for_its_own_address_alone(room):
    """What waits for others is neither shown nor sent by it, in no account."""
    stores, account = room.stores, room.account.id
    for email in ("nora@new.example", "olaf@new.example"):
        await receive(room.account, said(1, email), "192.0.2.1", stores)
    (his,) = await stores.introductions.waiting(account, "olaf@new.example")
    await stores.introductions.remove(account, "nora@new.example", [his.id])
    link = "contact/" + await stores.introductions.make_link(
        account, "nora@new.example"
    )

    shown = await ask(room, "GET", link)
    token = token_in(shown)
    for do in ("send", "discard"):
        data = {"csrf_token": token, "id": his.id, "do": do}
        assert 303 == (await ask(room, "POST", link, data)).status

    assert ("nora@new.example" in shown.page, "olaf@" in shown.page) == (True, False)
    assert his.id not in shown.page
    (still,) = await stores.introductions.waiting(account, "olaf@new.example")
    assert his == still
    assert 0 == await stores.commands.count(account)
    assert await stores.introductions.whose("other", link.rpartition("/")[2]) is None


async def test_a_program_that_presses_the_button_at_once_confirms_nothing(room):
    """It gets the page again, and so does whoever posts without having seen it."""
    stores, account = room.stores, room.account.id
    await receive(room.account, said(1, "nora@new.example"), "192.0.2.1", stores)
    (one,) = await stores.introductions.waiting(account, "nora@new.example")
    link = "contact/" + await stores.introductions.make_link(account, one.email)
    late = new_token(account, [b"x" * 32], 1)
    for do in ("send", "discard"):
        for token in ("", late):
            data = {"csrf_token": token, "id": one.id, "do": do}
            again = await ask(room, "POST", link, data)
            assert (200, True) == (again.status, "Send your message" in again.page)

    assert 1 == await waiting(room)
    assert 0 == await stores.commands.count(account)


async def test_a_signed_in_browser_is_nobody_here(room):
    """Whoever forwards the mail shows nothing of a session, and needs none."""
    await receive(room.account, said(1, "nora@new.example"), "192.0.2.1", room.stores)
    made = await room.stores.introductions.make_link(
        room.account.id, "nora@new.example"
    )
    anna = await room.visitor(43)
    async with anna.get(room.address(f"contact/{made}")) as answer:
        page = await answer.text()

    assert "Anna Smith" not in page
    assert "Send your message" in page
