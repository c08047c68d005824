"""Who speaks in a message: staff, the customer, or Bitrix24 itself."""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from ticket24.domain.customers.mailboxes import fold
from ticket24.domain.lines import one_line, visible
from ticket24.domain.looks.ages import Age
from ticket24.domain.messages import quotes, remarks, signatures
from ticket24.domain.messages.perhaps import host_follows
from ticket24.domain.settings.model import Shown
from ticket24.domain.tickets.model import (
    Message,
    MessageKey,
    Source,
    Standing,
    Voice,
    Written,
)
from ticket24.domain.tickets.moves import Mover
from ticket24.domain.words import folded

# What a person decided about a doubtful message: staff wrote it, or nobody did.
Ruling = Literal["staff", "remark"]

# This line opens whatever we write for a customer, and our link ends it; by both we
# recognise our echo. A joiner behind the name, which nobody sees, vouches for the line
# where the link was taken out, as "· ticket24" does in texts of earlier versions. The
# link vouches for it where Bitrix24 has dropped the joiner. Bitrix24 trims texts, and
# its editor puts them in paragraphs.
_SIGN = "\u2060"
_CUSTOMER_LINE = re.compile(
    r"\s*(?:(?i:\[P\])\s*)?(?i:\[B\])(?P<name>[^\[\]\n]{1,200})(?i:\[/B\])"
    rf"(?P<sign>{_SIGN}| · ticket24)?[^\S\n]*(?:(?i:\[/P\])[^\S\n]*)?(?:\n|\Z)"
)

# The name in that line of a customer whose name is unknown.
NAMELESS = "?"

_END = re.compile(r"\[/[a-z]+\]", re.IGNORECASE)

# A mark may contain this many invisible characters.
_UNSEEN = 16

# Characters that may separate a public mark from the words that it opens.
_AFTER_MARK = " \t\r\n\xa0:\u200b\u2060\ufeff"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the classification needs to know about the account and the ticket.

    `user_ids` are those under which we have posted; `age` parts history from news.
    `says` tells whether a text has anything to read. `addresses` and `names` (folded)
    and `contacts` are those of the ticket's customers; `mover` is one who moved it.
    """

    user_ids: Collection[int] = ()
    internal_marks: Collection[str] = ("//", "#internal")
    rulings: Mapping[MessageKey, Ruling] = field(default_factory=dict)
    age: Age = field(default_factory=Age)
    shown: Shown = "all"
    public_marks: Collection[str] = ("#public",)
    says: Callable[[str], bool] = visible
    addresses: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    contacts: Collection[int] = ()
    mover: Mover | None = None


def customer_line(name: str) -> str:
    """Return the line that opens a customer's reply in Bitrix24."""
    plain = one_line(re.sub(r"[\[\]]", " ", name))[:200]
    return f"[B]{plain or NAMELESS}[/B]{_SIGN}\n"


def split_customer_line(text: str) -> tuple[str, str] | None:
    """Return the name in a text's customer line and the words; None if it is not ours.

    If nothing of the name is visible it is NAMELESS: the line still says who speaks.
    """
    opening = _CUSTOMER_LINE.match(text)
    if opening is None:
        return None
    rest = text[opening.end() :]
    signed = signatures.unsigned(rest)
    if not (opening["sign"] or (signed and signed.at_end)):
        return None
    return one_line(opening["name"]) or NAMELESS, signed.text if signed else rest


def customer_name(written: Written, rules: Rules) -> str | None:
    """Return the customer whose reply we posted here, or None if it is not one of ours.

    Both must fit: the integration user, present or former, as the author, and the
    customer line. Staff may answer through the integration user's own account. A
    forwarded message does not become the words of the person who forwards it.
    """
    opening = split_customer_line(written.text)
    ours = written.author_id in rules.user_ids or written.forwarded
    if opening is None or not ours:
        return None
    return opening[0]


def internal(text: str, marks: Collection[str]) -> bool:
    """Whether staff keep a message to themselves: it starts with a mark."""
    text = quotes.in_lines(text)
    ends = (
        _marked_until(text, at, mark)
        for at in quotes.beginnings(text, any_tag=True)
        for mark in marks
    )
    return any(end and not _address(text, end) for end in ends)


def without_mark(text: str, marks: Collection[str]) -> str | None:
    """Return a text without the public mark it starts with; None if there is none.

    A mark that ends in a letter is a whole word: `#publicity` is not `#public`. Text
    before the mark stays. Quoting a mark publishes nothing.
    """
    for at in quotes.beginnings(text, any_tag=False):
        ends = (_marked_until(text, at, mark) for mark in marks)
        whole = [end for end in ends if end and not _inside_a_word(text, end)]
        if whole:
            return text[:at] + text[max(whole) :].lstrip(_AFTER_MARK)
    return None


def voice(written: Written, rules: Rules) -> Voice | None:
    """Tell who speaks; None for a remark that Bitrix24 wrote by itself.

    Remarks in a chat carry a mark (methods.md 3.6); remarks in a forum can only be
    recognised by their words (methods.md 2.3).
    """
    if written.by_system:
        return None
    if customer_name(written, rules) is not None or hers(written, rules):
        return Voice.CUSTOMER
    kept_inside = _kept_inside(written.text, rules)
    if kept_inside is Voice.INTERNAL:
        return Voice.INTERNAL
    who = _staff(written.key, written.text, rules)
    if who is Voice.STAFF and written.key not in rules.rulings:
        # If Bitrix24 does not say who is who, a customer's name may be the customer.
        named = folded(written.author) in rules.names
        unknown = named and written.standing is Standing.UNKNOWN
        if is_guest(written) or (unknown and written.author_id not in rules.user_ids):
            return Voice.DOUBTFUL
    return who and (kept_inside or who)


def hers(written: Written, rules: Rules) -> bool:
    """Whether a customer of the ticket wrote a message in Bitrix24 itself.

    The author is a guest with one of her addresses, bound to her contact, or with her
    name. Members of staff are never customers, not even when they try the portal with
    an address of their own.
    """
    if written.standing is Standing.STAFF or written.author_id in rules.user_ids:
        return False
    if written.email and fold(written.email) in rules.addresses:
        return True
    if any(one in rules.contacts for one in written.contacts):
        return True
    # Guests by mail have their address for a name until they have a name.
    names = {folded(written.author), fold(written.author)} - {""}
    return is_guest(written) and not names.isdisjoint(rules.names | rules.addresses)


def is_guest(written: Written) -> bool:
    """Whether the author is not of the staff, as far as is known."""
    return written.standing in {Standing.GUEST, Standing.STRANGER}


def as_shown(message: Message, rules: Rules) -> Message:
    """Return a message as customers may see it under these rules, unsigned.

    A message that staff marked as internal stays internal, whatever marks are known
    now. A message that only lacked the public mark becomes public where no mark is
    needed.
    """
    if message.voice not in {Voice.STAFF, Voice.UNMARKED}:
        return message
    written = message.as_written
    plain = without_mark(written, rules.public_marks)
    who = _kept_inside(written, rules) or Voice.STAFF
    if who is Voice.STAFF and message.voice is Voice.UNMARKED:
        # So far nobody has asked whether Bitrix24 itself wrote this.
        sure = _staff(message.key, written, rules) is Voice.STAFF
        who = Voice.STAFF if sure else Voice.REMARK
    text = signatures.without(written if plain is None else plain)
    return replace(
        message, voice=who, text=text, original="" if text == written else written
    )


def _kept_inside(text: str, rules: Rules) -> Voice | None:
    """Tell why a text by staff is not for customers; None if it is for them."""
    plain = without_mark(text, rules.public_marks)
    opened = "" if plain is None else _END.sub("", plain)
    if any(internal(one, rules.internal_marks) for one in (text, opened)):
        return Voice.INTERNAL
    if _quotes_alone(text, rules):
        return Voice.INTERNAL
    if rules.shown == "marked" and plain is None:
        return Voice.UNMARKED
    return None


def _quotes_alone(text: str, rules: Rules) -> bool:
    """Whether a text consists of quotes only, and one of them starts with a mark."""
    text = quotes.in_lines(text)
    quoted = quotes.quotes(text)
    return (
        bool(quoted)
        and any(internal(quotes.inner(one), rules.internal_marks) for one in quoted)
        and not rules.says(quotes.plain(quotes.cut(text, quoted)))
    )


def _marked_until(text: str, at: int, mark: str) -> int:
    """Return the end of the mark that begins here; 0 if there is none.

    Case, width, composition and invisible characters are ignored: the wide slashes of a
    Japanese keyboard mark just as well.
    """
    wanted = unicodedata.normalize("NFD", folded(mark))
    if not wanted or not folded(text[at : at + 1]):
        return 0
    for end in range(at + 1, min(len(text), at + 4 * len(wanted) + _UNSEEN) + 1):
        found = unicodedata.normalize("NFD", folded(text[at:end]))
        if found.startswith(wanted):
            return end
        if not wanted.startswith(found):
            break
    return 0


def _address(text: str, end: int) -> bool:
    return text[end - 1] == "/" and host_follows(text, end)


def _inside_a_word(text: str, at: int) -> bool:
    return text[at - 1].isalnum() and text[at : at + 1].isalnum()


def _staff(key: MessageKey, text: str, rules: Rules) -> Voice | None:
    ruling = rules.rulings.get(key)
    if ruling is not None:
        return Voice.STAFF if ruling == "staff" else None
    if key.source is Source.CHAT:
        return Voice.STAFF
    return {
        remarks.Verdict.REMARK: None,
        remarks.Verdict.DOUBTFUL: Voice.DOUBTFUL,
        remarks.Verdict.PERSON: Voice.STAFF,
    }[remarks.recognise(text)]
