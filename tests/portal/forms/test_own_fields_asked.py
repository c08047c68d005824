"""The company's own fields on the form for new tickets, without JavaScript."""

import html
import re
from dataclasses import replace
from io import BytesIO

import pytest
import pytest_asyncio
from desk import until
from formfilling import NEW, Answer, Visitor, hidden_fields, multipart
from showroom import SETTINGS, Showroom

from ticket24.domain.commands.own_fields import name_of
from ticket24.domain.settings.model import FormField, OwnWords, TagLabels
from ticket24.domain.settings.own_fields.model import ShownIf
from ticket24.domain.tickets.field_values import FieldValue
from ticket24.store.accounts.connected import RedisAccounts
from ticket24.store.sealing import Seal
from ticket24.store.sign_in.sessions import RedisSessions

HOSTILE = "<script>alert(1)</script>\"'"
FIELDS = (
    FormField(
        "product",
        "choice",
        OwnWords("Product", "Produkt"),
        OwnWords(f"As on the box {HOSTILE}"),
        required=True,
        options=("web", HOSTILE),
        option_labels=TagLabels({"web": "Website"}, {"web": "Webseite"}),
    ),
    FormField("order", label=OwnWords("Order number"), departments=(8,), required=True),
    FormField("sizes", "several", OwnWords("Sizes"), options=("S", "M", "L")),
    FormField(
        "since",
        "date",
        OwnWords("Since"),
        required=True,
        shown_if=ShownIf("product", (HOSTILE,)),
    ),
    FormField("amount", "number", OwnWords("Amount")),
    FormField("urgent", "yes_no", OwnWords("Urgent")),
    FormField("steps", "long_text", OwnWords("Steps")),
    FormField("contract", "file", OwnWords("Contract")),
)
OWN = replace(SETTINGS, fields=FIELDS)


@pytest_asyncio.fixture
async def room(redis, redis_url):
    async with Showroom(redis, redis_url, settings=OWN) as room:
        yield room


@pytest_asyncio.fixture
async def anna(room):
    return Visitor(room, await room.visitor(43))


async def commands(room):
    waiting = await room.commands.waiting(room.account.id, (43,))
    return [one.command for one in waiting]


async def with_fields(room, *fields):
    """Save other fields while somebody fills in the form; pages have them soon."""
    accounts = RedisAccounts(room.redis, Seal("s" * 32))
    settings = replace(OWN, fields=fields)
    await accounts.update(
        room.account.id, lambda now: now.with_settings(settings, now.connected_at)
    )
    other = Visitor(room, await room.visitor(44))
    named = [f'data-own="{name_of(one)}"' for one in fields]

    async def there():
        _, page = await other.get("tickets/new")
        return named == re.findall(r'data-own="[^"]*"', page)

    await until(there)


async def test_what_is_filled_in_goes_with_the_ticket(room, anna):
    """Several boxes, a number with a comma, a date: each as it is kept."""
    answer = await anna.open(
        **{
            "field.product": "web",
            "field.order": "ignored in Support",
            "several.sizes": ["S", "L"],
            "field.since": "ignored, too",
            "field.amount": ["1,5", "the first one counts"],
            "field.urgent": "yes",
            "field.steps": "One\r\nTwo",
        }
    )

    (command,) = await commands(room)
    assert 303 == answer.status
    _, received = await anna.get(answer.location.removeprefix("/p/acme/"))
    assert '<dd dir="auto">Website</dd>' in received
    assert (
        FieldValue("product", "choice", "Product", ("web",), ("Website",)),
        FieldValue("sizes", "several", "Sizes", ("S", "L")),
        FieldValue("amount", "number", "Amount", ("1.5",)),
        FieldValue("urgent", "yes_no", "Urgent", ("yes",), ("Yes",)),
        FieldValue("steps", "long_text", "Steps", ("One\nTwo",)),
    ) == command.values


async def test_what_is_wrong_is_said_at_each_field_and_nothing_is_lost(room, anna):
    """Only of fields that are asked; what was typed stands there again."""
    answer = await anna.open(
        **{
            "department": "8",
            "field.product": HOSTILE,
            "several.sizes": ["M", "XXL"],
            "field.since": "yesterday",
            "field.amount": "a dozen",
            "field.urgent": "no",
            "field.steps": "\u05d0" * 10_000,
        }
    )

    assert 422 == answer.status
    assert [
        ("field-order", "Fill in “Order number”"),
        (
            "field-sizes",
            "What you chose for “Sizes” is no longer offered. Choose another option.",
        ),
        ("field-since", "Enter a date for “Since”, for example 2026-12-24"),
        ("field-amount", "Enter a number for “Amount”"),
        ("field-steps", "“Steps” is too long. Shorten it to 4000 characters."),
    ] == answer.errors
    assert all(f'id="{field}"' in answer.page for field, _ in answer.errors)
    assert "yesterday" == answer.value("field.since")
    assert "a dozen" == answer.value("field.amount")
    assert "\u05d0" * 10_000 == answer.value("field.steps")
    assert 'value="M" id="field-sizes-2" checked' in answer.page
    assert "XXL (no longer offered)" in answer.page
    assert 'value="no" id="field-urgent-2" checked' in answer.page
    assert "<script>alert" not in answer.page
    described = re.search(
        r'id="field-order"[^>]*aria-describedby="([^"]*)"', answer.page
    )
    assert "field-order-when" in described[1]
    assert "field-order-error" in described[1]


async def test_without_a_script_the_page_says_when_a_field_is_asked(anna):
    """All are there, in the reader's words; what is optional says so."""
    _, page = await anna.get("tickets/new")
    said = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())

    assert "Order number Only for Sales." in said
    assert "Only if “Product” is" in said
    assert "Amount (optional)" in said
    assert ">Website</option>" in page


async def test_the_page_speaks_the_readers_language(room, anna):
    """Labels and options have words in each, else those of the company."""
    headers = {"Accept-Language": "de"}
    address = room.address("tickets/new")
    async with anna.session.get(address, headers=headers) as answer:
        page = await answer.text()

    assert ">Produkt<" in page
    assert ">Webseite</option>" in page
    assert ">Order number<" in page


async def test_what_loses_its_field_moves_into_the_message(room, anna):
    """Somebody changed the form meanwhile: the page says so, and it can be sent."""
    fields = await anna.hidden() | NEW
    await with_fields(room, FIELDS[2])
    typed = {
        "field.product": "web",
        "field.steps": "Switch it on",
        "field.__proto__": "x",
        "several.sizes": "S",
    }
    answer = await anna.post("tickets/new", fields | typed)
    again = hidden_fields(answer.page) | NEW | {"text": answer.value("text")}
    sent = await anna.post("tickets/new", again | {"several.sizes": "S"})

    assert (422, ["text"]) == (answer.status, [field for field, _ in answer.errors])
    assert "This form has changed" in answer.errors[0][1]
    text = "It burns.\n\nBrightly.\n\nProduct: web\nSteps: Switch it on"
    assert text == answer.value("text").replace("\r\n", "\n")
    assert 303 == sent.status
    (command,) = await commands(room)
    assert text == command.text
    assert [("S",)] == [one.values for one in command.values]


async def test_a_draft_of_an_earlier_form_loses_nothing(room, anna):
    """What has a field is in it, and the rest stands in the message."""
    token = (await anna.hidden())["csrf_token"]
    fields = {
        "subject": "Half a",
        "field.amount": "12",
        "several.sizes": "S\nM",
        "field.steps": "One",
        "field.__proto__": "x",
    }
    async with anna.session.post(
        room.address("drafts/new"),
        json={"fields": fields, "uploads": []},
        headers={"X-CSRF-Token": token, "Accept": "application/json"},
    ) as answer:
        assert 204 == answer.status
    await with_fields(room, *FIELDS[2:6])
    _, page = await anna.get("tickets/new")
    shown = Answer(200, page, "", None)

    assert "12" == shown.value("field.amount")
    assert 2 == len(re.findall(r'name="several.sizes"[^>]* checked', page))
    assert "Steps: One" == shown.value("text")
    assert "This form has changed" in page


async def test_an_address_fills_the_form_in_and_sends_nothing(room, anna):
    """Only with what the form would take; drafts count more."""
    query = (
        "?department=Sales&priority=high&product=web&sizes=S&sizes=L&amount=1,5"
        "&since=2026-13-01&urgent=maybe&subject=Toner&cc=eve@example.com&private=1"
        "&contract=x&text=%3Cb%3E&message_type=None&unknown=1&product=nothing"
    )
    _, page = await anna.get(f"tickets/new{query}")
    shown = Answer(200, page, "", None)

    assert 'value="8" id="department-2" checked' in page
    assert '<option value="High" selected>' in page
    assert '<option value="web" selected>' in page
    assert 2 == len(re.findall(r'name="several.sizes"[^>]* checked', page))
    assert ["1,5", "Toner", "<b>", "", ""] == [
        shown.value(name)
        for name in ("field.amount", "subject", "text", "cc", "field.since")
    ]
    assert [] == await commands(room)


async def test_a_file_belongs_to_its_field(room, anna):
    """It is kept over a fault, can be replaced or removed, and may be demanded."""
    await with_fields(room, replace(FIELDS[-1], required=True))
    missing = await anna.open()
    assert [("field-contract", "Add a file for “Contract”")] == missing.errors

    async def send(fields, name=None):
        form = multipart(fields, [])
        if name:
            form.add_field("file.contract", BytesIO(b"%PDF"), filename=name)
        async with anna.session.post(
            room.address("tickets/new"), data=form, allow_redirects=False
        ) as answer:
            return Answer(answer.status, await answer.text(), "", answer)

    fields = await anna.hidden() | NEW
    program = await send(fields, "contract.exe")
    assert "field-contract" == program.errors[0][0]
    faulty = await send(fields | {"subject": ""}, "contract.pdf")
    assert [("subject", "Enter a subject")] == faulty.errors
    bound = re.search(r'name="field.contract" value="([^"]+)"', faulty.page)[1]
    assert 1 == faulty.page.count(f'name="upload" value="{bound}"')

    kept = fields | {"upload": bound, "field.contract": bound}
    removed = await send(kept | {"remove": bound})
    assert [("field-contract", "Add a file for “Contract”")] == removed.errors
    assert 303 == (await send(kept)).status
    other = await anna.hidden() | NEW | {"subject": "Another"}
    assert 303 == (await send(other, "new.pdf")).status

    first, second = await commands(room)
    assert [(bound,)] == [one.values for one in first.values]
    assert ["contract.pdf"] == [one.name for one in first.uploads]
    assert [second.uploads[0].id] == [*second.values[0].values]


async def test_words_whose_field_takes_a_file_now_move_into_the_message(room, anna):
    """Nothing that was typed is lost, and a file that went is no word."""
    fields = await anna.hidden() | NEW
    await with_fields(room, *(replace(one, kind="file") for one in FIELDS[5:7]))
    typed = {"field.steps": "Switch it on", "field.urgent": "-" * 22}
    answer = await anna.post("tickets/new", fields | typed)

    assert 422 == answer.status
    text = "It burns.\n\nBrightly.\n\nSteps: Switch it on"
    assert text == answer.value("text").replace("\r\n", "\n")


@pytest.mark.parametrize("now", [FIELDS[2], replace(FIELDS[-1], kind="text")])
async def test_a_file_that_loses_its_field_is_a_file_of_the_message(room, anna, now):
    """It is on the page again, after a fault and in a draft, and goes along."""
    fields = await anna.hidden() | NEW | {"subject": ""}
    form = multipart(fields | {"field.product": "web"}, [])
    form.add_field("file.contract", BytesIO(b"%PDF"), filename="contract.pdf")
    async with anna.session.post(room.address("tickets/new"), data=form) as answer:
        page = await answer.text()
    bound = re.search(r'name="field.contract" value="([^"]+)"', page)[1]
    await with_fields(room, now)
    again = fields | {"upload": bound, "field.contract": bound}
    faulty = await anna.post("tickets/new", again)
    kept = f'name="upload" value="{bound}"'

    assert (422, 1) == (faulty.status, faulty.page.count(kept))
    assert f'name="field.contract" value="{bound}"' not in faulty.page
    await anna.post("language?back=/p/acme/tickets/new", again | {"to": "en"})
    _, page = await anna.get("tickets/new")
    assert (1, 0) == (page.count(kept), page.count(f'contract" value="{bound}"'))
    assert 303 == (await anna.post("tickets/new", again | {"subject": "Toner"})).status
    (command,) = await commands(room)
    assert ["contract.pdf"] == [one.name for one in command.uploads]
    assert () == command.values


async def test_other_answers_make_another_ticket(room, anna):
    """The same words with another order number are not sent twice by mistake."""
    assert 303 == (await anna.open(**{"field.product": "web"})).status
    assert 409 == (await anna.open(**{"field.product": "web"})).status
    answer = await anna.open(**{"field.product": "web", "field.amount": "2"})

    assert 303 == answer.status


async def test_a_form_without_fields_is_as_it_was(room, anna):
    """Whoever has none is asked nothing more, and gets no script for it."""
    await with_fields(room)
    _, page = await anna.get("tickets/new")

    assert 'class="own"' not in page
    assert "compose_own" not in page


async def test_what_was_filled_in_outlives_a_session(room, anna):
    """Boxes and all: it is in the form again after signing in."""
    fields = await anna.hidden() | NEW | {"several.sizes": ["S", "L"]}
    cookie = re.search("ticket24_session=(.*)", anna.session.headers["Cookie"])[1]
    await RedisSessions(room.redis).end(room.account.id, cookie)
    answer = await anna.post("tickets/new", fields | {"field.amount": "7"})
    token = answer.response.cookies["ticket24_kept"].value
    jar = f"ticket24_session={await room.cookie(43)}; ticket24_kept={token}"
    async with anna.session.get(
        room.address("tickets/new"), headers={"Cookie": jar}
    ) as response:
        found = Answer(200, await response.text(), "", response)

    assert "7" == found.value("field.amount")
    assert 2 == len(re.findall(r'name="several.sizes"[^>]* checked', found.page))


async def test_a_form_that_cannot_be_accepted_comes_back_whole(anna):
    """Also what was chosen, which nobody types: it is sent along again."""
    fields = await anna.hidden() | NEW | {"several.sizes": ["S", "L"]}
    forged = fields | {"csrf_token": "x", "field.order": HOSTILE}
    answer = await anna.post("tickets/new", forged)

    assert 403 == answer.status
    assert "<script>alert" not in answer.page
    there = dict(
        re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', answer.page)
    )
    assert HOSTILE == answer.value("field.order")
    assert ">Order number</label>" in answer.page
    assert "S\nL" == html.unescape(there["several.sizes"]).replace("\r\n", "\n")
    assert '<input id="back-several-sizes" value="S, L"' in answer.page


async def test_another_language_keeps_what_was_filled_in(anna):
    """Also if nothing else was typed yet, and without JavaScript."""
    fields = await anna.hidden() | {"to": "de", "several.sizes": ["S", "L"]}
    fields |= {"field.steps": "One, then two", "field.urgent": "no"}
    answer = await anna.post("language?back=/p/acme/tickets/new", fields)
    _, page = await anna.get("tickets/new")

    assert 303 == answer.status
    assert 2 == len(re.findall(r'name="several.sizes"[^>]* checked', page))
    assert 'value="no" id="field-urgent-2" checked' in page
    assert "One, then two" == Answer(200, page, "", None).value("field.steps")


async def test_trouble_gives_back_what_was_filled_in_alone(anna):
    """The page shows it and sends it again, with room for the message."""
    fields = await anna.hidden() | {"csrf_token": "x", "field.steps": "One"}
    answer = await anna.post("tickets/new", fields | {"field.urgent": "no"})

    assert 403 == answer.status
    assert ["One", ""] == [answer.value(name) for name in ("field.steps", "text")]
    assert 'name="field.urgent" value="no"' in answer.page
    assert '<input id="back-field-urgent" value="No"' in answer.page
