"""Hostile words everywhere: shown as words, in pages, in mails and in Bitrix24."""

import re
from contextlib import asynccontextmanager
from dataclasses import replace
from email.parser import BytesParser
from html import unescape
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
from aiohttp import ClientSession, DummyCookieJar
from desk import until
from examples import NOON, SIGNATURE, letter, message, ticket
from formfilling import NEW, Visitor
from hostile import (
    MARKUP,
    OVERRIDES,
    TEXTS,
    Judge,
    faults,
    filled,
    shown,
    squeezed,
    visible,
)
from mailbox_server import READING
from orders import said
from showroom import SETTINGS, Showroom

from ticket24.domain.commands.files import file_name
from ticket24.domain.commands.model import OpenTicket, PostReply, Upload
from ticket24.domain.lines import one_line
from ticket24.domain.messages.voices import customer_line
from ticket24.domain.news.letters import Kind
from ticket24.domain.settings.model import Department, OwnWords, Tags
from ticket24.domain.tickets.descriptions import compose, harmless, restored
from ticket24.domain.tickets.model import File, MessageKey, Source, TicketRef, Voice
from ticket24.flows.files.downloading import Download
from ticket24.mail.address import Sender
from ticket24.mail.render import render
from ticket24.portal.views import files
from ticket24.store.sign_in.sessions import RedisSessions

ANNA = 43
PLAIN = "Plain words canary"

# Bitrix24's JSON loses half characters when it is read (`bitrix.decode`).
WORDS = [text.replace("\ud83d", "") for text in TEXTS]


def company(name, *words):
    """Return what a company may choose that calls everything by these words."""
    words = tuple(OVERRIDES.sub("", one) for one in words)
    departments = (
        Department(100 + n, one, about=OwnWords(en=one), opening_hours=OwnWords(en=one))
        for n, one in enumerate(words)
    )
    return replace(
        SETTINGS,
        company_name=OVERRIDES.sub("", name),
        departments=tuple(departments),
        tags=Tags(words, words, words),
    )


# What a company calls its departments and tags is hostile only if it wants to be.
HOSTILE_SETTINGS = company(WORDS[1] + WORDS[14], PLAIN, *WORDS)

# Fewer, so that a form that is filled in over and over again stays small; with fewer
# than five departments it would be another form.
FEW_SETTINGS = company(WORDS[1] + WORDS[14], PLAIN, *WORDS[:5])


def test_the_corpus_is_large():
    """There are more than 60 hostile texts, and none twice."""
    assert 60 < len(set(TEXTS)) == len(TEXTS)


@pytest.fixture
def settings():
    """What the company has chosen."""
    return HOSTILE_SETTINGS


@pytest.fixture
async def room(redis, redis_url, settings):
    async with (
        Showroom(redis, redis_url, settings=settings) as room,
        ClientSession(cookie_jar=DummyCookieJar()) as room.http,
    ):
        yield room


def said_everywhere(room, number, words):
    """Return a ticket that consists of these words throughout."""
    line = OVERRIDES.sub("", words)
    named = (File(7, f"{words}.png", 9), File(8, f"{words}.pdf", 9))
    mine = customer_line(words) + harmless(words)
    return ticket(
        ref=TicketRef(room.account.id, 100 + number),
        subject=words,
        description=compose(words, words, (), SIGNATURE) if number % 2 else words,
        responsible=words,
        group_id=100 + number,
        tags=(line,),
        files=named,
        messages=(
            message(1, words, author=words, files=named),
            message(2, mine, voice=Voice.CUSTOMER, author=words),
            message(3, f"{words} [b]bold[/b] [url=https://a.example]{words}[/url]"),
        ),
    )


async def pages_of(room, path, name):
    """Return the page as it is shown to a customer of this name."""
    cookie = await room.cookie(ANNA, name=name)
    headers = {"Cookie": f"ticket24_session={cookie}"}
    async with room.http.get(room.address(path), headers=headers) as answer:
        assert answer.status < 500
        return await answer.text()


async def test_tickets_are_shown_as_words(room):
    """Subjects, texts, names, departments, tags and files bring nothing with them."""
    for number, words in enumerate([PLAIN, *WORDS]):
        await room.keep(said_everywhere(room, number, words))
        ref = TicketRef(room.account.id, 100 + number)
        upload = Upload("u1", file_name(words), 9, "text/plain")
        await room.commands.put(
            PostReply(f"c{number}", ref, ANNA, one_line(words), NOON, words, (upload,))
        )
    plain = await pages_of(room, "tickets/100", PLAIN)
    for number, words in enumerate(WORDS, 1):
        page = await pages_of(room, f"tickets/{100 + number}", words)

        assert [] == faults(page, plain), words
        seen, once = shown(page), squeezed(words)
        # In the title, as heading, as who answers, in three tags and a department,
        # as names, and four times as text.
        assert 12 < seen.count(words[-8:])
        assert 5 < seen.count(once)

    plain = LIST + await pages_of(room, "?q=100&show=all", PLAIN)
    for number in range(1, 4):
        page = await pages_of(room, f"?show=all&page={number}", WORDS[number])
        assert [] == faults(page, plain)
        assert 15 < page.count('<tr id="t-')


# What a list of several pages has.
LIST = """<nav class="" aria-label=""><a class="" rel="" href=""></a><span></span></nav>
<p class="" id=""></p>"""


async def test_what_a_customer_typed_is_shown_exactly(room):
    """Own words are words, whatever they look like in BBCode: none is lost."""
    for number, words in enumerate(WORDS):
        ref = TicketRef(room.account.id, 100)
        mine = message(
            *(2, customer_line("Anna") + harmless(words)),
            voice=Voice.CUSTOMER,
            key=MessageKey(Source.FORUM if number % 2 else Source.CHAT, 2),
        )
        await room.keep(ticket(ref=ref, group_id=100, messages=(mine,)))
        page = await pages_of(room, "tickets/100", "Anna")

        entry = page.split(f'id="m-{mine.key}"')[1].split("</li>")[0]
        body = entry.partition('<div class="text')[2].partition(">")[2]
        assert squeezed(words) == shown(body)
        assert {("a", ""), ("a", "href"), ("a", "rel"), ("br", "")} >= (
            Judge(body).shapes
        )


def as_browsers_quote(name):
    """Return the name of a file as it is written in a part's head."""
    name = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    return re.sub(r"[\x00-\x1f\\]", "_", name)


async def test_a_form_offers_departments_and_tags_as_words(room, redis_url):
    """Whatever a company calls them, it brings nothing with it."""
    names = [f"{PLAIN} {number}" for number in range(10)]
    calm = Showroom(room.redis, redis_url, slug="calm", settings=company(*names))
    async with calm:
        calm.http = room.http
        plain = await pages_of(calm, "tickets/new", PLAIN)
    page = await pages_of(room, "tickets/new", PLAIN)

    assert [] == faults(page, plain)
    options = re.findall(r"<option[^>]*>(.*?)</option>", page, re.DOTALL)
    offered = {squeezed(unescape(option)) for option in options}
    wanted = {squeezed(OVERRIDES.sub("", words)) for words in WORDS}
    assert set() == wanted - offered


@pytest.mark.parametrize("settings", [FEW_SETTINGS], ids=["few"])
@pytest.mark.filterwarnings("ignore::aiohttp.BadContentDispositionHeader")
@pytest.mark.filterwarnings("ignore::aiohttp.BadContentDispositionParam")
async def test_forms_are_filled_in_with_words(room):
    """The form for a new ticket, its faults, and what was received hold words alone."""
    plain = await pages_of(room, "tickets/new", PLAIN)
    cookie = await room.cookie(ANNA, name=WORDS[0])
    session = ClientSession(
        headers={"Cookie": f"ticket24_session={cookie}"}, cookie_jar=DummyCookieJar()
    )
    async with session:
        anna = Visitor(room, session)
        hidden = await anna.hidden()
        wrong = {"department": "101", "cc": "x", "priority": PLAIN, "sector": "x"}
        with_faults = (await anna.post("tickets/new", hidden | NEW | wrong)).page
        for number, text in enumerate(TEXTS):
            words = text.replace("\ud83d", "\ufffd")
            fields = dict.fromkeys([*NEW, "form_id"], words)
            page = (
                await anna.post(
                    "tickets/new", hidden | fields, [(as_browsers_quote(words), b"")]
                )
            ).page
            assert [] == faults(page, plain + with_faults), words
            assert squeezed(words) == squeezed(filled(page, "subject"))
            assert squeezed(words) == squeezed(filled(page, "text"))
            assert squeezed(words) == squeezed(filled(page, "cc"))

            draft = {"fields": {"subject": words, "text": words, "cc": words}}
            await session.post(
                room.address("drafts/new"),
                json=draft,
                headers={"X-CSRF-Token": hidden["csrf_token"]},
            )
            _, page = await anna.get("tickets/new")
            assert [] == faults(page, plain + with_faults)
            assert squeezed(words) == squeezed(filled(page, "text"))

            if number % 3:
                continue
            command = OpenTicket(
                *(f"{number:032x}", room.account.id, ANNA, words, NOON, 100),
                *(visible(words)[:200], words.replace("\r\n", "\n")),
                *(("a@example.com",), (OVERRIDES.sub("", words),)),
                (Upload("u1", file_name(words), 9, "text/plain"),),
            )
            await room.commands.put(command)
            _, page = await anna.get(f"received/{number:032x}")
            assert [] == faults(page, with_faults + RECEIVED), words
            assert squeezed(words) in shown(page)
            _, page = await anna.get("")
            assert [] == faults(page, with_faults + RECEIVED)


@pytest.mark.parametrize("content", [b"<svg onload=alert(1)>", b"GIF89a......"])
async def test_names_of_downloads_are_names(room, monkeypatch, content):
    """The head of a download is one line that names a file, whatever it is called."""

    async def chunks():
        yield content

    async def send(words):
        @asynccontextmanager
        async def found(*_, **__):
            yield Download(f"{words}.svg", None, chunks())

        monkeypatch.setattr(files, "download", found)
        async with room.http.get(
            room.address("tickets/100/files/a7"), headers=headers
        ) as answer:
            assert content == await answer.read()
            return answer.headers

    await room.keep(said_everywhere(room, 0, PLAIN))
    headers = {"Cookie": f"ticket24_session={await room.cookie(ANNA)}"}
    picture = content.startswith(b"GIF")
    plain = await send(PLAIN)
    for words in WORDS:
        head = await send(words)

        assert sorted(plain) == sorted(head)
        assert "nosniff" == head["X-Content-Type-Options"]
        assert "sandbox" in head["Content-Security-Policy"]
        assert ("image/gif" if picture else "application/octet-stream") == (
            head["Content-Type"]
        )
        match = re.fullmatch(
            r"""(inline|attachment); filename="([ -~]+)"; filename\*=UTF-8''([!-~]+)""",
            head["Content-Disposition"],
        )
        assert ("inline" if picture else "attachment") == match[1]
        assert not set(match[2]) & set('"\\%;/')
        name = unquote(match[3])
        assert not set(name) & set("\\/\r\n\0")
        assert OVERRIDES.search(name) is None
        assert name.endswith(".svg")


# What the page of a new ticket on its way has, and a list with one.
RECEIVED = """
<div data-turn_new="" data-turn_yours="" data-turn_ours="" data-turn_on_hold=""
 data-turn_solved="" data-turn_declined=""></div>
<noscript><meta http-equiv="refresh" content="5"></noscript>
<section class="" data-received="" aria-live=""></section>
<article class="" aria-labelledby=""><h1></h1><h2 id="" dir="auto"></h2>
<h3 class=""></h3><dl class=""><dt></dt><dd dir="auto"></dd></dl>
<div class="" dir=""></div><time datetime="" title=""></time><span dir=""></span>
<small class=""></small><ul class="" id="" data-live=""><li id="" class=""></li></ul>
<p class="" role="" hidden data-trouble="" data-busy="" data-lost=""></p>
<span class="" aria-hidden=""></span></article>
<svg class="" aria-hidden="" width="" height=""><use href=""></use></svg>
<symbol id="" viewbox=""></symbol><circle cx="" cy="" r="" fill="" stroke=""></circle>
<path d="" fill="" stroke=""></path>
<div id="" class="" data-keep="" data-status="" data-home="" data-owner=""
 data-sign-in="" data-etag="" data-page="" data-reply="" data-reply-in=""
 data-lost="" data-busy="" data-still="" data-gone="" data-ended=""
 data-sign-in-words=""></div>
"""


WITH_FAULTS = """
<div role="" class="" tabindex="" autofocus aria-labelledby=""><h2 id=""></h2></div>
<input aria-invalid="" aria-describedby=""><p class="" id=""></p>
"""


async def test_addresses_and_sign_in_repeat_words_alone(room):
    """Search words, `next`, e-mail and mistyped addresses come back as words."""
    plain = await pages_of(room, f"?show=all&q={PLAIN}&priority=x", PLAIN)
    plain += await pages_of(room, "no/such/page", PLAIN)
    async with room.http.get(room.address("?q=" + "W" * 10_000)) as answer:
        plain += await answer.text()
    async with room.http.get(
        room.address(f"login?next={PLAIN}&email=a@b.example")
    ) as answer:
        visit = answer.cookies["ticket24_visit"].value
        login = await answer.text()
    headers = {"Cookie": f"ticket24_visit={visit}"}
    token = re.search(r'csrf_token" value="(\w+)"', login)[1]
    for text in TEXTS:
        words = text.encode(errors="replace").decode()
        query = {"q": words, "show": "all", "priority": words, "sort": words}
        cookie = await room.cookie(ANNA, name=words)
        mine = {"Cookie": f"ticket24_session={cookie}"}
        async with room.http.get(
            room.address(""), params=query, headers=mine
        ) as answer:
            page = await answer.text()
        assert [] == faults(page, plain)
        async with room.http.get(
            room.address("no/such"), params={"x": words}, headers=mine
        ) as answer:
            assert 404 == answer.status
            assert [] == faults(await answer.text(), plain)
        fields = {"csrf_token": token, "email": words, "next": words}
        for path in ("login", "login/link"):
            async with room.http.post(
                room.address(path),
                data=fields | ({"email": ""} if path == "login/link" else {}),
                headers=headers,
            ) as answer:
                page = await answer.text()
            assert 422 == answer.status
            assert [] == faults(page, login + plain + WITH_FAULTS)
            assert squeezed(words) == squeezed(filled(page, "next"))


def mail(kind, words, **fields):
    """Render a mail that consists of these words; return it as it is read."""
    named = (File(7, f"{words}.pdf", 9),)
    said_ = (message(1, words, author=words, files=named),)
    written = render(
        letter(
            kind=kind,
            subject=words,
            recipient_name=words,
            responsible=words,
            opened_by=words,
            text=words,
            files=named,
            messages=said_,
            **fields,
        ),
        replace(SETTINGS, company_name=words),
        "acme",
        Sender("Acme <support@example.com>", "example.com"),
        "https://help.example.com",
    )
    return BytesParser(policy=READING).parsebytes(bytes(written))


def part_of(mail_, kind):
    return mail_.get_body((kind,)).get_content()


# Styles of ours that a mail has with each of the elements.
STYLED = "".join(f'<{name} style="">' for name in {name for name, _ in MARKUP} - {"a"})


@pytest.mark.parametrize("in_copy", [False, True])
@pytest.mark.parametrize("kind", [Kind.CREATED, Kind.REPLIED, Kind.COMPLETED])
def test_mails_say_words_alone(kind, in_copy):
    """Nobody's words become more than words in a mail's head or body."""
    plain = mail(kind, PLAIN, in_copy=in_copy)
    heads, harmless_html = sorted(plain.keys()), part_of(plain, "html") + STYLED
    for words in WORDS:
        hostile = mail(kind, words, in_copy=in_copy)

        assert heads == sorted(hostile.keys())
        assert ["anna@example.com"] == [
            address.addr_spec for address in hostile["To"].addresses
        ]
        assert "\n" not in "".join(map(str, hostile.values()))
        html = part_of(hostile, "html")
        assert [] == faults(html, harmless_html)
        assert words[-8:] in html
        text = part_of(hostile, "plain")
        assert words[-8:] in text
        for one in (html, text, hostile["Subject"], str(hostile["From"])):
            assert OVERRIDES.search(one) is None


@pytest.mark.parametrize(
    "name",
    [
        f"Boss <boss@bank.example>, {'x' * 50}",
        f"boss@bank.example, {'x y ' * 20}",
        'a" <boss@bank.example>, "' + "b " * 25,
        f"Group: boss@bank.example;{'c ' * 30}",
        f"boss@bank.example,{'ü ' * 39}",
    ],
)
def test_a_name_is_no_recipient(name):
    """Whatever a customer or a company is called, a mail has one To and one From."""
    hostile = mail(Kind.REPLIED, name)

    found = [
        a.addr_spec for a in (*hostile["To"].addresses, *hostile["From"].addresses)
    ]
    assert ["anna@example.com", "support@example.com"] == found


SUBJECT = "#urgent [b]x[/b] <i>{{7*7}}</i> &amp; [USER=1]you[/USER] שלום"


@pytest.mark.parametrize("card", ["chat", "forum"])
async def test_what_customers_type_goes_to_bitrix24_and_back(desk, redis, card):
    """Staff read it as typed, without BBCode, mentions or tags; so do customers."""
    account = await desk.connect()
    contact, email, _ = desk.customer()
    typed = "\r\n".join(text.replace("\ud83d", "\ufffd") for text in TEXTS)
    cookie = await RedisSessions(redis).start(account.id, [contact.id], email, "Anna")
    group = desk.ticket(card).group_id
    async with (
        desk.worker(),
        ClientSession(
            headers={"Cookie": f"ticket24_session={cookie}"},
            cookie_jar=DummyCookieJar(),
        ) as session,
    ):
        anna = Visitor(SimpleNamespace(address=desk.portal), session)
        fields = {"department": str(group), "priority": "", "message_type": ""}
        answer = await anna.open(subject=SUBJECT, text=typed, cc="", **fields)
        assert 303 == answer.status
        outcome = await until(
            lambda: next(
                (t for t in desk.world.tasks.values() if t.title.endswith("שלום")), None
            )
        )
        path = f"tickets/{outcome.id}"

        async def there():
            status, page = await anna.get(path)
            return page if status == 200 else None

        page = await until(there)
        reply = await anna.hidden(path) | {"text": typed}
        assert 303 == (await anna.post(f"{path}/replies", reply)).status
        await until(lambda: said(desk.world, outcome))

        async def answered():
            page = await there()
            return page if re.search(r'class="ours" id="m-', page) else None

        page = await until(answered)

    ((posted, _),) = said(desk.world, outcome)
    opening, link = outcome.description.rsplit("\n", 1)
    assert re.fullmatch(r"\[URL=\S+\]Open in Ticket24\[/URL\]", link)
    for text in (opening, posted):
        assert ["[B", "[/B"] == re.findall(r"\[/?[A-Za-z*]", text)
        assert squeezed(typed) in squeezed(restored(text))
    assert [] == outcome.tags
    assert squeezed(SUBJECT) == squeezed(outcome.title)

    assert SUBJECT == unescape(re.search(r"<h1[^>]*>(.*?)</h1>", page)[1])
    assert 2 == shown(page).count(squeezed(typed))
    assert [] == Judge(page).turned
