"""Handing mails to the mail server, over connections that are kept for a while."""

import asyncio
import contextlib
import re
import time
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPResponseException,
    SMTPSenderRefused,
)

from ticket24.addresses import SmtpAddress
from ticket24.domain.arrivals.tokens import LENGTH
from ticket24.domain.customers.mailboxes import NoMailbox, mailbox
from ticket24.domain.lines import shortened
from ticket24.mail.address import Sender
from ticket24.mail.server.causes import certificate_error
from ticket24.mail.server.lanes import Lanes
from ticket24.mail.server.refusals import (
    Away,
    Enough,
    NotNow,
    Refused,
    RefusesUs,
    Unsure,
)
from ticket24.mail.server.return_addresses import ReturnAddresses
from ticket24.mail.server.verdicts import Meant, Phase, meant
from ticket24.telemetry import counters
from ticket24.telemetry.descriptors import NONE_LEFT, are_lacking

# With a server that takes 0.2 s, this many carry 160 mails a second. Many servers have
# enough of one client at twenty to fifty; those that have enough earlier say so.
CONNECTIONS = 32
IDLE_SECONDS = 20.0
ANSWER_SECONDS = 60.0

# A connection that was kept and does not answer to its next mail is dead.
_KEPT_ANSWER_SECONDS = 5.0

# A server that let us in so shortly ago is not away: it may have enough connections.
_LET_IN_SECONDS = 5.0

# After the last line a server may take long, and giving up early means sending twice.
# RFC 5321, 4.5.3.2.6, asks for ten minutes.
VERDICT_SECONDS = 300.0

_TAKEN = range(200, 300)
# What a server says to one connection too many, and what Exchange Online says to the
# fourth that sends. Later a 421 only means that the server closes the connection.
_TOO_MANY, _TOO_MANY_SEND = 421, 432
_WORDS_LENGTH = 500
# What vouches for an address of ours: who knows one may answer in somebody's name.
_TOKEN = re.compile(rf"[a-z2-7]{{{LENGTH}}}", re.IGNORECASE)

Connect = Callable[[SmtpAddress, str, float], SMTP]


_OUTCOMES: dict[type[Exception], str] = {
    Refused: "refused",
    RefusesUs: "held",
    Unsure: "unsure",
}


def options(address: SmtpAddress, sender: str, seconds: float) -> dict[str, Any]:
    """Return how a sender makes a connection.

    With `tls="auto"` and no password any certificate is accepted, because no TLS at all
    would be accepted as well. Otherwise the certificate must be valid.
    """
    return {
        "hostname": address.host,
        "port": address.port,
        "username": address.user or None,
        "password": address.password or None,
        "use_tls": address.tls == "implicit",
        "start_tls": {"auto": None, "required": True}.get(address.tls, False),
        "validate_certs": address.tls != "auto" or bool(address.password),
        "local_hostname": sender.rpartition("@")[2],
        "timeout": seconds,
    }


def connection(address: SmtpAddress, sender: str, seconds: float) -> SMTP:
    """Return an unopened connection like a sender's."""
    return SMTP(**options(address, sender, seconds))


class Mailer:
    """Hands mails over, on at most `connections` connections at any time.

    Free connections are used again, and closed after `idle_seconds`.
    """

    def __init__(
        self,
        address: SmtpAddress,
        sender: Sender,
        *,
        connections: int = CONNECTIONS,
        idle_seconds: float = IDLE_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
        verdict_seconds: float = VERDICT_SECONDS,
        connect: Connect = connection,
    ) -> None:
        self._connect = connect
        self._address = address
        self._from = ReturnAddresses(sender.mailbox)
        self._idle_seconds = idle_seconds
        self._answer_seconds = answer_seconds
        self._verdict_seconds = verdict_seconds

        # A new connection is opened only when none is free, so there are never more
        # than lanes.
        self._lanes = Lanes(connections)
        self._free: dict[SMTP, asyncio.Task[None]] = {}
        self._let_in_at = float("-inf")
        # When the server last said no to all: who waited meanwhile hears the same.
        self._no: tuple[float, Away | RefusesUs] | None = None

    async def send(
        self,
        message: EmailMessage,
        recipient: str,
        *,
        whose: str = "",
        returns_to: str = "",
    ) -> str:
        """Hand one mail over and return the server's words of acceptance.

        If it has to wait for a connection, `whose` mails take turns with others'. What
        becomes of it later is told to `returns_to`, or where the server does not take
        that, and if there is none, to our sender.
        Refused: the server answered 5xx to the recipient or to the content,
        or the address is none. NotNow: everything else, among it 4xx, a lost
        or slow server, one that cannot be reached (Away), a limit on what we may send
        (Enough), and a refusal of our login, our sender or our right to relay
        (RefusesUs), for which a person must mend the configuration here or there.
        Unsure: the line died, or the server was silent, after it was given the content.
        """
        kind = str(message["X-Ticket24-Kind"] or "")
        try:
            words = await self._send(message, recipient, whose, returns_to)
        except (Refused, NotNow) as error:
            counters.mail(kind, _OUTCOMES.get(type(error), "postponed"))
            raise
        counters.mail(kind, "delivered")
        return words

    async def _send(
        self, message: EmailMessage, recipient: str, whose: str, returns_to: str
    ) -> str:
        asked_at = time.monotonic()
        try:
            envelope = mailbox(recipient)
        except NoMailbox as error:
            raise Refused(str(error), why=error.why) from error
        # The mail's own policy is used: another might parse and rewrite its headers.
        policy = message.policy.clone(linesep="\r\n", cte_type="7bit")
        content = await asyncio.to_thread(message.as_bytes, policy=policy)

        async with self._lanes.lane(whose):
            if self._no and asked_at < self._no[0]:
                raise type(self._no[1])(self._no[1].words)
            sender = self._from.of(returns_to)
            try:
                return await self._attempt(sender, envelope, content)
            except (RefusesUs, Refused) as error:
                # Some servers say only of the whole mail that its sender is not ours.
                if sender == self._from.own or _of_recipient(error):
                    raise
                words = await self._attempt(self._from.own, envelope, content)
                self._from.refused(error.words)
                return words

    async def _attempt(self, sender: str, envelope: str, content: bytes) -> str:
        try:
            smtp = await self._greeted(sender)
        except (SMTPException, OSError) as error:
            no = self._not_opened(error)
            mine = sender == self._from.own
            if not mine and isinstance(error, SMTPSenderRefused):
                no = RefusesUs(no.words)  # Or for now: ours may be taken at once.
            if isinstance(no, Away) or (mine and isinstance(no, RefusesUs)):
                self._no = time.monotonic(), no
            raise no from error
        try:
            words = await self._hand_over(smtp, envelope, content)
        except Refused:
            await self._keep_after_reset(smtp)
            raise
        except BaseException:
            smtp.close()
            raise
        self._keep(smtp)
        self._lanes.taken()
        return words

    async def close(self) -> None:
        """Say goodbye on every connection, once mails under way are handed over."""
        await self._lanes.empty()
        while self._free:
            await _say_goodbye(self._take_free())

    async def _greeted(self, sender: str) -> SMTP:
        """Return a connection on which the server has accepted a sender.

        Free connections may have died meanwhile. They are dropped here until one works,
        or a new one shows what the server does.
        """
        while self._free:
            smtp = self._take_free()
            try:
                await smtp.mail(sender, timeout=_KEPT_ANSWER_SECONDS)
            except (SMTPException, OSError):
                smtp.close()
            except BaseException:
                smtp.close()
                raise
            else:
                return smtp

        smtp = self._connect(self._address, self._from.own, self._answer_seconds)
        try:
            await smtp.connect()
            await smtp.mail(sender)
        except BaseException:
            smtp.close()
            raise
        self._let_in_at = time.monotonic()
        return smtp

    async def _hand_over(self, smtp: SMTP, recipient: str, content: bytes) -> str:
        most = smtp.esmtp_extensions.get("size", "")
        if most.isdecimal() and 0 < int(most) < len(content):
            words = f"552 5.3.4 Mails may have {most} bytes (SIZE)"
            raise Refused(words, of_content=True)
        try:
            await smtp.rcpt(recipient)
        except SMTPResponseException as error:
            raise self._answered(Phase.RECIPIENT, error) from error
        except (SMTPException, OSError) as error:
            raise NotNow(_words(error)) from error
        try:
            answer = await smtp.data(content, timeout=self._verdict_seconds)
        except SMTPResponseException as error:
            if error.code in _TAKEN:  # 250 is merely usual.
                return _words(error)
            raise self._answered(Phase.CONTENT, error) from error
        except (SMTPException, OSError) as error:
            raise Unsure(_words(error)) from error
        return _said(answer.code, answer.message)

    def _not_opened(self, error: Exception) -> NotNow:
        """Classify the answer of a server that does not let us begin."""
        if isinstance(error, SMTPResponseException):
            if error.code in {_TOO_MANY, _TOO_MANY_SEND}:
                self._lanes.too_many()
            kind = {Meant.US: RefusesUs, Meant.ENOUGH: Enough}
            said = f"{error.code} {error.message}"
            whom = meant(Phase.OPENING, error.code, said)
            return kind.get(whom, NotNow)(_words(error))
        # A person has to see to what is not offered, or not trusted.
        if not isinstance(error, OSError) or certificate_error(error):
            return RefusesUs(_words(error))
        if are_lacking(error):
            return NotNow(NONE_LEFT)
        was_there = time.monotonic() - self._let_in_at < _LET_IN_SECONDS
        return (NotNow if was_there else Away)(_words(error))

    def _answered(self, phase: Phase, error: SMTPResponseException) -> Refused | NotNow:
        words = _words(error)
        match whom := meant(phase, error.code, f"{error.code} {error.message}"):
            case Meant.US:
                return RefusesUs(words)
            case Meant.ENOUGH:
                return Enough(words)
            case Meant.LATER:
                if error.code == _TOO_MANY_SEND:
                    self._lanes.too_many()
                return NotNow(words)
        content = phase is Phase.CONTENT
        sure = content or whom is Meant.RECIPIENT
        return Refused(words, sure=sure, of_content=content)

    async def _keep_after_reset(self, smtp: SMTP) -> None:
        try:
            await smtp.rset()
        except (SMTPException, OSError):
            smtp.close()
        except BaseException:
            smtp.close()
            raise
        else:
            self._keep(smtp)

    def _keep(self, smtp: SMTP) -> None:
        if smtp.is_connected:
            self._free[smtp] = asyncio.create_task(self._retire(smtp))

    def _take_free(self) -> SMTP:
        smtp, retirement = self._free.popitem()
        retirement.cancel()
        return smtp

    async def _retire(self, smtp: SMTP) -> None:
        await asyncio.sleep(self._idle_seconds)
        async with self._lanes.lane():
            del self._free[smtp]
            await _say_goodbye(smtp)


def _of_recipient(error: RefusesUs | Refused) -> bool:
    """Whether only the recipient is to blame, whoever sends."""
    return isinstance(error, Refused) and error.sure and not error.of_content


async def _say_goodbye(smtp: SMTP) -> None:
    with contextlib.suppress(SMTPException, OSError):
        await smtp.quit()
    smtp.close()


def _words(error: Exception) -> str:
    if isinstance(error, SMTPResponseException):
        return _said(error.code, error.message)
    return shortened(str(error) or type(error).__name__, _WORDS_LENGTH)


def _said(code: int, message: str) -> str:
    """Return what a server says, for people and logs: without tokens of ours."""
    return shortened(_TOKEN.sub("…", f"{code} {message}"), _WORDS_LENGTH)
