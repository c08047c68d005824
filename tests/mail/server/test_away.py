"""A mail server that is away, silent, or in the middle of a mail."""

import asyncio
import errno

import pytest
from aiosmtplib import SMTP
from desk import until
from smtp_words import MARIA, Address, mail

from ticket24.mail.server.refusals import Away, NotNow, Refused


async def test_a_server_that_is_away_is_waited_for(make_mailer, unused_tcp_port):
    """If nobody listens a mail is NotNow, with words that name the server."""
    mailer = make_mailer(address=Address(unused_tcp_port))

    with pytest.raises(Away) as delay:
        await mailer.send(mail(), MARIA)

    assert f"127.0.0.1 on port {unused_tcp_port}" in delay.value.words


async def test_a_server_that_let_us_in_a_moment_ago_is_not_away(
    mail_server, make_mailer, unused_tcp_port
):
    """It may have enough connections of us; other mails need not wait for that."""

    async def asked():
        ports = [mail_server.port, unused_tcp_port]
        mailer = make_mailer(
            connect=lambda *_: SMTP(hostname="127.0.0.1", port=ports.pop(0))
        )
        await mailer.send(mail(), MARIA)
        mail_server.hang_up()
        with pytest.raises(NotNow) as caught:
            await mailer.send(mail(), MARIA)

        assert [] == ports
        return caught.type is NotNow

    assert await until(asked)  # The first time, where the machine does not pause.


async def test_no_descriptor_left_is_no_fault_of_the_server(make_mailer):
    """Nobody is away: the words name what is lacking, and how to put it right."""

    def lacking(*_):
        raise OSError(errno.EMFILE, "Too many open files")

    smtp = SMTP(hostname="127.0.0.1", port=1)
    smtp.connect = lacking
    mailer = make_mailer(connect=lambda *_: smtp)
    with pytest.raises(NotNow) as caught:
        await mailer.send(mail(), MARIA)

    assert caught.type is NotNow
    assert "raise LimitNOFILE=" in caught.value.words


async def test_a_silent_server_is_not_waited_for_forever(mail_server, make_mailer):
    """A server that does not answer in time makes the mail NotNow."""
    mailer = make_mailer(verdict_seconds=0.05)
    mail_server.thinking_seconds = 600

    with pytest.raises(NotNow, match="Timed out"):
        await mailer.send(mail(), MARIA)


async def test_a_verdict_may_take_longer_than_an_answer(mail_server, make_mailer):
    """A server that thinks about the content is given more time than otherwise."""
    mailer = make_mailer(answer_seconds=1)
    mail_server.thinking_seconds = 1.2

    async def sent():
        try:
            return await mailer.send(mail(), MARIA)
        except NotNow:  # The machine took long for an answer, not the server.
            return None

    await until(sent)

    assert mail_server.mails


@pytest.mark.parametrize(
    "address",
    [
        "",
        "maria@example.com>\r\nRCPT TO:<eve@example.com",
        "müller@example.com",
        "<maria@example.com>",
    ],
)
async def test_what_is_no_address_never_reaches_the_server(
    mail_server, mailer, address
):
    """An address that no server could take is Refused without asking one."""
    with pytest.raises(Refused, match="not an e-mail address"):
        await mailer.send(mail(), address)

    assert [] == mail_server.connections


async def test_a_cancelled_mail_leaves_no_half_open_line(mail_server, mailer):
    """Stopping in the middle of a mail gives its connection up, and the slot back."""
    mail_server.thinking_seconds = 600
    sending = asyncio.create_task(mailer.send(mail(), MARIA))
    await until(lambda: mail_server.threads)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending

    mail_server.thinking_seconds = 0
    await mailer.send(mail(), "joao@example.com")

    assert 2 == len(mail_server.connections)
    assert ["joao@example.com"] in [e.rcpt_tos for e in mail_server.mails]


async def test_close_waits_for_mails_under_way(mail_server, mailer):
    """Closing lets a mail finish, and leaves no connection open."""
    mail_server.thinking_seconds = 0.1
    sending = asyncio.create_task(mailer.send(mail(), MARIA))
    await until(lambda: mail_server.connections)

    await mailer.close()
    await mail_server.connections[0].gone.wait()

    assert (1, 0) == (len(mail_server.mails), mail_server.open)
    assert "250 2.0.0 kept as 1" == await sending
