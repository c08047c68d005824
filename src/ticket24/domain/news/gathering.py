"""What waits to be told together: which letters do, and the one that tells them."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from ticket24.domain.news.letters import Kind, Letter
from ticket24.domain.news.notices import written_to
from ticket24.domain.settings.model import Gathering
from ticket24.domain.tickets.model import Customer

# So many letters fit into a mail that somebody reads; the others make another one.
MOST_PARTS = 50


def follows_wishes(letter: Letter, gathering: Gathering) -> bool:
    """Whether a letter asks what its customer wants; people in copy are not asked."""
    if letter.gathered or letter.kind is Kind.DIGEST:
        return False
    theirs = letter.contact_id and not letter.in_copy and not letter.link
    return bool(theirs) and letter.kind.value not in {*gathering.always}


def together(letters: Sequence[Letter], customer: Customer | None) -> Letter:
    """Return the letter that tells several, to where their customer reads mail now.

    One alone is told as ever. The same letters make the same digest.
    """
    last = letters[-1]
    recipient = (written_to(customer) if customer else None) or last.recipient
    name = customer.name if customer else last.recipient_name
    if len(letters) == 1:
        return replace(last, recipient=recipient, recipient_name=name, gathered=True)
    ids = " ".join(one.id for one in letters)
    about = hashlib.sha256(ids.encode()).hexdigest()[:32]
    return Letter(
        id=f"digest-{last.contact_id}-{about}",
        ref=letters[0].ref,
        kind=Kind.DIGEST,
        about=about,
        recipient=recipient,
        recipient_name=name,
        subject="",
        status=last.status,
        responsible="",
        decided_at=last.decided_at,
        contact_id=last.contact_id,
        bound=letters[0].bound,
        parts=tuple(letters),
        gathered=True,
    )
