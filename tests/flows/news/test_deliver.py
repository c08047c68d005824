"""One attempt to deliver a letter, and what is noted of it."""

import time
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from examples import NOON, letter, message, ticket
from letters import put_letter, why
from structlog.testing import capture_logs

from ticket24.domain.accounts.model import Account
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.model import ContactRef, Customer
from ticket24.flows.news.deliver import (
    UNSURE_PAUSE_SECONDS,
    deliver,
    pause,
)
from ticket24.flows.news.shelf import Why, shelf_of
from ticket24.mail.server.refusals import Away, Enough, NotNow, RefusesUs, Unsure
from ticket24.store import keys
from ticket24.store.letters.outbox import ClaimedLetter
from ticket24.store.letters.parked import LETTER
from ticket24.store.letters.relay import RedisRelay
from ticket24.store.letters.replays import replay_letter

pytestmark = pytest.mark.usefixtures("accounts_there")

ACCOUNT = Account("acme", "acme", 1, NOON, settings=AccountSettings())


class Greylisting:
    """A mail server that never takes anything now."""

    async def send(self, message, recipient, *, whose=""):
        raise NotNow("451 come back later")


@pytest.fixture
def outbox(stores):
    return stores.outbox


@pytest.fixture
def parked(stores):
    return stores.parked


class Mute:
    """A mail server that is given every mail and never says a word."""

    async def send(self, message, recipient, *, whose=""):
        raise Unsure("Connection lost")


class Tired:
    """A mail server that has reached its limit."""

    async def send(self, message, recipient, *, whose=""):
        raise Enough("550 5.4.5 Daily user sending limit exceeded")


class Relay:
    """A mail server that lets nobody through, until it does."""

    refusing = True

    async def send(self, message, recipient, *, whose=""):
        if Relay.refusing:
            raise RefusesUs(f"554 5.7.1 <{recipient}>: Relay access denied")
        return "250 OK"


class Gone:
    """A mail server that nobody can reach."""

    async def send(self, message, recipient, *, whose=""):
        raise Away("Connect call failed ('127.0.0.1', 25)")


@asynccontextmanager
async def empty_mail(letter, account):
    yield EmailMessage()


@pytest.fixture
def attempt(stores):
    async def attempt(claimed, mailer=Greylisting, now=None):
        await deliver(
            claimed,
            ACCOUNT,
            now,
            stores,
            render=empty_mail,
            mailer=mailer(),
        )

    return attempt


async def test_a_letter_is_given_up_after_five_days_of_trying(
    attempt, redis, outbox, parked
):
    """Mail servers try for as long; then it is on the shelf, with words."""
    await put_letter(redis, letter())
    tries, waited = 0, 0
    while not await parked.count("acme"):
        await attempt(ClaimedLetter(letter(), tries))
        waited += pause(tries)
        tries += 1

    assert timedelta(days=5) <= timedelta(seconds=waited) < timedelta(days=5, hours=2)
    assert 0 == await outbox.count("acme")
    (one,) = [one async for one in parked.all("acme")]
    assert "We tried for 5 days." == why(one)[:20]
    assert "451 come back later" in why(one)


async def test_a_relay_that_refuses_us_costs_no_letter_its_tries(
    attempt, redis, outbox, parked
):
    """The first counts, should it mean that letter; others wait, a minute at most."""
    others = [letter(id=f"id-{n}", recipient=f"p{n}@a.example") for n in range(8)]
    relay = RedisRelay(redis)
    with capture_logs() as lines:
        for one in others:
            await put_letter(redis, one)
            await attempt(ClaimedLetter(one, 0), Relay)
        held = await relay.look()
        tries = await outbox.failing("acme")
        Relay.refusing = False
        await attempt(ClaimedLetter(others[0], 1), Relay)
        Relay.refusing = True

    assert 0 == await parked.count("acme")
    assert "554 5.7.1 <p7@a.example>: Relay access denied" == held.words
    assert (1, 1) == tries[:2]
    assert 1 == [line["event"] for line in lines].count("relay_refuses")
    assert 1 <= replace(held, last=held.since + 9_999).pause <= 60
    assert await relay.look() is None
    assert 7 == await outbox.count("acme")


async def test_a_mail_server_that_is_away_is_one_line_for_all_mails(
    attempt, redis, outbox, parked
):
    """One mail counts a try; the others wait until one is taken."""
    others = [letter(id=f"id-{n}", recipient=f"p{n}@a.example") for n in range(8)]
    relay = RedisRelay(redis)
    with capture_logs() as lines:
        for one in others:
            await put_letter(redis, one)
            await attempt(ClaimedLetter(one, 0), Gone)
    held = await relay.look()
    tries = await outbox.failing("acme")
    names = [line["event"] for line in lines]
    await relay.hold("535 5.7.8 authentication failed")
    refused = await relay.look()
    await relay.taken()

    assert (1, 1) == tries[:2]
    assert (1, 1) == (names.count("relay_away"), names.count("letter_postponed"))
    assert (True, True) == (held.away, held.is_news(time.time()))
    assert not held.is_news(time.time() + 1_000)
    assert (False, held.since) == (refused.away, refused.since)
    assert await relay.look() is None


async def test_a_turn_to_ask_is_given_back_by_whose_it_was(redis):
    """One that others ended meanwhile, or a letter that had none, frees nobody's."""
    relay = RedisRelay(redis)
    await relay.hold("535 5.7.8 authentication failed")
    held = await relay.look()
    turn = await relay.may_ask(held)

    await relay.asked_nobody("another")

    assert turn
    assert "" == await relay.may_ask(held)
    await relay.asked_nobody(turn)
    assert await relay.may_ask(held) not in {"", turn}


@pytest.mark.parametrize(
    ("whose", "waits"),
    [
        ({"in_copy": True}, 0),
        ({"of_company": True, "contact_id": 50}, 0),
        ({"contact_id": 43}, 2),
    ],
)
async def test_only_a_customers_own_news_waits_for_a_better_address(
    attempt, redis, stores, whose, waits
):
    """What managers and people in copy miss meanwhile nobody has to look through."""
    letters = [letter(id=f"{number}", **whose) for number in range(2)]
    await stores.returned.note("acme", letters[0].recipient, "550 no such user")
    for one in letters:
        await put_letter(redis, one)
        await attempt(ClaimedLetter(one, 0))

    assert 0 == await stores.outbox.count("acme")
    assert waits == await stores.parked.count("acme")


async def claimed_again(outbox, redis):
    """Claim the one letter, as if its time had come, and tell how long that was."""
    ((_, at),) = await redis.zrange(keys.outbox_times("acme"), 0, 0, withscores=True)
    seconds, microseconds = await redis.time()
    await redis.zadd(keys.outbox_times("acme"), {letter().id: 0})
    (claimed,) = await outbox.claim("acme", 10)
    return claimed, at / 1000 - seconds - microseconds / 1e6


async def test_a_silent_server_gets_a_letter_only_a_few_times(
    attempt, redis, outbox, parked
):
    """Each time may be one more of the same mail: soon a person is asked."""
    await put_letter(redis, letter())
    waited = []
    claimed = ClaimedLetter(letter(), 3)
    for _ in UNSURE_PAUSE_SECONDS:
        await attempt(claimed, Mute)
        claimed, seconds = await claimed_again(outbox, redis)
        waited.append(seconds)
    _, tries, words = await outbox.failing("acme")
    await attempt(claimed, Mute)

    assert pytest.approx(UNSURE_PAUSE_SECONDS, abs=2) == waited
    assert (5 * len(UNSURE_PAUSE_SECONDS), "Connection lost") == (tries, words)
    (one,) = [one async for one in parked.all("acme")]
    assert "mail server 4 times" in why(one)
    assert "may have arrived" in why(one)
    assert 0 == await redis.exists(keys.outbox_tries("acme"))


async def test_a_letter_that_was_in_doubt_starts_anew_when_replayed(
    attempt, redis, outbox, parked
):
    """A person has looked: all tries are open again."""
    await put_letter(redis, letter())
    await attempt(ClaimedLetter(letter(), 0, len(UNSURE_PAUSE_SECONDS)), Mute)
    (one,) = [one async for one in parked.all("acme")]
    await replay_letter(redis, one.id, LETTER.validate_json(one.content))

    (claimed,) = await outbox.claim("acme", 10)

    assert (0, 0) == (claimed.tries, claimed.unsure)


async def test_a_server_with_a_limit_is_left_alone_for_a_while(attempt, redis, outbox):
    """A quarter of an hour, also after the first try; the letter stays where it is."""
    await put_letter(redis, letter())

    await attempt(ClaimedLetter(letter(), 0), Tired)

    claimed, seconds = await claimed_again(outbox, redis)
    assert pytest.approx(900, abs=2) == seconds
    assert (1, 0) == (claimed.tries, claimed.unsure)
    assert (1, 1) == (await outbox.failing("acme"))[:2]


@pytest.mark.parametrize(
    ("recipient", "words"),
    [
        ("jörg@example.com", "other than a to z before the @: “jörg@"),
        ("anna@exa mple.com", "isn’t an email address: “anna@exa mple.com”"),
        (
            "an\u202ena@example.com",
            "isn’t an email address: “an[U+202E]na@example.com”",
        ),
        ("", "isn’t an email address: “”"),
    ],
)
async def test_a_letter_that_nobody_can_write_to_is_set_aside(
    attempt, redis, outbox, parked, recipient, words
):
    """No mail is made without an address; a person reads why, at once."""
    addressed = replace(letter(), recipient=recipient)
    await put_letter(redis, addressed)

    await attempt(ClaimedLetter(addressed, 0))

    (one,) = [one async for one in parked.all("acme")]
    assert words in why(one)
    assert 0 == await outbox.count("acme")


@pytest.mark.parametrize("delayed", [{"gathered": True}, {"tries": 3}])
async def test_nothing_goes_to_an_address_that_its_contact_has_no_more(
    attempt, redis, outbox, parked, stores, delayed
):
    """It waits for an address of theirs, as all that could not be told."""
    contact = Customer(ContactRef("acme", 43), "Anna", ())
    await stores.customers.put_all("acme", [contact])
    tries = delayed.get("tries", 0)
    waited = replace(letter(), contact_id=43, gathered="gathered" in delayed)
    await put_letter(redis, waited)

    await attempt(ClaimedLetter(waited, tries))

    (one,) = [one async for one in parked.all("acme")]
    assert "There is no email address we can send to." in why(one)
    assert 0 == await outbox.count("acme")
    assert [(43,)] == [row.contact_ids for row in await stores.untold.rows("acme")]
    (shelved,) = (await shelf_of(ACCOUNT, stores)).shelved
    assert (Why.ADDRESS, (43,)) == (shelved.why, shelved.whom)


async def test_a_delayed_letter_is_not_for_somebody_whose_ticket_it_is_no_more(
    attempt, redis, outbox, parked, stores
):
    """Staff have bound it to others, and the mail server was away."""
    contact = Customer(ContactRef("acme", 43), "Anna", (letter().recipient,))
    await stores.customers.put_all("acme", [contact])
    said = (message(1),)
    waited = replace(letter(), contact_id=43, messages=said)
    others = ticket(ref=waited.ref, contact_ids=(44, 45), messages=said)
    await put_letter(redis, waited)

    await attempt(ClaimedLetter(waited, 0), now=others)
    assert 1 == await outbox.count("acme")
    await attempt(ClaimedLetter(waited, 1), now=others)

    assert (0, 0) == (await outbox.count("acme"), await parked.count("acme"))


async def test_a_letter_sent_again_as_it_is_set_aside_is_not_lost(
    attempt, redis, outbox, parked
):
    """Somebody presses the button before the worker has taken it out of the outbox."""
    add, nobodys = parked.add, replace(letter(), recipient="")
    await put_letter(redis, nobodys)

    async def add_and_replay(*where, **what):
        await add(*where, **what)
        await replay_letter(redis, f"mail-{nobodys.id}", nobodys)

    parked.add = add_and_replay
    await attempt(ClaimedLetter(nobodys, 0))

    assert (0, 1) == (await outbox.count("acme"), await parked.count("acme"))


async def test_a_replayed_letter_starts_anew(attempt, redis, outbox, parked):
    """Although decided long ago and tried in vain, it is postponed like a new one."""
    old = replace(letter(), decided_at=datetime.now(UTC) - timedelta(days=60))
    await put_letter(redis, old)
    await attempt(ClaimedLetter(old, 10_000))
    (one,) = [one async for one in parked.all("acme")]

    await replay_letter(redis, one.id, LETTER.validate_json(one.content))
    (claimed,) = await outbox.claim("acme", 10)
    await attempt(claimed)

    assert 0 == claimed.tries
    assert 0 == await parked.count("acme")
    assert 1 == await outbox.count("acme")
    assert pause(0) == pause(claimed.tries)
