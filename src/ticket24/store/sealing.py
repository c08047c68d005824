"""Secrets at rest: sealed with the secret key, or only recognisable."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken


class WrongKey(Exception):
    """Something was sealed with another secret key."""


class Seal:
    """Seals webhook URLs and tokens, and makes digests of tokens.

    A digest recognises a token that Bitrix24 sends; the token itself need not
    be kept.
    """

    def __init__(self, secret_key: str) -> None:
        self._digest_key = hashlib.sha256(b"digest:" + secret_key.encode()).digest()
        key = hashlib.sha256(b"seal:" + secret_key.encode()).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def close(self, secret: str) -> str:
        """Return the secret sealed."""
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """Return the secret; raise WrongKey if it was sealed with another key."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise WrongKey(
                "TICKET24_SECRET_KEY is not the key this account was connected with:"
                " set that one, or connect the account anew"
            ) from None

    def digest(self, token: str) -> str:
        """Return a keyed digest of a token, as 64 hexadecimal digits."""
        return hmac.digest(self._digest_key, token.encode(), "sha256").hex()
