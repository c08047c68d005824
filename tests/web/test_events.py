"""The door for Bitrix24's events: kept and 200, or refused with a reason."""

import asyncio
import json

import pytest
import pytest_asyncio
from desk import EVENTS, TOKEN, event_body
from yarl import URL

from ticket24.pace import Pace, Patience
from ticket24.store import keys

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    return await desk.connect(events=False)


async def post(desk, body, content_type=FORM):
    headers = {"Content-Type": content_type}
    return await desk.http.post(desk.web.make_url(EVENTS), data=body, headers=headers)


async def kept(desk):
    return await desk.stores.redis.xlen(keys.JOURNAL)


def body(desk, **more):
    return event_body(desk.world.member_id, **more)


async def test_an_address_is_taken_as_people_type_it(desk, account):
    """It may end with slashes, a full stop or a blank; nobody is redirected."""
    typed = [EVENTS + end for end in ("/", "//", ".", "%20")] + ["/bitrix24/Events/"]
    for path in typed:
        address = URL(f"{desk.settings.public_url}{path}", encoded=True)
        headers = {"Content-Type": FORM}
        async with desk.http.post(address, data=body(desk), headers=headers) as answer:
            assert (path, 200) == (path, answer.status)
        async with desk.http.get(address) as answer:
            assert (405, "POST") == (answer.status, answer.headers["Allow"])
    for path in (f"{EVENTS}x", f"{EVENTS}/x", f"/x{EVENTS}"):
        async with desk.http.post(f"{desk.settings.public_url}{path}") as answer:
            assert 404 == answer.status

    assert len(typed) == await kept(desk)


async def test_an_event_is_kept_before_it_is_answered(desk, account):
    """200 with an empty body means that the event is in Redis."""
    response = await post(desk, body(desk))

    assert (200, "") == (response.status, await response.text())
    assert 1 == await kept(desk)


async def test_tokens_do_not_reach_the_journal(desk, account):
    """Neither the application token nor OAuth tokens are stored."""
    secrets = {
        "auth[access_token]": "oauth-access-secret",
        "auth[refresh_token]": "oauth-refresh-secret",
    }
    assert 200 == (await post(desk, body(desk, **secrets))).status

    stored = repr(await desk.stores.redis.xrange(keys.JOURNAL))
    assert "ONTASKUPDATE" in stored
    for secret in (TOKEN, *secrets.values()):
        assert secret not in stored


async def test_a_burst_is_kept_whole(desk, account):
    """Two hundred at once are two hundred in the journal."""
    answers = await asyncio.gather(*(post(desk, body(desk)) for _ in range(200)))

    assert {200} == {answer.status for answer in answers}
    assert 200 == await kept(desk)


STRANGERS = {
    "wrong token": {"token": "wrong"},
    "empty token": {"token": ""},
    "unknown account": {"auth[member_id]": "f" * 32},
    "no account": {"auth[member_id]": ""},
}


@pytest.mark.parametrize("fields", STRANGERS.values(), ids=STRANGERS.keys())
async def test_strangers_are_refused(desk, account, fields):
    """403, and nothing is kept; the token is not repeated."""
    await post(desk, body(desk))  # Tells the member_id.

    response = await post(desk, body(desk, **fields))

    assert 403 == response.status
    assert TOKEN not in await response.text()
    assert 1 == await kept(desk)


def deep(levels):
    return "data" + "[a]" * levels + "=1"


BAD = {
    "nothing": "",
    "json": json.dumps({"event": "ONTASKUPDATE"}),
    "text": "hello",
    "broken UTF-8": b"event=ON\xff\xfe&auth[member_id]=\xff",
    "broken percent UTF-8": "event=%ff%fe",
    "null bytes": b"\x00\x00\x00=\x00",
    "only ampersands": "&" * 500,
    "deep brackets": deep(50),
    "very deep brackets": deep(20_000),
    "unclosed bracket": "event=ONTASKUPDATE&data[FIELDS=1",
    "a name with a tag": "event=<script>&auth[member_id]=a&auth[application_token]=b",
    "two thousand keys": "&".join(f"k{n}=1" for n in range(2_000)),
}
WITHOUT = {
    "event": None,
    "auth[member_id]": None,
    "auth[application_token]": None,
}
FIELDS = {
    "no data": {"data[FIELDS_BEFORE][ID]": None, "data[FIELDS_AFTER][ID]": None},
    "undefined": {
        "data[FIELDS_BEFORE][ID]": None,
        "data[FIELDS_AFTER][ID]": None,
        "data[FIELDS_BEFORE]": "undefined",
        "data[FIELDS_AFTER]": "undefined",
    },
    "an undefined id": {"data[FIELDS_AFTER][ID]": "undefined"},
    "a negative id": {"data[FIELDS_AFTER][ID]": "-1"},
    "a huge id": {"data[FIELDS_AFTER][ID]": "9" * 400},
    "a fraction": {"data[FIELDS_AFTER][ID]": "5.5"},
    "an id in Arabic digits": {"data[FIELDS_AFTER][ID]": "\N{ARABIC-INDIC DIGIT FIVE}"},
    "an id with a null byte": {"data[FIELDS_AFTER][ID]": "51\x00"},
    "zero": {"data[FIELDS_AFTER][ID]": "0"},
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD.keys())
async def test_what_is_no_event_is_refused(desk, account, content):
    """400 with a sentence, never 500, and nothing is kept."""
    response = await post(desk, content)

    assert 400 == response.status
    assert "This is not an event" in await response.text()
    assert 0 == await kept(desk)


@pytest.mark.parametrize("fields", FIELDS.values(), ids=FIELDS.keys())
async def test_an_event_that_points_nowhere_is_refused(desk, account, fields):
    """An invalid id is answered with 400."""
    assert 400 == (await post(desk, body(desk, **fields))).status
    assert 0 == await kept(desk)


@pytest.mark.parametrize("missing", WITHOUT)
async def test_an_event_without_a_part_is_refused(desk, account, missing):
    """Each of the three parts is needed: 400 or 403."""
    more = {missing: None}

    assert (await post(desk, body(desk, **more))).status in {400, 403}
    assert 0 == await kept(desk)


async def test_a_long_body_is_refused(desk, account):
    """More than 256 KiB are answered with 413, and so are a hundred thousand keys."""
    large = "&".join(f"k{n}=1" for n in range(100_000))

    assert 413 == (await post(desk, large)).status
    assert 413 == (await post(desk, "x" * (256 * 1024 + 1))).status
    assert 0 == await kept(desk)


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
async def test_the_content_type_does_not_matter(desk, account, content_type):
    """A form is read as one, whatever it is called."""
    assert 200 == (await post(desk, body(desk), content_type)).status


async def test_other_methods_are_not_allowed(desk):
    """A person who opens the address in a browser is told so."""
    response = await desk.http.get(desk.web.make_url(EVENTS))

    assert 405 == response.status


async def test_metrics_count_what_comes(desk, account):
    """Accepted and refused events and the backlog are there for Prometheus."""
    await post(desk, body(desk))
    await post(desk, "nonsense")
    response = await desk.http.get(desk.web.make_url("/metrics"))

    text = await response.text()
    assert "ticket24_events_accepted_total 1.0" in text
    assert 'ticket24_events_refused_total{reason="bad"} 1.0' in text
    assert "ticket24_journal_backlog 1.0" in text


async def test_health_is_good_with_redis(desk):
    """Live and ready, with each dependency named."""
    ready = await desk.http.get(desk.web.make_url("/health/ready"))
    live = await desk.http.get(desk.web.make_url("/health/live"))

    assert (200, 200) == (ready.status, live.status)
    told = await ready.json()
    assert {"status": "ok", "redis": True, "writable": True}.items() <= told.items()
    assert "worker" in told["processes"]


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate"])
async def test_a_body_that_cannot_be_unpacked_is_refused(desk, account, coding):
    """Rubbish that calls itself compressed: 415, not 500."""
    headers = {"Content-Encoding": coding, "Content-Type": FORM}
    url = desk.web.make_url(EVENTS)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    lines = [f"POST {EVENTS} HTTP/1.1", f"Host: {url.host}", "Content-Length: 7"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join([*lines, "Connection: close", "", "rubbish"]).encode())

    answer = await reader.read()
    writer.close()
    await writer.wait_closed()

    assert b"415" == answer.split()[1]
    assert 0 == await kept(desk)


@pytest.mark.parametrize("pace", [Pace(strangers_body=Patience(0.2, 16_384))])
async def test_a_body_that_never_arrives_is_given_up(desk, account):
    """A sender that promises and does not send gets its answer."""
    url = desk.web.make_url(EVENTS)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = f"POST {EVENTS} HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nevent="
    writer.write(head.encode())

    answer = await reader.readuntil(b"\r\n")
    writer.close()
    await writer.wait_closed()

    assert b"400" == answer.split()[1]


@pytest.mark.parametrize("pace", [Pace(believed_seconds=0.3)])
async def test_an_account_that_goes_is_known_for_a_moment_only(desk, account):
    """However many events come, the old answer is not believed again and again."""
    assert 200 == (await post(desk, body(desk))).status
    await desk.stores.accounts.remove(account)
    await asyncio.sleep(0.3)

    answers = [(await post(desk, body(desk))).status for _ in range(5)]

    assert [403] * 5 == answers
