"""What is read in a mail that reached us, whatever it is made of."""

import struct
import time
from base64 import b64encode
from binascii import b2a_uu
from email.message import EmailMessage
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ticket24.domain.arrivals.model import Trouble
from ticket24.mail.arriving.outlook import unfolded
from ticket24.mail.arriving.reading import read


def _raw(head, body=b""):
    lines = dedent(head).strip().replace("\n", "\r\n")
    return lines.encode() + b"\r\n\r\n" + body


def test_an_ordinary_mail_is_read_with_all_that_its_head_says():
    """Names, addresses, ids, date and words of a mail are read in one spelling."""
    arrival = read(
        _raw(
            """
            From: =?utf-8?q?Maria_Souza?= <Maria@Example.com>
            To: support@acme.example, Team: carl@acme.example, dora@acme.example;
            Cc: "Müller, Jörg" <joerg@example.com>
            Subject: =?utf-8?b?UmU6IERydWNr?= =?utf-8?b?ZXI=?=
            Date: Mon, 30 Nov 2026 12:20:00 +0100
            Message-ID: <new@example.com>
            References: <old@acme.example> <older@acme.example>
            In-Reply-To: <old@acme.example>
            Content-Type: text/plain; charset=iso-8859-1
            """,
            "Grüße €".encode("cp1252"),
        )
    )

    assert ("maria@example.com",) == arrival.senders
    assert "Maria Souza" == arrival.sender_name
    assert (
        "support@acme.example",
        "carl@acme.example",
        "dora@acme.example",
    ) == arrival.to
    assert ("joerg@example.com",) == arrival.cc
    assert "Re: Drucker" == arrival.subject
    assert "2026-11-30T11:20:00+00:00" == arrival.at.isoformat()
    assert "<new@example.com>" == arrival.message_id
    assert ("<older@acme.example>", "<old@acme.example>") == arrival.references
    assert "Grüße €" == arrival.text


@pytest.mark.parametrize(
    ("value", "senders"),
    [
        ("a@example.com, b@example.com", ("a@example.com", "b@example.com")),
        ("a@example.com b@example.com", ("a@example.com", "b@example.com")),
        ('"a@example.com" <b@example.com>', ("b@example.com",)),
        ("a@example.com <b@example.com>", ("b@example.com",)),
        ("<a@example.com> <b@example.com>", ("a@example.com", "b@example.com")),
        ("b@example.com (a@example.com)", ("b@example.com",)),
        ("(<a@example.com>) B <b@example.com>", ("b@example.com",)),
        ('"x\\"<a@example.com>" <b@example.com>', ("b@example.com",)),
        ("=?utf-8?q?a=40example.com=2C?= <b@example.com>", ("b@example.com",)),
        ("=?utf-8?q?a=40example.com?=", ()),
        ("undisclosed-recipients:;", ()),
        ("<@relay.example:b@example.com>", ("b@example.com",)),
        ("", ()),
        ('@,;:<>()"\\', ()),
        ("Fabian <b@example.com", ("b@example.com",)),  # zammad#3066
        ("a@example.com <b@example.com", ("a@example.com", "b@example.com")),
        ("=?utf-8?Q?B=FCrle, =20Bob?= <b@example.com>", ("b@example.com",)),
    ],
)
def test_nobody_hides_his_address_behind_another(value, senders):
    """From has the addresses that a mail server sees there, and none from a name."""
    assert senders == read(f"From: {value}\r\n\r\nHi".encode()).senders


def test_two_headers_from_are_two_senders():
    """A mail with two headers From has both senders, so it is nobody's."""
    arrival = read(b"From: a@example.com\r\nFrom: b@example.com\r\n\r\nHi")

    assert ("a@example.com", "b@example.com") == arrival.senders


def test_hidden_line_breaks_stay_in_their_line():
    """An encoded word brings no line break into a subject or a name."""
    arrival = read(
        b"From: =?utf-8?q?M=0D=0ABcc=3A_x?= <m@example.com>\r\n"
        b"Subject: =?utf-8?q?a=0D=0AX-Ticket24-Kind=3A_b?=\r\n\r\n"
    )

    assert ("M Bcc: x", "a X-Ticket24-Kind: b") == (
        arrival.sender_name,
        arrival.subject,
    )


@pytest.mark.parametrize("date", ["Thu, 1 Jan 1970 00:00:00 GMT", "1 Jan 2099 0:0 UT"])
def test_a_date_may_be_of_any_year(date):
    """Dates in 1970 and 2099 are read as they are."""
    assert read(f"Date: {date}\r\n\r\n".encode()).at is not None


@pytest.mark.parametrize(
    "date", ["", "yesterday", "1 Jan 99999 99:99:99 +9999", "\x00", "9" * 9_999]
)
def test_what_is_no_date_is_none(date):
    """A date that is none does not keep a mail from being read."""
    arrival = read(f"Date: {date}\r\n\r\nHi".encode())

    assert (None, "Hi") == (arrival.at, arrival.text)


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [
        ("utf-8", "Grüße".encode(), "Grüße"),
        ("iso-8859-1", "Grüße".encode(), "Grüße"),
        ("utf-8", "Grüße".encode("cp1252"), "Grüße"),
        ("us-ascii", "„Grüße“".encode("cp1252"), "„Grüße“"),
        ("no-such-charset", "Grüße".encode("cp1252"), "Grüße"),
        ("base64", b"R3LDvMOfZQ==", "R3LDvMOfZQ=="),
        ("punycode", b"Hi", "Hi"),
        ("utf-7", b"+AGE- +ADw-script+AD4- +2AA-", "a <script> "),
        ("shift_jis", "こんにちは".encode("cp932"), "こんにちは"),
        ("cp-850", "Grüße".encode("cp850"), "Grüße"),
        ("_iso-2022-jp$esc", "日本".encode("iso-2022-jp"), "日本"),
        ("iso-8859-8-i", "שלום".encode("iso-8859-8"), "שלום"),
        ("gb2312", "你好".encode("gbk"), "你好"),
        ("utf-16", "Grüße".encode("utf-16"), "Grüße"),
        ("utf-16", "Grüße".encode("utf-16-be"), "Grüße"),
        ("utf-16", b"\xfe\xff" + "Grüße".encode("utf-16-be"), "Grüße"),
        ("x-mac-roman", "Grüße".encode("mac-roman"), "Grüße"),
        ("iso-2022-jp", "こんにちは".encode("iso-2022-jp"), "こんにちは"),
        # Nobody says what it is, or something else, and Windows has more characters.
        ("", "お問い合わせ".encode("iso-2022-jp"), "お問い合わせ"),
        ("utf-8", "テスト".encode("iso-2022-jp"), "テスト"),
        ("iso-2022-jp", b"\x1b$B%F-!-j\x1b(B ok", "テ①㈱ ok"),
        ("iso-2022-jp", b"\x1b(I12\x1b(B \x1b$B%\x1b(J!", "ｱｲ %!"),
        ("iso-2022-jp", "ほげ".encode(), "ほげ"),
        ("iso-8859-1", "Не работает".encode("cp1251"), "Не работает"),  # noqa: RUF001
        ("", "Не работает".encode("koi8-r"), "Не работает"),  # noqa: RUF001
        ("x-unknown", "ÄÖÜ, süß!".encode("cp1252"), "ÄÖÜ, süß!"),
        ("utf-8", b"a\x00b\x1bc\xe2\x80\xa8d", "abc\nd"),
    ],
)
def test_what_a_charset_claims_is_a_hint(charset, body, text):
    """Words are read in the charset in which they are, and without controls."""
    head = f"Content-Type: text/plain; charset={charset}"

    assert text == read(_raw(head, body)).text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<ol start=3><li>a<ul><li>b</ul><li>c</ol>", "3. a\n  - b\n4. c"),
        ("<ol><li value='7'>a<li>b</ol>", "7. a\n8. b"),
        ("<ul><li value=3>a</ul>", "- a"),
        ("10<sup>2</sup> m<sup>-3</sup>, 1<sup>st</sup>", "10² m⁻³, 1st"),
    ],
)
def test_numbers_stay_what_they_are(html, text):
    assert text == read(f"Content-Type: text/html\n\n{html}".encode()).text.strip()


_STUB = (
    b"Content-Type: multipart/alternative; boundary=b\n\n--b\n\nSee the HTML.\n"
    b"--b\nContent-Type: text/html\n\n<p>Hi</p>\n--b--\n"
)


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: text/html charset=utf-8\n\n<p>Hi</p>",
        b"Content-Type: text/html (rich)\n\n<p>Hi</p>",
        b"\r\n\nFrom: m@example.com\nContent-Type: text/html\n\n<p>Hi</p>",
        b"Content-Transfer-Encoding: base64 (as said)\n\nSGk=",
        _STUB,
    ],
)
def test_a_head_that_is_nearly_right_is_understood(raw):
    assert "Hi" == read(raw).text.strip()


_PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8


@pytest.mark.parametrize(
    ("source", "head"),
    [
        ("cid:a b@x", "Content-ID: <a b@x>"),
        ("cid:a%20b@x", "Content-ID: <a b@x>"),
        ("image001.png", "Content-ID: <image001.png>"),
        ("cid:a@x", "Content-ID: <a@x>\nContent-Disposition: attachment"),
    ],
)
def test_a_picture_stands_where_the_html_shows_it(source, head):
    """However that names it, and whatever its part says of itself."""
    mail = EmailMessage()
    mail.set_content(f'<p>See <img src="{source}"> there</p>', subtype="html")
    body = mail.get_payload(decode=True)
    raw = (
        b"Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html"
        b"\n\n%b\n--b\nContent-Type: image/png\n%b\n\n%b\n--b--"
    ) % (body, head.encode(), _PNG)

    arrival = read(raw)

    [picture] = arrival.attachments
    assert picture.inline
    assert f"See {picture.place} there" == arrival.text


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_a_picture_that_is_written_into_the_html_is_a_file(encoding):
    """Programs that paste screenshots write them so; they take no word's place."""
    data = b64encode(_PNG).decode()
    mail = EmailMessage()
    html = f'<p>One</p><img alt="" src="data:image/png;base64,{data}"><p>two</p>'
    mail.set_content("One\ntwo")
    mail.add_alternative(html, subtype="html", cte=encoding)

    arrival = read(mail.as_bytes())

    [picture] = arrival.attachments
    assert (_PNG, "image/png", True) == (
        picture.content,
        picture.type,
        picture.inline,
    )
    assert f"One\n\n{picture.place}\n\ntwo" == arrival.text


def test_what_is_no_picture_in_the_html_stays_as_it_is():
    """Broken, of another type, or in a file that is HTML."""
    html = (
        '<p>Hi<img src="data:image/png;base64,%%%"><a href="data:text/x;base64,YQ==">'
    )
    assert "Hi" == read(_raw("Content-Type: text/html", html.encode())).text
    page = f'<img src="data:image/png;base64,{b64encode(_PNG).decode()}">'.encode()
    head = "Content-Type: text/html\nContent-Disposition: attachment; filename=a.html"
    [file] = read(_raw(head, page)).attachments
    assert ("a.html", page) == (file.name, file.content)


def test_a_picture_between_two_texts_has_its_place_there():
    """As Apple Mail writes what has no HTML; one below all words is a file."""
    picture = b"--b\nContent-Type: image/png; name=a.png\n%b\n\n%b\n"
    words = b"--b\nContent-Type: text/plain\n\n%b\n"
    shown = picture % (b"Content-Disposition: inline; filename=a.png", _PNG)
    head = "Content-Type: multipart/mixed; boundary=b"

    said = read(_raw(head, words % b"One" + shown + words % b"two" + b"--b--"))
    last = read(_raw(head, words % b"One" + shown + b"--b--"))

    assert ("One\n\n[a.png]\n\ntwo", "One") == (said.text, last.text)
    assert [True, False] == [one.attachments[0].inline for one in (said, last)]
    assert [_PNG] * 2 == [one.attachments[0].content for one in (said, last)]


def test_a_file_below_the_text_is_one():
    """As programs wrote files before there were parts; what is none stays a text."""
    held = "".join(
        b2a_uu(_PNG[at : at + 45]).decode() for at in range(0, len(_PNG), 45)
    )
    files = f"begin 644 a.png\n{held}`\nend\n\nbegin 666 C:\\b c.txt\n#0V%T\n`\nend\n"

    arrival = read(_raw("Content-Type: text/plain", f"See below.\n\n{files}".encode()))

    assert "See below." == arrival.text.strip()
    assert [("a.png", _PNG), ("b c.txt", b"Cat")] == [
        (one.name, one.content) for one in arrival.attachments
    ]
    for text in (
        "begin 644 a.png\nnot so\nend",
        "begin with 644\nTHE\nend",
        files[:99],
    ):
        assert (text, ()) == (
            (arrival := read(_raw("Content-Type: text/plain", text.encode()))).text,
            arrival.attachments,
        )


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            '<p style="white-space: pre-wrap;">a\nb   c</p><p>d\ne</p>',
            "a\nb   c\n\nd e",
        ),
        (
            '<div style="white-space:pre-line">a\n<div>b\nc</div></div>d\ne',
            "a\nb\nc\nd e",
        ),
        ('<div style="white-space: normal">a\nb</div>', "a b"),
        ("<![if !vml]>a<![endif]><!--[if !mso]><!-->b<!--<![endif]-->", "ab"),
        (
            "<style><!--\n{x}</style><!--[if mso 9]><xml></xml><![endif]--><p>1</p>",
            "1",
        ),
    ],
)
def test_html_is_read_as_it_is_shown(html, text):
    """Line breaks stay where a style keeps them; what only Word reads is no word."""
    assert text == read(_raw("Content-Type: text/html", html.encode())).text


def test_a_text_with_a_name_is_a_file_and_not_said_as_well():
    """Except where nothing else is said: then it may be what somebody wrote."""
    part = "--b\nContent-Type: text/plain{}\nContent-Disposition: inline\n\n{}\n"
    named = part.format("; name=log.txt", "12:20 fault")
    head = "Content-Type: multipart/mixed; boundary=b"

    both = read(_raw(head, f"{part.format('', 'See there.')}{named}--b--".encode()))
    alone = read(_raw(head, f"{named}--b--".encode()))

    assert ("See there.", "12:20 fault") == (both.text, alone.text)
    assert ["log.txt"] * 2 == [one.attachments[0].name for one in (both, alone)]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("filename*=x-unknown''Pr%C3%BCfung.pdf", "Prüfung.pdf"),
        ("filename*=''Pr%FCfung.pdf", "Prüfung.pdf"),
        (
            "filename*0=35260915_v4.00-procNFe.x; filename*1=ml",
            "35260915_v4.00-procNFe.xml",
        ),
        ("filename*0*=utf-8''a%20; filename*1*=%C3%9F.pdf", "a ß.pdf"),
        ('filename="=?utf-8?B?w58ucGRm?="', "ß.pdf"),
        ("filename=\"b_.pdf\"; filename*=utf-8''%C3%9F.pdf", "ß.pdf"),
    ],
)
def test_a_file_has_the_name_that_its_part_says_however(value, name):
    """In pieces, with a charset or without, and in one that nobody knows."""
    head = f"Content-Type: application/pdf\nContent-Disposition: attachment; {value}"

    [file] = read(_raw(head, b"%PDF")).attachments

    assert name == file.name


@pytest.mark.parametrize("text", ["Grüße!", "Grüße!!", "Grüße!!!"])
def test_what_servers_write_below_an_encoded_text_is_no_part_of_it(text):
    """Nor is a text decoded that only claims to be encoded."""
    encoded = b64encode(text.encode()) + b"\r\n\r\n____\r\nThis mail was scanned.\r\n"
    head = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64"

    assert text == read(_raw(head, encoded)).text
    assert f"{text} So long." == read(_raw(head, f"{text} So long.".encode())).text


@pytest.mark.parametrize(
    ("value", "subject"),
    [
        (b"=?utf-8?B?R3LDvMOfZ?=", "Grüß"),
        ("Принтер не работает".encode("cp1251"), "Принтер не работает"),
        ("Re: Принтер".encode("koi8-r"), "Re: Принтер"),
        ("Grüße".encode("cp1252"), "Grüße"),
    ],
)
def test_a_subject_is_read_although_it_says_nothing_of_its_charset(value, subject):
    """As far as it can be read."""
    assert subject == read(b"Subject: " + value + b"\r\n\r\nHi").subject


def test_html_may_say_itself_in_what_it_is_written():
    """Where its head does not."""
    page = '<head><meta http-equiv="Content-Type" content="text/html; charset={}">'
    for charset in ("windows-1251", "iso-8859-2"):
        body = f"{page.format(charset)}</head><p>Łódź</p><p>Да</p>"
        raw = body.encode(charset, "replace")
        said = raw.decode(charset).partition("<p>")[2]

        text = read(_raw("Content-Type: text/html", raw)).text

        assert text.split() == said.replace("<p>", "").replace("</p>", " ").split()


def test_an_emoji_below_a_mail_is_all_that_is_said():
    """Gmail sends it as a mail, with words of its own and a part for machines."""
    reaction = "text/vnd.google.email-reaction+json"
    parts = (
        ("text/plain", "👍\n\nMaria reacted via Gmail <https://www.google.com>"),
        (reaction, '{{"emoji":"{}","version":1}}'),
        ("text/html", "<p>👍</p><p>Maria reacted via Gmail</p>"),
    )
    for emoji, said in (("👍", "👍"), ("<b>Buy</b>", "reacted via Gmail")):
        body = "".join(
            f"--b\r\nContent-Type: {type_}; charset=utf-8\r\n\r\n"
            f"{text.format(emoji)}\r\n"
            for type_, text in parts
        )
        head = "Content-Type: multipart/alternative; boundary=b"
        arrival = read(_raw(head, f"{body}--b--".encode()))

        assert said in arrival.text
        assert ("Maria" in arrival.text) == (emoji != said)
        assert () == arrival.attachments


def test_a_text_that_is_signed_in_itself_is_read_without_that():
    """PGP's lines go, and the dashes that it doubled."""
    signed = (
        "Hi,\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nIt works.\n- -- so\n"
        "-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----\nBye"
    )
    half = signed.partition("-----END")[0]

    def text(words):
        return read(_raw("Content-Type: text/plain", words.encode())).text

    assert "Hi,\nIt works.\n-- so\nBye" == text(signed)
    assert half == text(half)
    many = signed.replace("Bye", "-----BEGIN PGP SIGNED MESSAGE-----\n" * 20_000)
    assert text(many).startswith("Hi,\nIt works.")


def test_paragraphs_that_were_folded_are_whole():
    """Lines of a flowed text (RFC 3676) are put together, quotes for themselves."""
    body = b"One \r\nline.\r\n> a \r\n> b\r\n-- \r\nMaria"

    arrival = read(_raw("Content-Type: text/plain; format=flowed", body))

    assert "One line.\n> a b\n-- \nMaria" == arrival.text


def test_html_alone_is_read_as_text():
    """Of HTML the words are read: lines, lists, links and quotes as they look."""
    arrival = read(
        _raw(
            "Content-Type: text/html",
            b"<style>p{}</style><p>Hello <b>you</b>,</p><!-- no --><ul><li>one"
            b"<li><p>two</p></ul><a href='https://x.example/?a&amp;b'>here</a>, 1 < 2 "
            b"&amp; 3<blockquote><div>Old<br>words</div></blockquote>-- <br>Maria",
        )
    )

    assert (
        "Hello you,\n\n- one\n- two\nhere (https://x.example/?a&b), 1 < 2 & 3\n\n"
        "> Old\n> words\n\n-- \nMaria"
    ) == arrival.text


def test_pictures_stand_where_they_were_put():
    """An inline picture has its place in the text, and no two have one name."""
    mail = EmailMessage()
    mail.set_content("Look:")
    mail.add_alternative(
        '<p>Look:<img src="cid:a@x"></p>and<img src="cid:b@x">', "html"
    )
    for name in ("a", "b"):
        mail.get_payload()[1].add_related(
            b"\x89PNG\r\n\x1a\n" + bytes(3_000),
            "image",
            "png",
            cid=f"<{name}@x>",
            filename="image.png",
        )

    arrival = read(mail.as_bytes())

    assert "Look:[image.png]\n\nand[image (2).png]" == arrival.text
    assert ["[image.png]", "[image (2).png]"] == [
        one.place for one in arrival.attachments
    ]


def test_files_keep_their_names_and_their_bytes():
    """Files are whole, have safe names, and those for programs alone are folded."""
    mail = EmailMessage()
    mail.set_content("Here")
    mail.add_attachment(bytes(range(256)), "application", "x", filename="../ä.bin")
    mail.add_attachment("BEGIN:VCALENDAR", "calendar", filename="invite.ics")
    forwarded = EmailMessage()
    forwarded["Subject"] = "Offer"
    forwarded.set_content("Inside")
    mail.add_attachment(forwarded)

    files = read(mail.as_bytes()).attachments

    assert [("ä.bin", False), ("invite.ics", True), ("Offer.eml", False)] == [
        (one.name, one.folded) for one in files
    ]
    assert bytes(range(256)) == files[0].content


def _winmail(*sent, long_names=True):
    """Write a winmail.dat as Outlook does, with what it has besides files."""

    def attribute(number, value, level=2):
        head = struct.pack("<BII", level, number, len(value))
        return head + value + struct.pack("<H", sum(value) & 0xFFFF)

    def padded(value):
        return struct.pack("<I", len(value)) + value + b"\0" * (-len(value) % 4)

    parts = [struct.pack("<IH", 0x223E9F78, 1), attribute(0x69003, b"\0" * 4, 1)]
    for name, content in sent:
        wide = f"{name}\0".encode("utf-16-le")
        named = struct.pack("<HH", 0x1F, 0x8001) + b"g" * 16 + struct.pack("<II", 0, 9)
        properties = (
            struct.pack("<I", 3)
            + struct.pack("<HHI", 0x03, 0x0E20, len(content))
            + named
            + struct.pack("<I", 1)
            + padded(b"x\0\0\0")
            + struct.pack("<HHI", 0x1F, 0x3707, 1)
            + padded(wide)
        )
        parts += [
            attribute(0x69002, b"\0" * 14),
            attribute(0x18010, b"SHORT~1.PDF\0"),
            attribute(0x6800F, content),
            attribute(0x69005, properties) if long_names else b"",
        ]
    return b"".join(parts)


def test_files_that_outlook_hides_are_files():
    """Under their own names; where the words may be in there, too, it stays."""
    sent = ("Übersicht.pdf", b"%PDF-1.7"), ("../b.txt", b"hello" * 2_000)

    def names(raw, words="Here they are."):
        body = (
            f"--b\r\nContent-Type: text/plain\r\n\r\n{words}\r\n--b\r\n"
            "Content-Type: application/ms-tnef; name=winmail.dat\r\n\r\n"
        ).encode()
        head = "Content-Type: multipart/mixed; boundary=b"
        arrival = read(_raw(head, body + raw + b"\r\n--b--"))
        return [one.name for one in arrival.attachments], arrival.troubles

    whole = _winmail(*sent)
    outlook = (Trouble.OUTLOOK,)
    assert (["Übersicht.pdf", "b.txt"], ()) == names(whole)
    assert (["winmail.dat", "Übersicht.pdf", "b.txt"], outlook) == names(whole, "")
    short = _winmail(*sent, long_names=False)
    assert (["SHORT~1.PDF", "SHORT~1 (2).PDF"], ()) == names(short)
    for broken in (whole[:200], whole[:-20_000], b"", b"x" * 99, whole[::-1]):
        assert (["winmail.dat"], outlook) == names(broken)
    assert [(sent[0]), ("../b.txt", sent[1][1])] == [*unfolded(whole).files]
    many = _winmail(*[(f"{n}", b"x") for n in range(500)])
    assert 100 == len(unfolded(many).files)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 300))
def test_no_winmail_is_too_much(junk, at):
    """However it is broken, nothing raises."""
    whole = _winmail(("a.pdf", b"%PDF"), ("b.txt", b"b"))
    unfolded(whole[:at] + junk + whole[at + len(junk) :])


@pytest.mark.parametrize(
    ("type_", "name", "trouble"),
    [
        ("application/pkcs7-mime", "smime.p7m", Trouble.ENCRYPTED),
        ("application/ms-tnef", "winmail.dat", Trouble.OUTLOOK),
    ],
)
def test_what_only_a_key_opens_is_a_file_with_a_reason(type_, name, trouble):
    """A mail that cannot be read is kept as a file, and its trouble is named."""
    arrival = read(_raw(f"Content-Type: {type_}; name={name}", b"x"))

    assert ((trouble,), [name]) == (
        arrival.troubles,
        [one.name for one in arrival.attachments],
    )


@pytest.mark.parametrize(
    ("name", "mail"),
    [
        (
            "parts",
            b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 10_000,
        ),
        ("deep", b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 20_000),
        ("headers", b"X-A: b\n" * 150_000 + b"\nHi"),
        ("header", b"From: " + b'(("<@,' * 170_000 + b"\n\nHi"),
        ("words", b"Subject: " + b"=?utf-8?q?x?= " * 70_000 + b"\n\nHi"),
        ("lines", b"\n" + b">\n" * 128_000),
        ("blanks", b"\n" + b" " * 256_000),
        ("claims", b"Content-Transfer-Encoding: base64\n\n" + b" " * 2_000_000),
        ("tags", b"Content-Type: text/html\n\n" + b"<td><blockquote>" * 16_000),
        ("open", b"Content-Type: text/html\n\n" + b"<!--<style><a href='" * 12_000),
        ("nothing", b""),
        ("junk", bytes(range(256)) * 1_000),
        ("unfinished", b"Content-Type: multipart/mixed; boundary=b\n\n--b"),
        ("boundless", b"Content-Type: multipart/mixed\n\nHello"),
    ],
)
def test_no_mail_is_too_much(name, mail):
    """Mails made to take time or to break the reader are read at once."""

    def took():
        begun = time.process_time()
        read(mail)
        return time.process_time() - begun

    assert any(took() < 0.4 for _ in range(3))  # Neighbours may disturb it twice.


def test_an_unfinished_mail_is_read_as_far_as_it_goes():
    """A boundary that is missing, or is not that of the head, loses no words."""
    head = "Content-Type: multipart/mixed; boundary=lie"

    assert "Hello" == read(_raw(head, b"--b\r\n\r\nHello")).text
    assert "Hello" == read(_raw(head, b"Hello")).text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("{}It burns.\r\nAgain.\r\n", "It burns.\nAgain."),
        ("{}It burns.\r\n\r\nAgain.\r\n", "It burns.\n\nAgain."),
        ("{}Note: it burns\r\n\r\nAgain.\r\n", "Again."),
        ("{}folded badly\r\nX-More: 1\r\n\r\nAgain.\r\n", "Again."),
        (">From mary@x Mon Nov 30 12:00:00 2026\r\n{}\r\nAgain.", "Again."),
        ("{}bad\r\nContent-Transfer-Encoding: base64\r\n\r\nQWdhaW4u", "Again."),
        ("{}Content-Transfer-Encoding: base64\r\nbad\r\n\r\nQWdhaW4u", "Again."),
    ],
)
def test_words_right_below_the_head_are_the_mails(raw, text):
    """The empty line between them is missing in mails of some programs."""
    head = "From: Mary <mary@example.com>\r\nSubject: Fire\r\n"

    arrival = read(raw.format(head).encode())

    assert text == arrival.text.strip()
    assert ("mary@example.com",) == arrival.senders
    assert "Fire" == arrival.subject


def test_parts_right_below_the_head_are_all_read():
    """The heads of parts are none of the mail's."""
    head = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n"
    parts = "--b\r\nContent-Type: text/plain\r\n\r\n{}\r\n"
    body = "".join(parts.format(one) for one in ("It burns.", "Again."))

    arrival = read(f"{head}{body}--b--\r\n".encode())

    assert "It burns.\n\nAgain." == arrival.text


def test_a_part_without_head_and_empty_line_is_read():
    """Its first line says nothing of the part."""
    parts = b"--b\r\nIt burns.\r\n\r\nAgain.\r\n--b--\r\n"

    arrival = read(_raw("Content-Type: multipart/mixed; boundary=b", parts))

    assert "It burns.\n\nAgain." == arrival.text.strip()


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("Content-Type: text/html", "<pre>-----BEGIN PGP MESSAGE-----\nhQ==</pre>"),
        (
            "Content-Type: multipart/mixed; boundary=b",
            "--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b--",
        ),
    ],
)
def test_what_is_encrypted_says_so_whatever_wraps_it(head, body):
    """In HTML alone, or as Exchange forwards PGP/MIME."""
    assert (Trouble.ENCRYPTED,) == read(_raw(head, body.encode())).troubles


def test_utf_16_is_known_by_its_mark():
    """Without a charset in the head, and in either order of bytes."""
    for codec in ("utf-16", "utf-16-be"):
        raw = "\ufeff"[codec == "utf-16" :] + "<p>Grüße</p>"
        arrival = read(_raw("Content-Type: text/html", raw.encode(codec)))

        assert "Grüße" == arrival.text
