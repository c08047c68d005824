"""One attempt to deliver a letter, and what is noted of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from examples import NOON, letter

from ticket24.domain.accounts import Account
from ticket24.domain.settings import AccountSettings
from ticket24.flows.deliver import PAUSES, deliver, pause
from ticket24.mail.smtp import NotNow
from ticket24.store.outbox import Claimed, RedisOutbox
from ticket24.store.parked import RedisParked
from ticket24.store.replays import replay_letter
from ticket24.store.tickets import LETTER

ACCOUNT = Account("acme", "acme", 1, NOON, settings=AccountSettings())


class Greylisting:
    """A mail server that never takes anything now."""

    async def send(self, message, recipient):
        raise NotNow("451 come back later")


@pytest.fixture
def outbox(redis):
    return RedisOutbox(redis)


@pytest.fixture
def parked(redis):
    return RedisParked(redis)


@pytest.fixture
def attempt(outbox, parked):
    async def attempt(claimed):
        await deliver(
            claimed,
            ACCOUNT,
            None,
            render=lambda letter, account: EmailMessage(),
            mailer=Greylisting(),
            outbox=outbox,
            parked=parked,
        )

    return attempt


async def test_a_letter_is_given_up_after_five_days_of_trying(attempt, outbox, parked):
    """As long as mail servers themselves try; then it is on the shelf, with words."""
    await outbox.put(letter())
    tries, waited = 0, 0
    while not await parked.count("acme"):
        await attempt(Claimed(letter(), tries))
        waited += pause(tries)
        tries += 1

    assert timedelta(days=5) <= timedelta(seconds=waited) < timedelta(days=5, hours=2)
    assert 0 == await outbox.count("acme")
    (one,) = [one async for one in parked.all("acme")]
    assert "could not be delivered for 5 days: 451 come back later" == one.reason


@pytest.mark.parametrize(
    ("recipient", "words"),
    [
        ("jörg@example.com", "letters before the @ are not plain ones"),
        ("anna@exa mple.com", "not an e-mail address: “anna@exa mple.com”"),
        ("an\u202ena@example.com", "not an e-mail address: “an[U+202E]na@example.com”"),
        ("", "not an e-mail address: “”"),
    ],
)
async def test_a_letter_that_nobody_can_write_to_is_set_aside(
    attempt, outbox, parked, recipient, words
):
    """No mail is made, to nobody's address; a person reads why, at once."""
    addressed = replace(letter(), recipient=recipient)
    await outbox.put(addressed)

    await attempt(Claimed(addressed, 0))

    (one,) = [one async for one in parked.all("acme")]
    assert words in one.reason
    assert 0 == await outbox.count("acme")


async def test_a_replayed_letter_starts_anew(attempt, redis, outbox, parked):
    """Decided long ago and tried in vain: it is postponed as if it were new."""
    old = replace(letter(), decided_at=datetime.now(UTC) - timedelta(days=60))
    await outbox.put(old)
    await attempt(Claimed(old, 10_000))
    (one,) = [one async for one in parked.all("acme")]

    await replay_letter(redis, one.id, LETTER.validate_json(one.content))
    (claimed,) = await outbox.claim("acme", 10)
    await attempt(claimed)

    assert 0 == claimed.tries
    assert 0 == await parked.count("acme")
    assert 1 == await outbox.count("acme")
    assert PAUSES[0] == pause(claimed.tries)
