"""Connect an account: check everything that we need there."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from ticket24.bitrix.apps.application import missing_scopes
from ticket24.bitrix.rest.batch import Batch, Call
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.decode import items, mapping, whole, words
from ticket24.bitrix.rest.errors import UnknownMethod
from ticket24.domain.accounts.model import Account
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.settings.times.zones import told_zone
from ticket24.flows.settings import rights
from ticket24.flows.settings.fault_words import lacks_in_words
from ticket24.flows.settings.rights import Checked, Lack
from ticket24.flows.tickets.lists import all_tickets
from ticket24.store.stores import Stores


@dataclass(frozen=True, slots=True)
class _Words:
    way: str
    user: str
    mend: str


_BY_WEBHOOK = _Words(
    "the webhook", "the webhook's owner", "use an administrator's webhook"
)
_BY_APP = _Words(
    "the application",
    "the user we work as",
    "let an administrator open ticket24 in Bitrix24",
)


class Unfit(Exception):
    """The account cannot be connected as it is; one line with every fault."""


async def probe(
    bitrix: Bitrix, slug: str, settings: AccountSettings, *, by_app: bool = False
) -> Account:
    """Ask the account who we are and what we may; return it, not yet saved.

    Departments without a name get their workgroup's. Raises Unfit with
    everything that is missing, or BitrixError. What an older Bitrix24 cannot be
    asked is not checked.
    """
    by = _BY_APP if by_app else _BY_WEBHOOK
    questions = {"scope": Call("scope")} | rights.questions(settings.group_ids)
    batch = await bitrix.batch(questions, urgent=True)
    if "profile" in batch.errors:
        raise batch.errors["profile"]
    profile = mapping(batch.results["profile"])
    user_id = whole(profile.get("ID"))
    if not user_id:
        raise Unfit(f"{by.user} is not an active user")
    if missing := _missing_scopes(batch, by_app=by_app):
        raise Unfit(
            f"{by.way} lacks permissions: tick {', '.join(missing)} in Bitrix24"
        )
    checked = rights.judge(batch, settings.group_ids)
    if said := lacks_in_words(_lacks(checked), by.user):
        raise Unfit(f"{said} Or {by.mend}.")
    return Account(
        id="",
        slug=slug,
        user_id=user_id,
        connected_at=checked.at.time,
        connected_after=checked.at.newest_task,
        settings=named(settings, checked.names),
        home_zone=told_zone(words(profile.get("TIME_ZONE"))),
    )


def named(settings: AccountSettings, names: Mapping[int, str]) -> AccountSettings:
    """Give departments without a name one, by their workgroups' ids."""
    departments = tuple(
        one if one.name else replace(one, name=names.get(one.group_id, ""))
        for one in settings.departments
    )
    return replace(settings, departments=departments)


async def mark_everything(account: Account, bitrix: Bitrix, stores: Stores) -> None:
    """Mark every ticket that the account has, and every one that we know."""
    there = await all_tickets(account, bitrix)
    await stores.due.mark_all(there | await stores.tickets.known(account.id))


async def mark_removed(
    account: Account, group_ids: Collection[int], stores: Stores
) -> int:
    """Mark the known tickets of removed workgroups; return how many."""
    known = sorted(await stores.tickets.known(account.id))
    refs = {
        one.ticket.ref
        for one in (await stores.tickets.get_all(known) if known else [])
        if one.ticket and one.ticket.group_id in group_ids
    }
    await stores.due.mark_all(refs)
    return len(refs)


def _missing_scopes(batch: Batch, *, by_app: bool) -> tuple[str, ...]:
    error = batch.errors.get("scope")
    if isinstance(error, UnknownMethod):
        return ()
    if error:
        raise error
    granted = map(words, items(batch.results["scope"]))
    return missing_scopes(granted, by_app=by_app)


def _lacks(checked: Checked) -> dict[int, tuple[Lack, ...]]:
    """Return what is missing; a closed workgroup may stay for its old tickets."""
    missing: dict[int, tuple[Lack, ...]] = {
        group_id: tuple(lack for lack in lacks if lack is not Lack.CLOSED)
        for group_id, lacks in checked.lacks.items()
    }
    return missing if checked.reads_contacts else {0: (Lack.CONTACTS,)} | missing
