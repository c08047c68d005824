"""What customers have typed and not sent yet, on a real Redis."""

import asyncio

import pytest

from ticket24.store import keys
from ticket24.store.customers.drafts import Draft, RedisDrafts

FIELDS = {"subject": "Printer", "text": "It burns\nbrightly: ß 🔥"}


@pytest.fixture
def drafts(redis):
    return RedisDrafts(redis)


async def test_a_draft_is_there_until_it_is_removed(drafts, redis):
    """A draft comes back as it was, and lasts a month."""
    await drafts.save("acme", 43, "new", Draft(FIELDS, ("u1", "u2")))

    assert Draft(FIELDS, ("u1", "u2")) == await drafts.get("acme", 43, "new")
    assert 29 * 86400 < await redis.ttl(keys.draft("acme", 43, "new")) <= 30 * 86400

    await drafts.remove("acme", 43, "new")

    assert await drafts.get("acme", 43, "new") is None


@pytest.mark.parametrize("whose", [("acme", 44, "new"), ("b", 43, "new")])
async def test_drafts_are_their_owners_alone(drafts, whose):
    """Another customer, or another account, has no part in a draft."""
    await drafts.save("acme", 43, "new", Draft(FIELDS))

    assert await drafts.get(*whose) is None


async def test_each_form_has_its_draft(drafts):
    """A reply's draft is not the new ticket's."""
    await drafts.save("acme", 43, "51", Draft({"text": "Thanks"}))

    assert await drafts.get("acme", 43, "new") is None
    assert Draft({"text": "Thanks"}) == await drafts.get("acme", 43, "51")


async def test_drafts_are_bounded(drafts):
    """A draft above 64 KiB is not kept, and the one before stays."""
    assert await drafts.save("acme", 43, "new", Draft(FIELDS))
    assert not await drafts.save("acme", 43, "new", Draft({"text": "x" * 65_536}))
    assert Draft(FIELDS) == await drafts.get("acme", 43, "new")


async def test_what_was_sent_too_late_is_given_back_once(drafts, redis):
    """Fields kept without a session come back once, to the owner of the token."""
    token = await drafts.keep("acme", "51", FIELDS)

    assert await drafts.take("acme", "another") is None
    assert await drafts.take("b", token) is None
    assert ("51", FIELDS) == await drafts.take("acme", token)
    assert await drafts.take("acme", token) is None


async def test_no_token_is_stored(drafts, redis):
    """Redis holds only a token's digest."""
    token = await drafts.keep("acme", "new", FIELDS)

    names = [name async for name in redis.scan_iter()]
    assert 2 == len(names)
    assert not [name for name in names if token.encode() in bytes(name)]


async def test_what_is_kept_without_a_session_is_bounded(drafts, redis):
    """The oldest that strangers left goes first; large things are not kept."""
    first = await drafts.keep("acme", "new", {"text": "first"})
    await asyncio.sleep(0.002)  # Redis tells them apart by the millisecond.
    for number in range(200):
        last = await drafts.keep("acme", "new", {"text": str(number)})

    assert await drafts.take("acme", first) is None
    assert ("new", {"text": "199"}) == await drafts.take("acme", last)
    assert await drafts.keep("acme", "new", {"text": "x" * 65_536}) == ""


async def test_a_customer_has_few_drafts(drafts, redis):
    """One too many costs the customer the oldest, and nobody else's."""
    await drafts.save("acme", 44, "new", Draft(FIELDS))
    large = Draft({"text": "x" * 60_000})
    for form in range(40):
        assert await drafts.save("acme", 43, str(form), large)

    kept = [form for form in range(40) if await drafts.get("acme", 43, str(form))]
    assert list(range(40 - len(kept), 40)) == kept
    assert 20 <= len(kept) < 23
    assert await drafts.get("acme", 44, "new")
    assert len(kept) + 1 == len(await redis.keys("*:draft:*"))


async def test_a_draft_that_is_saved_again_takes_its_room_once(drafts, redis):
    """It gives the room back when it is removed."""
    for length in (50_000, 10, 40_000):
        await drafts.save("acme", 43, "new", Draft({"text": "x" * length}))
    sizes, _, _ = keys.draft_space("acme")
    assert 40_000 < int(await redis.hget(sizes, "total")) < 41_000
    await drafts.remove("acme", 43, "new")

    assert [] == await redis.keys("*")
