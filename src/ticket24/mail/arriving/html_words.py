"""The words of an HTML mail as plain text, quoted lines with `> ` before them.

Nothing of it is ever shown as HTML, so it need not be read as browsers do: tags are
found one by one, each once, and what is no tag stays a word. That takes linear time
whatever is nested in what.
"""

import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import unquote

from ticket24.mail.arriving.paragraphs import Paragraphs

_LETTERS = "[a-zA-Z][a-zA-Z0-9:_-]*+"
_TAG = re.compile(
    rf"<(?P<end>/?)(?P<name>{_LETTERS})"
    r"(?P<more>(?:[^<>\"']|\"[^\"<]*+\"|'[^'<]*+')*+)>"
    rf"|<(?P<end2>/?)(?P<name2>{_LETTERS})(?P<more2>[^<>]*+)>"
    r"|<[!?][^<>]*+>"
)
_ATTRIBUTE = r"(?<![\w-]){}\s{{0,9}}=\s{{0,9}}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]++))"
_HREF = re.compile(_ATTRIBUTE.format("href"), re.IGNORECASE)
_SRC = re.compile(_ATTRIBUTE.format("src"), re.IGNORECASE)
_ALT = re.compile(_ATTRIBUTE.format("alt"), re.IGNORECASE)
_CLOSE_LINES = re.compile(
    r"MsoNormal|MsoPlainText|margin(?:-top)?:\s{0,3}0", re.IGNORECASE
)
_KEPT_BREAKS = re.compile(r"white-space:\s{0,3}(?:pre|break-spaces)", re.IGNORECASE)
_SIGNATURE = re.compile(r"\n?--(?: |\xa0|&nbsp;)\s*")

_LOUD = frozenset({"head", "style", "script", "title", "template"})  # Not for reading.
_LINES = frozenset(
    {"div", "tr", "li", "dt", "dd", "center", "address", "form", "fieldset", "hr"}
    | {"table", "tbody", "thead", "tfoot", "ul", "ol", "dl", "section", "article"}
    | {"header", "footer", "main", "aside", "nav", "figure", "figcaption", "body"}
)
_SPACED = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "pre"})
_NUMBER = re.compile(r"\b(?:start|value)\s?=\s?[\"']?(\d{1,6})", re.IGNORECASE)
# "10" and a raised "2" are not 102.
_POWER = re.compile(r"\s*+[+-]?\d{1,4}\s*+")
_RAISED = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
_EMPTY = frozenset({"br", "img", "hr", "input", "meta", "link", "wbr", "col", "area"})
_MOST_KEEPING = 50
_LONGEST_ADDRESS = 2_000
_SCHEMES = ("http://", "https://", "mailto:", "tel:", "ftp://")


def html_words(html: str, places: Mapping[str, str]) -> str:
    """Return what can be read in HTML; never raises.

    `places` says for content ids of pictures what stands in the text where they do.
    """
    return _Walk(html, places).walked()


class _Walk:
    """One way through the tags of a document."""

    def __init__(self, html: str, places: Mapping[str, str]) -> None:
        self._html = _without_comments(html)
        self._places = places
        self._out = Paragraphs()
        self._links: list[tuple[str, int]] = []
        self._lists: list[int] = []
        self._unclosed: set[str] = set()
        self._spaced = self._raised = False
        # An element whose breaks are kept, and how many of its name are open in it.
        self._keeping: list[tuple[str, int]] = []

    def walked(self) -> str:
        at, html = 0, self._html
        tag = _TAG.search(html, at)
        while tag:
            self._words(html[at : tag.start()])
            at = tag.end()
            name = (tag["name"] or tag["name2"] or "").lower()
            more = tag["more"] or tag["more2"] or ""
            if tag["end"] or tag["end2"]:
                self._closed(name)
            elif name in _LOUD:
                at = self._past(name, at)
            else:
                self._opened(name, more)
            tag = _TAG.search(html, at)
        self._words(html[at:])
        return self._out.text()

    def _past(self, name: str, at: int) -> int:
        """Return where an element ends whose content nobody reads."""
        if name in self._unclosed:
            return at
        end = re.compile(rf"</{name}\b[^<>]*>", re.IGNORECASE).search(self._html, at)
        if end is None:
            self._unclosed.add(name)
            return at
        return end.end()

    def _words(self, html: str) -> None:
        if html:
            if _SIGNATURE.fullmatch(html):
                self._out.signature()
            else:
                said = unescape(html) if "&" in html else html
                if self._raised and _POWER.fullmatch(said):
                    said = said.translate(_RAISED)
                self._out.words(said)

    def _opened(self, name: str, more: str) -> None:
        self._keep_breaks(name, more)
        if name == "br":
            self._out.line_break()
        elif name in _SPACED:
            self._spaced = not self._lists and not _CLOSE_LINES.search(more)
            self._out.begin(spaced=self._spaced)
            if name == "pre":
                self._out.preformatted += 1
        elif name == "blockquote":
            self._out.quote(1)
        elif name == "a":
            self._links.append((_value(_HREF, more), self._out.mark()))
        elif name == "img":
            self._picture(more)
        elif name in {"td", "th"}:
            self._out.cell()
        elif name in _LINES:
            self._out.begin()
            self._listed(name, more)
        elif name == "sup":
            self._raised = True

    def _listed(self, name: str, more: str) -> None:
        said = _NUMBER.search(more)
        number = int(said[1]) if said else 0
        if name in {"ul", "ol"}:
            self._lists.append(0 if name == "ul" else number or 1)
        elif name == "li":
            number = (number or self._lists[-1]) if any(self._lists[-1:]) else 0
            if number:
                self._lists[-1] = number + 1
            self._out.item(f"{number}. " if number else "- ", len(self._lists) - 1)

    def _keep_breaks(self, name: str, more: str) -> None:
        """Read an element as its style says that it is shown."""
        if self._keeping and self._keeping[-1][0] == name:
            self._keeping[-1] = name, self._keeping[-1][1] + 1
        elif (
            name not in _EMPTY
            and "white-space" in more
            and _KEPT_BREAKS.search(more)
            and len(self._keeping) < _MOST_KEEPING
        ):
            self._keeping.append((name, 1))
            self._out.preformatted += 1

    def _keep_no_more(self, name: str) -> None:
        if not self._keeping or self._keeping[-1][0] != name:
            return
        name, count = self._keeping.pop()
        if count > 1:
            self._keeping.append((name, count - 1))
        else:
            self._out.preformatted = max(self._out.preformatted - 1, 0)

    def _closed(self, name: str) -> None:
        self._keep_no_more(name)
        if name == "blockquote":
            self._out.quote(-1)
        elif name == "a" and self._links:
            address, begun = self._links.pop()
            label = self._out.since(begun)
            if address and label and not _same(label, address):
                self._out.words(f" ({address})")
        elif name == "sup":
            self._raised = False
        elif name in _SPACED:
            if name == "pre":
                self._out.preformatted = max(self._out.preformatted - 1, 0)
            self._out.begin(spaced=self._spaced)
        elif name in _LINES:
            self._out.begin()
            if name in {"ul", "ol"} and self._lists:
                self._lists.pop()

    def _picture(self, more: str) -> None:
        source = _value(_SRC, more)
        inside = source.lower().startswith("cid:")
        name = source[4:] if inside else source
        if place := self._places.get(name) or self._places.get(unquote(name)):
            self._out.words(place)
        elif not inside:
            self._out.words(_value(_ALT, more))


def _value(attribute: re.Pattern[str], more: str) -> str:
    """Return an attribute's value; of `href` only addresses that say something."""
    found = attribute.search(more)
    if found is None:
        return ""
    value = unescape(found[1] or found[2] or found[3] or "").strip()
    if attribute is _HREF and not value.lower().startswith(_SCHEMES):
        return ""
    return value[:_LONGEST_ADDRESS] if "\n" not in value else ""


def _same(label: str, address: str) -> bool:
    """Whether a link says where it leads."""
    bare = address.removeprefix("mailto:").removeprefix("tel:").rstrip("/")
    label = label.strip().rstrip("/")
    return label in {bare, address, bare.partition("://")[2]}


def _without_comments(html: str) -> str:
    parts, at = [], 0
    while (start := html.find("<!--", at)) >= 0:
        end = html.find("-->", start + 4)
        if end < 0:
            break
        parts.append(html[at:start])
        at = end + 3
    return "".join([*parts, html[at:]])
