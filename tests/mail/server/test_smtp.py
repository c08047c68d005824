"""What the mailer promises, against a real mail server."""

import asyncio
from email import message_from_bytes, policy
from typing import ClassVar

import pytest
from aiosmtpd.smtp import SMTP as Server  # noqa: N811  A class of that name.
from smtp_words import MARIA, Address, mail

from ticket24.mail.server.refusals import Enough, NotNow, Refused, Unsure


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


async def test_a_refused_recipient_is_refused_for_good(mail_server, mailer):
    """A 5xx to the recipient is Refused, with the server's words."""
    mail_server.recipient_answers = {MARIA: "550 5.1.1 no Maria here"}

    with pytest.raises(Refused) as refusal:
        await mailer.send(mail(), MARIA)

    assert "550 5.1.1 no Maria here" == refusal.value.words
    assert [] == mail_server.mails


async def test_a_refused_recipient_harms_nobody_else(mail_server, mailer):
    """After a refusal the same connection carries the next mail, to its reader only."""
    mail_server.recipient_answers = {MARIA: "550 5.1.1 no Maria here"}
    with pytest.raises(Refused):
        await mailer.send(mail(), MARIA)

    await mailer.send(mail(), "joao@exämple.com")

    assert [["joao@xn--exmple-cua.com"]] == [e.rcpt_tos for e in mail_server.mails]
    assert 1 == len(mail_server.connections)


async def test_refused_content_is_refused_for_good(mail_server, mailer):
    """A 5xx to the content is Refused, and the connection stays of use."""
    mail_server.content_answers = ["554 5.7.1 smells of spam"]

    with pytest.raises(Refused) as refusal:
        await mailer.send(mail(), MARIA)
    await mailer.send(mail(), MARIA)

    assert "554 5.7.1 smells of spam" == refusal.value.words
    assert (1, 1) == (len(mail_server.mails), len(mail_server.connections))


async def test_a_mail_that_is_larger_than_the_server_says_is_not_sent(make_mailer):
    """It is refused for what is in it; smaller ones go on the same connection."""

    class Small:
        sizes: ClassVar[list[int]] = []

        async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
            self.sizes.append(len(envelope.content))
            return "250 OK"

    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Server(Small(), hostname="mail", data_size_limit=5_000), "127.0.0.1", 0
    )
    mailer = make_mailer(address=Address(server.sockets[0].getsockname()[1]))

    with pytest.raises(Refused) as refusal:
        await mailer.send(mail("x" * 70 + "\n" + "y\n" * 5_000), MARIA)
    await mailer.send(mail(), MARIA)
    server.close()

    assert refusal.value.of_content
    assert "552 5.3.4" in refusal.value.words
    assert 1 == len(Small.sizes)


@pytest.mark.parametrize("answer", ["451 4.7.1 greylisted", "421 closing", "hang up"])
async def test_a_recipient_can_be_put_off(mail_server, mailer, answer):
    """A 4xx or a lost line at the recipient is NotNow; the next try arrives."""
    mail_server.recipient_answers = {MARIA: answer}
    with pytest.raises(NotNow) as delay:
        await mailer.send(mail(), MARIA)

    mail_server.recipient_answers = {}
    await mailer.send(mail(), MARIA)

    assert delay.value.words.startswith(answer.replace("hang up", ""))
    assert 1 == len(mail_server.mails)


@pytest.mark.parametrize("answer", ["452 4.3.1 disk full", "hang up"])
async def test_content_can_be_put_off(mail_server, mailer, answer):
    """A 4xx or a lost line at the content is NotNow; the next try arrives."""
    mail_server.content_answers = [answer]
    with pytest.raises(NotNow) as delay:
        await mailer.send(mail(), MARIA)

    await mailer.send(mail(), MARIA)

    assert delay.value.words.startswith(answer.replace("hang up", ""))
    assert 1 == len(mail_server.mails)


async def test_a_line_that_dies_after_the_last_dot_leaves_us_unsure(
    mail_server, make_mailer
):
    """The server may have taken it: silence is told apart from every answer."""
    mail_server.content_answers = ["hang up", "421 4.3.0 closing", "250 ok"]
    mailer = make_mailer()
    with pytest.raises(Unsure):
        await mailer.send(mail(), MARIA)

    with pytest.raises(NotNow) as delay:
        await mailer.send(mail(), MARIA)
    mail_server.recipient_answers = {MARIA: "hang up"}
    with pytest.raises(NotNow) as lost:
        await mailer.send(mail(), MARIA)
    mail_server.recipient_answers, mail_server.thinking_seconds = {}, 600
    with pytest.raises(Unsure):
        await make_mailer(verdict_seconds=0.3).send(mail(), MARIA)

    assert not isinstance(delay.value, Unsure)
    assert not isinstance(lost.value, Unsure)


@pytest.mark.parametrize(
    "words",
    [
        "550 5.4.5 Daily user sending limit exceeded. For more information visit us",
        "550 5.4.5 Daily SMTP relay limit exceeded for customer.",
        "550 5.1.90 Your message can't be sent because you've reached your daily limit",
        "550 Domain example.org has exceeded the max emails per hour (25/25 (100%))",
        "550 User desk has exceeded its 24-hour sending limit. Messages to 250",
        "554 5.7.1 You have exceeded your hourly quota of messages",
        "554 Message rejected: sending quota reached, try again tomorrow",
        "554 5.7.0 Rate limit exceeded",
        "550 5.7.705 Access denied, tenant has exceeded threshold",
        "550 too many messages from this sender",
        "554 5.7.0 The limit on the number of allowed outgoing messages was exceeded.",
        "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException",
        "554 5.7.1 <DATA>: Data command rejected: only 10 messages per day",
        "550 5.7.1 Sender rate overlimit",
        "554 5.7.1 You have sent more than 300 mails within one hour",
        "550 5.7.233 Your message can't be sent because your tenant sent too much",
    ],
)
@pytest.mark.parametrize("at", ["recipient", "content"])
async def test_a_limit_on_what_we_send_is_no_refusal(mail_server, mailer, words, at):
    """Nothing is wrong with the mail; tomorrow, or in an hour, it is taken."""
    if at == "recipient":
        mail_server.recipient_answers = {MARIA: words}
    else:
        mail_server.content_answers = [words]
    with pytest.raises(Enough):
        await mailer.send(mail(), MARIA)

    mail_server.recipient_answers = {}
    await mailer.send(mail(), MARIA)

    assert 1 == len(mail_server.mails)


@pytest.mark.parametrize(
    "words",
    [
        "552 5.2.2 mailbox over quota",
        "552 5.3.4 Message size exceeds fixed maximum message size",
        "554 5.7.1 smells of spam",
        "550 5.1.1 no Maria here; see our daily digest",
        "550 5.2.1 The mailbox you try to reach has exceeded its daily limit",
        "552 5.7.0 This message was blocked because its content is dangerous",
    ],
)
async def test_what_is_wrong_with_this_mail_is_a_refusal(mail_server, mailer, words):
    """Waiting does not help a mail that is too large, unknown, full or unwanted."""
    mail_server.content_answers = [words]

    with pytest.raises(Refused) as refusal:
        await mailer.send(mail(), MARIA)

    assert words == refusal.value.words


@pytest.mark.parametrize("answer", ["251 forwarded", "252 taken", "200 ok"])
async def test_every_answer_that_begins_with_2_is_acceptance(
    mail_server, mailer, answer
):
    """Most servers say 250; to others nothing is sent again and again."""
    mail_server.content_answers = [answer]

    assert answer == await mailer.send(mail(), MARIA)


async def test_a_refused_sender_is_no_fault_of_the_mail(mail_server, mailer):
    """A 5xx to our own address waits for the operator, as NotNow."""
    mail_server.sender_answers = ["553 5.7.1 not your address"]

    with pytest.raises(NotNow) as delay:
        await mailer.send(mail(), MARIA)

    assert "553 5.7.1 not your address" == delay.value.words
