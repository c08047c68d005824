"""Who is in copy of a ticket, and who is proposed, as its pages show it."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ticket24.domain.customers.followers import LastWord, current, proposed
from ticket24.domain.customers.mailboxes import fold, readable
from ticket24.domain.portal.pages import TicketPage


@dataclass(frozen=True, slots=True)
class InCopy:
    """Somebody in copy: the address, as it is shown, and a name for the page's part.

    `by` is whose mail proposes this person, "" if nobody's does. `returned`: mails come
    back from there, so nothing is sent.
    """

    email: str
    shown: str
    id: str
    by: str = ""
    returned: bool = False


@dataclass(frozen=True, slots=True)
class Copies:
    """Who follows a ticket, and who is proposed.

    `told` are people in copy who do not follow it: they got one mail.
    """

    followers: Sequence[InCopy] = ()
    proposed: Sequence[InCopy] = ()
    told: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Copying:
    """Who was to be put in copy, as it was typed, and what is wrong with that."""

    typed: str = ""
    wrong: str = ""


NOT_COPYING = Copying()


def copies_of(
    page: TicketPage,
    said: Mapping[str, LastWord],
    returned: Collection[str] = (),
    *,
    on: bool,
) -> Copies:
    """Return who is in copy of a ticket; `on`: people in copy follow tickets.

    Mails come back from the folded addresses in `returned`.
    """
    if not on:
        return Copies(told=page.cc)
    following = current(page.followers, said)
    return Copies(
        [_shown(one, returned=fold(one) in returned) for one in following],
        [_shown(one.email, one.by) for one in proposed(said)],
        () if page.followers or said else page.cc,
    )


def _shown(email: str, by: str = "", *, returned: bool = False) -> InCopy:
    digest = hashlib.sha256(fold(email).encode(errors="backslashreplace"))
    id_ = f"cc-{digest.hexdigest()[:10]}"
    return InCopy(email, readable(email), id_, by, returned)
