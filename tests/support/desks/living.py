"""What tests share in which an account with the application lives for long."""

from collections import Counter

from desk import CLIENT_ID, until
from installations import choose, handled, imported
from orders import Customer

from bitrix24_sandbox.apps import applications
from bitrix24_sandbox.rest import http as rest_http
from ticket24.pace import Pace
from ticket24.store import keys

CARDS = ("chat", "forum")


# Pauses are short.
HURRY = Pace(
    turn_seconds=0.02,
    looked_again_seconds=0.02,
    status_settles_seconds=0.0,
    command_again_seconds=(0.02,),
    account_rests_seconds=(0.05,),
    settled_seconds=0.2,
    search_again_seconds=0.05,
)


async def settled(desk, by=1):
    """Install with departments; return the account when all of it is known."""
    account = await choose(desk, await desk.install(by))
    async with desk.worker():
        await handled(desk)
        account = await imported(desk, account)
        await desk.quiet(account)
    # Whatever is said now is news: Bitrix24's clock counts whole seconds.
    desk.world.skew_seconds += 5
    assert [] == desk.mailbox.mails
    return account


def promote(desk, *user_ids):
    """Make users administrators."""
    for user_id in user_ids:
        desk.world.users[user_id].admin = True


async def visit(desk, by):
    """Let an administrator open the settings."""
    frame = await desk.frame(by=by)
    assert 200 == frame.status, frame.page
    return frame


def expire(desk):
    """Let all access tokens be over now."""
    applications.expire(desk.world, CLIENT_ID)


def wear_out(desk, monkeypatch, uses):
    """Let each access token work for this many requests; return those used up.

    A token ends when it has been used, as if an hour were over. No token ends right
    after its renewal, however slow the machine is.
    """
    used, over = Counter(), set()
    real = rest_http.credentials.by_token

    def by_token(world, value):
        caller = real(world, value)
        used[value] += 1
        if used[value] == uses:
            over.add(value)
            world.tokens[value].expires_at = min(
                world.tokens[value].expires_at, world.timestamp()
            )
        return caller

    monkeypatch.setattr(rest_http.credentials, "by_token", by_token)
    return over


def renewals(desk):
    """Return how often the authorization server was asked for new tokens."""
    return desk.world.oauth_calls["refresh_token"]


async def trouble(desk, account):
    """Return what the operator reads of an account; empty if all is well."""
    return (await desk.stores.accounts.remembered(account.id)).trouble or ""


async def waits(desk, account, words):
    """Wait until the operator reads these words."""

    async def told():
        return words in await trouble(desk, account)

    await until(told)


async def well(desk, account):
    """Wait until nothing is wrong any more."""

    async def fine():
        return not await trouble(desk, account)

    await until(fine)


def written(desk, text):
    """Return how often this was written in tasks, by whomever."""
    world = desk.world
    texts = [comment.text for comment in world.comments.values()]
    texts += [message.text for message in world.messages.values()]
    return sum(text in one for one in texts)


def mailed(desk, text):
    """Return the different mails that tell this."""
    return {mail["Message-ID"] for mail, body in desk.mailbox.news() if text in body}


async def heard(desk, text):
    """Wait until customers were mailed this."""
    await until(lambda: mailed(desk, text))


def once(desk, *texts):
    """Say whether each of these is told in one mail, which came once."""
    bodies = [body for _, body in desk.mailbox.news()]
    return all(1 == sum(text in body for body in bodies) for text in texts)


async def claims_end(desk, account):
    """Let the time be over for which a dead worker keeps others waiting."""
    redis = desk.stores.redis
    await redis.delete(keys.renewal(account.id), keys.lease(account.id))
    lanes = await redis.zrange(keys.lanes(account.id), 0, -1)
    if lanes:
        await redis.zadd(keys.lanes(account.id), dict.fromkeys(lanes, 0))
    await desk.stores.commands.index(account.id)


def answer(desk, text):
    """Let staff answer on both cards."""
    for card in CARDS:
        desk.comment(desk.ticket(card), f"{text} {card}")


async def reply(desk, account, text):
    """Let customers reply on both cards; return what says whether all is done."""
    put = []
    for card in CARDS:
        task = desk.ticket(card)
        customer = Customer(desk, account, task.contact_ids[0])
        put.append((customer, await customer.put(customer.reply(task, text))))

    async def done():
        for customer, command in put:
            await customer.finished(command)

    return done


async def through(desk, account, text, replied):
    """Wait until answers and replies with a text are there; assert it was once."""
    for card in CARDS:
        await heard(desk, f"{text} {card}")
    await replied()
    await desk.quiet(account)

    assert once(desk, *(f"{text} {card}" for card in CARDS))
    assert len(CARDS) == written(desk, f"Customer: {text}")


async def through_both(desk, account, text):
    """Let staff answer and customers reply; wait until all of it is there, once."""
    answer(desk, text)
    replied = await reply(desk, account, f"Customer: {text}")
    await through(desk, account, text, replied)
