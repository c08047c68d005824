"""What customers fill in in the company's own fields, checked."""

import pytest

from ticket24.domain.commands.changed_form import moved_into_text
from ticket24.domain.commands.forms import Wrong
from ticket24.domain.commands.own_fields import (
    judge,
    kept,
    named,
    prefilled,
    read_own_fields,
)
from ticket24.domain.settings.model import (
    AccountSettings,
    Department,
    FormField,
    OwnWords,
    TagLabels,
)
from ticket24.domain.settings.own_fields.model import ShownIf
from ticket24.domain.tickets.field_values import FieldValue, chosen_of

PRODUCT = FormField(
    "product",
    "choice",
    OwnWords("Product", "Produkt"),
    required=True,
    options=("web", "App", "__proto__"),
    option_labels=TagLabels({"web": "Website"}),
)
VERSION = FormField(
    "version",
    label=OwnWords("Version"),
    required=True,
    shown_if=ShownIf("product", ("App",)),
)
SALES = FormField("budget", "number", OwnWords("Budget"), departments=(9,))
SETTINGS = AccountSettings(
    "Acme",
    departments=(Department(7), Department(9)),
    fields=(PRODUCT, VERSION, SALES),
)


def read(settings=SETTINGS, group_id=7, language="en", files=(), **fields):
    posted = {name.replace("__", ".", 1): text for name, text in fields.items()}
    return read_own_fields(posted, settings, group_id, language, files)


def value_of(kind, typed, language="en"):
    field = FormField("a", kind, OwnWords("A"), options=("x", "y"))
    judged = judge(field, typed, SETTINGS, language)
    return judged.what or (judged.value and judged.value.values)


def test_what_was_chosen_is_kept_with_what_it_was_called():
    """Words of labels and options may change: these are those of now."""
    (value,), faults = read(field__product="WEB")

    assert [] == faults
    assert FieldValue("product", "choice", "Product", ("web",), ("Website",)) == value
    assert ("product=web",) == chosen_of([value])


def test_a_field_that_is_not_asked_is_ignored():
    """Without a script the form has all of them: neither values nor faults count."""
    values, faults = read(
        field__product="web", field__version="1.0", field__budget="no number"
    )

    assert ["product"] == [one.key for one in values]
    assert [] == faults


def test_what_hangs_on_a_field_that_is_not_asked_is_not_asked_either():
    """What was chosen there before it was hidden counts for nothing."""
    where = FormField(
        "store",
        "yes_no",
        OwnWords("From a store"),
        shown_if=ShownIf("product", ("App",)),
    )
    which = FormField(
        "which",
        label=OwnWords("Which store"),
        required=True,
        shown_if=ShownIf("store", ("yes",)),
    )
    settings = AccountSettings("Acme", fields=(PRODUCT, where, which))
    hidden = {"field__store": "yes", "field__which": "Berlin"}

    values, faults = read(settings, field__product="web", **hidden)
    assert (["product"], []) == ([one.key for one in values], faults)
    values, _ = read(settings, field__product="App", **hidden)
    assert ["product", "store", "which"] == [one.key for one in values]
    _, faults = read(settings, field__product="App", field__store="yes")
    assert ["field-which"] == [one.field for one in faults]


def test_a_field_is_required_only_where_it_is_asked():
    """By its department, and by what was chosen above it."""
    assert [("field-version", Wrong.NO_VALUE, "Version")] == [
        (one.field, one.what, one.detail) for one in read(field__product="App")[1]
    ]
    assert [("field-product", Wrong.NO_CHOICE, "Produkt")] == [
        (one.field, one.what, one.detail) for one in read(language="de")[1]
    ]
    assert [Wrong.NO_NUMBER] == [
        one.what
        for one in read(group_id=9, field__product="web", field__budget="much")[1]
    ]


@pytest.mark.parametrize(
    ("kind", "typed", "expected"),
    [
        ("text", " 007 ", ("007",)),
        ("text", "a\r\nb\x00", ("a b",)),
        ("text", "שלום عليكم", ("שלום عليكم",)),
        ("text", "\u202e\u200b ", None),
        ("text", "x" * 200, ("x" * 200,)),
        ("text", "x" * 201, Wrong.LONG_LINE),
        ("text", "x" * 10_000, Wrong.LONG_LINE),
        ("long_text", "a\r\n\r\nb\x00 ", ("a\n\nb",)),
        ("long_text", "x" * 4_001, Wrong.LONG_LINES),
        ("long_text", "x" * 1_000_000, Wrong.LONG_LINES),
        ("choice", "x\ny", ("x",)),
        ("choice", "z", Wrong.GONE_OPTION),
        ("choice", "", None),
        ("several", "y\r\nx\ny", ("x", "y")),
        ("several", "x\nz", Wrong.GONE_OPTION),
        ("several", "\n", None),
        ("yes_no", "yes", ("yes",)),
        ("yes_no", "No", ("no",)),
        ("yes_no", "on", Wrong.GONE_OPTION),
        ("date", "2026-12-24", ("2026-12-24",)),
        ("date", "24.12.2026", ("2026-12-24",)),
        ("date", "4. 2.2026", ("2026-02-04",)),
        ("date", "٢٠٢٦-١٢-٢٤", ("2026-12-24",)),
        ("date", "2026-02-30", Wrong.NO_DATE),
        ("date", "03/04/2026", Wrong.NO_DATE),
        ("date", "12/24/2026", ("2026-12-24",)),
        ("date", "24/12/2026", ("2026-12-24",)),
        ("date", "5/5/2026", ("2026-05-05",)),
        ("date", "13/14/2026", Wrong.NO_DATE),
        ("date", "2569-12-24", Wrong.NO_DATE),
        ("date", "1405-10-03", Wrong.NO_DATE),
        ("date", "tomorrow", Wrong.NO_DATE),
        ("date", "", None),
        ("number", "", None),
        ("number", "0012.50", ("12.5",)),
        ("number", "-0", ("0",)),
        ("number", "\u22121 234,5", ("-1234.5",)),
        ("number", "1'234.5", ("1234.5",)),
        ("number", "1,234", ("1234",)),
        ("number", "0,234", ("0.234",)),
        ("number", "1,5", ("1.5",)),
        ("number", "1.234.567", ("1234567",)),
        ("number", "1,234.5", ("1234.5",)),
        ("number", "1.234,5", ("1234.5",)),
        ("number", "12,34.5", Wrong.NO_NUMBER),
        ("number", "3,2", ("3.2",)),
        ("number", "3,2,.2,", Wrong.NO_NUMBER),
        ("number", "۱۲۳", ("123",)),
        ("number", "1e5", Wrong.NO_NUMBER),
        ("number", "NaN", Wrong.NO_NUMBER),
        ("number", "²", Wrong.NO_NUMBER),
        ("number", ".", Wrong.NO_NUMBER),
        ("number", "1" * 10_000, Wrong.NO_NUMBER),
        ("number", "1" * 16, Wrong.NO_NUMBER),
    ],
)
def test_each_kind_takes_what_people_type(kind, typed, expected):
    """Whatever their keyboard; what cannot be meant is told."""
    assert expected == value_of(kind, typed)


@pytest.mark.parametrize(
    ("language", "kind", "typed", "expected"),
    [
        ("de", "number", "1.234", "1234"),
        ("de", "number", "1,234", "1.234"),
        ("pt", "number", "1.5", "1.5"),
        ("pt", "date", "24/12/2026", "2026-12-24"),
    ],
)
def test_numbers_and_dates_are_read_in_the_readers_language(
    language, kind, typed, expected
):
    """A comma is a point to half of the world."""
    assert (expected,) == value_of(kind, typed, language)


def test_a_file_is_one_that_came_with_the_form():
    """Its value is its id, until it has a name."""
    contract = FormField("contract", "file", OwnWords("Contract"), required=True)
    settings = AccountSettings("Acme", fields=(contract,))
    (value,), _ = read(settings, files=("id-1",), field__contract="id-1")
    _, faults = read(settings, files=("id-1",), field__contract="id-2")

    assert ("id-1",) == value.values
    assert [Wrong.NO_FILE] == [one.what for one in faults]

    class Upload:
        id, name = "id-1", "contract.pdf"

    assert "contract.pdf" == named([value], [Upload])[0].said


def test_what_has_no_field_any_more_moves_into_the_message():
    """Somebody changed the form meanwhile: nothing that was typed is lost."""
    posted = {
        "text": "It burns.\n",
        "field.product": "web",
        "field.order_number": "0042",
        "several.sizes": "s\nm",
        "field.__proto__": "x",
        "field.empty": " ",
        "field.file": "id-1",
    }
    moved = moved_into_text(posted, SETTINGS, files=["id-1"])

    assert "It burns.\n\nOrder number: 0042\nSizes: s\nm" == moved["text"]
    assert "web" == moved["field.product"]
    assert "field.order_number" not in moved
    assert moved == moved_into_text(moved, SETTINGS, files=["id-1"])


def test_a_draft_keeps_own_fields_but_not_any_number():
    """Names are ours to choose; a flood of them is nobody's form."""
    many = {f"field.f{place}": "x" for place in range(1_000)}

    assert 60 == len(kept(many | {"field.__proto__": "x", "other": "x"}))
    assert {} == kept({"field.__proto__": "x", "field.": "x", "field.A": "x"})


def test_an_address_fills_in_only_what_the_form_would_take():
    """Files and nonsense are left out."""
    date = FormField("due", "date", OwnWords("Due"))
    contract = FormField("contract", "file", OwnWords("Contract"))
    sizes = FormField("sizes", "several", OwnWords("Sizes"), options=("S", "M", "L"))
    fields = (PRODUCT, date, contract, SALES, sizes)
    settings = AccountSettings("Acme", fields=fields)
    asked = {
        "product": "WEB",
        "due": "soon",
        "contract": "id-1",
        "budget": "1,5",
        "sizes": "L,s",
        "cc": "eve@example.com",
    }

    assert {
        "field.product": "web",
        "field.budget": "1,5",
        "several.sizes": "S\nL",
    } == dict(prefilled(asked, settings, "en"))
