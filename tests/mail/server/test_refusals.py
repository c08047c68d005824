"""What a mail server refuses: a recipient, a mail, or us, for good or for now."""

import asyncio
from typing import ClassVar

import pytest
from aiosmtpd.smtp import SMTP as Server  # noqa: N811  A class of that name.
from smtp_words import MARIA, Address, mail

from ticket24.mail.server.refusals import Enough, NotNow, Refused, Unsure


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
