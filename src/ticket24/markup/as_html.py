"""The tree as HTML for a page or a mail."""

import re
from html import escape

import nh3
from markupsafe import Markup

from ticket24.markup import links
from ticket24.markup.media import is_address, out_of_reach
from ticket24.markup.parser import parse
from ticket24.markup.tokens import ALIGNED
from ticket24.markup.tree import QUOTES, Node

_ELEMENTS = {
    "b": "strong",
    "i": "em",
    "u": "u",
    "s": "s",
    "sup": "sup",
    "sub": "sub",
    "*": "li",
    "table": "table",
    "tr": "tr",
    "td": "td",
    "th": "th",
    **dict.fromkeys(ALIGNED, "div"),
    **dict.fromkeys(QUOTES, "blockquote"),
}

# The last gate: were anything above it wrong, only this could still pass.
_GATE = nh3.Cleaner(
    tags={
        *_ELEMENTS.values(),
        *("a", "br", "cite", "code", "details", "ol", "p", "pre", "summary"),
        *("tbody", "ul"),
    },
    attributes={"a": {"href"}},
    url_schemes=set(links.SCHEMES),
    url_relative="deny",
    link_rel="nofollow noopener noreferrer",
)
_BLOCK_TAG = re.compile(
    r"(</?(?:blockquote|details|div|li|ol|p|pre|summary|table|td|th|tr|ul)>)"
)
# Marks a line break in code until the others have become <br>; clean text has none.
_KEPT_BREAK = "\r"


def to_html(text: str | Node) -> Markup:
    """Turn BBCode into HTML that is safe to put in a page or a mail.

    Only elements without attributes, and links with `href` and
    `rel="nofollow noopener noreferrer"`, come out; nothing is ever loaded from
    afar. Tags as in methods.md 2.4; others stay as they are written.
    """
    return gate(write(parse(text) if isinstance(text, str) else text))


def write(tree: Node) -> str:
    """Write the tree as HTML, which is meant to be safe already."""
    parts = _BLOCK_TAG.split(_inner(tree, linked=False))
    parts[::2] = [part.strip(" \n") for part in parts[::2]]
    html = re.sub(r"\n{3,}", "\n\n", "".join(parts)).replace("\n", "<br>")
    return html.replace(_KEPT_BREAK, "\n")


def gate(html: str) -> Markup:
    """Let nothing pass that is not safe."""
    return Markup(_GATE.clean(html))  # noqa: S704 - cleaned right here.


def _inner(node: Node, *, linked: bool) -> str:
    return "".join(
        _text(child, linked=linked)
        if isinstance(child, str)
        else _element(child, linked=linked)
        for child in node.children
    )


def _text(text: str, *, linked: bool) -> str:
    if linked or "://" not in text:
        return escape(text)
    return "".join(
        escape(before) + (_link(address, escape(address)) if address else "")
        for before, address in links.find(text)
    )


def _element(node: Node, *, linked: bool) -> str:
    match node.name:
        case "code":
            body = escape(node.value).replace("\n", _KEPT_BREAK)
            return f"<pre><code>{body}</code></pre>"
        case "ticks":
            return f"<code>{escape(node.value)}</code>"
        case "url" | "email":
            return _labelled_link(node)
        case "img" | "video":
            return _medium(node, linked=linked)
    body = _inner(node, linked=linked)
    match node.name:
        case "p":
            element = "div" if node.has_blocks else "p"
        case "list":
            element = "ol" if node.value else "ul"
        case "spoiler":
            element = "details"
            body = _title(node, "<summary>", "</summary>") + body
        case name:
            element = _ELEMENTS[name]
            if name in QUOTES:
                body = _title(node, "<div><cite>", "</cite></div>") + body
    return f"<{element}>{body}</{element}>"


def _title(node: Node, start: str, end: str) -> str:
    return f"{start}{escape(node.value)}{end}" if node.value else ""


def _labelled_link(node: Node) -> str:
    address = links.target(node)
    if address is None:
        return _inner(node, linked=False)
    label = _inner(node, linked=True)
    return _link(address, label if label.strip() else escape(links.shown(address)))


def _medium(node: Node, *, linked: bool) -> str:
    """Link to a picture or video instead of showing it."""
    if not is_address(node):
        return _inner(node, linked=linked)
    if linked:
        return ""
    address = links.target(node)
    return _link(address, escape(address)) if address else out_of_reach(node)


def _link(address: str, label: str) -> str:
    return f'<a href="{escape(address)}">{label}</a>'
