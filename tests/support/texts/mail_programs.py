"""What mail programs make of an answer and the mail that it answers.

Each is written down as its mails look: what stands above the quoted words, how they are
marked, and what becomes of HTML in a plain text.
"""

import textwrap
from binascii import b2a_qp
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from html import escape
from html.parser import HTMLParser

from babel.dates import format_datetime


@dataclass(frozen=True)
class Original:
    """The mail that is answered."""

    name: str
    address: str
    to_name: str
    to_address: str
    subject: str
    at: datetime
    text: str
    html: str


class _Shown(HTMLParser):
    """HTML as programs show it without: links in brackets, cells one below another."""

    def __init__(self, *, stars: bool) -> None:
        super().__init__()
        self.parts, self.links, self.silent, self.stars = [], [], 0, stars

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.silent += tag in {"style", "title"}
        if tag in {"br", "div", "p", "tr", "td", "li", "h1", "table", "ul"}:
            self.parts.append("\n")
        if tag == "img":
            self.parts.append(f"[image: {attrs.get('alt', '')}]" if self.stars else "")
        if tag == "li":
            self.parts.append("   - " if self.stars else "  *   ")
        if tag == "a":
            self.links.append(attrs.get("href", ""))
        if tag in {"b", "h1"} and self.stars:
            self.parts.append("*")

    def handle_endtag(self, tag):
        self.silent -= tag in {"style", "title"}
        if tag in {"b", "h1"} and self.stars:
            self.parts.append("*")
        if tag == "a":
            self.parts.append(
                f" <{self.links.pop()}>" if self.stars else f"<{self.links.pop()}>"
            )
        if tag in {"p", "h1", "table"}:
            self.parts.append("\n")

    def handle_data(self, data):
        if not self.silent:
            words = " ".join(data.split())
            self.parts.append(
                f"{' ' * data[:1].isspace()}{words}{' ' * data[-1:].isspace()}"
            )


@cache
def shown(html, *, stars=False):
    reader = _Shown(stars=stars)
    reader.feed(html)
    lines = [line.strip() for line in "".join(reader.parts).split("\n")]
    kept = [line for at, line in enumerate(lines) if line or (at and lines[at - 1])]
    return "\n".join(kept).strip("\n")


def marked(text, sign="> "):
    return "\n".join(
        (">" if line.startswith(">") else sign.rstrip() if not line else sign) + line
        for line in text.split("\n")
    )


def wrapped(text, width=72):
    lines = []
    for line in text.split("\n"):
        if len(line) <= width:
            lines.append(line)
            continue
        lines += textwrap.wrap(
            line, width, break_long_words=False, break_on_hyphens=False
        ) or [""]
    return "\n".join(lines)


def as_html(words):
    return "".join(f"<div>{escape(line) or '<br>'}</div>" for line in words.split("\n"))


@cache
def body(html):
    """Return what stands in the body of an HTML page."""
    inside = html.partition("<body")[2].partition(">")[2]
    return inside.rpartition("</body>")[0] or html


def wrote(words, program, original):
    """Return the line above a quote."""
    line = _dated(words["wrote"][program], original.at, words["locale"])
    return line.replace("{name}", original.name).replace("{address}", original.address)


_FIELDS = (
    "EEEE",
    "EEE",
    "MMMM",
    "MMM",
    "MM",
    "M",
    "dd",
    "d",
    "yy",
    "y",
    "h",
    "H",
    "mm",
)


@cache
def _dated(pattern, at, locale):
    for field in (*_FIELDS, "a"):
        if f"{{{field}}}" in pattern:
            said = _formatted(at, field, locale)
            pattern = pattern.replace(f"{{{field}}}", said)
    return pattern


@cache
def _formatted(at, pattern, locale):
    return format_datetime(at, pattern, locale=locale)


def _date(original, words, pattern="EEEE, d. MMMM y HH:mm"):
    return _formatted(original.at, pattern, words["locale"])


def _head(original, words, sent="sent", space=""):
    """Return the lines From, Sent, To and Subject above a quote."""
    label = words["labels"]
    return (
        f"{label['from']}{space}: {original.name} <{original.address}>\n"
        f"{label[sent]}{space}: {_date(original, words)}\n"
        f"{label['to']}{space}: {original.to_name} <{original.to_address}>\n"
        f"{label['subject']}{space}: {original.subject}"
    )


def _bold(head):
    pairs = (line.partition(":") for line in head.split("\n"))
    return "<br>".join(f"<b>{escape(a)}:</b>{escape(b)}" for a, _, b in pairs)


@dataclass(frozen=True)
class Parts:
    """The two forms of a mail; "" for one that it does not have."""

    plain: str
    html: str = ""
    flowed: bool = False

    def raw(self, head):
        forms = [("plain", self.plain), ("html", self.html)]
        parts = [_part(kind, text, self.flowed) for kind, text in forms if text]
        if len(parts) == 1:
            return f"{head}\r\n".encode() + parts[0]
        begun = f"{head}\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
        return begun.encode() + b"".join(b"--b\r\n" + one for one in parts) + b"--b--"


def _part(kind, text, flowed):
    more = "; format=flowed" * (flowed and kind == "plain")
    encoded = b2a_qp(text.encode()).replace(b"\n", b"\r\n")
    return (
        (
            f"Content-Type: text/{kind}; charset=utf-8{more}\r\n"
            "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        ).encode()
        + encoded
        + b"\r\n"
    )


def gmail(answer, original, words):
    line = wrote(words, "gmail", original)
    quoted = marked(wrapped(shown(original.html, stars=True)))
    html = (
        f'<div dir="ltr">{as_html(answer)}</div><br><div class="gmail_quote">'
        f'<div dir="ltr" class="gmail_attr">{escape(line)}<br></div>'
        '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex">'
        f"{body(original.html)}</blockquote></div>"
    )
    return Parts(f"{wrapped(answer, 998)}\n\n{wrapped(line, 76)}\n\n{quoted}\n", html)


def outlook(answer, original, words):
    """Outlook on a desk: no marks, a head above, and links of a filter."""
    head = _head(original, words)
    safe = original.html.replace(
        'href="https://',
        'href="https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2F',
    )
    html = (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!--'
        "p.MsoNormal {margin:0cm;}--></style></head><body><div class=WordSection1>"
        + "".join(
            f"<p class=MsoNormal>{escape(one) or '<o:p>&nbsp;</o:p>'}</p>"
            for one in answer.split("\n")
        )
        + "<p class=MsoNormal><o:p>&nbsp;</o:p></p>"
        "<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm "
        "0cm 0cm'>"
        f"<p class=MsoNormal>{_bold(head)}<o:p></o:p></p></div>{body(safe)}</div>"
        "</body></html>"
    )
    return Parts(f"{answer}\n\n \n\n{head}\n\n{shown(safe)}\n", html)


def outlook_plain(answer, original, words):
    """Outlook that writes text: a line of dashes with words above the head."""
    head = _head(original, words)
    title = f"-----{words['labels']['original']}-----"
    return Parts(f"{answer}\n\n{title}\n{head}\n\n{original.text}\n")


def outlook_web(answer, original, words):
    head = _head(original, words, space=" " if words["locale"] == "fr_FR" else "")
    html = (
        f'<html><body><div class="elementToProof">{as_html(answer)}</div>'
        '<div id="appendonsend"></div><hr style="display:inline-block;width:98%">'
        f'<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri">{_bold(head)}</font>'
        f"<div>&nbsp;</div></div>{body(original.html)}</body></html>"
    )
    return Parts(f"{answer}\n\n{'_' * 32}\n{head}\n\n{shown(original.html)}\n", html)


def outlook_mobile(answer, original, words):
    """HTML alone, with the program's own line above the quote."""
    head = _head(original, words)
    return Parts(
        "",
        f"<html><body>{as_html(answer)}"
        '<div id="mail-editor-reference-message-container"><div '
        'class="ms-outlook-mobile-reference-message">'
        '<hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg" '
        'style="padding:3pt 0in">'
        f"{_bold(head)}</div>{body(original.html)}</div></div></body></html>",
    )


def apple_mail(answer, original, words):
    line = wrote(words, "apple", original)
    html = (
        f'<html><body>{as_html(answer)}<div><br><blockquote type="cite"><div>'
        f"{escape(line)}</div>"
        f'<br class="Apple-interchange-newline">{body(original.html)}</blockquote>'
        "</div></body></html>"
    )
    quoted = marked(f"{line}\n\n{shown(original.html)}")
    return Parts(f"{answer}\n\n{quoted}\n", html)


def ios(answer, original, words):
    if answer != words["again"]:
        answer = f"{answer}\n\n{words['labels']['phone']}"
    line = wrote(words, "apple", original)
    html = (
        f'<html><body dir="auto">{as_html(answer)}<div dir="ltr"><br><blockquote '
        'type="cite">'
        f'{escape(line)}<br><br></blockquote></div><blockquote type="cite">'
        f'<div dir="ltr">\ufeff{body(original.html)}</div></blockquote></body></html>'
    )
    quoted = marked(f"{line}\n\n\ufeff{shown(original.html)}")
    return Parts(f"{answer}\n\n{quoted}\n", html)


def thunderbird(answer, original, words):
    line = wrote(words, "thunderbird", original)
    quoted = marked(wrapped(original.text.partition("\n-- \n")[0]))
    # What would look quoted has a space before it (RFC 3676).
    said = (f" {one}" if one[:1] in {" ", ">"} else one for one in answer.split("\n"))
    return Parts("\n".join([*said, "", line, quoted, ""]), flowed=True)


def thunderbird_html(answer, original, words):
    line = wrote(words, "thunderbird", original)
    html = (
        f'<html><body>{as_html(answer)}<div class="moz-cite-prefix">'
        f"{escape(line)}<br></div>"
        '<blockquote type="cite" cite="mid:1@acme.example">'
        f"{body(original.html)}</blockquote></body></html>"
    )
    return Parts("", html)


def yahoo(answer, original, words):
    line = wrote(words, "yahoo", original)
    html = (
        f'<html><body><div class="yahoo-style-wrap">{as_html(answer)}</div><div '
        'id="yahoo_quoted_1" class="yahoo_quoted">'
        f"<div><div>{escape(line)}</div><div><br></div><div><br></div>"
        f"{body(original.html)}</div></div></body></html>"
    )
    return Parts(f" {answer}\n    {line}  \n \n {shown(original.html)}   \n", html)


def gmx(answer, original, words):
    """GMX and web.de: a head that begins with the date, and HTML alone."""
    label = words["labels"]
    head = (
        f"{label['sent']}: {_date(original, words)} Uhr\n"
        f"{label['from']}: {original.name} <{original.address}>\n"
        f"{label['to']}: {original.to_address}\n"
        f"{label['subject']}: {original.subject}"
    )
    html = (
        '<html><head></head><body><div style="font-family: Verdana">'
        f"{as_html(answer)}<div>&nbsp;"
        '<div name="quote" style="margin:10px 5px 5px 10px; border-left:2px solid '
        '#C3D9E5;">'
        f'<div style="margin:0 0 10px 0;">{_bold(head)}</div>'
        f'<div name="quoted-content">{body(original.html)}</div></div></div></div>'
        "</body></html>"
    )
    return Parts("", html)


def roundcube(answer, original, words):
    line = wrote(words, "roundcube", original)
    quoted = marked(wrapped(original.text, 74))
    return Parts(f"{answer}\n\n{line}\n{quoted}\n")


def proton(answer, original, words):
    line = wrote(words, "proton", original)
    html = (
        f'<div style="font-family: Arial">{as_html(answer)}</div><div '
        f'class="protonmail_quote">{escape(line)}<br>'
        '<blockquote class="protonmail_quote" type="cite">'
        f"{body(original.html)}</blockquote></div>"
    )
    return Parts(f"{answer}\n\n{line}\n\n{marked(shown(original.html))}\n", html)


def samsung(answer, original, words):
    label = words["labels"]
    title = f"-------- {label['original']} --------"
    head = (
        f"{label['from']}: {original.name} <{original.address}> \n"
        f"{label['date']}: {_date(original, words, 'dd.MM.yy  HH:mm')}  (GMT+01:00) \n"
        f"{label['to']}: {original.to_address} \n"
        f"{label['subject']}: {original.subject} "
    )
    inside = as_html(f"{title}\n{head}")
    html = (
        f'<html><body dir="auto">{as_html(answer)}<div><br></div><div align="left">'
        f"{inside}</div><div><br></div>{body(original.html)}</body></html>"
    )
    return Parts(f"{answer}\n\n{title}\n{head}\n\n{shown(original.html)}\n", html)


def k9(answer, original, words):
    line = wrote(words, "k9", original)
    return Parts(f"{answer}\n\n{line}\n{marked(original.text, '>')}\n")


PROGRAMS = (
    *(gmail, outlook, outlook_plain, outlook_web, outlook_mobile, apple_mail, ios),
    *(thunderbird, thunderbird_html, yahoo, gmx, roundcube, proton, samsung, k9),
)


def bottom(answer, original, words, program):
    """Answer below what is quoted, as on lists."""
    line = wrote(words, program, original)
    quoted = marked(wrapped(original.text.partition("\n-- \n")[0]))
    return Parts(f"{line}\n{quoted}\n\n{answer}\n")


def between(answers, original, words, program):
    """Answer each of the paragraphs that are given, below it."""
    line = wrote(words, program, original)
    text = original.text
    for number, paragraph in enumerate(answers):
        text = text.replace(paragraph, f"{paragraph}\n\x00{number}")
    lines = []
    for one in text.split("\n"):
        if one[:1] == "\x00":
            lines += ["", list(answers.values())[int(one[1:])], ""]
        else:
            lines.append(marked(wrapped(one)))
    return Parts(f"{line}\n" + "\n".join(lines) + "\n")


def between_unmarked(answers, original, words):
    """Answer in between as in Outlook, where nothing is marked."""
    text = original.text
    for paragraph, answer in answers.items():
        text = text.replace(paragraph, f"{paragraph}\n{answer}")
    return Parts(f"{_head(original, words)}\n\n{text}\n")


def forwarded(answer, original, words):
    title = f"---------- {words['labels']['forward']} ---------"
    head = _head(original, words, "date")
    return Parts(f"{answer}\n\n{title}\n{head}\n\n\n{shown(original.html)}\n")
