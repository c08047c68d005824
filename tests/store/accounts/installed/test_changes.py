"""Accounts that change: their tokens, their addresses, several changes at once."""

import asyncio
from dataclasses import replace

import pytest
from installed import ENDPOINT, TOKEN, WEBHOOK, all_keys

from ticket24.domain.accounts.model import Person
from ticket24.domain.settings.model import Department
from ticket24.store.accounts.connected import Way
from ticket24.store.accounts.doorkeeper import NotAdmitted


async def test_the_five_latest_application_tokens_are_good(accounts, acme, admit):
    """A token may change; however many visits bring it, few are kept."""
    for number in range(5):
        await accounts.add_token(acme.id, f"token-{number}")
        await accounts.add_token(acme.id, "token-0")

    assert acme.id == await admit("token-0")
    assert acme.id == await admit("token-4")
    with pytest.raises(NotAdmitted):
        await admit(TOKEN)


async def test_changes_at_the_same_moment_are_all_kept(accounts, acme):
    """Each is made on what the others left."""

    def add(number):
        def change(account):
            departments = (*account.settings.departments, Department(number))
            settings = replace(account.settings, departments=departments)
            return replace(account, settings=settings)

        return change

    await asyncio.gather(*(accounts.update(acme.id, add(n)) for n in range(1, 21)))

    assert {*range(1, 21)} == (await accounts.get(acme.id)).settings.group_ids


async def test_a_change_may_be_called_off(accounts, acme):
    """What it raises comes through, and nothing is changed."""

    class Stale(Exception):
        pass

    def refuse(account):
        raise Stale

    with pytest.raises(Stale):
        await accounts.update(acme.id, refuse)
    assert acme == await accounts.get(acme.id)
    assert acme == await accounts.update(acme.id, lambda account: account)


async def test_nothing_is_changed_of_what_is_not_connected(accounts, acme, redis):
    """Neither settings nor addresses bring an account back."""
    await accounts.remove(acme)

    person = Person("Ida")
    changed = await accounts.update(acme.id, lambda now: replace(now, person=person))
    await accounts.move(acme.id, WEBHOOK)
    await accounts.move_endpoint(acme.id, ENDPOINT)
    await accounts.add_token(acme.id, TOKEN)

    assert changed is None
    assert [] == await all_keys(redis)


async def test_a_renamed_account_is_kept_at_its_new_address(accounts, acme):
    """Only one way changes, and the other stays as it is."""
    moved = "https://acme-new.bitrix24.com/rest/"
    await accounts.move_endpoint(acme.id, moved)

    assert Way("", moved) == await accounts.way(acme.id)
