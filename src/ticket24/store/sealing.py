"""Secrets at rest: sealed with the secret key, or only recognisable."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from redis.asyncio import Redis

from ticket24.store import keys
from ticket24.store.connection import text


class WrongKey(Exception):
    """Something was sealed with another secret key."""


class Seal:
    """Seals webhook URLs and tokens, and makes digests of tokens.

    A digest recognises a token that Bitrix24 sends, without opening any that is kept.
    What an older key sealed can be opened, and what it recognised is
    recognised; everything new is made with `secret_key`.
    """

    def __init__(self, secret_key: str, *older: str) -> None:
        fernets = [Fernet(_derived("seal", key)) for key in (secret_key, *older)]
        self._newest, self._any = fernets[0], MultiFernet(fernets)
        self._digest_keys = [
            *dict.fromkeys(_derived("digest", key) for key in (secret_key, *older))
        ]

    def close(self, secret: str) -> str:
        """Return the secret sealed."""
        return self._newest.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """Return the secret; raise WrongKey if it was sealed with another key."""
        try:
            return self._any.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise WrongKey(
                "TICKET24_SECRET_KEY is not the key this account was connected with:"
                " set that one, or name it in TICKET24_SECRET_KEY_OLD, or connect the"
                " account anew"
            ) from None

    def is_newest(self, sealed: str) -> bool:
        """Whether the newest key opens it."""
        try:
            self._newest.decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True

    def digest(self, token: str) -> str:
        """Return a keyed digest of a token, as 64 hexadecimal digits."""
        return self.digests(token)[0]

    def digests(self, token: str) -> list[str]:
        """Return every digest a token may be known by, the newest key's first."""
        raw = token.encode()
        return [hmac.digest(key, raw, "sha256").hex() for key in self._digest_keys]

    @property
    def digest_keys(self) -> dict[str, str]:
        """What digests are made with, each by a name that reveals nothing of it."""
        return {
            hashlib.sha256(key).hexdigest()[:16]: base64.b64encode(key).decode()
            for key in self._digest_keys
        }

    def recognise(self, digest_key: str) -> None:
        """Recognise also what this key has made digests of."""
        key = base64.b64decode(digest_key)
        if key not in self._digest_keys:
            self._digest_keys.append(key)


async def open_seal(redis: Redis, *secret_keys: str) -> Seal:
    """Return the seal of these secret keys, the newest first.

    Digests cannot be made anew without the tokens, so what made them outlives the
    secret key it came from: `store.rekeying` keeps it, sealed.
    """
    seal = Seal(*secret_keys)
    for kept in (await redis.hgetall(keys.DIGEST_KEYS)).values():
        try:
            seal.recognise(seal.open(text(kept)))
        except WrongKey:  # Its secret key is lost, and it is useless without that.
            continue
    return seal


def _derived(purpose: str, secret_key: str) -> bytes:
    key = hashlib.sha256(f"{purpose}:{secret_key}".encode()).digest()
    return base64.urlsafe_b64encode(key) if purpose == "seal" else key
