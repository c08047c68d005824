"""Accounts with the application, as the store has them."""

from datetime import UTC, datetime

from ticket24.domain.accounts.model import Account
from ticket24.store import keys
from ticket24.store.accounts.pairs import Pair

MEMBER, OTHER = "a223c6b3710f85df22e9377d6c4f7553", "b" * 32
ENDPOINT = "https://acme.bitrix24.com/rest/"
WEBHOOK = "https://acme.bitrix24.com/rest/7/topsecretcode/"
TOKEN, NEW_TOKEN, HOOK_TOKEN = "token-of-the-app", "next-token", "token-of-the-hook"
AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
PAIR = Pair(1, "access", "refresh", 1_787_219_542.5)
NEW = Account("", "acme", 1, AT, member_id=MEMBER)


async def purged(accounts, redis):
    """Purge whatever is to go, at once and until nothing is found."""
    while ids := await redis.zrange(keys.GONE, 0, -1):
        await redis.zadd(keys.GONE, dict.fromkeys(ids, 0))
        for account_id in await accounts.overdue():
            await accounts.purge(account_id)


async def all_keys(redis):
    return sorted([key.decode() async for key in redis.scan_iter("*")])


def broken(*_, **__):
    """Fail as Redis does that goes in the middle."""
    raise ConnectionError
