"""Requests of strangers that are small, and would be much work."""

import io
import time

import pytest
from aiohttp import ClientSession
from showroom import Showroom
from yarl import URL

QUOTES = "multipart/form-data; boundary=x" + '"' * 7_500
MANY = "; ".join(f"a{number}=b" for number in range(900))
COSTLY = {
    "a type of quotes": {"Content-Type": QUOTES},
    "a type of semicolons": {"Content-Type": "text/plain" + ";" * 7_500},
    "a type of parameters": {"Content-Type": f"text/plain; {MANY}"},
    "a type of brackets": {"Content-Type": "text/plain" + "(" * 7_500},
    "cookies": {"Cookie": MANY},
    "cookies that are called like ours": {"Cookie": "; ".join(["ticket24_a=b"] * 600)},
    "cookies without a value": {"Cookie": "a=;" * 2_500},
    "an origin of marks": {"Origin": "http://" + "\u0316\u0301" * 1_900},
    "addresses on the way": {"X-Forwarded-For": "1," * 3_900},
    "languages": {"Accept-Language": "de,en;q=0.5," * 600},
    "versions of a page": {"If-None-Match": 'W/"a",' * 1_200, "Range": "bytes=0-,1-"},
    "media": {"Accept": "text/html," * 790},
}


@pytest.fixture
async def room(redis, redis_url):
    async with Showroom(redis, redis_url) as room:
        yield room


async def test_long_headers_cost_as_much_as_short_ones(site):
    """8 kB in a header keep nobody waiting, whatever they contain."""
    async with ClientSession() as http:
        for about, sent in COSTLY.items():
            took = []
            for number in range(3):
                # Never the same again: aiohttp remembers what it has read.
                headers = {name: f"{value}{number}" for name, value in sent.items()}
                begun = time.process_time()
                async with http.post(f"{site.base}/login", headers=headers) as answer:
                    await answer.read()
                took.append(time.process_time() - begun)
                assert answer.status < 500, about
                async with http.post(
                    site.server.make_url("/bitrix24/app"), headers=headers
                ) as answer:
                    await answer.read()
                assert answer.status < 500, about

            assert min(took) < 0.3, about


async def test_long_forms_are_read_beside_others(site):
    """A megabyte and a half of escapes is read by a thread of its own.

    What the processor did tells this on a busy machine too.
    """
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    long = io.BytesIO(b"a=" + b"%41" * 500_000)
    begun = time.process_time(), time.thread_time()
    async with (
        ClientSession(headers=headers) as http,
        http.post(f"{site.base}/login", data=long) as no,
    ):
        await no.read()
    everything, ours = time.process_time() - begun[0], time.thread_time() - begun[1]

    assert 403 == no.status
    assert ours < everything / 2


async def test_cookies_of_other_hosts_sign_nobody_out(site, browser):
    """Among kilobytes of others' cookies, also broken ones, ours are found."""
    cookie = await site.sessions.start(
        site.account.id, (7,), "ada@example.com", "Ada Lovelace"
    )
    await site.customer(7, "ada@example.com")
    others = "; ".join(f"other{number}={'x' * 40}" for number in range(100))
    sent = f"{others}; ticket24_session={cookie}; odd=\udcff\udcfe; last=1"
    async with ClientSession() as http:
        answer = await http.get(
            URL(f"{site.base}/"), headers={"Cookie": sent}, allow_redirects=False
        )

    assert 200 == answer.status


async def test_what_is_too_much_is_kept_and_answered_in_a_sentence(room, anna):
    """Eighty thousand addresses are one fault; everything typed is shown again."""
    cc = ",".join(f"a{number}@b.example" for number in range(15_000))
    begun = time.process_time()
    answer = await anna.open(subject="Printer", text="On fire", cc=cc)

    assert time.process_time() - begun < 3.0
    assert 422 == answer.status
    assert "Enter no more than 20 addresses" in answer.page
    assert "On fire" in answer.page
    assert "a14999@b.example" in answer.page
