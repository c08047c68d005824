"""Every row of "At 3 a.m." has an alert that exists, and comes in time."""

import re
import tomllib
from pathlib import Path

import pytest

from ticket24.domain.running.presence import BEAT_SECONDS, LATE_SECONDS
from ticket24.pace import PACE

ROOT = Path(__file__).parent.parent
ALERTS = (ROOT / "config/alerts.yml").read_text(encoding="utf-8")
OPERATING = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
NIGHT = OPERATING.split("## At 3 a.m.")[1]

# What alerts.yml asks of Prometheus: it looks every 15 seconds, and judges as often.
LOOKS = JUDGES = 15.0
PROMISED = 120.0

# What can wait until morning; the documents say so, by name.
LATER = {
    *("Ticket24ResyncLate", "Ticket24CertificateEnds"),
    *("Ticket24Builds", "Ticket24Failures"),
}

# What is only found out by asking Bitrix24 comes with the next resync.
ASKED = {
    *("Ticket24Bitrix24Away", "Ticket24AccountsWait", "Ticket24AccountsClosed"),
    *("Ticket24ClockBitrix24", "Ticket24Bitrix24Silent"),
}

SWEEP = tomllib.loads((ROOT / "config/ticket24.toml").read_text(encoding="utf-8"))[
    "sweep_seconds"
]

UNITS = {"s": 1.0, "m": 60.0}


def seconds(text):
    return float(text[:-1]) * UNITS[text[-1]]


def rules():
    """Return each alert with its expression, and for how long it has to hold."""
    rule = r"- alert: (\w+)\n\s+expr: (.+)\n(?:\s+for: (\w+)\n)?"
    found = re.findall(rule, ALERTS)
    return {
        name: (expression, seconds(held or "0s")) for name, expression, held in found
    }


def rows():
    """Return what each row of the table names as its alerts."""
    lines = [line for line in NIGHT.splitlines() if line.startswith("|")][2:]
    return [re.findall(r"Ticket24\w+", line.split("|")[2]) for line in lines]


def needs(expression):
    """Return how long a metric has to be wrong before an expression is true.

    What it must have been for a whole window, or what counts seconds by itself.
    """
    windows = re.findall(r"\[(\w+)\]\)+ == 0", expression)
    counted = re.findall(r"(?:waiting|unanswered)_seconds\S*\) > (\d+)", expression)
    return max([0.0, *map(seconds, windows), *map(float, counted)])


def test_every_row_names_alerts_that_exist():
    """Every alert has a row, except that Prometheus knows no web at all."""
    named = {name for row in rows() for name in row}

    assert len(rows()) >= 15
    assert [] == [row for row in rows() if not row]
    assert set() == named - set(rules())
    assert {"Ticket24WebGone", "Ticket24ResyncLate"} >= set(rules()) - named
    assert ALERTS.count("- alert:") == len(rules())
    for name in LATER:
        assert f"`{name}`" in NIGHT


@pytest.mark.parametrize("name", sorted(set(rules()) - LATER))
def test_an_alert_cannot_be_late(name):
    """What it waits for, Prometheus' own pace, and ours: two minutes at the most."""
    expression, held = rules()[name]
    told = LATE_SECONDS + BEAT_SECONDS + PACE.overview_seconds

    assert held % JUDGES == 0
    assert (
        needs(expression) + held + LOOKS + JUDGES + told + SWEEP * (name in ASKED)
        <= PROMISED
    )


def test_all_ask_within_the_same_two_minutes():
    """The window of a count is not longer than the promise."""
    windows = re.findall(r"\[(\w+)\]", ALERTS)

    assert windows
    assert max(map(seconds, windows)) <= PROMISED
