"""BBCode as the staff pages show it."""

import pytest

from bitrix24_sandbox.pages.tasks.bbcode import to_html


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[B]a[/B] [i]b[/I] [U]c[/U] [S]d[/S]",
         "<strong>a</strong> <em>b</em> <u>c</u> <s>d</s>"),
        ("[URL=https://x.example/?a=1&b=2]go[/URL]",
         '<a href="https://x.example/?a=1&amp;b=2" rel="noreferrer">go</a>'),
        ("[URL]http://x.example/[/URL]",
         '<a href="http://x.example/" rel="noreferrer">http://x.example/</a>'),
        ("[URL=/company/personal/user/3/?a=1]go[/URL]",
         '<a href="/company/personal/user/3/?a=1" rel="noreferrer">go</a>'),
        ("[URL=//x.example/]x[/URL]", "[URL=//x.example/]x[/URL]"),
        ("[URL=/\\x.example/]x[/URL]", "[URL=/\\x.example/]x[/URL]"),
        ("[URL=javascript:alert(1)]x[/URL]", "[URL=javascript:alert(1)]x[/URL]"),
        ('[URL=https://x" onclick="y]x[/URL]',
         "[URL=https://x&#34; onclick=&#34;y]x[/URL]"),
        ("[USER=3]<Tom>[/USER]", '<span class="mention">&lt;Tom&gt;</span>'),
        ("[QUOTE]\nq[/QUOTE]\na", "<blockquote>q</blockquote>a"),
        ("[CODE]\n[B]x[/B]\n[/CODE]\na", "<pre><code>[B]x[/B]</code></pre>a"),
        ("a\n[LIST]\n[*]b\n[*]c[/LIST]\nd", "a\n• b\n• c\nd"),
        ("a[LIST][*]b[/LIST]c", "a\n• b\nc"),
        ("[B]open [I]x[/B] [/I] [*] [CODE] [IMG]y[/IMG]",
         "<strong>open [I]x</strong> [/I] [*] [CODE] [IMG]y[/IMG]"),
        ("a\r\nb <br> &amp;", "a\nb &lt;br&gt; &amp;amp;"),
    ],
)  # fmt: skip
def test_bbcode_is_shown_and_the_rest_stays_text(text, shown):
    """Known tags are shown, and everything else stays as it was written."""
    assert shown == str(to_html(text))


def test_bbcode_of_any_length_is_quick():
    """A text full of tags that never close takes no time worth noticing."""
    text = "[CODE][LIST][*][QUOTE][B]" * 800

    assert str(to_html(text)).startswith("[CODE][LIST]")
