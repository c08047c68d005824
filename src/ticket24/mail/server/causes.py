"""Why a mail server does not accept our mail: a sentence with what to do about it."""

import errno
import os
import re
import socket
import ssl
from collections.abc import Iterator

from aiosmtplib import SMTPResponseException, SMTPServerDisconnected, SMTPTimeoutError

from ticket24.addresses import SmtpAddress
from ticket24.domain.lines import shortened
from ticket24.mail.server.dialogue import masking
from ticket24.mail.server.verdicts import Meant, Phase, meant

_LENGTH = 300
_IMPLICIT_PORT = 465
_PERMANENT = 500

_SENDER = re.compile(
    r"\b(?:sender|from) (?:e-?mail )?(?:address|domain|denied|reject)", re.IGNORECASE
)

# OpenSSL's numbers of what is wrong with a certificate.
_NOT_YET, _EXPIRED = 9, 10
_OTHER_NAME = frozenset({62, 64})
_SELF_SIGNED = 18


def cause(address: SmtpAddress, sender: str, step: str, error: BaseException) -> str:
    """Return why it failed, whose fault that is, and how to put it right."""
    where = f"{address.host}:{address.port}"
    why = (
        _of_certificate(address, error)
        or _of_tls(address, error)
        or _of_network(error)
        or _of_silence(address, step, error)
        or _of_offer(address, error)
        or _of_answer(address, sender, step, error)
    )
    words = shortened(masking(address)(_words(error)), _LENGTH)
    return f"{where} does not take our mail: {f'it {why}' if why else words}"


def speaks_tls(address: SmtpAddress) -> str:
    """Say that a server waits for TLS while we waited for its greeting."""
    return (
        f"{address.host}:{address.port} does not take our mail: it speaks TLS from the"
        f" first byte, as port {_IMPLICIT_PORT} does. Write smtps:// instead of smtp://"
        " in TICKET24_SMTP_URL"
    )


def trust_store() -> str:
    """Return where this process finds the certificate authorities that it trusts."""
    paths = ssl.get_default_verify_paths()
    named = os.environ.get(paths.openssl_cafile_env)
    if named:
        return f"{named} (SSL_CERT_FILE)"
    return paths.cafile or paths.capath or paths.openssl_cafile


def own_authority(whose: str = "the certificate of your own authority") -> str:
    """Say how to make one's own certificate authority known."""
    return (
        f"ticket24 trusts the authorities in {trust_store()}: put {whose} there"
        " (Debian: /usr/local/share/ca-certificates/NAME.crt, then"
        " update-ca-certificates), or name a file with it in SSL_CERT_FILE"
    )


def certificate_error(
    error: BaseException | None,
) -> ssl.SSLCertVerificationError | None:
    """Return the fault of a certificate, if one is at the root of an error."""
    for one in _roots(error):
        # aiohttp has such an error of its own, which says less.
        if isinstance(one, ssl.SSLCertVerificationError) and hasattr(
            one, "verify_code"
        ):
            return one
    return None


def why_untrusted(error: ssl.SSLCertVerificationError, host: str, setting: str) -> str:
    """Say what is wrong with a certificate, and who has to put it right."""
    if error.verify_code in _OTHER_NAME:
        return (
            f"has a certificate for another name than {host}: write in {setting} the"
            " name that the certificate has, or have one made for this name"
        )
    if error.verify_code == _EXPIRED:
        return (
            "has a certificate that has expired: whoever runs it has to renew it, or to"
            " have the new one read (reload the server)"
        )
    if error.verify_code == _NOT_YET:
        return "has a certificate that is not valid yet, or the clock here is wrong"
    if error.verify_code == _SELF_SIGNED:
        return (
            "signed its certificate itself. If it is the right one,"
            f" {own_authority('that certificate')}"
        )
    return (
        "has a certificate that nobody whom we trust has signed"
        f" ({error.verify_message}). {own_authority()}"
    )


def _of_certificate(address: SmtpAddress, error: BaseException) -> str:
    wrong = certificate_error(error)
    return why_untrusted(wrong, address.host, "TICKET24_SMTP_URL") if wrong else ""


def _of_tls(address: SmtpAddress, error: BaseException) -> str:
    wrong = next((one for one in _roots(error) if isinstance(one, ssl.SSLError)), None)
    if wrong is None:
        return ""
    reason = wrong.reason or str(wrong)
    plain = "WRONG_VERSION_NUMBER" in reason or "PACKET_LENGTH" in reason
    if address.tls == "implicit" and (plain or "RECORD_LAYER" in reason):
        return (
            "speaks no TLS from the first byte, as ports 587 and 25 do not: write"
            " smtp:// instead of smtps:// in TICKET24_SMTP_URL (STARTTLS encrypts it),"
            f" or use port {_IMPLICIT_PORT}"
        )
    return f"and we agree on no encryption: {shortened(reason, _LENGTH)}"


def _of_network(error: BaseException) -> str:
    for one in _roots(error):
        if isinstance(one, socket.gaierror):
            if one.errno == socket.EAI_AGAIN:
                return "cannot be found: the name servers of this machine do not answer"
            return (
                "cannot be found: there is no such host name. Check it in"
                " TICKET24_SMTP_URL"
            )
        if isinstance(one, ConnectionRefusedError) or (
            isinstance(one, OSError) and one.errno == errno.ECONNREFUSED
        ):
            return (
                "refuses the connection: nothing listens there. See whether the mail"
                " server runs, and check host and port in TICKET24_SMTP_URL (587 for"
                f" smtp://, {_IMPLICIT_PORT} for smtps://)"
            )
        if isinstance(one, OSError) and one.errno in {
            errno.ENETUNREACH,
            errno.EHOSTUNREACH,
        }:
            return "cannot be reached from here: there is no way to its network"
    return ""


def _of_silence(address: SmtpAddress, step: str, error: BaseException) -> str:
    timed_out = isinstance(error, TimeoutError | SMTPTimeoutError)
    gone = isinstance(error, SMTPServerDisconnected | ConnectionResetError)
    lost = "Connection lost" in str(error) or "Unexpected EOF" in str(error)
    if not (timed_out or gone or lost):
        return ""
    if step == "tcp":
        return (
            "does not answer at all: a firewall, here or there, swallows what we send,"
            " or the host is wrong. Many providers block port 25: use 587 or"
            f" {_IMPLICIT_PORT}"
        )
    how = "is silent" if timed_out else "hangs up"
    if step == "connect":
        if address.tls == "implicit":
            return (
                f"{how} where TLS should begin: write smtp:// if that is its port for"
                " STARTTLS (587, 25)"
            )
        return (
            f"{how} before it greets: it has enough of us, is too busy, or is no mail"
            " server"
        )
    if step == "AUTH":
        return (
            f"{how} after our login, as servers do with a wrong password: check user"
            " and password in TICKET24_SMTP_URL"
        )
    return f"{how} after {step}"


def _of_offer(address: SmtpAddress, error: BaseException) -> str:
    words = str(error)
    if "STARTTLS extension" in words and "not supported" in words:
        return (
            "offers no STARTTLS, and ?starttls=required wants it: use another port"
            f" (587; or smtps:// with {_IMPLICIT_PORT}), or have the server offer it"
        )
    if "AUTH" in words and "not supported" in words:
        port = " without encryption" if address.tls == "never" else " on this port"
        return (
            f"offers no login{port}: use 587 or {_IMPLICIT_PORT}, or, if it lets this"
            " machine relay anyway, leave user and password out of TICKET24_SMTP_URL"
        )
    if "suitable authentication" in words:
        return (
            "offers only ways to log in that we do not speak (we do PLAIN, LOGIN and"
            " CRAM-MD5)"
        )
    return ""


def _of_answer(
    address: SmtpAddress, sender: str, step: str, error: BaseException
) -> str:
    if not isinstance(error, SMTPResponseException):
        return ""
    words = shortened(masking(address)(_words(error)), _LENGTH)
    who = f"the user {address.user}" if address.user else "this machine"
    if error.code < 0:
        return f"is not a mail server: {words}"
    if error.code < _PERMANENT and step != "RCPT":
        return f"does not take our mail now, and is asked again by itself: {words}"
    if step == "AUTH":
        return (
            f"refuses our login: {words}. Check user and password in TICKET24_SMTP_URL"
            " (@ : / # % in them as %40 %3A %2F %23 %25); some providers want a"
            " password made for applications, or SMTP switched on for the user"
        )
    if step == "MAIL" or (step == "RCPT" and _SENDER.search(words)):
        return (
            f"refuses our sender {sender}: {words}. TICKET24_MAIL_FROM must be an"
            f" address that {who} may send from"
        )
    return _of_relay(sender, who, error.code, words) if step == "RCPT" else ""


def _of_relay(sender: str, who: str, code: int, words: str) -> str:
    match meant(Phase.RECIPIENT, code, words):
        case Meant.ENOUGH:
            return f"has had enough of us for now: {words}"
        case Meant.RECIPIENT:
            return (
                f"does not know our own sender {sender}: {words}. Answers of customers"
                " would be lost: make that mailbox, or name one in TICKET24_MAIL_FROM"
            )
    return (
        f"does not relay our mail: {words}. Whoever runs it has to let {who} send"
        f" (or give us a login), and from {sender}"
    )


def _roots(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _words(error: BaseException) -> str:
    if isinstance(error, SMTPResponseException):
        return f"{error.code} {error.message}" if error.code > 0 else error.message
    return str(error) or type(error).__name__
