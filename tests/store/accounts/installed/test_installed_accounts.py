"""Accounts with the application: installed, adopted, uninstalled, back again, gone."""

import asyncio
from dataclasses import replace

import pytest
from installed import (
    AT,
    ENDPOINT,
    HOOK_TOKEN,
    MEMBER,
    NEW,
    OTHER,
    TOKEN,
    WEBHOOK,
    all_keys,
)

from ticket24.domain.accounts.model import Account
from ticket24.domain.settings.model import AccountSettings, Department
from ticket24.store.accounts.connected import Overtaken, SlugTaken, Way
from ticket24.store.accounts.doorkeeper import NotAdmitted


async def test_an_installed_account_is_found_by_its_member_id(accounts, acme, admit):
    """At once: its first event need not tell it."""
    assert acme == await accounts.by_member(MEMBER)
    assert acme == await accounts.by_slug("acme")
    assert (True, MEMBER) == (acme.by_app, acme.member_id)
    assert Way("", ENDPOINT) == await accounts.way(acme.id)
    assert acme.id == await admit()


async def test_an_account_without_an_application_token_waits_for_one(accounts, admit):
    """Older Bitrix24 tell it later; until then no event is believed."""
    account = await accounts.add(NEW, endpoint=ENDPOINT, tokens=[])
    with pytest.raises(NotAdmitted):
        await admit("")

    await accounts.add_token(account.id, TOKEN)

    assert account.id == await admit()


async def test_one_member_id_is_one_account(accounts, acme):
    """One of two simultaneous installations is told to look again."""
    with pytest.raises(Overtaken):
        await accounts.add(
            replace(NEW, slug="acme-2"), endpoint=ENDPOINT, tokens=[TOKEN]
        )

    assert [acme] == await accounts.all()
    assert acme == await accounts.by_member(MEMBER)


async def test_a_crowd_installs_one_account(accounts, redis):
    """Whatever comes first wins, and nothing is left of the others."""
    tried = await asyncio.gather(
        *(
            accounts.add(
                replace(NEW, slug=f"acme-{number}"), endpoint=ENDPOINT, tokens=[TOKEN]
            )
            for number in range(8)
        ),
        return_exceptions=True,
    )

    (account,) = [one for one in tried if isinstance(one, Account)]
    assert account == await accounts.by_member(MEMBER)
    assert [account] == await accounts.all()
    assert [Overtaken] * 7 == [type(one) for one in tried if one is not account]
    assert 3 == len(await all_keys(redis))


async def test_a_taken_slug_is_told(accounts, acme, redis):
    """Nothing is left of the attempt, and its member_id leads nowhere."""
    before = await all_keys(redis)
    with pytest.raises(SlugTaken):
        await accounts.add(
            replace(NEW, member_id=OTHER), endpoint=ENDPOINT, tokens=[TOKEN]
        )

    assert before == await all_keys(redis)
    assert await accounts.by_member(OTHER) is None


@pytest.mark.parametrize("told", [True, False])
async def test_a_webhook_account_is_adopted(accounts, hook, admit, told):
    """Id, slug, settings and webhook stay; events of both are admitted."""
    if told:
        await admit(HOOK_TOKEN)
    settings = AccountSettings(departments=(Department(7),))
    await accounts.update(hook.id, lambda now: now.with_settings(settings, AT))

    adopted = await accounts.install(
        replace(hook.working_as(1), member_id=MEMBER), endpoint=ENDPOINT, token=TOKEN
    )

    assert adopted == await accounts.get(hook.id) == await accounts.by_member(MEMBER)
    assert (hook.id, "acme", settings) == (adopted.id, adopted.slug, adopted.settings)
    assert (True, 1, (7,)) == (adopted.by_app, adopted.user_id, adopted.former_ids)
    assert Way(WEBHOOK, ENDPOINT) == await accounts.way(hook.id)
    assert [hook.id] * 2 == [await admit(), await admit(HOOK_TOKEN)]


async def test_an_account_of_another_member_is_not_adopted(accounts, acme, hook_of):
    """A name that leads to one connected account is not given to another."""
    with pytest.raises(Overtaken):
        await accounts.install(
            replace(hook_of, member_id=MEMBER), endpoint=ENDPOINT, token=TOKEN
        )

    assert acme == await accounts.by_member(MEMBER)
    assert not (await accounts.get(hook_of.id)).by_app


@pytest.fixture
async def hook_of(accounts):
    account = replace(NEW, slug="umbrella", member_id="", user_id=7)
    return await accounts.add(account, webhook_url=WEBHOOK, tokens=[HOOK_TOKEN])
