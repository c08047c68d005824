"""How often customers want mail, and about which tickets none."""

import asyncio

from ticket24.store import keys


async def test_more_tickets_are_muted_than_anybody_has_open(stores):
    """Also the 501st, which stayed loud once; and one of them can be heard again."""
    await stores.redis.hset(keys.account("acme"), "account", "{}")
    mute = stores.preferences.mute
    await asyncio.gather(*(mute("acme", [43], one, on=True) for one in range(1, 502)))
    await mute("acme", [43], 7, on=False)

    wishes = await stores.preferences.of("acme", [43])
    assert {*range(1, 502)} - {7} == wishes[43].muted
