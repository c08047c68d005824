"""Whom the operator can ask about an account: what an installer's form holds."""

import re
from collections.abc import Mapping
from enum import StrEnum

from ticket24.domain.accounts.model import Person
from ticket24.domain.customers.mailboxes import public
from ticket24.domain.customers.typed_addresses import the_address_in
from ticket24.domain.lines import one_line

LONGEST_NAME = 100
LONGEST_PHONE = 40

_PHONE = re.compile(r"\+?[ ()/.-]*+[0-9][0-9 ()/.-]*+(?:(?:ext|x)\.? ?[0-9]{1,6})?")
_FEWEST_DIGITS = 5


class WrongPerson(StrEnum):
    """What can be wrong with a field of the form."""

    NO_NAME = "no-name"
    LONG_NAME = "long-name"
    NO_PHONE = "no-phone"
    BAD_PHONE = "bad-phone"
    NO_EMAIL = "no-email"
    BAD_EMAIL = "bad-email"


def read(fields: Mapping[str, str]) -> tuple[Person, dict[str, WrongPerson]]:
    """Return the person in these fields, and what is wrong by field, in their order."""
    name, phone, email = (
        one_line(fields.get(field, "")) for field in ("name", "phone", "email")
    )
    email = the_address_in(email)
    found = {"name": _name(name), "phone": _phone(phone), "email": _email(email)}
    faults = {field: wrong for field, wrong in found.items() if wrong is not None}
    return Person(name, phone, email), faults


def _name(name: str) -> WrongPerson | None:
    if not name:
        return WrongPerson.NO_NAME
    return WrongPerson.LONG_NAME if len(name) > LONGEST_NAME else None


def _phone(phone: str) -> WrongPerson | None:
    if not phone:
        return WrongPerson.NO_PHONE
    digits = sum(character.isdigit() for character in phone)
    fits = len(phone) <= LONGEST_PHONE and _PHONE.fullmatch(phone.lower())
    return None if fits and digits >= _FEWEST_DIGITS else WrongPerson.BAD_PHONE


def _email(email: str) -> WrongPerson | None:
    if not email:
        return WrongPerson.NO_EMAIL
    return None if public(email) else WrongPerson.BAD_EMAIL
