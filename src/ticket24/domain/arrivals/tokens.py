"""Addresses that answers go to: each says which ticket, and whose mail is answered.

A token stands for `{token}` in the reply address. It names the account and the
recipient by short digests and the ticket by its number, and it is signed, so nobody can
make one. Mail servers may fold the case of what stands before the @, so it is written
in letters and digits whose case does not matter.

Mails also leave from such an address, to which they come back (VERP). It is signed for
another purpose and a fortnight, so it looks the same, and ends.
"""

import hashlib
import hmac
import re
from base64 import b32decode, b32encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ticket24.domain.customers.mailboxes import fold
from ticket24.domain.tickets.model import TicketRef

PLACE = "{token}"

# Five bytes are eight characters: account, task and recipient, and twice that of a
# signature, which nobody hits upon by trying.
_PART, _SIGNATURE = 5, 10
LENGTH = (3 * _PART + _SIGNATURE) * 8 // 5

_LONGEST = 1_000

# Mail servers try for five days. Changing at each mail, an address would be new to
# every server that lets new senders wait (greylisting).
_PERIOD = timedelta(days=14)
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)

# Where the doctor sends mail of its own: no account has this name.
PROBE = (TicketRef("doctor", 0), "doctor")


@dataclass(frozen=True, slots=True)
class ReplyToken:
    """What a token says, and what is to vouch for it."""

    account: bytes
    task_id: int
    recipient: bytes
    signature: bytes

    def is_for(self, email: str) -> bool:
        """Whether it was made for this address."""
        return hmac.compare_digest(self.recipient, _tag(fold(email)))

    def names(self, account: str) -> bool:
        """Whether it names this account, truly or not."""
        return hmac.compare_digest(self.account, _tag(account))


class ReplyAddresses:
    """The addresses by one pattern; `digests` are keyed, the newest key's first."""

    def __init__(self, pattern: str, digests: Callable[[str], list[str]]) -> None:
        self._pattern = pattern
        self._digests = digests
        before, _, after = fold(pattern.replace(PLACE, "{}")).partition("{}")
        self._fits = re.compile(f"{re.escape(before)}([^@]+){re.escape(after)}")

    def __bool__(self) -> bool:
        """Whether there is a pattern at all."""
        return bool(self._pattern)

    def of(self, ref: TicketRef, recipient: str) -> str:
        """Return the address for answers to what this recipient hears of a ticket."""
        return self._made("answers to", ref, recipient)

    def for_returns(self, ref: TicketRef, recipient: str, at: datetime) -> str:
        """Return the address to which such a mail comes back if nobody takes it."""
        return self._made(_returns(_period(at)), ref, recipient)

    def _made(self, purpose: str, ref: TicketRef, recipient: str) -> str:
        whose = _tag(fold(recipient))
        signature = self._signatures(purpose, ref.account, ref.task_id, whose)[0]
        parts = [_tag(ref.account), ref.task_id.to_bytes(_PART), whose, signature]
        return self._pattern.replace(PLACE, b32encode(b"".join(parts)).decode().lower())

    def fits(self, address: str) -> bool:
        """Whether an address is one of ours, whatever stands for its token."""
        return bool(self and self._fits.fullmatch(fold(address[:_LONGEST])))

    def of_account(self, slug: str) -> str:
        """Return the address for mails to an account that are about no ticket."""
        return self._pattern.replace(PLACE, slug)

    def name_in(self, address: str) -> str:
        """Return what stands for the token in an address that fits, folded."""
        found = self and self._fits.fullmatch(fold(address[:_LONGEST]))
        return found[1] if found else ""

    def token_in(self, address: str) -> ReplyToken | None:
        """Return what an address says; None if there is no token in it."""
        found = self and self._fits.fullmatch(fold(address[:_LONGEST]))
        if not found or len(found[1]) != LENGTH:
            return None
        try:
            raw = b32decode(found[1].upper())
        except ValueError:
            return None
        return ReplyToken(
            raw[:_PART],
            int.from_bytes(raw[_PART : 2 * _PART]),
            raw[2 * _PART : 3 * _PART],
            raw[3 * _PART :],
        )

    def is_probe(self, address: str) -> bool:
        """Whether the doctor sent a mail there."""
        token = self.token_in(address)
        return token is not None and self.is_signed(token, PROBE[0].account)

    def is_signed(self, token: ReplyToken, account: str) -> bool:
        """Whether we made this token, for a ticket of this account."""
        return self._is("answers to", token, account)

    def is_for_returns(self, token: ReplyToken, account: str, at: datetime) -> bool:
        """Whether it was made for what comes back, so lately that something may."""
        now = _period(at)
        return any(self._is(_returns(one), token, account) for one in (now, now - 1))

    def _is(self, purpose: str, token: ReplyToken, account: str) -> bool:
        if not token.names(account):  # Of thousands of accounts one is signed for.
            return False
        signatures = self._signatures(purpose, account, token.task_id, token.recipient)
        return any(hmac.compare_digest(token.signature, one) for one in signatures)

    def _signatures(
        self, purpose: str, account: str, task_id: int, recipient: bytes
    ) -> list[bytes]:
        said = f"{purpose} {account}/{task_id} {recipient.hex()}"
        return [bytes.fromhex(one)[:_SIGNATURE] for one in self._digests(said)]


def _returns(period: int) -> str:
    return f"returns in {period} of"


def _period(at: datetime) -> int:
    return (at - _EPOCH) // _PERIOD


def _tag(name: str) -> bytes:
    raw = name.encode(errors="backslashreplace")
    return hashlib.sha256(raw).digest()[:_PART]
