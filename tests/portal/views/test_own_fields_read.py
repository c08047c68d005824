"""What was filled in in the company's own fields, as its customers read it."""

import html
import re
from dataclasses import replace

import pytest_asyncio
from examples import ticket
from formfilling import Visitor
from showroom import SETTINGS, Showroom

from ticket24.domain.settings.model import FormField, OwnWords, TagLabels
from ticket24.domain.tickets.descriptions import compose
from ticket24.domain.tickets.field_values import FieldValue
from ticket24.domain.tickets.model import TicketRef

HOSTILE = "<script>alert(1)</script>"
FIELDS = (
    FormField(
        "product",
        "choice",
        OwnWords("Shop", "Laden"),
        options=("web", "app"),
        option_labels=TagLabels({"web": "Website"}, {"web": "Webseite"}),
    ),
    FormField("urgent", "yes_no", OwnWords("Urgent")),
    FormField("amount", "number", OwnWords("Amount")),
    FormField("since", "date", OwnWords("Since")),
)
WEB = FieldValue("product", "choice", "Product", ("web",), ("Old website",))
GONE = FieldValue("product", "choice", "Product", ("fax",), ("Fax machine",))
LEFT = FieldValue("steps", "long_text", f"Steps {HOSTILE}", (f"One\n{HOSTILE}",))
URGENT = FieldValue("urgent", "yes_no", "Urgent", ("yes",), ("Yes",))
AMOUNT = FieldValue("amount", "number", "Amount", ("1234.5",))
SINCE = FieldValue("since", "date", "Since", ("2026-12-24",))


@pytest_asyncio.fixture
async def anna(redis, redis_url):
    settings = replace(SETTINGS, fields=FIELDS)
    async with Showroom(redis, redis_url, settings=settings) as room:
        for number, values in (
            (51, (WEB, URGENT, AMOUNT, SINCE, LEFT)),
            (52, (GONE,)),
            (53, ()),
        ):
            await room.keep(
                ticket(
                    ref=TicketRef(room.account.id, number),
                    description=compose(
                        "Anna",
                        "It burns.",
                        (),
                        "[URL=https://x.example/go/0123456789abcdef]Open[/URL]",
                        values=values,
                    ),
                    values=values,
                )
            )
        yield Visitor(room, await room.visitor(43))


def facts(page):
    listed = page.partition('id="facts"')[2].partition("</details>")[0]
    pairs = re.findall(r"<dt[^>]*>(.*?)</dt><dd[^>]*>(.*?)</dd>", listed, re.DOTALL)
    return {html.unescape(name): html.unescape(words) for name, words in pairs}


async def in_german(anna, path):
    headers = {"Accept-Language": "de"}
    async with anna.session.get(anna.room.address(path), headers=headers) as answer:
        return await answer.text()


async def test_it_stands_beside_the_conversation_in_the_words_of_today(anna):
    """Renamed fields and options have their new names, what is gone its old ones."""
    _, page = await anna.get("tickets/51")
    there = facts(page)

    assert ["Website", "Yes", "1,234.5", "24 December 2026"] == [
        there[name] for name in ("Shop", "Urgent", "Amount", "Since")
    ]
    assert f"One\n{HOSTILE}" == there[f"Steps {HOSTILE}"]
    assert HOSTILE not in page
    assert 1 == page.count("24 December 2026")
    assert "Old website" not in page
    _, page = await anna.get("tickets/52")
    assert "Fax machine" == facts(page)["Shop"]
    assert "Fax" not in page.partition('id="talk"')[2]


async def test_it_is_read_in_the_readers_language(anna):
    """Names, numbers, dates, yes and no."""
    there = facts(await in_german(anna, "tickets/51"))

    assert ["Webseite", "Ja", "1.234,5", "24. Dezember 2026"] == [
        there[name] for name in ("Laden", "Urgent", "Amount", "Since")
    ]


async def test_lists_are_filtered_by_what_was_chosen(anna):
    """By choices and by yes or no; what makes no sense is ignored."""

    async def listed(query):
        _, page = await anna.get(f"tickets?show=all{query}")
        return re.findall(r'<tr id="t-(\d+)"', page), page

    rows, page = await listed("&own=product%3Dweb&own=")
    assert ["51"] == rows
    assert '<option value="product=web" selected>Website</option>' in page
    assert "1 ticket found." in page
    assert (["51"], []) == (
        (await listed("&own=product%3Dweb&own=urgent%3Dyes"))[0],
        (await listed("&own=product%3Dweb&own=urgent%3Dno"))[0],
    )
    rows, page = await listed("&own=product%3Dgone&own=amount%3D1&own=%27%22%3Cb%3E")
    assert 3 == len(rows)
    assert "own=" not in page
    _, page = await listed("&own=product%3Dweb&sort=created")
    assert "own=product%3Dweb" in page


async def test_it_is_found_by_a_search(anna):
    """Also what was called otherwise then."""
    _, page = await anna.get("tickets?show=all&q=fax")

    assert ["52"] == re.findall(r'<tr id="t-(\d+)"', page)
