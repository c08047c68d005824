"""People in copy get what the customer gets, until they leave."""

import pytest
from desk import until
from examples import SIGNATURE, letter, ticket

from bitrix24_sandbox.account import tasks
from ticket24.domain.customers.followers import LastWord, Stand
from ticket24.domain.tickets.descriptions import compose
from ticket24.domain.tickets.model import TicketRef
from ticket24.flows.customers import following
from ticket24.flows.customers.following import Follower
from ticket24.store import keys

CARL, DORA, EVE = "carl@example.com", "dora@example.com", "eve@example.com"


@pytest.fixture
def desk(shared_desk):
    return shared_desk


def recipients(desk, kind):
    return sorted(mail["X-Envelope-To"].lower() for mail in desk.mailbox.of_kind(kind))


async def test_who_has_left_gets_nothing_more(desk):
    """Whoever leaves or wants no mail at all hears no more, and nobody hears twice.

    Two workers share the account, and events come doubled.
    """
    account = await desk.connect()
    desk.world.skew_seconds = 5
    model, stores = desk.ticket("chat"), desk.stores
    description = compose("Anna", "It burns.", [CARL, DORA, EVE], SIGNATURE)
    await stores.followers.mute(account.id, EVE)
    async with desk.worker(), desk.worker():
        made = tasks.add_task(
            *(desk.world, 1, "Printer is on fire"),
            description=description,
            responsible_id=desk.staff(model),
            group_id=model.group_id,
            contact_ids=tuple(model.contact_ids),
        )
        await until(lambda: len(desk.mailbox.of_kind("created")) >= 3)
        ref = TicketRef(account.id, made.id)
        picture = await stores.tickets.get(ref)
        assert (CARL, DORA) == picture.followers
        await following.leave(Follower(CARL, picture), stores)
        for _ in range(3):
            await stores.due.mark(ref)
        word = LastWord("frank@example.com", Stand.ADDED, picture.looked_at)
        await stores.followers.say(ref, [word], picture.contact_ids)
        await desk.quiet(account)
        desk.comment(made, "We are on our way.")
        await until(lambda: len(desk.mailbox.of_kind("replied")) >= 3)
        await desk.quiet(account)

    anna = desk.world.contacts[made.contact_ids[0]].emails[0].value.lower()
    greeted = sorted([anna, CARL, DORA, "frank@example.com"])
    assert greeted == recipients(desk, "created")
    assert sorted([anna, DORA, "frank@example.com"]) == recipients(desk, "replied")
    for mail in desk.mailbox.of_kind("replied"):
        text = mail.get_body(("plain",)).get_content()
        copied = mail["X-Envelope-To"].lower() != anna
        # Everybody sees who else reads this, and those in copy how to end it.
        assert "CC: dora" in text.replace("\u200b", "")
        assert copied == ("/unfollow/" in text)
        assert copied == ("One-Click" in mail.get("List-Unsubscribe-Post", ""))
        assert copied == (f"/unfollow/{made.id}-" in mail.get("List-Unsubscribe", ""))


async def test_what_was_decided_before_somebody_left_is_not_sent(stores):
    """A letter that waits for the mail server is asked for again before it goes."""
    followed = ticket(followers=(CARL, DORA))
    await stores.redis.hset(keys.account(followed.ref.account), "record", "{}")
    await stores.redis.hset(keys.ticket(followed.ref), "picture", "{}")
    carl = letter(recipient=CARL, in_copy=True, follows=True)
    assert carl == await following.still_for(carl, followed, stores)

    await following.leave(Follower(CARL, followed), stores)

    assert await following.still_for(carl, followed, stores) is None
    dora = letter(recipient=DORA, in_copy=True, follows=True)
    assert dora == await following.still_for(dora, followed, stores)
    await stores.followers.mute(followed.ref.account, "DORA@example.com")
    assert await following.still_for(dora, followed, stores) is None
    gone = letter(recipient=EVE, in_copy=True, follows=True)
    assert await following.still_for(gone, followed, stores) is None
