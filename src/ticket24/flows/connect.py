"""Connect an account by its webhooks: check everything, then save it."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ticket24.bitrix.batch import Batch, Command
from ticket24.bitrix.client import Bitrix
from ticket24.bitrix.decode import flag, items, mapping, whole, words
from ticket24.domain.accounts import Account
from ticket24.domain.settings import AccountSettings
from ticket24.flows.resync import all_tickets
from ticket24.store.due import RedisDue

# A webhook needs each of these, or one of its alternatives (methods.md 0.7).
SCOPES = (
    ("task", "tasks"),
    ("im",),
    ("crm",),
    ("user", "user_basic", "user_brief"),
    ("sonet_group", "socialnetwork", "sonet"),
)

_OPERATIONS = ("view_all", "create_tasks")
_POLL_SECONDS = 0.1


class Unfit(Exception):
    """The account cannot be connected as it is; one line per fault."""


async def probe(bitrix: Bitrix, slug: str, settings: AccountSettings) -> Account:
    """Ask the account who we are and what we may; return it, not yet saved.

    Raises Unfit with everything that is missing, or BitrixError. Workgroups
    without a department in the settings are proposed by nobody: an account
    without departments has no tickets.
    """
    commands = {
        "profile": Command("profile"),
        "scope": Command("scope"),
        "groups": Command(
            "sonet_group.get",
            {"FILTER": {"ID": sorted(settings.group_ids)}, "IS_ADMIN": "Y"},
        ),
    } | {
        f"{operation} {group_id}": Command(
            "sonet_group.feature.access",
            {"GROUP_ID": group_id, "FEATURE": "tasks", "OPERATION": operation},
        )
        for group_id in sorted(settings.group_ids)
        for operation in _OPERATIONS
    }
    batch = await bitrix.batch(commands, urgent=True)
    profile = mapping(_result(batch, "profile"))
    user_id = whole(profile.get("ID"))
    if not user_id:
        raise Unfit("the webhook's owner is not an active user")
    names = {
        whole(mapping(group).get("ID")): words(mapping(group).get("NAME"))
        for group in items(batch.results.get("groups"))
    }
    faults = [
        *_missing_scopes(batch),
        *_missing_rights(batch, settings, names, profile),
    ]
    if faults:
        raise Unfit("\n".join(faults))
    return Account(
        id="",
        slug=slug,
        user_id=user_id,
        connected_at=(batch.server_time or datetime.now(UTC)).replace(microsecond=0),
        settings=_named(settings, names),
    )


async def mark_everything(account: Account, bitrix: Bitrix, due: RedisDue) -> int:
    """Mark every ticket of the account; return how many."""
    refs = await all_tickets(account, bitrix)
    await due.mark_all(refs)
    return len(refs)


async def look_until_done(
    account: Account,
    due: RedisDue,
    look: Callable[[], Awaitable[None]],
    on_left: Callable[[int], None],
) -> None:
    """Look until nothing of the account is due.

    Workers that run meanwhile share the looks; `look` takes a turn of our own.
    """
    while left := await due.count(account.id):
        on_left(left)
        await look()
        await asyncio.sleep(_POLL_SECONDS)
    on_left(0)


def missing_scopes(granted: Collection[str]) -> list[str]:
    """Return the scopes that a webhook should have and has not."""
    lower = {scope.lower() for scope in granted}
    return [names[0] for names in SCOPES if not lower.intersection(names)]


def _missing_scopes(batch: Batch) -> list[str]:
    granted = [words(one) for one in items(_result(batch, "scope"))]
    return [
        f"the webhook lacks the permission '{name}': tick it in Bitrix24"
        for name in missing_scopes(granted)
    ]


def _missing_rights(
    batch: Batch,
    settings: AccountSettings,
    names: Mapping[int, str],
    profile: Mapping[str, Any],
) -> list[str]:
    faults = []
    for group_id in sorted(settings.group_ids):
        if group_id not in names and "groups" in batch.results:
            faults.append(f"there is no workgroup {group_id}, or it is hidden from us")
        elif not flag(profile.get("ADMIN")):
            faults += [
                f"the webhook's owner may not '{operation}' tasks in workgroup"
                f" {group_id}: make them a moderator, or use an administrator's webhook"
                for operation in _OPERATIONS
                if not flag(batch.results.get(f"{operation} {group_id}"))
            ]
    return faults


def _named(settings: AccountSettings, names: Mapping[int, str]) -> AccountSettings:
    """Call departments without a name as their workgroups."""
    departments = tuple(
        one if one.name else replace(one, name=names.get(one.group_id, ""))
        for one in settings.departments
    )
    return replace(settings, departments=departments)


def _result(batch: Batch, key: str) -> Any:  # noqa: ANN401  JSON.
    if key in batch.errors:
        raise batch.errors[key]
    return batch.results[key]
