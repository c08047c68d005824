"""What the mailer promises, against a real mail server."""

import asyncio
from email import message_from_bytes, policy

import pytest
from smtp_words import MARIA, mail

from ticket24.mail.server.refusals import Refused


async def test_a_mail_arrives_and_the_servers_words_come_back(mail_server, mailer):
    """An accepted mail is in the mailbox as it was written."""
    words = await mailer.send(mail(), MARIA)

    assert "250 2.0.0 kept as 1" == words
    (envelope,) = mail_server.mails
    assert ("desk@example.org", [MARIA]) == (envelope.mail_from, envelope.rcpt_tos)
    arrived = message_from_bytes(envelope.content, policy=policy.default)
    assert "Es grüßt 🔥\n.\nEnde\n" == arrived.get_content().replace("\r\n", "\n")
    assert envelope.content.isascii()


async def test_a_mail_leaves_from_where_it_comes_back_to(mail_server, mailer):
    """Whom it is from, as people read it, stays."""
    back = "desk+abc@example.org"

    for _ in range(2):
        await mailer.send(mail(), MARIA, returns_to=back)
    await mailer.send(mail(), MARIA)

    assert [back, back, "desk@example.org"] == [e.mail_from for e in mail_server.mails]
    assert 1 == len(mail_server.connections)


async def test_where_a_mail_comes_back_to_is_told_in_ascii(mail_server, mailer):
    """Whatever letters its domain has for people."""
    await mailer.send(mail(), MARIA, returns_to="desk+abc@müller.example")

    (envelope,) = mail_server.mails
    assert "desk+abc@xn--mller-kva.example" == envelope.mail_from


@pytest.mark.parametrize("phase", ["MAIL", "unverified", "RCPT", "DATA", "unnamed"])
async def test_a_server_that_takes_one_sender_gets_that_one(mail_server, mailer, phase):
    """No mail waits for that, at whatever step it says so, and be it for now."""
    mail_server.only_sender, mail_server.no_other_at = "desk@example.org", phase

    for _ in range(3):
        await mailer.send(mail(), MARIA, returns_to="desk+abc@example.org")

    assert ["desk@example.org"] * 3 == [e.mail_from for e in mail_server.mails]
    assert 2 >= len(mail_server.connections)


async def test_words_of_a_server_hold_no_address_that_we_signed(mail_server, mailer):
    """Whoever reads a log could answer there in somebody's name."""
    signed = f"desk+{'mz' * 20}@example.org"
    words = f"554 5.7.1 <{signed.upper()}>: rejected, write to <{MARIA}>"
    mail_server.content_answers = [words, words]

    with pytest.raises(Refused) as refused:
        await mailer.send(mail(), MARIA, returns_to=signed)

    told = f"{refused.value.words} {refused.value.why.about}"
    assert "mz" not in told.lower()
    said = f"554 5.7.1 <DESK+…@EXAMPLE.ORG>: rejected, write to <{MARIA}>"
    assert 2 == told.count(said)


async def test_mails_share_a_connection(mail_server, mailer):
    """Mails one after the other go over one connection."""
    for _ in range(3):
        await mailer.send(mail(), MARIA)

    assert (3, 1) == (len(mail_server.mails), len(mail_server.connections))


async def test_many_mails_use_no_more_connections_than_allowed(
    mail_server, make_mailer
):
    """However many mails wait, there are never more connections than allowed."""
    mailer = make_mailer(connections=3)
    mail_server.thinking_seconds = 0.01

    await asyncio.gather(*(mailer.send(mail(), MARIA) for _ in range(20)))

    assert (20, 3) == (len(mail_server.mails), mail_server.most_open)


async def test_a_connection_is_closed_when_idle(mail_server, make_mailer):
    """A connection nobody used for a while is given back to the server."""
    mailer = make_mailer(idle_seconds=0.05)
    await mailer.send(mail(), MARIA)

    await mail_server.connections[0].gone.wait()
    assert 0 == mail_server.open

    await mailer.send(mail(), MARIA)
    assert (2, 2) == (len(mail_server.mails), len(mail_server.connections))


async def test_use_postpones_the_end_of_a_connection(mail_server, make_mailer):
    """The idle time counts from the last mail, not from the first."""
    mailer, now = make_mailer(idle_seconds=1), asyncio.get_running_loop().time
    hurried = False
    while not hurried:  # Else a pause of the machine was too long for this test.
        await mailer.send(mail(), MARIA)
        used, pauses = len(mail_server.connections), []
        for _ in range(3):
            since = now()
            await asyncio.sleep(0.4)
            pauses.append(now() - since)
            await mailer.send(mail(), MARIA)
        hurried = max(pauses) < 0.9

    assert used == len(mail_server.connections)


async def test_a_lost_connection_is_replaced(mail_server, mailer):
    """A connection that the server closed meanwhile costs no mail."""
    await mailer.send(mail(), MARIA)
    mail_server.hang_up()
    await mailer.send(mail(), MARIA)

    mail_server.hang_up()
    await mail_server.connections[1].gone.wait()
    await asyncio.sleep(0.05)
    await mailer.send(mail(), MARIA)

    assert (3, 3) == (len(mail_server.mails), len(mail_server.connections))


async def test_a_connection_the_server_is_tired_of_is_replaced(mail_server, mailer):
    """A 421 at the start of a mail on a kept connection costs no mail."""
    await mailer.send(mail(), MARIA)
    mail_server.sender_answers = ["421 4.4.2 too long idle"]

    await mailer.send(mail(), MARIA)

    assert (2, 2) == (len(mail_server.mails), len(mail_server.connections))
