"""Save an account's settings, and let what follows from them begin."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Literal

import structlog

from ticket24.bitrix.rest import clock
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.clock import Moment
from ticket24.bitrix.rest.errors import BitrixError
from ticket24.domain.accounts.model import Account
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.settings.reading.rulebook import apart
from ticket24.flows.accounts import connect
from ticket24.flows.commands.retrying import retry_openings
from ticket24.flows.reach.clients import NotConnected
from ticket24.flows.settings import (
    existing,
    kept_boards,
    password_fields,
    public_holidays,
    rights,
)
from ticket24.flows.settings.fault_words import lacks_in_words
from ticket24.flows.settings.rights import Lack
from ticket24.store import keys
from ticket24.store.accounts.logos import Logo
from ticket24.store.stores import Stores

log = structlog.get_logger()

# The endings of each type's file names; the first is ours.
_ENDINGS = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg", ".jfif"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "image/svg+xml": (".svg",),
}
_KNOWN_ENDINGS = {ending for endings in _ENDINGS.values() for ending in endings}


# A new logo, the present one, or none.
WantedLogo = Logo | Literal["keep"] | None


class Stale(Exception):
    """Somebody else saved meanwhile; `now` is what is saved."""

    def __init__(self, now: AccountSettings) -> None:
        super().__init__("the settings were changed meanwhile")
        self.now = now


class UnfitWorkgroups(connect.Unfit):
    """Workgroups in which we cannot work, with what each `lacks`."""

    def __init__(self, lacks: Mapping[int, tuple[Lack, ...]]) -> None:
        super().__init__(lacks_in_words(lacks, "the user we work as"))
        self.lacks = dict(lacks)


@dataclass(frozen=True, slots=True)
class _Known:
    """What Bitrix24 told of new settings: names of workgroups, and when."""

    names: Mapping[int, str]
    at: Moment


async def save(
    account_id: str,
    chosen: AccountSettings,
    stamp: str,
    logo: WantedLogo,
    dark_logo: WantedLogo = "keep",
    *,
    stores: Stores,
    bitrix: Bitrix,
) -> Account:
    """Keep checked settings in place of those with this stamp; return the account.

    `logo` is a new one, "keep" for the present one, or None for no logo; so is
    `dark_logo`. Tickets of new workgroups are imported without mails by the next sweep,
    which starts now. Tickets of removed workgroups go at the next look. If other
    messages become visible, or stages mean something else, all known tickets are looked
    at again, and nothing old is mailed.

    Nothing is changed if it raises: Stale; UnfitWorkgroups for new workgroups in which
    we cannot work; NoField if another password field was chosen that does not exist;
    NotInBitrix24 for new people or stages that are not there; NotConnected;
    BitrixError if a necessary question is not answered.
    """
    # Gather.
    before = await stores.accounts.get(account_id)
    if before is None:
        raise NotConnected(account_id)
    if before.settings.stamp != stamp:
        raise Stale(before.settings)
    field = before.settings.password_field
    await password_fields.check(bitrix, chosen.password_field, field)
    known = await _ask(before, chosen, bitrix)
    await existing.check(bitrix, chosen, before.settings)
    chosen = replace(
        connect.named(chosen, known.names),
        logo=_logo_name(chosen.logo, before.settings.logo, logo),
        dark_logo=_logo_name(
            chosen.dark_logo, before.settings.dark_logo, dark_logo, "dark-logo"
        ),
    )
    chosen = apart(chosen)

    # Decide: only if nobody else has changed them.
    def changed(now: Account) -> Account:
        if now.settings.stamp != stamp:
            raise Stale(now.settings)
        return now.with_settings(chosen, known.at.time, known.at.newest_task)

    # Apply.
    files = {keys.logo(account_id): logo, keys.dark_logo(account_id): dark_logo}
    chosen_files = {key: one for key, one in files.items() if one != "keep"}
    account = await stores.accounts.update(account_id, changed, chosen_files)
    if account is None:
        raise NotConnected(account_id)
    account = await public_holidays.complete(account, stores)
    with suppress(BitrixError):  # The sweep asks again.
        account = await kept_boards.complete(account, bitrix, stores)
    await follow(before.settings, account, stores)
    return account


async def follow(before: AccountSettings, account: Account, stores: Stores) -> None:
    """Start what follows from settings that were saved; safe to repeat."""
    gone = before.group_ids - account.settings.group_ids
    leaving = await connect.mark_removed(account, gone, stores)
    waits = account.settings.ends.waits and before.ends != account.settings.ends
    stages = _stages(before) != _stages(account.settings)
    if waits or stages or before.showing != account.settings.showing:
        await stores.due.mark_all(await stores.tickets.known(account.id))
    await retry_openings(account, stores)
    await stores.sweeps.hurry(account.id)
    log.info(
        "settings_saved",
        account=account.slug,
        added=sorted(account.settings.group_ids - before.group_ids),
        removed=sorted(gone),
        leaving=leaving,
    )


def _stages(settings: AccountSettings) -> Mapping[int, Mapping[int, bool]]:
    """Return which stages say how far tickets are, and which ones solve them."""
    return {one.group_id: one.state_stages for one in settings.departments}


async def _ask(before: Account, chosen: AccountSettings, bitrix: Bitrix) -> _Known:
    """Ask what only Bitrix24 knows of new settings, and nothing else."""
    names = {one.group_id: one.name for one in before.settings.departments}
    fresh = chosen.group_ids - before.settings.group_ids
    if fresh:
        checked = await rights.check(bitrix, fresh)
        if checked.lacks:
            raise UnfitWorkgroups(checked.lacks)
        return _Known({**names, **checked.names}, checked.at)
    if chosen.showing != before.settings.showing:
        return _Known(names, await clock.moment(bitrix))
    return _Known(names, Moment(datetime.now(UTC)))


def _logo_name(name: str, before: str, logo: WantedLogo, standard: str = "logo") -> str:
    """Name the logo as it is exported, by what it is."""
    if logo is None:
        return ""
    if logo == "keep":
        return name or before
    endings = _ENDINGS.get(logo.type, ("",))
    bare = PurePath(name).name.strip(".")
    path = PurePath(bare or f"{standard}{endings[0]}")
    wrong = path.suffix.lower() in _KNOWN_ENDINGS - set(endings)
    return path.with_suffix(endings[0]).name if wrong else path.name
