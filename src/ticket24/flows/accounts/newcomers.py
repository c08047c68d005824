"""Accounts that we have never seen or have lost are made, with what is left of them."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import count
from urllib.parse import urlsplit

import structlog

from ticket24.bitrix.events.frame_posts import language_of
from ticket24.bitrix.rest.clock import Moment
from ticket24.domain.accounts.model import Account, is_slug
from ticket24.domain.settings.model import AccountSettings
from ticket24.flows.accounts.verifying import Verified
from ticket24.flows.settings.logos import BadLogo, scale
from ticket24.flows.settings.mirroring import Mirrored
from ticket24.store.accounts.connected import RedisAccounts, SlugTaken
from ticket24.store.stores import Stores

log = structlog.get_logger()

_LONGEST_SLUG = 32


async def add(
    accounts: RedisAccounts,
    verified: Verified,
    found: Mirrored | None,
    now: Moment,
) -> Account:
    """Keep a new account, with the settings found in its mirror; return it.

    Raises Overtaken if somebody else installs it at this moment.
    """
    identity, post = verified.identity, verified.post
    account = Account(
        id="",
        slug="",
        user_id=verified.user_id,
        connected_at=now.time,
        connected_after=now.newest_task,
        member_id=identity.member_id,
        settings=AccountSettings(language=language_of(post.language)),
        by_app=True,
    )
    if found:
        account = replace(account, settings=found.settings, person=found.person)
    wished = (found.slug if found else "") or slug_of(identity.client_endpoint)
    for slug in _slugs(wished):
        try:
            return await accounts.add(
                replace(account, slug=slug),
                endpoint=identity.client_endpoint,
                tokens=[post.application_token],
            )
        except SlugTaken:
            continue
    raise AssertionError("there is always another name")


async def restore_logos(account: Account, found: Mirrored, stores: Stores) -> None:
    """Keep the mirrored logos; one that cannot be read leaves the settings."""
    for name, content, kept in (
        ("logo", found.logo, stores.logos),
        ("dark_logo", found.dark_logo, stores.dark_logos),
    ):
        try:
            if content:
                await kept.put(account.id, await scale(content))
        except BadLogo as error:
            log.warning("mirrored_logo_unreadable", reason=str(error))
            await stores.accounts.update(account.id, partial(_without, name))


def slug_of(endpoint: str) -> str:
    """Return a short name by an account's address: `acme` of `acme.bitrix24.com`."""
    host = urlsplit(endpoint).hostname or ""
    number = ":" in host or re.fullmatch(r"[\d.]+", host)
    label = "" if number or host == "localhost" else host.split(".", 1)[0]
    slug = re.sub("[^a-z0-9]+", "-", label.lower())[:_LONGEST_SLUG].strip("-")
    return slug if is_slug(slug) else "helpdesk"


def _slugs(wished: str) -> Iterator[str]:
    yield wished
    for number in count(2):
        yield f"{wished[:_LONGEST_SLUG].rstrip('-')}-{number}"


def _without(logo: str, account: Account) -> Account:
    settings = account.settings
    if logo == "logo":
        return replace(account, settings=replace(settings, logo=""))
    return replace(account, settings=replace(settings, dark_logo=""))
