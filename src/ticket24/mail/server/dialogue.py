"""A connection to the mail server that reports what is said, without secrets."""

import base64
import re
import ssl
from collections.abc import Callable
from typing import Any

from aiosmtplib import SMTP, SMTPResponseException
from aiosmtplib.response import SMTPResponse

from ticket24.addresses import SmtpAddress
from ticket24.domain.lines import shortened

_LENGTH = 400
_MASK = "***"

# Commands that are shown as they are; anything else may be part of a login.
_VERBS = frozenset({b"EHLO", b"HELO", b"MAIL", b"RCPT", b"RSET", b"NOOP", b"QUIT"})

Tell = Callable[[str], None]


class Dialogue(SMTP):
    """Reports each line: `>` is ours, `<` the server's, `*` anything else that happens.

    `step` is the last command, in capitals, or `connect`.
    """

    def __init__(self, address: SmtpAddress, tell: Tell, **options: Any) -> None:  # noqa: ANN401  As the class above.
        super().__init__(**options)
        self._where = f"{address.host}:{address.port}"
        self._hide = masking(address)
        self._tell = tell
        self.step = "connect"

    async def execute_command(self, *args: bytes, **options: Any) -> SMTPResponse:  # noqa: ANN401  As the class above.
        """Report a command, but nothing of a login."""
        verb = args[0].upper()
        if verb in _VERBS:
            self.step = verb.decode()
            self._say(">", b" ".join(args).decode("utf-8", "replace"))
        elif verb == b"AUTH":
            self.step = "AUTH"
            way = args[1].decode("ascii", "replace") if len(args) > 1 else ""
            self._say(">", f"AUTH {way} {_MASK}")
        else:
            self._say(">", _MASK)
        return self._heard(await super().execute_command(*args, **options))

    async def starttls(self, **options: Any) -> SMTPResponse:  # noqa: ANN401  As the class above.
        """Continue with encryption."""
        await self._ehlo_or_helo_if_needed()
        if self.supports_extension("starttls"):
            self.step = "STARTTLS"
            self._say(">", "STARTTLS")
        answer = self._heard(await super().starttls(**options))
        self._tell_encryption()
        return answer

    async def data(self, message: str | bytes, /, **options: Any) -> SMTPResponse:  # noqa: ANN401  As the class above.
        """Report how long the mail is."""
        self.step = "DATA"
        self._say(">", f"DATA, {len(message)} bytes")
        try:
            return self._heard(await super().data(message, **options))
        except SMTPResponseException as error:
            self._heard(SMTPResponse(error.code, error.message))
            raise

    async def _create_connection(self, timeout: float | None) -> SMTPResponse:  # noqa: ASYNC109  Its own.
        self.step = "connect"
        self._say("*", f"connects to {self._where}")
        answer = await super()._create_connection(timeout)
        self._tell_encryption()
        return self._heard(answer)

    def _heard(self, answer: SMTPResponse) -> SMTPResponse:
        for line in answer.message.split("\n"):
            words = "***" if answer.code == 334 else line  # noqa: PLR2004  A challenge.
            self._say("<", f"{answer.code} {words}")
        return answer

    def _tell_encryption(self) -> None:
        wire = self.get_transport_info("ssl_object")
        if isinstance(wire, ssl.SSLObject):
            checked = "checked" if self.validate_certs else "not checked"
            self._say("*", f"encrypted by {wire.version()}, its certificate {checked}")

    def _say(self, who: str, words: str) -> None:
        self._tell(f"{who} {shortened(self._hide(words), _LENGTH)}")


def masking(address: SmtpAddress) -> Callable[[str], str]:
    """Return a function that hides a password, also as logins encode it."""
    if not address.password:
        return lambda words: words
    user, password = address.user.encode(), address.password.encode()
    wrapped = (password, b"\0%b\0%b" % (user, password))
    secrets = [address.password]
    secrets += [base64.b64encode(one).decode().rstrip("=") for one in wrapped]
    pattern = re.compile("|".join(map(re.escape, secrets)))
    return lambda words: pattern.sub(_MASK, words)
