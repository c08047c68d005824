"""What could prevent new tickets from being created as tasks of an account."""

from collections.abc import Collection

from ticket24.bitrix.rest.errors import BitrixError
from ticket24.cli.doctor.findings import Finding
from ticket24.cli.surroundings import Failure, reach
from ticket24.domain.accounts.model import Account
from ticket24.domain.settings.task_fields import TaskField, lacking
from ticket24.flows.accounts.plan import has_observers
from ticket24.flows.reach.clients import Clients
from ticket24.flows.settings.task_fields import known, mandatory
from ticket24.store.sealing import WrongKey


async def findings(account: Account, clients: Clients) -> list[Finding]:
    """Tell what mandatory fields and the plan mean for tickets.

    Returns nothing if the account cannot be asked, because its own line tells why.
    """
    try:
        bitrix = (await reach(clients, account)).bitrix
        wanted = await mandatory(bitrix, account.settings.language)
        observers = await has_observers(bitrix)
        there = await known(bitrix) if _chosen(account) else {}
    except (BitrixError, Failure, WrongKey):
        return []
    plan = f"plan of {account.slug}"
    if not observers:
        # This is not a fault: there is nothing to repair, but something to know.
        plan += (
            " (without observers, so we create all new tickets; of tasks that staff"
            " make we read only those whose creator or responsible we are)"
        )
    return [_fields(account, wanted), *_gone(account, there), Finding(plan)]


def _chosen(account: Account) -> set[str]:
    return {one.task_field for one in account.settings.fields} - {""}


def _gone(account: Account, there: Collection[str]) -> list[Finding]:
    """Tell which fields of tasks are chosen and gone, if the account tells any."""
    gone = sorted(_chosen(account) - {*there}) if there else []
    if not gone:
        return []
    return [
        Finding(
            f"own fields of {account.slug}",
            f"tasks have no {', '.join(gone)} any more, so what customers fill in"
            " stands in their description: choose another field, or none, in the"
            " settings",
        )
    ]


def _fields(account: Account, wanted: Collection[TaskField] | None) -> Finding:
    subject = f"fields of tasks of {account.slug}"
    if wanted is None:
        return Finding(f"{subject} (this Bitrix24 does not say which are mandatory)")
    empty = lacking(wanted, account.settings.task_fields)
    if not empty:
        return Finding(subject)
    names = ", ".join(field.shown for field in empty)
    return Finding(
        subject,
        f"Bitrix24 wants {names} filled in every task: give a value for new tickets"
        f" under task_fields, by `ticket24 settings {account.slug} --import FILE`"
        f"{' or in its settings in Bitrix24' if account.by_app else ''}",
    )
