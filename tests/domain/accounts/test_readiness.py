"""Whether an account is ready: every step by what is the case."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ticket24.domain.accounts.condition import Failing, Known
from ticket24.domain.accounts.memory import Duty, Memory, Undone
from ticket24.domain.accounts.model import Account
from ticket24.domain.accounts.readiness import (
    Step,
    StepFact,
    StepState,
    Surroundings,
    checks,
)
from ticket24.domain.settings.model import AccountSettings, Department

NOW = 1_800_000_000.0
MINUTE_AGO = NOW - 60
SETTINGS = AccountSettings(departments=(Department(7, "Support"),))
ACCOUNT = Account(
    *("acme", "acme", 1, datetime.fromtimestamp(NOW - 1e6, UTC)),
    by_app=True,
    settings=SETTINGS,
    connected_after=84,
)
MEMORY = Memory(
    last_event_at=MINUTE_AGO, mailed_at=MINUTE_AGO, bound_at=MINUTE_AGO, unbound=""
)
READY = Known(ACCOUNT, MEMORY, NOW, administrators=(1, 5))
AROUND = Surroundings(mail_server=True, mail_held=False, newest=85)


def found(known, step, around=AROUND):
    return next(one for one in checks(known, around) if one.step is step)


def test_a_used_account_is_ready():
    """Each step is done, in their order, and says when it was last so."""
    all_steps = checks(READY, AROUND)

    assert list(Step) == [one.step for one in all_steps]
    assert {StepState.DONE} == {one.standing for one in all_steps}
    assert [MINUTE_AGO] * 2 == [one.at for one in all_steps if one.at]


def test_a_new_account_has_everything_to_do():
    """Nothing is wrong yet, and nothing is ticked."""
    account = replace(ACCOUNT, settings=AccountSettings())
    known = Known(account, Memory(), NOW, administrators=(1,))

    steps = checks(known, replace(AROUND, newest=84))

    assert {StepState.TODO} == {one.standing for one in steps}


@pytest.mark.parametrize(
    ("step", "memory", "expected"),
    [
        (Step.EVENTS, {"last_event_at": NOW - 8 * 86_400}, StepFact.SILENCE),
        (Step.EVENTS, {"wrong_token_at": NOW - 5}, StepFact.EVENTS_REFUSED),
        (Step.EVENTS, {"unbound": "ONTASKADD"}, StepFact.EVENTS_UNBOUND),
        (Step.TABS, {"unbound": "ONTASKADD"}, StepFact.TABS_THERE),
        (Step.TABS, {"unbound": "CRM_CONTACT_DETAIL_TAB"}, StepFact.TABS_REFUSED),
        (Step.TABS, {"bound_at": 0}, StepFact.TABS_COMING),
        (
            Step.TABS,
            {"refusals": {Duty.BINDINGS: Undone("no", NOW)}},
            StepFact.TABS_REFUSED,
        ),
        (Step.MAILS, {"mailed_at": None}, StepFact.NEVER_MAILED),
    ],
)
def test_facts_decide(step, memory, expected):
    """What is remembered of the account says how far a step is."""
    known = replace(READY, memory=replace(MEMORY, **memory))

    assert expected is found(known, step).found


@pytest.mark.parametrize(
    ("around", "failing", "expected"),
    [
        ({"mail_server": False, "mail_held": True}, Failing(), StepFact.NO_MAIL_SERVER),
        ({"mail_held": True}, Failing(9, 9), StepFact.MAIL_HELD),
        ({}, Failing(1, 9, "451 later"), StepFact.MAIL_FAILS),
        ({}, Failing(1, 1, "450 greylisted"), StepFact.MAILED),
    ],
)
def test_mail_that_does_not_go_out_is_told(around, failing, expected):
    """Whatever went out before; one greylisted mail is none of it."""
    known = replace(READY, failing=failing)

    assert expected is found(known, Step.MAILS, replace(AROUND, **around)).found


@pytest.mark.parametrize(
    ("users", "expected"), [((), StepFact.NOBODY), ((1,), StepFact.ONE)]
)
def test_one_administrator_is_not_enough(users, expected):
    """Whoever is the only one may leave."""
    known = replace(READY, administrators=users)

    assert expected is found(known, Step.ADMINISTRATORS).found


def test_an_old_ticket_is_no_test():
    """What was there before the connection shows nothing; old accounts do not know."""
    around = replace(AROUND, newest=84)
    old = replace(READY, account=replace(ACCOUNT, connected_after=None))

    assert StepFact.NO_TICKET_YET is found(READY, Step.TICKET, around).found
    assert StepFact.TICKET_CAME is found(old, Step.TICKET, around).found
