"""Encryption, logins, and servers with few places."""

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from smtp_words import MARIA, Address, MailerMaker, mail

from ticket24.mail.server.refusals import NotNow


@pytest.fixture
def certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[bool], ssl.SSLContext]:
    """Make the server's certificate for 127.0.0.1, trusted here or not."""

    def make(trusted: bool) -> ssl.SSLContext:  # noqa: FBT001  Reads as a claim.
        certificate, key = self_signed()
        bundle = tmp_path / "mail.pem"
        bundle.write_bytes(key + certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(bundle)
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
        return context

    return make


def self_signed() -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail")])
    now = dt.datetime.now(dt.UTC)
    host = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([host]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


@pytest.mark.parametrize(("tls", "encrypted"), [("auto", True), ("never", False)])
async def test_offered_encryption_is_taken(
    mail_server, make_mailer, certificate, tls, encrypted
):
    """STARTTLS is used if offered, whoever signed it, unless it is forbidden."""
    mail_server.certificate = certificate(trusted=False)

    await make_mailer(address=Address(mail_server.port, tls=tls)).send(mail(), MARIA)

    assert [encrypted] == mail_server.encrypted


async def test_required_encryption_is_checked(mail_server, make_mailer, certificate):
    """Required encryption with a trusted certificate carries the mail."""
    mail_server.certificate = certificate(trusted=True)
    address = Address(mail_server.port, tls="required")

    await make_mailer(address=address).send(mail(), MARIA)

    assert [True] == mail_server.encrypted


@pytest.mark.parametrize("user", ["", "desk"])
async def test_a_certificate_nobody_signed_is_not_trusted(
    mail_server, make_mailer, certificate, user
):
    """If encryption is required or a password is sent, the certificate must fit."""
    mail_server.certificate = certificate(trusted=False)
    address = Address(
        mail_server.port, tls="auto" if user else "required", user=user, password=user
    )

    with pytest.raises(NotNow, match="certificate verify failed"):
        await make_mailer(address=address).send(mail(), MARIA)

    assert [] == mail_server.mails


async def test_required_encryption_that_is_not_offered_stops_the_mail(
    mail_server, make_mailer
):
    """If STARTTLS is required but not offered, nothing is sent."""
    address = Address(mail_server.port, tls="required")

    with pytest.raises(NotNow, match="STARTTLS"):
        await make_mailer(address=address).send(mail(), MARIA)

    assert [] == mail_server.mails


async def test_encryption_from_the_first_byte(mail_server, make_mailer, certificate):
    """An smtps address is spoken to in TLS only."""
    listener = await asyncio.get_running_loop().create_server(
        mail_server.connect, "127.0.0.1", 0, ssl=certificate(trusted=True)
    )
    address = Address(listener.sockets[0].getsockname()[1], tls="implicit")
    mailer = make_mailer(address=address)

    await mailer.send(mail(), MARIA)
    await mailer.close()
    listener.close()

    assert [True] == mail_server.encrypted


async def test_a_login_is_used(mail_server, make_mailer):
    """If user and password are given, the mailer signs in with them."""
    mail_server.logins = {b"desk": b"geheim"}
    address = Address(mail_server.port, user="desk", password="geheim")

    await make_mailer(address=address).send(mail(), MARIA)

    assert [True] == mail_server.authenticated


async def test_a_wrong_login_is_no_fault_of_the_mail(mail_server, make_mailer):
    """A refused login waits for the operator, as NotNow with the server's words."""
    address = Address(mail_server.port, user="desk", password="wrong")

    with pytest.raises(NotNow, match="535"):
        await make_mailer(address=address).send(mail(), MARIA)

    assert [] == mail_server.mails


async def test_who_waits_while_the_server_says_no_to_all_does_not_ask_again(
    mail_server, make_mailer
):
    """A burst asks a server that refuses our login once; the next mail asks anew."""
    mail_server.logins = {b"desk": b"right"}
    address = Address(mail_server.port, user="desk", password="wrong")
    mailer = make_mailer(address=address, connections=1)

    async def send() -> None:
        with pytest.raises(NotNow):
            await mailer.send(mail(), MARIA)

    await asyncio.gather(*(send() for _ in range(9)))
    assert 1 == len(mail_server.connections)
    await send()
    assert 2 == len(mail_server.connections)


async def test_a_server_with_three_threads_gets_every_mail(
    mail_server: Any, make_mailer: MailerMaker
) -> None:
    """Most arrive at the first try: it says 432 a few times, not to every third."""
    mailer, refused = make_mailer(connections=16), 0
    mail_server.thinking_seconds = 0.02
    mail_server.most_threads = 3

    async def send(number: int) -> None:
        nonlocal refused
        while True:
            try:
                await mailer.send(mail(), f"{number}@example.com")
            except NotNow:
                refused += 1
            else:
                return

    await asyncio.gather(*map(send, range(60)))

    assert 60 == len(mail_server.mails)
    assert refused < 20
