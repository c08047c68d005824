"""What of an account's tasks could keep new tickets from being made."""

from ticket24.bitrix.errors import BitrixError
from ticket24.commands.findings import Finding
from ticket24.commands.surroundings import Failure, reach
from ticket24.domain.accounts import Account
from ticket24.domain.task_fields import lacking
from ticket24.flows.clients import Clients
from ticket24.flows.task_fields import mandatory
from ticket24.store.sealing import WrongKey


async def fields(account: Account, clients: Clients) -> Finding | None:
    """Tell which mandatory fields of tasks new tickets leave empty.

    None where the account cannot be asked: its own line tells why.
    """
    subject = f"fields of tasks of {account.slug}"
    try:
        bitrix = (await reach(clients, account)).bitrix
        wanted = await mandatory(bitrix, account.settings.language)
    except (BitrixError, Failure, WrongKey):
        return None
    if wanted is None:
        return Finding(f"{subject} (this Bitrix24 does not tell which are mandatory)")
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
