"""Who the authors of messages are: staff, guests, bots, or nobody that is listed.

The chat shows its authors (methods.md 3.5), but a comment has only a number and a name.
`user.get` knows employees and people of an extranet, even dismissed ones. It does not
know bots, guests by e-mail or deleted users (more.md 11).
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from ticket24.bitrix.rest.batch import Call
from ticket24.bitrix.rest.decode import flag, items, mapping, person, whole, words
from ticket24.bitrix.tickets.tasks import TaskRow
from ticket24.domain.tickets.model import (
    Author,
    MessageKey,
    Source,
    Standing,
    Written,
)

# Bitrix24's names for kinds of users, and for ways to sign in.
_GUESTS = frozenset({"extranet", "email", "collaber", "shared", "guest"})
_BOTS = frozenset({"bot", "imconnector", "connector", "network", "replica", "sale"})

_CONTACT = re.compile(r"C_([0-9]{1,12})")


def call(user_ids: Collection[int]) -> Call:
    """Ask for up to 50 users by id, also for those who were dismissed."""
    return Call("user.get", {"FILTER": {"ID": sorted(user_ids)}})


def read(result: Any, asked: Collection[int], known: int) -> dict[int, Author]:  # noqa: ANN401  JSON.
    """Read the answer: a user without a row is a stranger, if `known` has one.

    `known` certainly exists: without its row, the answer tells about nobody.
    """
    rows = {whole(row.get("ID")): row for row in map(mapping, items(result))}
    if known not in rows:
        return {}
    missing = Author(Standing.STRANGER)
    return {id_: _author(rows[id_]) if id_ in rows else missing for id_ in asked}


def of_chat(row: Mapping[str, Any]) -> Author:
    """Read an author as the chat shows it; {} where it does not."""
    kind = words(row.get("type")).casefold()
    way = words(row.get("external_auth_id") or row.get("externalAuthId")).casefold()
    if flag(row.get("extranet")) or {kind, way} & _GUESTS:
        standing = Standing.GUEST
    elif kind == "user" or row.get("extranet") is False:
        standing = Standing.STAFF
    else:
        standing = Standing.UNKNOWN
    parts = (row.get(one) for one in ("first_name", "last_name"))
    camel = (row.get(one) for one in ("firstName", "lastName"))
    name = person(row.get("name")) or _joined(parts) or _joined(camel)
    return Author(standing, name, words(row.get("email")).strip())


def is_bot(row: Mapping[str, Any]) -> bool:
    """Whether the chat shows this author as something other than a person."""
    kind = words(row.get("type")).casefold()
    way = words(row.get("external_auth_id") or row.get("externalAuthId")).casefold()
    marked = any(flag(row.get(name)) for name in ("bot", "connector", "network"))
    return marked or bool({kind, way} & _BOTS)


def introduced(
    written: Written, authors: Mapping[int, Author], workers: Collection[int]
) -> Written:
    """Return a message completed by what is known of its author.

    To the customer a guest who works on the task, as responsible or participant, is
    staff.
    """
    author = authors.get(written.author_id, Author())
    standing = written.standing
    if standing is Standing.UNKNOWN:
        standing = author.standing
        # A chat shows its guests. If it shows nothing of one, that may be all there is.
        if standing is Standing.STRANGER and written.key.source is Source.CHAT:
            standing = Standing.UNKNOWN
    if standing is Standing.GUEST and written.author_id in workers:
        standing = Standing.UNKNOWN
    return replace(
        written,
        author=written.author or author.name,
        standing=standing,
        email=written.email or author.email,
        contacts=author.contacts,
    )


def is_strange(one: Written) -> bool:
    """Whether the chat does not tell enough about the author of a message."""
    if one.standing is Standing.GUEST:
        return not one.email
    return one.standing is Standing.UNKNOWN and not one.by_system


def opening(row: TaskRow) -> Written:
    """Return the description as a message by the maker of the task."""
    ticket = row.ticket
    return Written(
        MessageKey(Source.FORUM, 0),
        row.made_by,
        row.maker,
        ticket.description,
        ticket.created_at,
    )


def _author(row: Mapping[str, Any]) -> Author:
    kind = words(row.get("USER_TYPE")).casefold()
    way = words(row.get("EXTERNAL_AUTH_ID")).casefold()
    if {kind, way} & _GUESTS or flag(row.get("IS_EXTRANET")):
        standing = Standing.GUEST
    else:
        standing = Standing.STAFF if kind == "employee" else Standing.UNKNOWN
    name = _joined(row.get(one) for one in ("NAME", "LAST_NAME"))
    bound = row.get("UF_USER_CRM_ENTITY")
    found = (_CONTACT.fullmatch(words(one)) for one in items(bound) or [bound])
    contacts = tuple(int(one[1]) for one in found if one)
    return Author(standing, name, words(row.get("EMAIL")).strip(), contacts)


def _joined(parts: Iterable[Any]) -> str:
    return " ".join(filter(None, map(person, parts)))
