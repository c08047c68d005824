"""A judge of HTML that shares nothing with the code it judges."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

ELEMENTS = {
    *("a", "blockquote", "br", "cite", "code", "details", "div", "em", "li", "ol"),
    *("p", "pre", "s", "strong", "sub", "summary", "sup", "table", "tbody", "td"),
    *("th", "tr", "u", "ul"),
}
SCHEMES = {"http", "https", "mailto", "tel"}
REL = "nofollow noopener noreferrer"
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

Attributes = list[tuple[str, str | None]]


class Judge(HTMLParser):
    """Collects everything in a piece of HTML that should not be there."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.open: list[str] = []
        self.deepest = 0

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        if tag not in ELEMENTS:
            self.faults.append(f"element {tag}")
        if tag == "a" and "a" in self.open:
            self.faults.append("link in a link")
        for name, value in attrs:
            self.look_at_attribute(tag, name, value or "")
        if tag != "br":
            self.open.append(tag)
            self.deepest = max(self.deepest, len(self.open))

    def look_at_attribute(self, tag: str, name: str, value: str) -> None:
        if (tag, name) == ("a", "href"):
            scheme, colon, _ = value.partition(":")
            if not colon or scheme not in SCHEMES or re.search(r"\s", value):
                self.faults.append(f"address {value}")
        elif (tag, name, value) != ("a", "rel", REL):
            self.faults.append(f"attribute {tag} {name}={value}")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"stray end of {tag}")

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        self.faults.append(f"self-closing {tag}")

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"comment {data}")

    def handle_decl(self, decl: str) -> None:
        self.faults.append(f"declaration {decl}")

    def unknown_decl(self, data: str) -> None:
        self.faults.append(f"declaration {data}")

    def handle_pi(self, data: str) -> None:
        self.faults.append(f"instruction {data}")

    def handle_data(self, data: str) -> None:
        if UNSEEN.search(data.replace("\t", "")):
            self.faults.append(f"unseen characters in {data!r}")


def judge(html: str) -> list[str]:
    """List what is wrong with a piece of HTML; nothing, if all is well."""
    reader = Judge()
    reader.feed(html)
    reader.close()
    depth = ["too deep"] if reader.deepest > 40 else []
    return reader.faults + [f"open {tag}" for tag in reader.open] + depth


@pytest.fixture(scope="session")
def faults() -> Callable[[str], list[str]]:
    """Hand out the judge; it keeps nothing, so all tests may share it."""
    return judge
