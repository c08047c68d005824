"""Mails that nobody wrote are recognised, and those of people are not."""

from textwrap import dedent

import pytest

from ticket24.domain.arrivals.model import Automatic, Bounce, SenderVerdict
from ticket24.mail.arriving.reading import read


def _read(head, body="Hi", **settings):
    return read((dedent(head).strip() + "\n\n" + dedent(body)).encode(), **settings)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("Auto-Submitted: auto-replied", Automatic.OUT_OF_OFFICE),
        ("Auto-Submitted: auto-replied (vacation); x=y", Automatic.OUT_OF_OFFICE),
        ("Auto-Submitted: auto-generated", Automatic.OTHER),
        (
            "Auto-Submitted: auto-generated\nSubject: Automatische Antwort: Drucker",
            Automatic.OUT_OF_OFFICE,
        ),
        ("X-Autoreply: yes", Automatic.OUT_OF_OFFICE),
        ("X-Autorespond: Printer", Automatic.OUT_OF_OFFICE),
        ("Precedence: auto_reply", Automatic.OTHER),
        ("Return-Path: <>\nSubject: Abwesenheitsnotiz", Automatic.OUT_OF_OFFICE),
        (
            "X-Auto-Response-Suppress: All\nSubject: Respuesta automática: hola",
            Automatic.OUT_OF_OFFICE,
        ),
        (
            "Precedence: bulk\nSubject: Odpowiedź automatyczna: Re: x",
            Automatic.OUT_OF_OFFICE,
        ),
        ("List-Id: <all.example.com>", Automatic.LIST),
        ("Precedence: bulk\nList-Unsubscribe: <mailto:a@b.example>", Automatic.PERHAPS),
        ("Return-Path: <>", Automatic.PERHAPS),  # Servers that redirect send so, too.
        ("Return-Path: <>\nSubject: Abwesend bis Montag", Automatic.OUT_OF_OFFICE),
        ("Return-Path: <>\nSubject: Gelesen: Re: x", Automatic.OTHER),
        ("Return-Path: <>\nFrom: noreply@example.com", Automatic.OTHER),
        ("X-Auto-Response-Suppress: OOF\nX-Loop: crm@a.example", Automatic.PERHAPS),
        ("X-Boxbe-Info: please sign up", Automatic.CHALLENGE),
        (
            "Auto-Submitted: auto-replied\nFrom: x <antispamuol@uol.example>",
            Automatic.CHALLENGE,
        ),
        ("X-Ticket24-Kind: replied", Automatic.OWN),
        (f"Message-ID: <replied.{'0f' * 16}@acme.example>", Automatic.OWN),
        (
            "Content-Type: multipart/report; report-type=disposition-notification",
            Automatic.OTHER,
        ),
        (
            "Content-Type: multipart/report; report-type=delivery-status",
            Automatic.BOUNCE,
        ),
        ("X-Failed-Recipients: m@example.com", Automatic.BOUNCE),
        ("Return-Path: <>\nFrom: MAILER-DAEMON@example.com", Automatic.BOUNCE),
        # Before our subject programs put words; whether one did, somebody looks.
        ("Subject: Abwesenheitsnotiz: Re: [#51] Drucker", Automatic.PERHAPS),
        ("Subject: Auto Response: [#51] Printer", Automatic.PERHAPS),
        ("Subject: Undeliverable: Re: [#51] Printer", Automatic.PERHAPS),
        (
            f"From: microsoftexchange{'3e' * 16}@x.pl\nSubject: Unzustellbar: [#1]",
            Automatic.BOUNCE,
        ),
        (
            "From: postmaster@example.com\nPrecedence: junk\nSubject: Unzustellbar: x",
            Automatic.BOUNCE,
        ),
        # People:
        ("Auto-Submitted: no", Automatic.NONE),
        ("X-Autoreply: no", Automatic.NONE),
        ("Subject: Out of office for two weeks, who helps me?", Automatic.NONE),
        ("Subject: Undeliverable: your invoice", Automatic.NONE),
        ("Subject: Re: [#51] Out of office: how?", Automatic.NONE),
        ("Subject: Urlaub und [#51]", Automatic.NONE),
        ("X-Auto-Response-Suppress: DR, OOF, AutoReply", Automatic.NONE),
        ("Precedence: bulk", Automatic.NONE),
        ("From: no-reply@example.com", Automatic.NONE),
        ("From: postmaster@example.com\nSubject: Our mailbox", Automatic.NONE),
        ("List-Unsubscribe: <mailto:crm@example.com>", Automatic.NONE),
        ("Return-Path: <maria@example.com>", Automatic.NONE),
        ("X-Loop: customers@example.com", Automatic.NONE),
        ("Message-ID: <replied@example.com>", Automatic.NONE),
    ],
)
def test_a_machine_is_known_by_its_own_clear_word(head, kind):
    """One clear word of a machine is enough; one hint never is."""
    assert kind is _read(head).automatic


_REPORT = """
    --b

    Sorry.
    --b
    Content-Type: message/delivery-status

    Reporting-MTA: dns; mx.example.com

    Original-Recipient: rfc822;Maria@example.com
    Final-Recipient: rfc822;maria.s@example.com
    Action: {action}
    Status: {status}
    Diagnostic-Code: smtp; {words}

    --b
    Content-Type: text/rfc822-headers

    Message-ID: <replied.1@acme.example>
    X-Ticket24-Kind: replied

    --b--
    """


@pytest.mark.parametrize(
    ("action", "status", "words", "hard"),
    [
        ("failed", "5.1.1", "550 5.1.1 <maria.s@example.com>: User unknown", True),
        ("failed", "5.0.0", "550 5.1.10 RecipientNotFound", True),
        ("failed", "5.2.2", "452 4.2.2 Mailbox full", False),
        ("failed", "5.2.2", "552 5.2.2 The recipient's mailbox is full", False),
        ("failed", "5.0.0", "552 5.2.3 Message length exceeds limit of user", False),
        ("failed", "5.0.0", "550 User's mailbox: message too large", False),
        ("failed", "5.7.1", "550 5.7.1 Message looks like spam", False),
        ("failed", "5.4.7", "delivery time expired", False),
        ("delayed", "4.4.1", "connection timed out", False),
    ],
)
def test_a_bounce_says_whom_it_missed_and_why(action, status, words, hard):
    """A report is read: recipient, our mail's id, the server's words, hard or not."""
    arrival = _read(
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
        _REPORT.format(action=action, status=status, words=words),
    )

    assert Automatic.BOUNCE is arrival.automatic
    assert (
        Bounce(
            *(("maria@example.com",), hard, words, "<replied.1@acme.example>"),
            late=action == "delayed",
        ),
    ) == arrival.bounces


def test_a_bounce_in_words_alone_is_read_too():
    """What old servers write for people is recognised, with their words."""
    arrival = _read(
        """
        From: Mail Delivery System <MAILER-DAEMON@example.com>
        Return-Path: <>
        Subject: Mail delivery failed: returning message to sender
        X-Failed-Recipients: maria@example.com
        In-Reply-To: <replied.1@acme.example>
        """,
        """
        A message that you sent could not be delivered.

          maria@example.com
            550 5.1.1 no such user
        """,
    )

    assert (
        Bounce(
            ("maria@example.com",),
            hard=True,
            words="550 5.1.1 no such user",
            message_id="<replied.1@acme.example>",
        ),
    ) == arrival.bounces


@pytest.mark.parametrize(
    ("subject", "copy", "late"),
    [
        ("failure notice", "--- Below this line is a copy of the message.", False),
        ("Undeliverable: [#51] It is delayed", "-----Original Message-----", False),
        ("Nicht zustellbar: [#51] Lieferung verzögert", "Received: from us", False),
        ("Warning: message 1xyz delayed 24 hours", "Received: from us", True),
    ],
)
def test_what_our_own_mail_is_about_is_no_delay(subject, copy, late):
    """A mail to an address that is gone may tell of one, as parcels do."""
    arrival = _read(
        f"""
        From: Mail Delivery System <MAILER-DAEMON@example.com>
        Return-Path: <>
        Subject: {subject}
        X-Failed-Recipients: maria@example.com
        """,
        f"""
        550 5.1.1 no such user

        {copy}
        Return-Path: <support@example.com>
        Subject: [#51] My parcel is delayed

        Why is it delayed?
        """,
    )

    assert [late] == [one.late for one in arrival.bounces]
    assert [not late] == [one.hard for one in arrival.bounces]


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        (["mx.acme.example; dmarc=pass header.from=example.com"], "passed"),
        (
            ["MX.acme.example 1; dmarc=pass (p=none dis=none) header.from=example.com"],
            "passed",
        ),
        (["mx.acme.example; dmarc=fail header.from=example.com"], "failed"),
        (
            ["mx.acme.example; dmarc=fail action=quarantine header.from=example.com"],
            "failed",
        ),
        (["mx.acme.example; dkim=pass header.d=example.com"], "passed"),
        (["mx.acme.example; dkim=pass header.d=evil.example"], "missing"),
        (["mx.acme.example; spf=pass smtp.mailfrom=a@mail.example.com"], "passed"),
        (["mx.acme.example; spf=fail smtp.mailfrom=example.com"], "failed"),
        (["mx.acme.example; spf=softfail smtp.mailfrom=example.com"], "missing"),
        (
            [
                "mx.acme.example; spf=fail smtp.mailfrom=example.com",
                "mx.acme.example; dkim=pass header.d=example.com",
            ],
            "passed",
        ),
        (
            [
                "mx.acme.example; dkim=pass header.d=example.com",
                "mx.acme.example; dmarc=fail header.from=example.com",
            ],
            "failed",
        ),
        (["mx.acme.example; none"], "missing"),
        (["mx.evil.example; dmarc=pass header.from=example.com"], "missing"),
        (
            [
                "mx.evil.example; none",
                "mx.acme.example; dmarc=pass header.from=example.com",
            ],
            "missing",
        ),
        (
            [
                "mx.acme.example; none",
                "Received: x",
                "mx.acme.example; dmarc=pass header.from=example.com",
            ],
            "missing",
        ),
        (["mx.acme.example.evil; dmarc=pass header.from=example.com"], "missing"),
        (
            ['mx.acme.example; dmarc=pass ("; dmarc=fail) header.from=example.com'],
            "passed",
        ),
        ([";" * 3_000], "missing"),
        ([], "missing"),
    ],
)
def test_only_our_own_server_vouches_for_a_sender(results, verdict):
    """The verdict is that of the top-most header of our server, or there is none."""
    lines = [
        one if one.startswith("Received") else f"Authentication-Results: {one}"
        for one in results
    ]
    head = "\n".join([*lines, "From: maria@example.com"])

    found = read(f"{head}\n\n".encode(), authserv_id="mx.acme.example")

    assert SenderVerdict(verdict) is found.verdict
    if verdict != "failed":
        assert SenderVerdict.MISSING is read(f"{head}\n\n".encode()).verdict


_GROUP = (
    "Precedence: list\nMailing-list: list help@acme.example; contact help+owners@x\n"
    "List-ID: <help.acme.example>\nList-Post: <https://groups.google.com/a/acme.example"
    "/group/help/post>, <mailto:help@acme.example>\nList-Unsubscribe: <mailto:x@y>\n"
)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (_GROUP, Automatic.NONE),
        (f"{_GROUP}Subject: Out of office: Printer\n", Automatic.NONE),
        (f"{_GROUP}Auto-Submitted: auto-replied\n", Automatic.OUT_OF_OFFICE),
        (f"{_GROUP}List-Id: News <news.shop.example>\n", Automatic.LIST),
        (_GROUP.replace("acme.example", "evil-acme.example"), Automatic.LIST),
        (_GROUP.replace("acme.example", "acme.example.org"), Automatic.LIST),
    ],
)
def test_a_list_of_ours_is_how_mail_reaches_us(head, kind):
    """As a group of Google whose address is the one for support."""
    raw = f"{head}From: m@example.com\n\nHi".encode()

    assert kind is read(raw, our_domain="Acme.example").automatic
    assert Automatic.NONE is not read(raw).automatic


def test_what_a_rule_of_a_mailbox_sends_on_may_be_a_persons():
    """Exchange says then that a machine wrote it; so do answers by rules."""
    rule = "Auto-Submitted: auto-generated\nX-MS-Exchange-Inbox-Rules-Loop: a@b.c\n"

    def kind(head):
        return read(f"{head}From: m@example.com\n\nHi".encode()).automatic

    assert Automatic.PERHAPS is kind(rule)
    assert Automatic.OTHER is kind(f"{rule}X-Auto-Response-Suppress: All\n")
    assert Automatic.OUT_OF_OFFICE is kind(f"{rule}Subject: Automatic reply: Hi\n")


_MICROSOFTS = (
    "spf={} (sender IP is 192.0.2.7) smtp.mailfrom=example.com; acme.example;"
    " dkim={} (signature was verified) header.d=example.com;dmarc={} action=none"
    " header.from=example.com;compauth=pass reason=100"
)


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        (("pass", "none", "bestguesspass"), "passed"),
        (("none", "pass", "pass"), "passed"),
        (("fail", "none", "none"), "failed"),
        (("pass", "none", "fail"), "failed"),
        (("none", "none", "none"), "missing"),
    ],
)
def test_a_server_that_does_not_say_its_name_may_be_trusted(results, verdict):
    """If a setting says so, its top-most header counts, and no other one does."""
    ours = f"Authentication-Results: {_MICROSOFTS.format(*results)}\n"
    named = "Authentication-Results: mx.evil.example; dmarc=pass\n"
    end = "Received: from evil\nAuthentication-Results: dmarc=fail\nFrom: m@example.com"

    def found(head, id_="-"):
        return read(f"{head}{end}\n\n".encode(), authserv_id=id_).verdict

    assert SenderVerdict(verdict) is found(ours)
    assert SenderVerdict.MISSING is found(named + ours)
    assert SenderVerdict.MISSING is found(ours, "mx.acme.example")


def test_several_senders_are_never_vouched_for():
    """Two addresses in From fail, whatever our server says."""
    raw = (
        b"Authentication-Results: mx.acme.example; dmarc=pass header.from=example.com\n"
        b"From: maria@example.com, b@example.org\n\n"
    )

    assert SenderVerdict.FAILED is read(raw, authserv_id="mx.acme.example").verdict
