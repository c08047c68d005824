"""The form's own token: when we showed the form, signed.

It needs no cookie. Programs that post without looking have none, or are too fast.
"""

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

_TOKEN = re.compile(r"([0-9]{1,15})\.([0-9a-f]{16})\.([0-9a-f]{32})", re.ASCII)

# No form stays open for longer.
_MOST_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class FormProof:
    """What a form's token says: `salt` names this filling-in of the form."""

    salt: str
    shown_at: float

    def fits(self, now: float, least_seconds: float = 0) -> bool:
        """Whether a person, who takes this long at least, can have sent it now."""
        return least_seconds <= now - self.shown_at <= _MOST_SECONDS


def new_token(account: str, keys: Sequence[bytes], now: float) -> str:
    """Return a token for a form that is shown now."""
    at, salt = str(int(now * 1_000)), secrets.token_hex(8)
    return f"{at}.{salt}.{_signed(account, at, salt, keys[0])}"


def proof_in(token: str, account: str, keys: Sequence[bytes]) -> FormProof | None:
    """Read a token; None if it is not ours."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        return None
    at, salt, sent = found.groups()
    signed = [_signed(account, at, salt, key) for key in keys]
    if not any(hmac.compare_digest(one, sent) for one in signed):
        return None
    return FormProof(salt, int(at) / 1_000)


def _signed(account: str, at: str, salt: str, key: bytes) -> str:
    about = f"first contact:{account}:{at}:{salt}".encode()
    return hmac.digest(key, about, "sha256")[:16].hex()
