"""What the doctor says of people who are not in the CRM."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from showroom import SETTINGS, Showroom

from ticket24.cli.doctor.first_contacts import findings
from ticket24.domain.customers.introductions import Introduction, id_of
from ticket24.store.stores import open_stores

MAIL = {"reply_address": "support+{token}@example.com", "lmtp": "127.0.0.1:1"}


@pytest.mark.parametrize(
    ("ways", "own", "said", "fault"),
    [
        ((), {}, None, None),
        (("form",), {}, "(1 message waits to be confirmed)", ""),
        (("mail",), {}, "forged senders", "anybody may mail it"),
        (("mail",), MAIL, "forged senders", ""),
        (("mail",), {**MAIL, "authserv_id": "mx"}, "to be confirmed)", ""),
    ],
)
async def test_it_says_who_waits_and_what_is_missing(
    redis, redis_url, ways, own, said, fault
):
    """Nothing where nobody may write; a fault where nobody takes their mail in."""
    first, *others = SETTINGS.departments
    departments = (replace(first, strangers=ways), *others)
    chosen = replace(SETTINGS, departments=departments)
    async with (
        Showroom(redis, redis_url, settings=chosen) as room,
        open_stores(room.settings) as stores,
    ):
        words = "nora@new.example", "", 7, "Pump", "Broken", datetime.now(UTC)
        one = Introduction(id_of("nora@new.example"), *words)
        await stores.introductions.keep(room.account.id, one)
        settings = room.settings.model_copy(update=own)
        found = await findings(room.account, settings, stores)

    if said is None:
        assert [] == found
        return
    assert said in found[0].subject
    assert found[0].fault.startswith(fault or "")
    assert bool(fault) == bool(found[0].fault)
