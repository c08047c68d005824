"""Words, dates and sizes in every language of ours."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes
from readable import said_in

from ticket24 import i18n
from ticket24.domain.tickets.model import Status, Turn

SOURCES = i18n.LOCALES.parent
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[^(]")


@pytest.fixture(scope="module")
def words() -> set[str | tuple[str, ...]]:
    """Collect what the templates and the code say to people."""
    with (i18n.LOCALES / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(
        SOURCES, methods, options, keywords={**DEFAULT_KEYWORDS, "noop": None}
    )
    return {message for _, _, message, _, _ in found}


def catalogue(path: Path, locale: str | None = None) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=locale, abort_invalid=True)


def translated(language: str) -> Catalog:
    locale = {"de": "de", "pt": "pt_BR"}[language]
    together = Catalog(locale)
    for path in sorted((i18n.LOCALES / language / "LC_MESSAGES").glob("*.po")):
        for message in catalogue(path, locale):
            together[message.id] = message
    return together


def forms(words: str | tuple[str, ...]) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else words


def test_the_template_catalogue_holds_what_is_said(words):
    """The .pot file names exactly the words of templates and code."""
    listed = {message.id for message in catalogue(i18n.LOCALES / "ticket24.pot")}

    assert {"Hello,", "In progress"} <= words
    assert words == listed - {""}


def test_no_template_is_compiled_for_one_language():
    """All languages share its code, so no word in it may be one language's already.

    Jinja works out at once what a filter makes of a constant.
    """
    parser = Environment(extensions=["jinja2.ext.i18n"])
    spoken = {"status_name", "turn_name", "when", "ago", "file_size"}
    assert spoken <= i18n.templates_in(SOURCES, "de").filters.keys()
    folded = [
        (path.name, one.name)
        for path in SOURCES.rglob("templates/**/*.*")
        for one in parser.parse(path.read_text("utf-8")).find_all(nodes.Filter)
        if one.name in spoken and isinstance(one.node, nodes.Const)
    ]

    assert [] == folded


@pytest.mark.parametrize("language", ["de", "pt"])
def test_everything_is_translated(words, language):
    """Every word has a translation in every form, and none is a guess."""
    catalog = translated(language)

    missing = {
        message
        for message in words
        if message not in catalog
        or catalog[message].fuzzy
        or not all(forms(catalog[message].string))
    }

    assert set() == missing
    assert words == {message.id for message in catalog} - {""}


@pytest.mark.parametrize("language", ["de", "pt"])
def test_nothing_is_translated_twice(language):
    """Each word has one translation: of two, the last one read would count, unseen."""
    found = Counter()
    for path in (i18n.LOCALES / language / "LC_MESSAGES").glob("*.po"):
        messages = [message for message in catalogue(path) if message.id]
        found.update((message.context, message.id) for message in messages)
        heads = re.findall(r"^msgid ", path.read_text("utf-8"), re.MULTILINE)
        assert len(messages) == len(heads) - 1, path.name

    assert [] == [words for words, times in found.items() if times > 1]


# Blocks that say nothing: classes, styles, the target of a link.
SILENT = {"goal", "style", "width"}
ATTRIBUTE = re.compile(r'\b(?:(?:data|aria)-[\w-]+(?:="[^"]*")?|form\w*="[^"]*")')
ROOMS = ("mail", "portal", "site", "staff")


def untranslated(source):
    """Return what a template says as it stands, in one language."""
    plain, blocks, silent = [], [], 0
    tokens = Environment(extensions=["jinja2.ext.i18n"]).lex(source)
    tokens = [token for token in tokens if token[1] != "whitespace"]
    for before, (_, kind, value) in zip([("", "", ""), *tokens], tokens, strict=False):
        if kind == "name" and value in {"trans", "endtrans"}:
            silent += 1 if value == "trans" else -1
        elif kind == "name" and before[2] == "block":
            blocks.append(value)
            silent += value in SILENT
        elif kind == "name" and value == "endblock":
            silent -= blocks.pop() in SILENT
        elif kind == "data" and not silent:
            plain.append(value)
        elif kind == "variable_begin":
            plain.append("0")
    # A macro may write attributes of an element that is elsewhere.
    said = [ATTRIBUTE.sub("", text) for text in said_in("".join(plain))]
    return [text for text in said if re.search(r"[^\W\d_]{2}", text)]


def test_no_template_says_a_word_in_one_language():
    """Each sentence and each label is looked up; only our name is written as it is."""
    found = {
        f"{path.relative_to(SOURCES)}: {text}"
        for room in ROOMS
        for path in (SOURCES / room).rglob("templates/**/*")
        if path.suffix in {".html", ".txt"}
        for text in untranslated(path.read_text())
        if text.strip(" ·") not in {"Ticket24", "Re: [#0] 0"}
    }

    assert set() == found


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("<p>{{ _('Hello,') }}</p>{% trans %}Hello{% endtrans %}", []),
        ('<p>Hello</p><b title="Go"></b>{# Why #}', ["Hello", "Go"]),
        ("{% block width %}slim{% endblock %} Too late", ["Too late"]),
        ("{% trans n=2 %}Hello{% endtrans %}, Bob", [", Bob"]),
    ],
)
def test_words_of_one_language_are_seen(template, words):
    """So the test above can fail."""
    assert words == untranslated(template)


@pytest.mark.parametrize("language", ["de", "pt"])
def test_translations_keep_their_placeholders(language):
    """A translation names the same values as the original, in every form."""
    differing = {
        message.id
        for message in translated(language)
        if message.id
        for form in forms(message.string)
        if sorted(PLACEHOLDER.findall(form))
        != sorted(PLACEHOLDER.findall(forms(message.id)[0]))
    }

    assert set() == differing


@pytest.mark.parametrize(
    ("zone", "clock"),
    [
        ("", "16:05 UTC"),
        ("UTC", "16:05 UTC"),
        ("Europe/Berlin", "17:05 (GMT+1)"),
        ("Europe/London", "16:05 (GMT)"),
        ("America/Sao_Paulo", "13:05 (GMT-3)"),
        ("Asia/Kolkata", "21:35 (GMT+5:30)"),
        ("UTC+03:00", "19:05 (GMT+3)"),
        ("UTC-03:30", "12:35 (GMT-3:30)"),
        ("Nowhere/At_all", "16:05 UTC"),
        ("../../etc/passwd", "16:05 UTC"),
    ],
)
def test_an_instant_is_said_in_a_zone(zone, clock):
    """The clock says how far it is ahead, also where summer time changes that."""
    at = datetime(2026, 3, 1, 16, 5, 59, tzinfo=UTC)

    assert f"1 March 2026, {clock}" == i18n.when(at, "en", zone)
    summer = i18n.when(at + timedelta(days=100), "de", "Europe/Berlin")
    assert "9. Juni 2026, 18:05 (GMT+2)" == summer


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", "New|In progress|In review|Completed|Deferred|Declined"),
        ("de", "Neu|In Bearbeitung|In Prüfung|Abgeschlossen|Zurückgestellt|Abgelehnt"),
        ("pt", "Novo|Em andamento|Verificando|Concluído|Adiado|Recusado"),
    ],
)
def test_every_status_has_a_name(language, names):
    """The statuses have their names in each language."""
    assert names.split("|") == [i18n.status_name(s, language) for s in Status]


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", "New|Waiting for you|We are on it|On hold|Solved|Declined"),
        ("de", "Neu|Wartet auf Sie|Wir sind dran|Zurückgestellt|Gelöst|Abgelehnt"),
        ("pt", "Novo|Aguardando você|Em atendimento|Em espera|Resolvido|Recusado"),
    ],
)
def test_every_turn_has_a_name(language, names):
    """Whose turn it is is said in each language."""
    assert names.split("|") == [i18n.turn_name(turn, language) for turn in Turn]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "1 March 2026, 16:05 UTC"),
        ("de", "1. März 2026, 16:05 UTC"),
        ("pt", "1 de março de 2026, 16:05 UTC"),
    ],
)
def test_instants_are_said_in_utc(language, words):
    """An instant is said in UTC, wherever it was noted, with ordinary spaces."""
    at = datetime(2026, 3, 1, 16, 5, 59, tzinfo=UTC)
    elsewhere = at.astimezone(timezone(timedelta(hours=-9)))

    assert words == i18n.when(at, language) == i18n.when(elsewhere, language)


@pytest.mark.parametrize(
    ("size", "english", "german"),
    [
        (1, "1 kB", "1 kB"),
        (12_001, "13 kB", "13 kB"),
        (4_300_000, "4.3 MB", "4,3 MB"),
        (2_000_000_000, "2000 MB", "2000 MB"),
    ],
)
def test_sizes_are_said_in_kilobytes_and_megabytes(size, english, german):
    """A size is rounded to what a person wants to know."""
    assert english == i18n.file_size(size, "en")
    assert german == i18n.file_size(size, "de")


def test_what_has_happened_is_not_to_come():
    """The clock of another machine may be ahead of ours."""
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    said = {n: i18n.ago(now + timedelta(minutes=n), "en", now) for n in (-5, 0, 5)}

    assert {-5: "5 minutes ago", 0: "just now", 5: "just now"} == said
