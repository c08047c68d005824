"""The staff pages in English, German and Portuguese."""

import ast
import re
from pathlib import Path

import pytest

from bitrix24_sandbox import pages
from bitrix24_sandbox.pages import apps, events, guards, languages, site
from bitrix24_sandbox.pages.tasks import card

FOLDER = Path(pages.__file__).parent
TEMPLATES = sorted((FOLDER / "templates").glob("*.html"))
PLACE = re.compile(r"\{\w+\}")
# Names, and words that are the same in all three languages.
NAMES = {"REST", "Bitrix24"}
MARKUP = re.compile(
    r"\{\{.*?\}\}|\{%.*?%\}|<(?:[^<>{]|\{\{.*?\}\}|\{%.*?%\})*>", re.DOTALL
)
SAID = re.compile(r"""\b(?:_|say)\(\s*(?:"([^"]*)"|'([^']*)')""")
REFUSED = re.compile(r'Refused\("", "([^"]*)"')


def said():
    """Return every sentence that a page may say."""
    found = set()
    # What `frame_calls` says, scripts read.
    files = set(FOLDER.rglob("*.py")) - {FOLDER / "frame_calls.py"}
    for file in [*TEMPLATES, *files]:
        text = file.read_text()
        found |= {one or two for one, two in SAID.findall(text)}
        found |= set(REFUSED.findall(text))
        for table in re.findall(r"_\((\{.*?\})\[show\]", text):
            found |= set(ast.literal_eval(table).values())
    found |= set(re.findall(r'/staff/\w*", "(\w+)"\)', TEMPLATES_TEXT))
    for table in (site.STATUS_NAMES, card.ACTIONS, apps.SCOPES, events.WORDS):
        found |= set(table.values())
    for table in (events.RATES, events.REST_FAULTS, guards.SENTENCES):
        found |= set(table.values())
    return found | {one for pair in events.EVENT_FAULTS.values() for one in pair}


TEMPLATES_TEXT = "\n".join(file.read_text() for file in TEMPLATES)


def test_every_sentence_has_all_languages():
    """What a page says is in the table, in German and Portuguese, and nothing else."""
    outcomes = {"delivered", "refused", "no answer in time", "not reachable"}

    assert said() | outcomes == set(languages.WORDS)
    assert not [
        one for one, is_ in languages.WORDS.items() if not (is_["de"] and is_["pt"])
    ]


def test_translations_keep_their_places():
    """A translation names the same values as the original."""
    assert not [
        (text, words)
        for text, said in languages.WORDS.items()
        for words in said.values()
        if sorted(PLACE.findall(text)) != sorted(PLACE.findall(words))
    ]


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.stem)
def test_no_template_speaks_english_by_itself(file):
    """Every word of a template goes through the table."""
    text = file.read_text()
    outside = {part.strip() for part in MARKUP.split(text)}
    titles = re.findall(r'(?:placeholder|aria-label|title)="([^"{]+)"', text)

    assert {part for part in outside if re.search("[A-Za-z]", part)} <= NAMES
    assert {part for part in titles if not part.startswith("https:")} == set()


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "en"),
        ("de", "de"),
        ("pt-BR,pt;q=0.9,en;q=0.8", "pt"),
        ("fr, de;q=0.5, en;q=0.7", "en"),
        ("de;q=0", "en"),
        ("DE-at", "de"),
        ("de;q=1e9,,;;q=,\x00" + "de" * 9000, "en"),
        ("de;q=..., pt;q=0.1", "pt"),
    ],
)
async def test_the_browser_chooses_first(browser, header, expected):
    """Without a choice the pages speak what the browser likes best, else English."""
    header = header.replace("\x00", "")[:4000]
    answer = await browser.client.get("/staff/", headers={"Accept-Language": header})

    assert f'<html lang="{expected}">' in await answer.text()


async def test_the_choice_in_the_head_stays(browser):
    """The language that was chosen is that of every later page, and of problems."""
    place, page = await browser.send(
        "/staff/language", {"to": "de", "back": "/staff/contacts?q=an"}
    )

    assert "/staff/contacts" == place
    assert '<html lang="de">' in page
    assert "Kontakte" in page
    assert "Diese Seite gibt es hier nicht." in await browser.open("/staff/x", 404)
    assert "Aufgaben" in await browser.open("/staff/?show=all")


@pytest.mark.parametrize("back", ["https://example.com/", "//example.com", "/p/"])
async def test_the_choice_leads_nowhere_else(browser, back):
    """A form cannot lead the choice to another site, nor choose an unknown language."""
    place, _ = await browser.send("/staff/language", {"to": "pt", "back": back})

    assert "/staff/" == place
    await browser.send("/staff/language", {"to": "xx", "back": "/staff/"}, 404)
