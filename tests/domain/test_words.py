# ruff: noqa: RUF001 - Words of many languages, and what is taken for others.
"""Which words are the same, and which a search finds."""

import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ticket24.domain.commands.forms import Wrong, read_new_ticket
from ticket24.domain.messages.voices import internal, without_mark
from ticket24.domain.portal.lists import numbers_in
from ticket24.domain.portal.names import label
from ticket24.domain.settings.form import SECTIONS, SettingsForm
from ticket24.domain.settings.model import AccountSettings, Department, Tags
from ticket24.domain.settings.reading.departments import departments
from ticket24.domain.settings.reading.fields import Reader
from ticket24.domain.settings.rows import DepartmentRow
from ticket24.domain.words import folded, sought
from ticket24.i18n import translations

FORMS = ("NFC", "NFD", "NFKC", "NFKD")
MIXED = st.text(
    st.one_of(
        st.sampled_from("aeiIİıßẞςσΣéÉо０９ＡａﾊﾞがｶﾞﬁŁø각\u0301\u0308\u0307\u3099"),
        st.sampled_from("\u200b\u200d\ufeff\xad\u200f\u202e\xa0 \t`’–„"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=6,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Größe", unicodedata.normalize("NFD", "GRÖSSE")),
        ("Störung", "STO\u0308RUNG"),
        ("Straße", "STRASSE"),
        ("ΟΔΟΣ", "οδος"),
        ("IŞIK", "ışık"),
        ("İstanbul", "istanbul"),
        ("İSTANBUL", "İstanbul"),
        ("ｂｕｇｓ", "Bugs"),
        ("ﾊﾞｸﾞ", "バグ"),
        ("ofﬁce", "office"),
        ("한국어", unicodedata.normalize("NFD", "한국어")),
        ("Tiếng Việt", unicodedata.normalize("NFD", "TIẾNG VIỆT")),
        ("Ве\xadсь", "весь"),
        ("\ufeffbugs\u200b", "bugs"),
        ("می\u200cخواهم", "میخواهم"),
        ("\u200fעברית\u200e", "עברית"),
        ("❤\ufe0f", "❤"),
        ("New\xa0  York\t", "new york"),
    ],
)
def test_the_same_words_are_the_same_however_they_are_written(one, other):
    """Case, width, composition, blanks and what nobody sees make no difference."""
    assert folded(one) == folded(other)
    assert sought(one).split() == sought(other).split()


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ano", "Año"), ("о", "o"), ("мой", "мои"), ("が", "か"), ("bugs", "bug s")],
)
def test_other_words_are_others(one, other):
    """Words of different letters stay apart, whatever they look like."""
    assert folded(one) != folded(other)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("cafe", "Café"),
        ("CAFÉ", "cafe\u0301"),
        ("lodz", "Łódź"),
        ("don't", "Don’t"),
        ("don`t", "don't"),
        ('"so"', "„So“"),
        ("e-mail", "E‑Mail"),
        ("все", "Всё"),
        ("שלום", "שָׁלוֹם"),
        ("محمد", "مُحَمَّد"),
        ("order 42", "order ٤٢"),
        ("४२", "۴2"),
    ],
)
def test_a_search_needs_no_accents(typed, text):
    """What is hard to type on a keyboard is found without it."""
    assert sought(typed) == sought(text)


@settings(max_examples=300, deadline=None)
@given(MIXED)
def test_folding_twice_changes_nothing(words):
    """The one spelling is its own, for each way in which letters are composed."""
    for made in (folded, sought):
        assert made(words) == made(made(words))
        for form in FORMS[:2]:
            assert made(words) == made(unicodedata.normalize(form, words))
    for form in FORMS[2:]:
        assert folded(words) == folded(unicodedata.normalize(form, words))


def test_every_letter_is_one_with_its_capital():
    """Both cases of every letter in Unicode fold to one spelling."""
    letters = (chr(code) for code in range(sys.maxunicode))
    cased = (one for one in letters if one.lower() != one.upper())

    assert [] == [
        one
        for one in cased
        if len({folded(one), folded(one.upper()), folded(one.lower())}) > 1
    ]


@pytest.mark.parametrize(
    "words",
    [
        *("104", "#104", "# 104", "[#104]", "(#104)", "#104.", "№ 104", "１０４"),
        *("＃１０４", "\u200f#104\u200e", "#\u2060104", "\ufeff104", "#١٠٤", "##104"),
        *("Ticket #104", "ticket 104", "TICKET#104", "Ticket-Nr. 104", "Ticket: 104"),
        *("Tíquete #104", "tíquete 104", "Tiquete n.º 104", "Ti\u0301quete #104"),
        *("Re: [#104] Printer on fire", "AW: Re: [#104]", "RES: [#104] Não imprime"),
        *("Printer on fire · #104", "Ticket #104: Printer on fire", "Nummer 104"),
        *("https://help.example/p/acme/tickets/104", "/p/acme/tickets/104#m-3"),
        *("Es hat die Nummer #104.", "O número dele é #104."),
        *(
            "№104",
            "№104.",
            "Nº104",
            "Nr104",
            "Ticket104",
            "ticket_104",
            "Ticket-ID 104",
        ),
        *("https://safe.example/?url=https%3A%2F%2Fhelp.example%2Ftickets%2F104&a=5",),
        *("http://help.example/p/acme/login?next=/p/acme/tickets/104", "%23104"),
    ],
)
def test_a_number_is_found_in_every_form_in_which_we_write_it(words):
    """Mails, pages and their addresses name a ticket; each of those finds it."""
    assert {104} == numbers_in(words)


@pytest.mark.parametrize("language", ["en", "de", "pt"])
def test_the_word_for_a_ticket_is_known_in_each_language(language):
    """A search may contain the word that precedes the number in our mails."""
    word = translations(language).gettext("Ticket")

    assert {104} == numbers_in(f"{word} 104") == numbers_in(f"{word.upper()} #104: a")


@pytest.mark.parametrize(
    "words",
    [
        *("", "printer", "104 printers", "C#104", "AT&#104; b", "#1234567890", "10.4"),
        *("104e0", "x104y", "%zz104"),
        *("a104", "#printer", "ticket", "#", "[#]", "#104th"),
    ],
)
def test_other_figures_are_no_numbers_of_tickets(words):
    """Figures among other words are words; so is what is too long."""
    assert set() == numbers_in(words)


def settings_of(*departments, **tags):
    return AccountSettings(departments=departments, tags=Tags(**tags))


def test_a_form_takes_words_however_they_are_written():
    """A department and a tag are found whatever a script or browser made of them."""
    offered = settings_of(
        Department(7, "Störung"), Department(8, "Sales"), priority=("Größe", "low")
    )
    fields = {
        "department": "STO\u0308RUNG",
        "priority": "GRO\u0308SSE",
        "subject": "Help",
        "text": "Please",
    }

    ticket, faults = read_new_ticket(fields, offered)

    assert [] == faults
    assert (7, ("Größe",)) == (ticket.group_id, ticket.tags)


def test_a_form_refuses_other_words():
    """A word that is not offered is refused, however near it is."""
    offered = settings_of(Department(7), Department(8), priority=("Año",))
    fields = {"department": "7", "priority": "Ano", "subject": "a", "text": "b"}

    assert [Wrong.WORD] == [one.what for one in read_new_ticket(fields, offered)[1]]


@pytest.mark.parametrize("tag", ["STO\u0308RUNG", "störung", "Stö\xadrung"])
def test_a_tag_of_the_task_is_the_word_that_we_offer(tag):
    """Bitrix24 and staff may write a tag in any way."""
    assert "Störung" == label(["other", tag], ["low", "Störung"])


def test_one_word_cannot_be_offered_twice():
    """Departments and tags that look the same are refused in the settings."""
    rows = (
        DepartmentRow("0", "7", "Störung"),
        DepartmentRow("1", "8", "Sto\u0308rung"),
    )
    words = {"priority": ("ｈｉｇｈ", "High"), "sector": ("HIGH",)}
    reader = Reader(SettingsForm(words=words, rows=tuple(rows)))

    departments(reader, "departments")
    for section in SECTIONS:
        reader.tags(section)

    said = [(one.field, one.what.value) for one in reader.faults]
    assert [
        ("departments.1.name", "name-twice"),
        ("priority", "tag-twice"),
        ("sector", "tag-twice"),
    ] == said


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("／／ root password", "//"),
        ("＃ｉｎｔｅｒｎａｌ root", "#internal"),
        ("#İNTERNAL root", "#internal"),
        ("\ufe0f// root", "//"),
        ("\u3164// root", "//"),
        ("/\u200b/ root", "//"),
        ("#inter\u00adnal root", "#internal"),
        ("#prive\u0301 root", "#privé"),
        ("#PRIVÉ root", "#prive\u0301"),
        ("#STRASSE root", "#straße"),
        ("[USER=13]Klaus[/USER], ／／ root", "//"),
    ],
)
def test_an_internal_mark_is_one_however_it_is_written(text, mark):
    """What staff keep to themselves does not depend on their keyboard."""
    assert internal(text, [mark])


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("/ / root", "//"),
        ("#inter nal", "#internal"),
        ("\\\\ root", "//"),
        ("// x", ""),
    ],
)
def test_what_only_looks_like_a_mark_is_none(text, mark):
    """Another word is another word, and a missing mark is no mark."""
    assert not internal(text, [mark])


def test_a_public_mark_goes_whole():
    """Its invisible characters go with it; the words after it stay."""
    assert "Hello" == without_mark("＃pub\u200blic: Hello", ["#public"])
    assert "Hello" == without_mark("#PUBLIC\ufe0f Hello", ["#public"]).strip("\ufe0f ")
