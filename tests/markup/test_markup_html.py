"""What each family of tags looks like on a page."""

import pytest

from ticket24.markup import to_html

REL = 'rel="nofollow noopener noreferrer"'


def link(address: str, label: str = "") -> str:
    return f'<a href="{address}" {REL}>{label or address}</a>'


@pytest.mark.parametrize(
    ("tag", "element"),
    [
        ("b", "strong"),
        ("I", "em"),
        ("u", "u"),
        ("S", "s"),
        ("sup", "sup"),
        ("Sub", "sub"),
    ],
)
def test_inline_tags_become_elements(tag: str, element: str) -> None:
    """An inline tag becomes its element, in capitals or not."""
    html = to_html(f"1 [{tag}]2[/{tag.swapcase()}] 3")

    assert f"1 <{element}>2</{element}> 3" == html


@pytest.mark.parametrize(
    "tag",
    [
        *("color=#ff0000", "size=12pt", "font=Arial", "user=7", "user=503 REPLACE"),
        *("project=12", "group=5", "department=3", "chat=5", "context=chat5/1"),
        *("send=hello", "put=hello", "call=+4930123"),
    ],
)
def test_plain_tags_leave_their_content(tag: str) -> None:
    """Looks, people, objects and buttons of the chat leave only their text."""
    name = tag.partition("=")[0]

    assert "a <em>b</em> c" == to_html(f"a [{tag}][i]b[/i][/{name.upper()}] c")


def test_buttons_without_label_show_what_they_say() -> None:
    """A chat button without a label shows the text it would send."""
    assert "yes or no" == to_html("[send=yes][/send] or [put=no][/put]")


def test_mention_of_all_stays_readable() -> None:
    """A mention of everybody is shown although it has no name in it."""
    assert "@all: hi Bob" == to_html("[USER=all]: hi [USER=7]Bob[/USER]")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[url]https://a.org/x[/url]", link("https://a.org/x")),
        ("[URL=https://a.org]x[/URL]", link("https://a.org", "x")),
        ('[URL="HTTPS://a.org"]x[/URL]', link("https://a.org", "x")),
        ("[url=https://a.org/?q[]=1]x[/url]", link("https://a.org/?q[]=1", "x")),
        ("[url=https://a.org/b c]x[/url]", link("https://a.org/b%20c", "x")),
        ("[url=https://a.org/?&lt;]x[/url]", link("https://a.org/?&amp;lt;", "x")),
        ("[url=https://a.org][/url]", link("https://a.org")),
        ("[url=https://a.org]x", f"{link('https://a.org')} x"),
        ("[url=tel:+49-30]x[/url]", link("tel:+49-30", "x")),
        ("[anchor=https://a.org]x[/anchor]", link("https://a.org", "x")),
        ("[email]a@b.de[/email]", link("mailto:a@b.de", "a@b.de")),
        ("[email=a@b.de]x[/email]", link("mailto:a@b.de", "x")),
        ("[url=mailto:a@b.de]x[/url]", link("mailto:a@b.de", "x")),
    ],
)
def test_links_keep_safe_addresses(source: str, expected: str) -> None:
    """A link to a web, mail or telephone address is a link."""
    assert expected == to_html(source)


@pytest.mark.parametrize(
    "address",
    [
        *("/company/personal/user/1/", "index.php", "#top", "//a.org", "ftp://a.org"),
        *("www.a.org", "https://", "https:a.org", "http://bank.com@a.org", "tel:x"),
        *("mailto:a@b.de?cc=c@d.de", "https://a.org\\@b.org", "https://a\u200b.org"),
        f"https://a.org/{'x' * 3000}",
    ],
)
def test_other_addresses_show_only_the_text(address: str) -> None:
    """A link to a path in Bitrix24 or with a doubtful address is only text."""
    assert "<strong>x</strong>" == to_html(f"[url={address}][b]x[/b][/url]")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("see https://a.org/x.", f"see {link('https://a.org/x')}."),
        ("(https://a.org/b_(c))", f"({link('https://a.org/b_(c)')})"),
        ("[b]http://a.org[/b]", f"<strong>{link('http://a.org')}</strong>"),
        ("https://a.org?b=1&c=2", link("https://a.org?b=1&amp;c=2")),
        (
            "[url=https://a.org]http://b.org[/url]",
            link("https://a.org", "http://b.org"),
        ),
        ("https:// and http://.", "https:// and http://."),
    ],
)
def test_bare_addresses_become_links(source: str, expected: str) -> None:
    """A bare web address is a link, without the punctuation around it."""
    assert expected == to_html(source)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a\n[QUOTE]\nb\nc\n[/QUOTE]\nd", "a<blockquote>b<br>c</blockquote>d"),
        (
            "[quote=Anna & Co]b[/quote]",
            "<blockquote><div><cite>Anna &amp; Co</cite></div>b</blockquote>",
        ),
        (
            ">>a\n>> b\nc\n>>d",
            "<blockquote>a<br>b</blockquote>c<blockquote>d</blockquote>",
        ),
        (
            f"{'-' * 54}\nAnna [10:35] #chat5/7\na\nb\n{'-' * 54}\nc",
            "<blockquote><div><cite>Anna [10:35]</cite></div>a<br>b</blockquote>c",
        ),
        ("------\na\n------\nb", "<blockquote>a</blockquote>b"),
        (
            "------\n>>a\n------\nb",
            "<blockquote><blockquote>a</blockquote></blockquote>b",
        ),
        ("a\n------\nb", "a<br>------<br>b"),
        ("a >> b ------ c", "a &gt;&gt; b ------ c"),
    ],
)
def test_quotes_become_quotes(source: str, expected: str) -> None:
    """Quotes are quotes in all three spellings, with the name of who is quoted."""
    assert expected == to_html(source)


def test_code_is_verbatim() -> None:
    """Code keeps its tags, its addresses and its white space."""
    html = to_html("a\n[CODE]\n  [b]x[/b]\n\n\n>>http://a.org <y>\n[/Code]\nb")

    code = "  [b]x[/b]\n\n\n&gt;&gt;http://a.org &lt;y&gt;"
    assert f"a<pre><code>{code}</code></pre>b" == html


def test_code_without_end_runs_to_the_end() -> None:
    """Code that nobody closes is code to the end."""
    assert "<pre><code>[b]x</code></pre>" == to_html("[code=php][b]x")


@pytest.mark.parametrize("tag", ["spoiler", "CUT"])
def test_spoilers_become_details(tag: str) -> None:
    """A spoiler opens on demand, under its title if it has one."""
    assert "<details>x</details>" == to_html(f"[{tag}]x[/{tag}]")
    assert "<details><summary>&lt;t&gt;</summary>x</details>" == to_html(
        f"[{tag}=<t>]x[/{tag}]"
    )


def test_paragraphs_hold_no_blocks() -> None:
    """A paragraph is one; with a block inside it is a plain division."""
    assert "<p>a<br>b</p><p>c</p>" == to_html("[p]a\nb[/p]\n[p]\nc\n[/p]")
    assert "<div>a<blockquote>b</blockquote></div>" == to_html("[p]a[quote]b[/quote]")


@pytest.mark.parametrize("tag", ["left", "center", "right", "justify"])
def test_aligned_text_is_a_division(tag: str) -> None:
    """Aligned text has lines of its own."""
    assert "a<div>b</div>c" == to_html(f"a\n[{tag}]b[/{tag}]\nc")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[LIST]\n[*]a\n[*] b\n[/LIST]", "<ul><li>a</li><li>b</li></ul>"),
        ("[list=1][*]a[/*][*]b[/list]", "<ol><li>a</li><li>b</li></ol>"),
        (
            "[list][*]a[list=1][*]b[/list][*]c[/list]",
            "<ul><li>a<ol><li>b</li></ol></li><li>c</li></ul>",
        ),
        ("[list]a[*]b", "<ul><li>a</li><li>b</li></ul>"),
        ("[*]a", "[*]a"),
    ],
)
def test_lists_become_lists(source: str, expected: str) -> None:
    """Lists, numbered or not, hold items and nothing else."""
    assert expected == to_html(source)


@pytest.mark.parametrize(
    ("source", "rows"),
    [
        (
            "[TABLE]\n[TR]\n[TH]a[/TH]\n[TD]b[/TD]\n[/TR]\n[/TABLE]",
            "<tr><th>a</th><td>b</td></tr>",
        ),
        (
            "[table][tr][td]a[td]b[tr][td]c[/table]",
            "<tr><td>a</td><td>b</td></tr><tr><td>c</td></tr>",
        ),
        ("[table][td]a[/td][/table]", "<tr><td>a</td></tr>"),
        ("[table]a[tr]b[/table]", "<tr><td>a</td></tr><tr><td>b</td></tr>"),
    ],
)
def test_tables_become_tables(source: str, rows: str) -> None:
    """A table has rows and cells, also where the source forgot some."""
    assert f"<table><tbody>{rows}</tbody></table>" == to_html(source)


def test_cells_outside_a_table_are_text() -> None:
    """Rows and cells without a table leave their text."""
    assert "ab" == to_html("[tr][td]a[/td][th]b[/th][/tr]")


@pytest.mark.parametrize("tag", ["img", "IMG WIDTH=1 HEIGHT=2", "VIDEO TYPE=x WIDTH=1"])
def test_media_are_never_loaded(tag: str) -> None:
    """A picture or video is a link, or a sign if it is in Bitrix24."""
    name = tag.split(maxsplit=1)[0]

    assert link("https://a.org/b.png") == to_html(
        f"[{tag}]https://a.org/b.png[/{name}]"
    )
    assert "a📎b" == to_html(f"a[{tag}]/upload/b.png[/{name}]b")
    assert link("https://a.org") == to_html(
        f"[url=https://a.org][{tag}]https://b.org[/{name}][/url]"
    )


def test_media_with_a_sentence_inside_lose_nothing() -> None:
    """What is plainly no address in a picture tag is kept as text."""
    assert "use the <em>right</em> one" == to_html(
        "[img]use the [i]right[/i] one[/img]"
    )


@pytest.mark.parametrize(
    "tag",
    [
        "DISK FILE ID=n437269",
        "disk file id=n27 WIDTH=4 HEIGHT=6",
        "DISK=123",
        "icon=/a.png",
    ],
)
def test_files_and_icons_are_left_out(tag: str) -> None:
    """Files are listed elsewhere and icons only decorate."""
    assert "ab" == to_html(f"a[{tag}]b")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[TIMESTAMP=1700000000 FORMAT=SHORT]", "2023-11-14 22:13 UTC"),
        ("[timestamp=0]", "1970-01-01 00:00 UTC"),
        ("[timestamp=99999999999999999999]", "[timestamp=99999999999999999999]"),
        ("[timestamp=now]", "[timestamp=now]"),
        ("[timestamp=-1]", "[timestamp=-1]"),
    ],
)
def test_moments_are_written_out(source: str, expected: str) -> None:
    """A moment is written out in UTC; anything else stays as it was."""
    assert expected == to_html(source)


def test_line_breaks_stand_only_between_lines() -> None:
    """Lines are broken, but never more than twice in a row nor around blocks."""
    html = to_html("\n a\r\nb[br]c\rd\n \n\n\ne\n\n[quote]f[/quote]\n\n\n[p]g[/p]\n")

    assert "a<br>b<br>c<br>d<br><br>e<blockquote>f</blockquote><p>g</p>" == html


@pytest.mark.parametrize(
    "text",
    [
        *("[foo]x[/foo]", "[user] and [disk]", "a[i] = b[0]", "[i=0]", "[video call]"),
        *("[]", "[/]", "[[b", "[b", "[/b x]", "[url=", "&#91;b&#93;", "[\u200bb]x"),
    ],
)
def test_what_is_no_tag_is_text(text: str) -> None:
    """Unknown tags and other brackets stay literally what they are."""
    assert text.replace("&", "&amp;") == to_html(text)


def test_tags_are_found_inside_other_brackets() -> None:
    """A tag inside brackets that are not a tag still counts."""
    assert "[see <strong>x</strong>]" == to_html("[see [b]x[/b]]")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[b]x", "<strong>x</strong>"),
        ("x[/b]", "x"),
        ("[b]x[i]y[/b]z[/i]", "<strong>x<em>y</em></strong>z"),
        ("[quote]x [b]y[/quote]z", "<blockquote>x <strong>y</strong></blockquote>z"),
        (
            "[b]x[quote]y[/b]z[/quote]",
            "<strong>x<blockquote>yz</blockquote></strong>",
        ),
        ("[b]x\n>>y[/b]", "<strong>x<blockquote>y</blockquote></strong>"),
    ],
)
def test_unbalanced_tags_are_closed(source: str, expected: str) -> None:
    """Tags left open are closed for their author, and stray ends are dropped."""
    assert expected == to_html(source)


def test_text_is_escaped_once() -> None:
    """What HTML would read as markup is shown as it was written."""
    assert "&lt;b&gt; &amp;amp; \"x\" 'y'" == to_html("<b> &amp; \"x\" 'y'")


def test_unseen_characters_are_removed() -> None:
    """Overrides of the writing direction and controls are gone, tabs stay."""
    text = "a\u202eb\u2066c\u2069d\x00e\x1bf\x85g\ud800h\ufeffi\tj\u2028k"

    assert "abcdefghi\tj<br>k" == to_html(text)
