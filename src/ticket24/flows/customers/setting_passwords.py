"""Read a contact's card and set its password, with the rights of the viewer."""

import secrets
from dataclasses import dataclass, field
from enum import StrEnum

from ticket24.bitrix.people import contacts
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.errors import AccessDenied, Permanent
from ticket24.domain.accounts.model import Account
from ticket24.domain.customers.logins import normal
from ticket24.domain.tickets.model import Customer
from ticket24.flows.customers.keeping import MOST_READINGS, ReadContacts, keep
from ticket24.flows.customers.passwords import Passwords
from ticket24.store.stores import Stores

SHORTEST = 8
LONGEST = 100

# No two of these look alike in any typeface, or sound alike when read aloud.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _IN_GROUP = 4, 4


class Unread(StrEnum):
    """Why a contact's card cannot be read."""

    UNSAVED = "unsaved"  # A new contact that has no number yet.
    GONE = "gone"
    RIGHTS = "rights"


class Unsaved(StrEnum):
    """Why a password was not saved."""

    SHORT = "short"
    LONG = "long"
    LINES = "lines"  # Characters that nobody can type.
    RIGHTS = "rights"
    FIELD = "field"  # There is no such field in the CRM.


class CardUnread(Exception):
    """The viewer cannot read the card."""

    def __init__(self, reason: Unread) -> None:
        super().__init__(reason)
        self.reason = reason


class PasswordUnsaved(Exception):
    """The password is as it was."""

    def __init__(self, reason: Unsaved) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Card:
    """A contact as its CRM card shows it, with its password in plain text."""

    customer: Customer
    password: str = field(default="", repr=False)

    @property
    def email(self) -> str:
        """The first address; empty without one."""
        return next(iter(self.customer.emails), "")


def generate() -> str:
    """Return a password that can be read out and typed: about 79 bits."""
    groups = (
        "".join(secrets.choice(_LETTERS) for _ in range(_IN_GROUP))
        for _ in range(_GROUPS)
    )
    return "-".join(groups)


async def read_card(bitrix: Bitrix, account: Account, contact_id: int) -> Card:
    """Read a contact as the viewer may; raise CardUnread, or a BitrixError.

    Bitrix24 answers 400 with the words "Not found" for one that is not there
    (methods.md 5.1).
    """
    if not contact_id:
        raise CardUnread(Unread.UNSAVED)
    try:
        answer = await bitrix.call("crm.contact.get", {"id": contact_id}, urgent=True)
    except AccessDenied:
        raise CardUnread(Unread.RIGHTS) from None
    except Permanent as error:
        if not contacts.is_missing(error):
            raise
        raise CardUnread(Unread.GONE) from None
    name, level_field = account.settings.contact_fields
    for customer in contacts.read_customers(account.id, [answer.result], level_field):
        if customer.ref.contact_id == contact_id:
            passwords = contacts.read_passwords([answer.result], name)
            return Card(customer, passwords.get(contact_id, ""))
    raise CardUnread(Unread.GONE)


def check(password: str) -> str:
    """Return a password as it is kept; empty takes it away. Raise PasswordUnsaved."""
    password = password.strip()
    if not password:
        return ""
    if len(password) > LONGEST:
        raise PasswordUnsaved(Unsaved.LONG)
    if not password.isprintable():
        raise PasswordUnsaved(Unsaved.LINES)
    if len(password) < SHORTEST:
        raise PasswordUnsaved(Unsaved.SHORT)
    return normal(password)


async def set_password(
    bitrix: Bitrix,
    account: Account,
    card: Card,
    password: str,
    stores: Stores,
    hashes: Passwords,
) -> Card:
    """Write a password into the contact as the viewer may, and know it at once.

    Raises PasswordUnsaved, CardUnread, or a BitrixError. The card is read again,
    because Bitrix24 ignores an unknown field without a word (methods.md 5.2). News of
    the change makes a worker read the contact at the same moment.
    """
    password, name = check(password), account.settings.password_field
    contact_id = card.customer.ref.contact_id
    if password == card.password:
        return card
    try:
        await bitrix.call(
            "crm.contact.update",
            {
                "id": contact_id,
                "fields": {name: password},
                "params": {"REGISTER_SONET_EVENT": "N"},
            },
            urgent=True,
        )
    except AccessDenied:
        raise PasswordUnsaved(Unsaved.RIGHTS) from None
    for left in reversed(range(MOST_READINGS)):
        reading = await stores.readings.begin(account.id)
        now = await read_card(bitrix, account, contact_id)
        if now.password != password:
            raise PasswordUnsaved(Unsaved.FIELD)
        read = ReadContacts(reading, {}, {contact_id: password})
        if await keep(account, read, stores, hashes, ends=not left):
            break
    return now
