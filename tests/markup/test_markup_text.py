"""How the same tags read in the text part of a mail."""

import pytest

from ticket24.markup import to_text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[b]a[/b] [i]b[/i] [color=red]c[/color]", "a b c"),
        ("[USER=7]Bob[/USER], [send=x]y[/send]", "Bob, y"),
        ("<b> &amp;", "<b> &amp;"),
        ("[foo]a[/foo] a[i]", "[foo]a[/foo] a[i]"),
        ("a[br]b[disk=1]", "a\nb"),
    ],
)
def test_inline_tags_leave_their_text(source: str, expected: str) -> None:
    """Tags that only change looks leave no trace."""
    assert expected == to_text(source)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[url=https://a.org]the [b]page[/b][/url]", "the page (https://a.org)"),
        ("[url]https://a.org[/url]", "https://a.org"),
        ("[url=https://a.org]https://a.org[/url]", "https://a.org"),
        ("see https://a.org.", "see https://a.org."),
        ("[url=/company/1]x[/url]", "x"),
        ("[url=javascript:alert(1)]x[/url]", "x"),
        ("[email=a@b.de]Bob[/email]", "Bob (a@b.de)"),
        ("[url=tel:+4930]Call[/url]", "Call (+4930)"),
        ("a[img]https://a.org/b.png[/img]b", "a\nhttps://a.org/b.png\nb"),
        ("a[img]/upload/b.png[/img]b", "a📎b"),
        ("[img]not an address[/img]", "not an address"),
    ],
)
def test_links_show_label_and_address(source: str, expected: str) -> None:
    """A link shows its label and, unless they are the same, its address."""
    assert expected == to_text(source)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a[quote=Anna]b\nc[/quote]d", "a\n\n> Anna:\n> b\n> c\n\nd"),
        ("[quote]a[quote]b[/quote]c[/quote]", "> a\n>\n> > b\n>\n> c"),
        (">>a\n>>b\nc", "> a\n> b\n\nc"),
        ("------\nAnna [10:35]\na\n------\nb", "> Anna [10:35]:\n> a\n\nb"),
        ("[spoiler=t]a[/spoiler]", "> t:\n> a"),
    ],
)
def test_quotes_are_marked_on_each_line(source: str, expected: str) -> None:
    """Every line of a quote starts with its mark, once for each level."""
    assert expected == to_text(source)


def test_code_is_indented() -> None:
    """Code is indented by four spaces and otherwise verbatim."""
    assert "    [b]x\n\n      y\n\na" == to_text("[code]\n[b]x\n\n  y[/code] a")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a[list]\n[*] b\n[*]c\nd\n[/list]e", "a\n\n- b\n- c\n  d\n\ne"),
        ("[list=1][*]a[list][*]b[*]c[/list][*]d", "1. a\n   - b\n   - c\n2. d"),
        ("[list][*][code]  a[/code][/list]", "-       a"),
    ],
)
def test_items_are_marked(source: str, expected: str) -> None:
    """Items start with a dash or their number, and their lines stay together."""
    assert expected == to_text(source)


def test_rows_are_lines() -> None:
    """A row of a table is one line with bars between the cells."""
    source = (
        "[table][tr][th]a[/th][th]b[/th][/tr][tr][td]c\nd[/td][td]e[/td][/tr][/table]"
    )

    assert "a | b\nc d | e" == to_text(source)


def test_blocks_stand_apart() -> None:
    """Paragraphs are parted by one empty line, aligned text by a line break."""
    assert "a\n\nb\n\nc\nd\ne" == to_text("[p]a[/p]\n\n\n[p]b[/p]c[center]d[/center]e")


def test_empty_lines_never_pile_up() -> None:
    """There is never more than one empty line in a row, and none at the ends."""
    text = to_text("\n\na  \n \n\n\nb[quote]\n\n\n\n[/quote][p][/p]c\n\n[p][/p]")

    assert "a\n\nb\n\n>\n\nc" == text
