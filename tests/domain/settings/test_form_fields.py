"""The company's own fields of the form for new tickets, in the settings."""

import json

import pytest

from ticket24.cli.toml import account as account_toml
from ticket24.domain.settings.faults import SettingFault, WrongSetting
from ticket24.domain.settings.form import changed, form_of, merged, typed
from ticket24.domain.settings.model import (
    AccountSettings,
    Department,
    FormField,
    OwnWords,
    TagLabels,
)
from ticket24.domain.settings.own_fields.model import ShownIf
from ticket24.domain.settings.own_fields.reading import MOST_FIELDS, MOST_OPTIONS
from ticket24.domain.settings.reading.rulebook import accepted, judged, read_form

PRODUCT = FormField(
    "product",
    "choice",
    OwnWords("Product", "Produkt"),
    OwnWords("What it is about"),
    required=True,
    departments=(7,),
    options=("web", "app = old", "__proto__"),
    option_labels=TagLabels(de={"web": "Webseite", "app = old": "Alte App"}),
    task_field="UF_AUTO_1",
)
VERSION = FormField(
    "version",
    label=OwnWords("Version"),
    shown_if=ShownIf("product", ("app = old",)),
)


def with_fields(*fields, groups=(7, 8)):
    departments = tuple(map(Department, groups))
    return AccountSettings("Acme", departments=departments, fields=fields)


def sent(**fields):
    """Read a form whose own field is row `0` and has these parts."""
    plain = {"company_name": "Acme", "language": "en", "departments.0.group_id": "7"}
    time = {"password_field": AccountSettings().password_field, "shown_messages": "all"}
    named = {f"fields.{name}": text for name, text in fields.items()}
    return read_form(typed([*(plain | time | named).items()]), AccountSettings())


def test_fields_come_back_from_form_and_file(tmp_path):
    """What is shown or exported and sent back unchanged is the same."""
    settings = with_fields(PRODUCT, VERSION)
    path = tmp_path / "acme.toml"
    path.write_text(account_toml.write(settings))

    assert (settings, []) == judged(settings, AccountSettings())
    assert settings == accepted(settings)
    assert settings == account_toml.read(path)


def test_a_file_of_earlier_versions_has_none(tmp_path):
    """Who has no fields reads nothing of them."""
    assert "fields" not in account_toml.write(with_fields())


@pytest.mark.parametrize(
    ("field", "at", "what"),
    [
        (FormField("a", label=OwnWords(de="Nur deutsch")), "label.en", "no-words"),
        (FormField("a", label=OwnWords("x" * 101)), "label.en", "long"),
        (FormField("a", help=OwnWords("x" * 301)), "help.en", "long"),
        (FormField("__proto__"), "key", "field-key"),
        (FormField("Order"), "key", "field-key"),
        (FormField("a" * 31), "key", "field-key"),
        (FormField("subject"), "key", "field-key"),
        (FormField("a", "choice"), "options", "no-options"),
        (FormField("a", "several"), "options", "no-options"),
        (FormField("a", "choice", options=("x", "X")), "options", "option-twice"),
        (FormField("a", "choice", options=("x" * 61,)), "options", "long"),
        (
            FormField("a", "choice", options=tuple(map(str, range(MOST_OPTIONS + 1)))),
            *("options", "options"),
        ),
        (
            FormField(
                "a", "choice", options=("x",), option_labels=TagLabels({"x": "y" * 61})
            ),
            *("option_labels.en", "long-label"),
        ),
        (FormField("a", departments=(9,)), "departments", "no-department"),
        (FormField("a", shown_if=ShownIf("b", ("x",))), "shown_if.field", "shown-if"),
        (FormField("a", shown_if=ShownIf("a", ("x",))), "shown_if.field", "shown-if"),
        (FormField("a", shown_if=ShownIf("", ("x",))), "shown_if.field", "shown-if"),
        (FormField("a", task_field="UF_CRM_TASK"), "task_field", "task-field-name"),
        (FormField("a", task_field="TITLE"), "task_field", "task-field-name"),
    ],
)
def test_what_is_wrong_is_named_at_its_field(field, at, what):
    """A file is judged as the form is, by the same names."""
    if not field.label.said:
        object.__setattr__(field, "label", OwnWords("A"))
    _, faults = judged(with_fields(field), AccountSettings())

    assert [(f"fields.0.{at}", what)] == [(one.field, one.what) for one in faults]


@pytest.mark.parametrize(
    ("shown_if", "at", "what"),
    [
        (ShownIf("product"), "shown_if.one_of", WrongSetting.NO_ANSWER),
        (ShownIf("product", ("tv",)), "shown_if.one_of", WrongSetting.STRANGE_ANSWER),
        (ShownIf("words", ("x",)), "shown_if.field", WrongSetting.SHOWN_IF),
        (ShownIf("later", ("yes",)), "shown_if.field", WrongSetting.SHOWN_IF),
    ],
)
def test_a_field_hangs_on_what_is_chosen_above_it(shown_if, at, what):
    """So there are no circles, and no page has to be read twice."""
    text = FormField("words", label=OwnWords("Text"))
    later = FormField("later", "yes_no", OwnWords("Later"))
    hanging = FormField("a", label=OwnWords("A"), shown_if=shown_if)
    _, faults = judged(with_fields(PRODUCT, text, hanging, later), AccountSettings())

    assert [(f"fields.2.{at}", what)] == [(one.field, one.what) for one in faults]


def test_keys_and_task_fields_are_not_given_twice():
    """Of two with one name nobody could say which is meant."""
    again = FormField("product", label=OwnWords("A"), task_field="UF_AUTO_1")
    _, faults = judged(with_fields(PRODUCT, again), AccountSettings())

    assert [
        SettingFault("fields.1.key", WrongSetting.FIELD_TWICE, "product"),
        SettingFault("fields.1.task_field", WrongSetting.TASK_FIELD_TWICE, "UF_AUTO_1"),
    ] == faults


def test_there_is_an_end_to_fields():
    """Nobody fills in a form of hundreds."""
    many = [
        FormField(f"f{place}", label=OwnWords("A")) for place in range(MOST_FIELDS + 1)
    ]
    _, faults = judged(with_fields(*many), AccountSettings())

    assert [SettingFault("fields", WrongSetting.FIELDS, "30")] == faults


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("Order number", "order_number"),
        ("Größe (cm)", "grosse_cm"),
        ("製品", "field"),
        ("Subject", "field"),
        ("7 days", "field"),
        ("x" * 100, "x" * 27),
    ],
)
def test_a_field_without_a_key_gets_one(label, key):
    """It is made of the label once, and stays when that changes."""
    settings, faults = sent(**{"0.label.en": label})

    assert [] == faults
    assert [key] == [one.key for one in settings.fields]


def test_twins_get_different_keys():
    """Two new fields may have one label."""
    rows = {"0.label.en": "Size", "1.label.en": "Size"}
    settings, _ = sent(**rows, **{"2.label.en": "Size", "2.key": "size"})

    assert ["size_2", "size_3", "size"] == [one.key for one in settings.fields]


def test_a_new_label_changes_no_key():
    """What was filled in stays known by the key."""
    settings, _ = sent(**{"0.label.en": "Shop", "0.key": "product", "0.kind": "text"})

    assert ["product"] == [one.key for one in settings.fields]


def test_labels_of_options_that_are_gone_go_too():
    """They are not offered; tickets have their words."""
    settings, faults = sent(
        **{
            "0.key": "product",
            "0.kind": "choice",
            "0.label.en": "Product",
            "0.options": "web\r\n\r\n  tv ",
            "0.option_labels.en": "web = Website\r\napp = The app\r\ntv =",
        }
    )

    assert [] == faults
    assert ("web", "tv") == settings.fields[0].options
    assert {"web": "Website"} == settings.fields[0].option_labels.en


def test_rows_are_added_moved_and_removed():
    """As departments and rules are, without a script."""
    form = form_of(with_fields(PRODUCT, VERSION))

    assert ["1", "0"] == [one.key for one in changed(form, "fields.up:1").own_fields]
    assert ["1"] == [one.key for one in changed(form, "fields.remove:0").own_fields]
    assert ["0", "1", "2"] == [
        one.key for one in changed(form, "fields.add").own_fields
    ]


def test_two_people_may_save_at_once():
    """Who changed no field gets those of the other."""
    seen, now = with_fields(PRODUCT), with_fields(PRODUCT, VERSION)

    assert form_of(now).own_fields == merged(form_of(seen), seen, now).own_fields


def test_settings_of_earlier_versions_are_read():
    """What Redis keeps knows of no fields."""
    adapter = account_toml.ACCOUNT_SETTINGS
    before = json.loads(adapter.dump_json(with_fields()))
    del before["fields"]

    assert () == adapter.validate_python(before).fields
