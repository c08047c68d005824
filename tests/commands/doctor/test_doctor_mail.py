"""A fault of the mail server is reported by its cause, with how to put it right."""

import asyncio
import contextlib
import datetime as dt
import socket
import ssl
from base64 import b64encode

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult
from aiosmtplib import SMTPConnectError, SMTPRecipientRefused
from desk import until

from ticket24.addresses import SmtpAddress
from ticket24.cli import mail as mailing
from ticket24.cli.doctor import mail as doctor_mail
from ticket24.cli.surroundings import Failure
from ticket24.mail.server.causes import cause, why_untrusted
from ticket24.pace import PACE, Pace
from ticket24.settings import Settings

SENDER = "desk@example.org"
PASSWORD = "pa/ss w%rd"
ENCODED = "pa%2Fss%20w%25rd"
AUTHORITY = trustme.CA()


class Server:
    """Says what it was told to; keeps what it takes."""

    def __init__(self):
        self.sender, self.recipient, self.logins = "250 OK", "250 OK", {}
        self.returns = ""
        self.mails = []

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        if "+" in address and self.returns:
            return self.returns
        if self.sender.startswith("2"):
            envelope.mail_from = address
        return self.sender

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if self.recipient.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.recipient.format(address)

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.mails.append(envelope)
        return "250 2.0.0 queued"

    def check(self, server, session, envelope, mechanism, login):
        good = self.logins.get(login.login) == login.password
        return AuthResult(success=good, handled=False)


@pytest.fixture
def trusted(tmp_path, monkeypatch):
    """Trust the authority, as an operator makes it known."""
    AUTHORITY.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


def certificate(name="localhost", **options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(name, **options).configure_cert(context)
    return context


@contextlib.asynccontextmanager
async def listening(server, *, tls=None, starttls=None, auth=False):
    loop = asyncio.get_running_loop()

    def protocol():
        return SMTP(
            server,
            hostname="mail",
            tls_context=starttls,
            authenticator=server.check if auth else None,
            auth_require_tls=not auth,
            loop=loop,
        )

    listener = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()


def settings(url):
    return Settings(smtp_url=url, mail_from=f"Acme <{SENDER}>", secret_key="s" * 32)


async def told(url, pace=PACE):
    return (await doctor_mail.smtp(settings(url), pace)).fault


@pytest.fixture
def server():
    return Server()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("", ""),
        ("553 5.7.1 not owned by desk", "553 5.7.1 not owned by desk (mails go all"),
        ("450 4.7.1 wait", ""),
    ],
)
async def test_an_address_to_come_back_to_is_tried_as_well(server, answer, told):
    """Where each mail has one of its own; else there is nothing to try."""
    server.returns = answer
    async with listening(server) as port:
        plain = settings(f"smtp://127.0.0.1:{port}")
        own = {"reply_address": "desk+{token}@example.org"}

        for update in (own, own | {"returns_to": "sender"}):
            fault = (await doctor_mail.smtp(plain.model_copy(update=update))).fault
            assert (told if "returns_to" not in update else "") in fault
            assert bool(fault) == bool(told and "returns_to" not in update)


async def test_nothing_is_wrong(server, trusted):
    """Encrypted, signed in, and our own sender as recipient; no mail is sent."""
    server.logins = {b"desk": PASSWORD.encode()}
    async with listening(server, starttls=certificate(), auth=True) as port:
        url = f"smtp://desk:{ENCODED}@localhost:{port}?starttls=required"

        assert "" == await told(url)
    assert [] == server.mails


@pytest.mark.parametrize(
    ("phase", "answer", "faults"),
    [
        (
            "recipient",
            "554 5.7.1 <{}>: Relay access denied",
            [
                "does not relay our mail: 554 5.7.1 <desk@example.org>: Relay access",
                "has to let this machine send",
            ],
        ),
        ("recipient", "550 5.1.1 <{}> user unknown", ["does not know our own sender"]),
        (
            "sender",
            "553 5.7.1 not owned by user",
            [
                "refuses our sender desk@example.org: 553 5.7.1 not owned by user.",
                "TICKET24_MAIL_FROM must be an address that this machine may send from",
            ],
        ),
    ],
)
async def test_a_relay_that_refuses_us(server, phase, answer, faults):
    """This includes one that says so at the recipient, as most do."""
    setattr(server, phase, answer)
    async with listening(server) as port:
        fault = await told(f"smtp://localhost:{port}")

    assert [] == [one for one in faults if one not in fault]


async def test_greylisting_is_no_fault(server):
    """It lets each new recipient wait, and mail goes."""
    server.recipient = "450 4.2.0 Greylisted, see you in 5 minutes"
    async with listening(server) as port:
        assert "" == await told(f"smtp://localhost:{port}")


async def test_a_wrong_password(server, trusted):
    """The fault is named as such, and no line contains the password."""
    async with listening(server, starttls=certificate(), auth=True) as port:
        fault = await told(f"smtp://desk:{ENCODED}@localhost:{port}")

    assert "refuses our login: 535" in fault
    assert PASSWORD not in fault


async def test_tls_where_none_is_expected_and_the_reverse(server):
    """Which scheme the port wants is told."""
    pace = Pace(greeting_seconds=0.2)
    soon = Pace(greeting_seconds=0.2, smtp_seconds=0.2)
    async with listening(server, tls=certificate()) as port:
        url = f"smtp://localhost:{port}"
        # It has to answer soon, which a busy machine may not the first time.
        plain = "Write smtps:// instead of smtp://"

        async def found():
            return plain in await told(url, pace)

        async def refused():
            with pytest.raises(Failure) as caught:
                await mailing.test(settings(url), "m@example.com", soon)
            return plain in str(caught.value.message)

        assert await until(found)
        assert await until(refused)
    async with listening(server) as port:
        encrypted = await told(f"smtps://localhost:{port}", pace)

    assert "write smtp:// instead of smtps://" in encrypted


@pytest.mark.parametrize(
    ("name", "days", "fault"),
    [
        ("other.example", 1, "has a certificate for another name than localhost"),
        ("localhost", -1, "has a certificate that has expired"),
    ],
)
async def test_a_certificate_that_is_wrong(server, trusted, name, days, fault):
    """Whose fault it is depends on what is wrong."""
    until = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
    tls = certificate(name, not_after=until)
    async with listening(server, tls=tls) as port:
        assert fault in await told(f"smtps://localhost:{port}")


async def test_an_untrusted_certificate_names_the_trust_store(server, monkeypatch):
    """It also says how to add one's own authority."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    async with listening(server, tls=certificate()) as port:
        fault = await told(f"smtps://localhost:{port}")

    assert "nobody whom we trust has signed" in fault
    store = ssl.get_default_verify_paths()
    assert f"trusts the authorities in {store.cafile or store.capath}" in fault
    assert "SSL_CERT_FILE" in fault


def test_a_certificate_that_signed_itself_is_the_one_to_trust():
    """Who has no authority at all is not told to look for one."""
    error = ssl.SSLCertVerificationError()
    error.verify_code = 18

    told = why_untrusted(error, "mail.example.com", "TICKET24_SMTP_URL")

    assert told.startswith("signed its certificate itself. If it is the right one, ")
    assert "put that certificate there" in told


async def test_what_is_not_offered(server):
    """Encryption that is required; a login where we have one."""
    async with listening(server) as port:
        tls = await told(f"smtp://localhost:{port}?starttls=required")
        login = await told(f"smtp://desk:secret@localhost:{port}")

    assert "offers no STARTTLS" in tls
    assert "offers no login" in login


async def test_what_is_no_mail_server():
    """A web server, and a port at which nobody listens."""

    async def http(reader, writer):
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    listener = await asyncio.start_server(http, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    answers = await told(f"smtp://localhost:{port}")
    listener.close()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    closed = await told(f"smtp://localhost:{port}")

    assert "is not a mail server: " in answers
    assert "refuses the connection: nothing listens there" in closed


@pytest.mark.parametrize(
    ("step", "error", "fault"),
    [
        ("tcp", TimeoutError(), "does not answer at all: a firewall"),
        ("tcp", socket.gaierror(-2, "unknown"), "there is no such host name"),
        ("tcp", socket.gaierror(socket.EAI_AGAIN, "x"), "name servers of this machine"),
        ("AUTH", TimeoutError(), "is silent after our login, as servers do with"),
        ("connect", TimeoutError(), "is silent before it greets"),
        ("connect", SMTPConnectError("x: Unexpected EOF received"), "hangs up before"),
        (
            "RCPT",
            SMTPRecipientRefused(450, "4.1.8 Sender address rejected: no domain", "x"),
            "refuses our sender desk@example.org: 450 4.1.8",
        ),
    ],
)
def test_silence_is_told_by_where_it_begins(step, error, fault):
    """A firewall, a name, a login: each is somebody else's."""
    address = SmtpAddress("mail.example.com", 587, "desk", "secret")

    assert fault in cause(address, SENDER, step, error)


async def test_a_trial_mail_shows_the_dialogue(server, trusted, capsys):
    """It is sent as by a worker; the password is nowhere, however wrapped."""
    server.logins = {b"desk": PASSWORD.encode()}
    async with listening(server, starttls=certificate(), auth=True) as port:
        url = f"smtp://desk:{ENCODED}@localhost:{port}?starttls=required"
        await mailing.test(settings(url), "maria@example.com", PACE)
    said = capsys.readouterr().out

    (mail,) = server.mails
    assert (SENDER, ["maria@example.com"]) == (mail.mail_from, mail.rcpt_tos)
    assert "> STARTTLS\n< 220" in said
    assert "> AUTH PLAIN ***\n< 235" in said or "> AUTH LOGIN ***\n< 334" in said
    assert f"> MAIL FROM:<{SENDER}>\n< 250 OK\n> RCPT TO:<maria@example.com>" in said
    assert "< 250 2.0.0 queued" in said
    for secret in (PASSWORD.encode(), b"\0desk\0" + PASSWORD.encode()):
        assert secret.decode() not in said
        assert b64encode(secret).decode() not in said


async def test_a_trial_mail_that_is_not_taken_fails(server, capsys):
    """The cause comes after the dialogue."""
    server.recipient = "554 5.7.1 <{}>: Relay access denied"
    async with listening(server) as port:
        with pytest.raises(Failure, match="does not relay our mail"):
            await mailing.test(
                settings(f"smtp://localhost:{port}"), "m@example.com", PACE
            )

    assert "< 554 5.7.1 <m@example.com>: Relay access denied" in capsys.readouterr().out
