"""Mails speak the language of whoever reads them."""

from collections.abc import Collection
from dataclasses import replace

from ticket24.domain.accounts.model import Account
from ticket24.domain.news.letters import Letter
from ticket24.domain.settings.model import Language
from ticket24.store.stores import Stores


async def speaking(
    account: Account,
    contact_ids: Collection[int],
    stores: Stores,
    page: Language | None = None,
) -> Account:
    """Return the account as it speaks to these customers, who share an address.

    `page` is the language in which they read just now: it counts like the one in which
    they signed in last.
    """
    tongue = await stores.languages.tongue(account.id, contact_ids)
    if page:
        tongue = replace(tongue, read=page)
    language = tongue.in_mails(account.settings.language)
    if language == account.settings.language:
        return account
    return replace(account, settings=account.settings.read_in(language))


async def speaking_to(letter: Letter, account: Account, stores: Stores) -> Account:
    """Return the account as it speaks to the recipient of a letter.

    Somebody in copy may be a customer as well.
    """
    ids = [letter.contact_id] if letter.contact_id else []
    if letter.in_copy:
        known = await stores.customers.with_address(account.id, letter.recipient)
        ids = [customer.ref.contact_id for customer in known]
    return await speaking(account, ids, stores)
