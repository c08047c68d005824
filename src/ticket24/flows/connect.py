"""Connect an account by its webhooks: check everything, then save it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ticket24.bitrix import contacts
from ticket24.bitrix.batch import Batch, Command
from ticket24.bitrix.client import Bitrix
from ticket24.bitrix.decode import flag, items, mapping, whole, words
from ticket24.bitrix.errors import Permanent, UnknownMethod
from ticket24.domain.accounts import Account
from ticket24.domain.settings import AccountSettings
from ticket24.flows.resync import all_tickets
from ticket24.store.due import RedisDue
from ticket24.store.tickets import RedisTickets

# A webhook needs each of these, or one of its alternatives (methods.md 0.7).
SCOPES = (
    ("task", "tasks"),
    ("im",),
    ("crm",),
    ("disk",),
    ("user", "user_basic", "user_brief"),
    ("sonet_group", "socialnetwork", "sonet"),
)

# What the webhook's owner has to be allowed in each workgroup (methods.md 6.3).
_OPERATIONS = {"view_all": "see all tasks", "create_tasks": "create tasks"}


class Unfit(Exception):
    """The account cannot be connected as it is; one line with every fault."""


async def probe(bitrix: Bitrix, slug: str, settings: AccountSettings) -> Account:
    """Ask the account who we are and what we may; return it, not yet saved.

    Departments without a name get their workgroup's. Raises Unfit with
    everything that is missing, or BitrixError. What an older Bitrix24 cannot be
    asked is not checked.
    """
    batch = await bitrix.batch(_questions(settings.group_ids), urgent=True)
    user_id = whole(mapping(_result(batch, "profile")).get("ID"))
    if not user_id:
        raise Unfit("the webhook's owner is not an active user")
    if missing := _missing_scopes(batch):
        raise Unfit(
            f"the webhook lacks permissions: tick {', '.join(missing)} in Bitrix24"
        )
    names = _names(batch, settings.group_ids)
    if faults := list(_missing_rights(batch, settings.group_ids, names)):
        raise Unfit("; ".join(faults))
    return Account(
        id="",
        slug=slug,
        user_id=user_id,
        connected_at=(batch.server_time or datetime.now(UTC)).replace(microsecond=0),
        settings=named(settings, names),
    )


def named(settings: AccountSettings, names: Mapping[int, str]) -> AccountSettings:
    """Give departments without a name one, by their workgroups' ids."""
    departments = tuple(
        one if one.name else replace(one, name=names.get(one.group_id, ""))
        for one in settings.departments
    )
    return replace(settings, departments=departments)


async def mark_everything(
    account: Account, bitrix: Bitrix, tickets: RedisTickets, due: RedisDue
) -> None:
    """Mark every ticket that the account has, and every one that we know."""
    there = await all_tickets(account, bitrix)
    await due.mark_all(there | await tickets.known(account.id))


async def mark_removed(
    account: Account, group_ids: Collection[int], tickets: RedisTickets, due: RedisDue
) -> int:
    """Mark what we know of workgroups that are ours no more; return how many."""
    known = sorted(await tickets.known(account.id))
    refs = {
        one.ticket.ref
        for one in (await tickets.get_all(known) if known else [])
        if one.ticket and one.ticket.group_id in group_ids
    }
    await due.mark_all(refs)
    return len(refs)


def _questions(group_ids: Collection[int]) -> dict[str, Command]:
    wanted = sorted(group_ids)
    return {
        "profile": Command("profile"),
        "scope": Command("scope"),
        "contacts": contacts.read_command([1]),
        "groups": Command(
            "sonet_group.get", {"FILTER": {"ID": wanted}, "IS_ADMIN": "Y"}
        ),
    } | {
        f"{operation} {group_id}": Command(
            "sonet_group.feature.access",
            {"GROUP_ID": group_id, "FEATURE": "tasks", "OPERATION": operation},
        )
        for group_id in wanted
        for operation in _OPERATIONS
    }


def _names(batch: Batch, group_ids: Collection[int]) -> dict[int, str]:
    """Return the names of the workgroups that are there, by id."""
    if _cannot_tell(batch, "groups"):
        return dict.fromkeys(group_ids, "")
    return {
        whole(mapping(group).get("ID")): words(mapping(group).get("NAME"))
        for group in items(_result(batch, "groups"))
    }


def _missing_scopes(batch: Batch) -> list[str]:
    if _cannot_tell(batch, "scope"):
        return []
    lower = {words(scope).lower() for scope in items(_result(batch, "scope"))}
    return [names[0] for names in SCOPES if not lower.intersection(names)]


def _missing_rights(
    batch: Batch, group_ids: Collection[int], names: Mapping[int, str]
) -> Iterator[str]:
    if not _allowed(batch, "contacts"):
        yield "the webhook's owner may not read the CRM's contacts: allow it in the CRM"
    admin = flag(mapping(batch.results["profile"]).get("ADMIN"))
    for group_id in sorted(group_ids):
        if group_id not in names:
            yield f"there is no workgroup {group_id}, or it is hidden from the webhook"
        elif not admin:
            lacking = [
                words_
                for operation, words_ in _OPERATIONS.items()
                if not _allowed(batch, f"{operation} {group_id}")
            ]
            if lacking:
                yield (
                    f"the webhook's owner may not {' or '.join(lacking)} in workgroup"
                    f" {group_id}: make them its moderator, or use an administrator's"
                    " webhook"
                )


def _allowed(batch: Batch, key: str) -> bool:
    """Whether the answer is yes, or a list; a refusal is a no."""
    if _cannot_tell(batch, key):
        return True
    if isinstance(batch.errors.get(key), Permanent):
        return False
    answer = _result(batch, key)
    return isinstance(answer, list) or flag(answer)


def _cannot_tell(batch: Batch, key: str) -> bool:
    """Whether this Bitrix24 does not know the question."""
    return isinstance(batch.errors.get(key), UnknownMethod)


def _result(batch: Batch, key: str) -> Any:  # noqa: ANN401  JSON.
    if key in batch.errors:
        raise batch.errors[key]
    return batch.results[key]
