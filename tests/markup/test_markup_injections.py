"""Attacks through a text, each of them shown harmless."""

from collections.abc import Callable

import pytest

from ticket24.markup import as_html, to_html, to_text
from ticket24.markup.parser import parse

Faults = Callable[[str], list[str]]

EVIL_ADDRESSES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java script:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "java\rscript:alert(1)",
    "java\x00script:alert(1)",
    "\x01javascript:alert(1)",
    "java\u202escript:alert(1)",
    "java\u200bscript:alert(1)",
    "java\xadscript:alert(1)",
    "&#106;avascript:alert(1)",
    "&#x6A;avascript&colon;alert(1)",
    "javascript&#58;alert(1)",
    "java%73cript:alert(1)",
    "javascript://example.com/%0aalert(1)",
    "javascript:https://example.com",
    "jar:javascript:alert(1)!/",
    "\uff4aavascript:alert(1)",
    "vbscript:msgbox(1)",
    "VBScript:msgbox(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD4=",
    "DATA:image/svg+xml,<svg onload=alert(1)>",
    "file:///etc/passwd",
    "blob:https://example.com/1",
    "view-source:https://example.com",
    "about:blank",
    "//example.com/x",
    "\\\\example.com\\x",
    "https:\\\\example.com",
    "https:/\\example.com",
    "http:javascript:alert(1)",
    "mailto:a@b.de?bcc=c@d.de",
    "mailto:a@b.de%0abcc:c@d.de",
    "tel:javascript:alert(1)",
    'https://example.com" onclick="alert(1)',
    "https://example.com' onclick='alert(1)",
    "https://example.com/><script>alert(1)</script>",
    "https://example.com`onclick=alert(1)",
    '"><img src=x onerror=alert(1)>',
]

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script xlink:href=data:,alert(1)></script></svg>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<a href=javascript:alert(1)>x</a>",
    "<!--[b]--><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?><!DOCTYPE html>",
    "<style>@import 'https://example.com'</style>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<textarea><title></textarea><img src=x onerror=alert(1)>",
    "<plaintext>[b]x",
    "<scr[b]ipt>alert(1)</scr[/b]ipt>",
    "<[b]img src=x onerror=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;script&#62;",
    "\x00<\x00script>alert(1)",
    "\ud83d<script>\ude00",
    "[code][/code]<script>alert(1)</script>",
    "[code]</code></pre><script>alert(1)</script>[/code]",
    "[code]\r<script>\r[/code]",
    "[quote=<script>alert(1)</script>]x[/quote]",
    '[quote="><img src=x onerror=alert(1)>]x[/quote]',
    "[spoiler=</summary><script>alert(1)</script>]x[/spoiler]",
    '[size="12"onmouseover=alert(1)]x[/size]',
    "[size='1;background:url(javascript:alert(1))']x[/size]",
    "[color=red;background:url(https://example.com)]x[/color]",
    '[color=#fff" style="x:expression(alert(1))]x[/color]',
    '[font=x" onload="alert(1)]x[/font]',
    '[list=" onclick="alert(1)][*]x[/list]',
    '[table=" onclick="alert(1)][tr][td]x[/table]',
    '[code="><script>alert(1)</script>]x[/code]',
    '[user=7" onclick="alert(1)]<b>x</b>[/user]',
    "[send=<script>alert(1)</script>][/send]",
    '[put="><svg onload=alert(1)>][/put]',
    "[call=javascript:alert(1)]x[/call]",
    "[timestamp=<script>alert(1)</script>]",
    "[timestamp=1 FORMAT=<script>]",
    '[disk file id="><script>alert(1)</script>]',
    '[icon=javascript:alert(1) title="><script>alert(1)</script>]',
    '[img width="1" onerror=alert(1) height=2]x[/img]',
    '[img]x" onerror="alert(1)[/img]',
    '[img]https://example.com/x.png" onerror="alert(1)[/img]',
    "[img]<img src=x onerror=alert(1)>[/img]",
    "[video type=YOUTUBE width=<script>]https://example.com/<script>[/video]",
    "[url=javascript:alert(1)][img]https://example.com/x.png[/img][/url]",
    "[img][url=javascript:alert(1)]https://example.com[/url][/img]",
    "[url=[url=javascript:alert(1)]x[/url]]y[/url]",
    '[url=https://example.com/[b]" onclick=alert(1)[/b]]x[/url]',
    '[url]https://example.com/[b]"onclick=alert(1)//[/b][/url]',
    "[url=https://a.org][url=https://b.org]x[/url]https://c.org[/url]",
    "[url=https://a.org][email=a@b.de]x[/email]https://c.org[/url]",
    "[url=https://a.org][img][url=https://b.org]x[/url] [/img][/url]",
    "[url=https://a.org][quote][table][tr][td]x[/url]y[/quote]",
    "[url][url][url]javascript:alert(1)",
    '[email=a@b.de" onclick="alert(1)]x[/email]',
    "[email]javascript:alert(1)//@b.de[/email]",
    "[email]a@b.de?subject=x&body=y[/email]",
    'https://example.com/"onclick=alert(1)',
    "https://example.com/<script>alert(1)</script>",
    'http://[b]"onmouseover=alert(1)//[/b]',
    "https://example.com/&quot;onclick=alert(1)",
    "[b][i][/b][/i][quote][/table][td][/list][*][tr][/quote]<b>",
    "[table][list][table][*][tr][list][td][*][th][quote][td]x",
    "[list][b][*]x[/b][/list][p][p][/p][table]x[p]y[/table]",
    "[][[][/][//][/*][*][=][b=][/b=][url=][/url",
    "[/code][/quote][/b][/url][/script]",
    "[script]alert(1)[/script][iframe]x[/iframe][html]<b>[/html]",
    "[\u0131mg]x[/\u0131mg][\u017f]x[/\u017f][\uff42]x[/\uff42]",
    "\u202e[b]\u2066txet\u2069[/b]\u202c",
    "------\n<script>[x]\n------\n>><script>\n>>[quote]\n------",
    ">>" * 50 + "[quote]" * 50 + "<script>",
]

FLOODS = {
    "nested": "[b]" * 20_000 + "x" + "[/b]" * 20_000,
    "nested lists": "[list][*]" * 10_000,
    "nested tables": "[table][tr][td]" * 6_000,
    "quotes of lines": "[quote]" * 20_000 + "x\n" * 10_000,
    "brackets": "[" * 100_000,
    "unclosed values": "[url=" * 20_000,
    "nested values": "[url=[a=" * 12_000,
    "huge value": f"[quote={'x' * 50_000}][url=https://a.org/{'x' * 50_000}]y[/url]",
    "items": "[list]" + "[*]" * 33_000,
    "parentheses": "https://a.org/" + ")" * 300_000,
    "addresses": "http://" * 14_000,
    "unclosed codes": "[code]" * 16_000,
    "rules": "------\n" * 14_000,
    "lines": ">>a\n" * 25_000,
    "dashes": "-" * 100_000 + "x",
    "spaces": "a" + " \n" * 50_000 + "b",
}


def test_corpus_is_large() -> None:
    """The corpus holds more than a hundred attacks, and none twice."""
    attacks = EVIL_ADDRESSES + ATTACKS

    assert len(attacks) == len(set(attacks)) > 100


@pytest.mark.parametrize("address", EVIL_ADDRESSES)
@pytest.mark.parametrize(
    "source",
    [
        *("[url={}]x[/url]", "[url]{}[/url]", "[url='{}']x[/url]", '[url="{}"]x[/url]'),
        *("[url={}]", "[anchor={}]x[/anchor]", "[img]{}[/img]", "[email={}]x[/email]"),
        *("[video]{}[/video]", "[icon={}]", "[call={}]x[/call]", "{}"),
    ],
)
def test_evil_addresses_never_become_links(
    faults: Faults, source: str, address: str
) -> None:
    """A link goes to the web, to a mailbox or to a telephone, or nowhere."""
    html = to_html(source.format(address))

    assert [] == faults(html)


@pytest.mark.parametrize("address", EVIL_ADDRESSES)
def test_evil_addresses_leave_their_label(address: str) -> None:
    """The label of a refused link is shown, and nothing is linked."""
    html = to_html(f"[url={address}]label[/url]")

    assert "label" in html
    assert "<a" not in html


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_are_harmless(faults: Faults, attack: str) -> None:
    """Nothing but elements, attributes and schemes of the allow-list comes out."""
    html = to_html(attack)

    assert [] == faults(html)


@pytest.mark.parametrize(
    "attack", [*ATTACKS, *map("[url={}]x[/url]".format, EVIL_ADDRESSES)]
)
def test_the_last_gate_finds_nothing_to_do(faults: Faults, attack: str) -> None:
    """HTML written from the tree is harmless even before the last gate."""
    assert [] == faults(as_html.write(parse(attack)))


@pytest.mark.parametrize("attack", FLOODS.values(), ids=FLOODS.keys())
@pytest.mark.timeout(10)
def test_floods_are_survived(faults: Faults, attack: str) -> None:
    """Huge, deep and broken texts neither crash nor take long."""
    html = to_html(attack)
    text = to_text(attack)

    assert [] == faults(html)
    assert len(text) < 30 * len(attack)


EVIL_HTML = [
    *("<script></script>", "<b onclick=x></b>", "<a href='x'>x</a>", "<!-- x -->"),
    *("<a href='JavaScript:x'></a>", "<a rel='x'></a>", "<p>", "</p>", "<!x>"),
    *("<img src='https://a.org'>", "<br/>", "<p><s></p></s>", "<?x>"),
    "<a href='https://a.org'><a href='https://a.org'>x</a></a>",
]


@pytest.mark.parametrize("evil", EVIL_HTML)
def test_the_last_gate_alone_is_enough(faults: Faults, evil: str) -> None:
    """Were the tree written out wrong, still nothing evil would come out."""
    assert [] == faults(as_html.gate(evil))


def test_judge_knows_evil_when_it_sees_it(faults: Faults) -> None:
    """The judge of these tests finds each kind of fault."""
    evil = [*EVIL_HTML, "\u202e"]

    assert [] == [html for html in evil if not faults(html)]
    assert [] == faults('<a href="https://a.org">x</a><br>')
