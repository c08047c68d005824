"""The doctor's question about accounts with the application: what is bound."""

from handlers import router
from ticket24.bitrix.apps.application import why_silent
from ticket24.bitrix.rest.decode import mapping
from ticket24.bitrix.rest.errors import BitrixError
from ticket24.cli.doctor.findings import Finding
from ticket24.cli.surroundings import Failure, reach
from ticket24.domain.accounts.model import Account
from ticket24.flows.accounts.binding import events_of, missing
from ticket24.flows.reach.clients import Clients
from ticket24.store.sealing import WrongKey


async def bindings(account: Account, clients: Clients, public_url: str) -> Finding:
    """Tell whether Bitrix24 sends us all events, and if not, why."""
    subject = f"bindings of {account.slug}"
    try:
        bitrix = (await reach(clients, account)).bitrix
        info = mapping((await bitrix.call("app.info", urgent=True)).result)
        if silent := why_silent(info):
            return Finding(subject, silent)
        lacking = await missing(bitrix, public_url, events_of(router.names))
    except (BitrixError, Failure, WrongKey):
        return Finding(subject, f"cannot be asked for: see account {account.slug}")
    if not lacking:
        return Finding(subject)
    return Finding(
        subject,
        f"{', '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} not bound to"
        f" {public_url}: let an administrator open ticket24 in Bitrix24; workers also"
        " try it once a day",
    )
