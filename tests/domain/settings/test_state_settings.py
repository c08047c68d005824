"""A department's words for how far its tickets are, in the form and in a file."""

import pytest

from ticket24.domain.settings.faults import SettingFault, WrongSetting
from ticket24.domain.settings.form import form_of, typed
from ticket24.domain.settings.model import (
    AccountSettings,
    Department,
    OwnWords,
    State,
)
from ticket24.domain.settings.reading.rulebook import judged, read_form
from ticket24.domain.settings.reading.states import MOST_STATES
from ticket24.domain.settings.state_parts import renumbered

AT = "departments.0.states"


def with_states(*states):
    return AccountSettings("Acme", departments=(Department(7, states=states),))


def sent(**fields):
    """Read a form whose first row is `0` and whose other fields are these."""
    plain = {"company_name": "Acme", "language": "en", "departments.0.group_id": "7"}
    time = {"password_field": AccountSettings().password_field, "shown_messages": "all"}
    named = {f"{AT}.{name}": text for name, text in fields.items()}
    return read_form(typed([*(plain | time | named).items()]), AccountSettings())


@pytest.mark.parametrize(
    ("state", "field", "what"),
    [
        (State(words=OwnWords("A")), AT + ".0", WrongSetting.NO_STATE),
        (State("new", 14, OwnWords("A")), AT + ".0", WrongSetting.NO_STATE),
        (State(stage=-1, words=OwnWords("A")), AT + ".0", WrongSetting.NO_STATE),
        (State(stage=2**31, words=OwnWords("A")), AT + ".0", WrongSetting.STAGE),
        (State("new"), AT + ".0.words.en", WrongSetting.NO_WORDS),
        (State("new", colour="#0b6e4f"), AT + ".0.words.en", WrongSetting.NO_WORDS),
        (State("new", words=OwnWords(de="Neu")), AT + ".0.words.en", "no-words"),
        (State("new", words=OwnWords("A" * 41)), AT + ".0.words.en", "long"),
        (State("new", 0, OwnWords("A"), "green"), AT + ".0.colour", "accent"),
        (State("new", 0, OwnWords("A"), "url(x)"), AT + ".0.colour", "accent"),
        (
            State("completed", 0, OwnWords("A"), completed=True),
            *(AT + ".0.completed", WrongSetting.NO_END),
        ),
    ],
)
def test_what_is_wrong_is_named_at_its_row(state, field, what):
    """A file is judged as the form is, by the same names."""
    _, faults = judged(with_states(state), AccountSettings())

    assert [(field, what)] == [(one.field, one.what) for one in faults]


@pytest.mark.parametrize("twice", [State("new"), State(stage=14)])
def test_a_status_or_stage_has_one_row(twice):
    """Nobody could say which of two counts."""
    rows = [State(twice.status, twice.stage, OwnWords(word)) for word in "AB"]
    _, faults = judged(with_states(*rows), AccountSettings())

    assert [SettingFault(AT + ".1", WrongSetting.STATE_TWICE)] == faults


def test_there_is_an_end_to_rows():
    """Nobody reads a list of hundreds."""
    rows = [State(stage=one, words=OwnWords("A")) for one in range(1, MOST_STATES + 2)]
    _, faults = judged(with_states(*rows), AccountSettings())

    assert [SettingFault(AT, WrongSetting.STATES, "40")] == faults


def test_a_row_that_is_cleared_is_gone():
    """What follows moves up, and each field is found again by the place of its row."""
    settings, faults = sent(
        **{
            "0.of": "",
            "0.words.en": "",
            "3.of": " 14 ",
            "3.words.en": "In the\u202eworkshop",
            "3.colour": "0B6E4F",
            "7.of": "in_review",
            "7.words.en": "  Checked ",
        }
    )

    assert [] == faults
    first, second = settings.departments[0].states
    assert (14, "#0b6e4f") == (first.stage, first.colour)
    assert ("in_review", "Checked") == (second.status, second.words.en)
    assert "states.7" == renumbered(
        "states.1", {"states.3.of": "14", "states.7.of": "a"}
    )
    assert settings == read_form(form_of(settings), settings)[0]


def test_strange_fields_are_no_rows():
    """What a browser cannot have sent changes nothing."""
    settings, _ = sent(**{"x.of": "new", "1.oof": "new", "-1.of": "14", "1234.of": "1"})

    assert () == settings.departments[0].states


def test_settings_from_before_there_were_states_are_the_same_without():
    """They are not in the way of whoever has none."""
    assert () == Department(7).states
    assert [] == judged(with_states(), AccountSettings())[1]


def test_a_reader_of_another_language_reads_the_companys_words():
    """Where there are none in her own."""
    settings = with_states(State("new", words=OwnWords("Received")))

    assert "Received" == settings.read_in("pt").departments[0].states[0].words.pt
