"""What strangers may write anywhere, and a judge of pages that show it."""

import html
import re
import unicodedata
from functools import cache, lru_cache
from html.parser import HTMLParser
from urllib.parse import urlsplit

# Each is one line; each ends with ordinary words, by which it is found again.
_TEXTS = [
    "<script>alert(1)</script>",
    '"><script>alert(document.cookie)</script>',
    "'><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)" x="',
    "' autofocus onfocus=alert(1) '",
    "<svg/onload=alert(1)>",
    "<svg><script href='data:text/javascript,alert(1)'/></svg>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<form action=https://evil.example><input name=password>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<style>*{display:none}</style>",
    "</textarea></title></script></option></select><script>alert(1)</script>",
    "<!--", "--><script>alert(1)</script><!--", "<![CDATA[<script>alert(1)</script>]]>",
    "&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;script&#62;alert(1)",
    "&amp;amp; &nbsp; &bogus; &#0; &#x110000;",
    "&#91;b]bold&#91;/b] &lbrack;USER=1] &#x5b;URL=javascript:alert(1)] &#91b]",
    "[b]bold[/b] [i]never[u]closed", "[/b][/url][/quote][/code]",
    "[url=javascript:alert(1)]click[/url]",
    "[url=data:text/html;base64,PHNjcmlwdD4=]click[/url]",
    "[url=vbscript:msgbox(1)]click[/url]",
    "[url=//evil.example]click[/url]",
    "[url=https://bank.example@evil.example]click[/url]",
    '[url=https://a.example" onclick="alert(1)]click[/url]',
    "[img]javascript:alert(1)[/img]",
    "[img]https://evil.example/track.gif[/img]",
    "[video]https://evil.example/x.mp4[/video]",
    "[USER=1]Admin[/USER] [CHAT=2]x[/CHAT] [CALL=112]x[/CALL]",
    "[SEND=/kick]x[/SEND] [PUT=/x]y[/PUT] [ICON=https://evil.example/i.png]",
    "[CODE]</code></pre><script>alert(1)</script>[/CODE]",
    "[quote]" * 60 + "deep",
    "[list][*][table][tr][td]" * 20 + "[/list]",
    "[DISK FILE ID=n12] [timestamp=1 format=<b>]",
    "#urgent #internal // hidden? @all >>quote",
    "------------------------------------------------------",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    'https://example.com/?a=<b>&b="c" and https://example.org/(x)',
    "\u202egnp.exe\u202c", "\u202e never closed override",
    "\u2067isolate never closed", "\u200e\u200f\u061c marks",
    "שלום עולם 123 (abc)", "مرحبا #51 [x]",
    "null\x00byte and \x1b[31mescape\x07\x08", "tab\tand\x0bvertical\x0c",
    "{{7*7}} {% raw %} ${7*7} #{7*7} <%= 7*7 %> %(name)s %s {0}",
    "{{ config.items() }}{{ ''.__class__.__mro__ }}",
    "x\r\nSet-Cookie: a=b\r\n\r\n<script>alert(1)</script>",
    "x\r\nBcc: victim@example.com\r\nSubject: other",
    "W" * 3_000, "a\u0301" * 40 + "Z\u0351\u0343\u0357\u036a" * 10,
    "\u0430pple.com \u0440\u0430ypal \u13a0oor", "👩‍👩‍👧‍👦 👨🏽‍💻 🏳️‍🌈 🇩🇪",
    "zero\u200bwidth\u2060joined\ufeff", "lone \ud83d surrogate",
    "\U000e0041\U000e0042 tag characters",
    "\ufdfa \u2049 \uff46\uff55\uff4c\uff4c \ufb01 \u017f \u0131",
    "../../etc/passwd\\..\\con.html", "C:\\fakepath\\a:b|c?.svg",
    "$result[first] {=Document:ID} %USERNAME%", "'; DROP TABLE tickets; -- *)(uid=*",
]  # fmt: skip

TEXTS = [f"{text} canary{number:02}" for number, text in enumerate(_TEXTS)]

# What changes the direction of the text around it; no page needs one.
OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")

_SCHEMES = {"", "http", "https", "mailto", "tel"}
_VOID = {"area", "base", "br", "hr", "img", "input", "link", "meta", "wbr"}

# What keeps the direction of its text to itself, and has no words of ours in it.
_ALONE = {"bdi", "div", "option", "textarea"}
_LOADING = {"src", "srcset", "action", "formaction", "data", "poster", "ping"}

# What BBCode may become (`markup.to_html`).
MARKUP = {
    *(("a", "href"), ("a", "rel"), ("a", ""), ("br", ""), ("blockquote", "")),
    *((name, "") for name in ("cite", "code", "details", "div", "em", "li", "ol")),
    *((name, "") for name in ("p", "pre", "s", "strong", "sub", "summary", "sup")),
    *((name, "") for name in ("table", "tbody", "td", "th", "tr", "u", "ul")),
}


class Judge(HTMLParser):
    """Reads a page as browsers do: its elements, its text, and what it points to."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.shapes = set()
        self.links = []
        self.loaded = []
        self.values = []
        self.scripts = []
        self.turned = []
        self._open = []
        self._texts = []
        self.feed(page)
        self.close()

    @property
    def text(self):
        """What is there to read."""
        return "".join(self._texts)

    def updatepos(self, _, end):
        """Count no lines: nobody asks where a tag is, and it takes a while."""
        return end

    def handle_starttag(self, tag, attrs):
        self.shapes.add((tag, ""))
        for name, value in attrs:
            self.shapes.add((tag, name))
            self.values.append(value or "")
            if name == "href" and tag in {"a", "area"}:
                self.links.append(value or "")
            elif name in _LOADING or name == "href":
                self.loaded.append(value or "")
        self._texts.append(" ")
        if tag not in _VOID:
            alone = tag in _ALONE or dict(attrs).get("dir") == "auto"
            self._open.append((tag, alone))

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        self._texts.append(data)
        if self.cdata_elem == "script" and data.strip():
            self.scripts.append(data)
        if OVERRIDES.search(data) and not (self._open and self._open[-1][1]):
            self.turned.append(data)

    def handle_comment(self, data):
        self.shapes.add(("!--", data[:20]))

    def handle_decl(self, decl):
        self.shapes.add(("!", decl.lower()))

    def handle_pi(self, data):
        self.shapes.add(("?", data))


def faults(page, harmless, *, own="/p/", links=_SCHEMES):
    """Return what a page with hostile words has that one with harmless ones has not."""
    judge, known = _judged(page), _shapes(harmless) | MARKUP
    found = [f"element: {shape}" for shape in sorted(judge.shapes - known)]
    found += [f"script: {text[:50]}" for text in judge.scripts]
    found += [f"direction: {text[:50]}" for text in judge.turned]
    found += [f"link: {link}" for link in judge.links if _scheme(link) not in links]
    found += [
        f"loaded: {address}"
        for address in judge.loaded
        if not address.startswith((own, "#"))
    ]
    return found


@cache
def _shapes(page):
    return frozenset(Judge(page).shapes)


@lru_cache(1)
def _judged(page):
    """Return a page's judge; most pages are asked about twice."""
    return Judge(page)


def _scheme(link):
    try:
        return urlsplit(link).scheme
    except ValueError:
        return "broken"


def visible(text):
    """Return what people can see of a text, each white space as one space."""
    seen = "".join(" " if _is_gap(c) else c for c in text if not _is_invisible(c))
    return " ".join(seen.split())


def _is_gap(character):
    return unicodedata.category(character) in {"Cc", "Zl", "Zp", "Zs"}


def _is_invisible(character):
    return unicodedata.category(character) in {"Cf", "Cs"}


def squeezed(text):
    """Return what people can see of a text, without any white space."""
    return visible(text).replace(" ", "")


def shown(page):
    """Return what people can see of a page, squeezed."""
    return squeezed(_judged(page).text)


def filled(page, name):
    """Return the value of a text field of a page."""
    field = re.search(
        rf'<input[^>]*\bname="{name}"[^>]*\bvalue="([^"]*)"|'
        rf'<textarea[^>]*\bname="{name}"[^>]*>\n?(.*?)</textarea>',
        page,
        re.DOTALL,
    )
    return html.unescape(field[1] if field[1] is not None else field[2])
