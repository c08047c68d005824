"""A company's own rules: whom they are for, and what they make of a ticket."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from examples import SIGNATURE, message, ticket

from ticket24.domain.accounts.model import Account
from ticket24.domain.automation.house_rules import agreed, ruled, seen_task
from ticket24.domain.automation.occasions import Occasion, occasions, promised
from ticket24.domain.automation.promises import PromiseFact
from ticket24.domain.automation.recipes import later
from ticket24.domain.automation.rule_conditions import (
    NO_FACTS,
    CustomerFacts,
    lacking,
)
from ticket24.domain.automation.rulings import acted, outcome
from ticket24.domain.commands.model import ApplyRules
from ticket24.domain.commands.rule_deeds import RuleDeed
from ticket24.domain.messages.voices import customer_line
from ticket24.domain.settings.house_rules.model import Conditions, Deeds, HouseRule
from ticket24.domain.settings.model import AccountSettings, Automation
from ticket24.domain.tickets.changes import TicketAppeared, diff
from ticket24.domain.tickets.descriptions import compose
from ticket24.domain.tickets.model import Move, Status, TicketRef, Voice
from ticket24.domain.tickets.pictures import all_told

MONDAY = datetime(2026, 11, 30, 9, 30, 20, tzinfo=UTC)
FACTS = CustomerFacts(companies=frozenset({9}))
OPENED = Occasion("opened", "opened", Status.NEW)


def rule(when="opened", *, on=True, key="", **deeds):
    return HouseRule(when, "", on, key, then=Deeds(**deeds))


def missed(conditions, one, occasion):
    """Return the condition that a ticket does not meet."""
    return lacking(HouseRule("opened", if_=conditions), one, occasion, FACTS)


def company(*rules):
    settings = AccountSettings(rules=rules)
    return Account("acme", "acme", 1, MONDAY, settings=settings, connected_after=50)


def seen(**fields):
    """Return a ticket that was opened after we were connected."""
    usual = {"ref": TicketRef("acme", 51), "looked_at": MONDAY, "messages": ()}
    return ticket(**usual | fields)


def happened(before, after, account=None, placed=0):
    changes = tuple(diff(before, after))
    found = occasions(before, after, changes, account or company(), placed)
    return [one.name.rsplit("-179", 1)[0] for one in found]


def test_every_message_is_an_occasion_of_its_own():
    """Customers' and staff's, whether they came at one look or at three."""
    first = message(1, voice=Voice.CUSTOMER)
    then = (message(2), message(3, voice=Voice.CUSTOMER), message(4))
    inside = message(5, voice=Voice.INTERNAL)
    before = seen(messages=(first,))
    after = seen(messages=(first, *then, inside))

    expected = ["answered-chat-2", "replied-chat-3", "answered-chat-4"]
    assert expected == happened(before, after)
    assert ["opened", "replied-chat-1"] == happened(None, before)
    assert [] == happened(after, all_told(after))


def test_an_occasion_has_one_name():
    """Whoever looks again, because a worker died, finds it under the same name."""
    before = seen(stage_id=1)
    moves = (Move(Status.NEW, Status.COMPLETED, MONDAY),)
    after = replace(before, status=Status.COMPLETED, stage_id=2, moves=moves)
    later_on = MONDAY + timedelta(seconds=9)
    again = replace(after, looked_at=later_on, changed_at=later_on)

    def commands(now):
        found = occasions(before, now, tuple(diff(before, now)), company())
        account = company(rule("status", important=True), rule("stage", deadline=1))
        return [
            one.id for ruling in ruled(now, found, account) for one in ruling.commands
        ]

    assert 2 == len({*commands(after)})
    assert commands(after) == commands(again)


def test_history_is_no_occasion():
    """Neither tickets nor messages from before we were there."""
    old = seen(ref=TicketRef("acme", 50), messages=(message(7),), chat_history=7)

    assert [] == happened(None, old)


def test_what_we_move_is_no_occasion():
    """Neither a status nor a card; nor what Bitrix24 resets by itself."""
    before = seen(stage_id=1)
    move = Move(Status.NEW, Status.COMPLETED, MONDAY)
    after = replace(before, status=Status.COMPLETED, stage_id=2, moves=(move,))
    ours = replace(after, moves=(replace(move, ours=True),))

    assert ["status-completed-1", "stage-1-2"] == happened(before, after)
    assert [] == happened(before, ours, placed=2)
    assert [] == happened(after, replace(after, status=Status.NEW, reset_from="x"))
    solved = replace(after, task_status=Status.NEW)  # By its card alone.
    assert ["status-completed-1", "stage-1-2"] == happened(before, solved)
    assert [] == happened(before, solved, placed=2)
    assert [] == happened(seen(stage_id=None), seen(stage_id=1))
    assert [] == happened(before, seen(stage_id=9, group_id=8))


def test_days_count_from_when_it_happened():
    """Not from when we could look at last: Bitrix24 may have been away."""
    account = company(rule("replied", deadline=2))
    reply = Occasion("replied", "x", Status.NEW, message(), at=MONDAY)
    late = seen(looked_at=MONDAY + timedelta(hours=5))

    (one,) = ruled(late, [reply], account)

    assert MONDAY + timedelta(days=2) == one.judgements[0].deed.deadline


def test_a_promise_that_is_nearly_broken_is_an_occasion():
    """And one that is; one that is kept, or late in the end, is none."""
    became = ("nearly", "broken", "kept", "late")
    facts = [PromiseFact("answer", one) for one in became]

    found = [*promised(seen(), seen(status=Status.IN_PROGRESS), facts)]

    assert ["promise_near", "promise_broken"] == [one.when for one in found]
    assert {Status.IN_PROGRESS} == {one.status for one in found}
    assert 2 == len({one.name for one in found})


@pytest.mark.parametrize(
    ("conditions", "lacks"),
    [
        ({}, ""),
        ({"department": (7, 8), "status": (Status.NEW,), "customer": (43,)}, ""),
        ({"department": (8,)}, "department"),
        ({"priority": ("high", "low")}, ""),
        ({"priority": ("low",), "sector": ("USA",)}, "priority"),
        ({"sector": ("USA",)}, "sector"),
        ({"stage": (3,)}, "stage"),
        ({"customer": (44,)}, "customer"),
        ({"first_contact": True}, "first_contact"),
        ({"company": (8, 9)}, ""),
        ({"company": (7,)}, "company"),
        ({"opened_by": "staff"}, ""),
        ({"opened_by": "customer"}, "opened_by"),
        ({"words": ("burn",)}, ""),
        ({"words": ("Brûnt", "ÍT BURNS")}, ""),
        ({"words": ("urns",)}, "words"),
        ({"words": ("b.rns",)}, "words"),
        ({"words": ("\N{ACUTE ACCENT}", "\N{SOFT HYPHEN}")}, "words"),
        ({"words": ("\N{ACUTE ACCENT}", "burns")}, ""),
        ({"words": ("printer",)}, ""),
    ],
)
def test_all_conditions_have_to_fit(conditions, lacks):
    """One of each list; words where a word begins, however they are written."""
    one = seen(tags=("High",), stage_id=2, description="It [B]burns[/B].")

    wanted = Conditions(**conditions)
    assert lacks == missed(wanted, one, OPENED)
    # The same, the other way round: who is left alone meets one of them.
    excluded = HouseRule("opened", unless=wanted)
    met = [missed(Conditions(**{n: v}), one, OPENED) for n, v in conditions.items()]
    assert ("unless" if "" in met else "") == lacking(excluded, one, OPENED, FACTS)


@pytest.mark.parametrize(
    ("made", "opener"),
    [
        ({"description": compose("Anna", "It burns", (), SIGNATURE)}, "customer"),
        # Staff have taken out the small print below it.
        ({"description": f"{customer_line('Anna')}It burns"}, "customer"),
        ({"description": "Anna called: it burns"}, "staff"),
        ({"description": "[B]Anna:[/B]\nit burns"}, "staff"),
        ({"description": ""}, "staff"),
        ({"description": "", "opened_by": "Anna", "by_guest": True}, "customer"),
    ],
)
def test_a_ticket_is_opened_by_the_customer_or_by_staff(made, opener):
    """Whoever sent the customer's words to Bitrix24, and whatever staff changed."""
    asked = {one: Conditions(opened_by=one) for one in ("customer", "staff")}
    lacks = {one: missed(some, seen(**made), OPENED) for one, some in asked.items()}

    other = {"customer": "staff", "staff": "customer"}[opener]
    assert {opener: "", other: "opened_by"} == lacks


def test_a_ticket_that_fits_and_is_excluded_is_left_alone():
    """Any of what is excluded is enough, and staff read that it was that."""
    rule = HouseRule(
        "opened",
        if_=Conditions(priority=("high",)),
        unless=Conditions(department=(8,), words=("spam", "burn")),
    )
    one = seen(tags=("High",), description="It burns.")

    assert "unless" == lacking(rule, one, OPENED, FACTS)
    quiet = replace(one, description="It is quiet.", subject="Quiet")
    assert "" == lacking(rule, quiet, OPENED, FACTS)
    assert "unless" == lacking(rule, replace(quiet, group_id=8), OPENED, FACTS)
    assert "priority" == lacking(rule, replace(one, tags=()), OPENED, FACTS)
    # What a ticket does not have excludes nothing.
    unknown = Conditions(priority=("low",), sector=("USA",), company=(7,), stage=(3,))
    bare = seen(tags=(), stage_id=None)
    assert "" == lacking(HouseRule("opened", unless=unknown), bare, OPENED, NO_FACTS)


def test_words_are_sought_in_what_was_written():
    """In the message, not in the description, if there is one."""
    reply = Occasion(
        "replied", "x", Status.NEW, message(text="I want to [I]cancel[/I]")
    )
    wanted = Conditions(words=("cancel",))

    assert not missed(wanted, seen(), reply)
    line = customer_line("Anna Cancel")
    signed = f"{line}[QUOTE]Cancel?[/QUOTE]\nNo.\n{SIGNATURE}"
    quoting = Occasion("replied", "x", Status.NEW, message(text=signed))
    assert missed(wanted, seen(), quoting)
    assert missed(Conditions(words=("open",)), seen(), quoting)
    assert missed(Conditions(words=("burns",)), seen(), reply)


def test_the_first_rule_that_sets_a_field_counts():
    """All by one command; rules that are off, or for other occasions, say nothing."""
    account = company(
        rule(key="off", on=False, responsible=9),
        rule("replied", key="other", responsible=9),
        rule(key="a", responsible=2, add_tags=("VIP",), remove_tags=("old",)),
        rule(key="b", responsible=3, deadline=1, remove_tags=("vip",)),
        rule(key="c", important=True, add_tags=("vip", "Old")),
    )
    after = seen(tags=("old", "x"))

    (one,) = ruled(after, [OPENED], account)
    (command,) = one.commands
    now = outcome(after, one.judgements)

    assert ["a", "b", "c"] == [judged.rule for judged in one.judgements]
    assert (2, True, ("x", "VIP")) == (now.responsible_id, now.important, now.tags)
    assert timedelta(days=1) == now.deadline - MONDAY
    assert "rules-51-opened" == command.id
    assert [] == [*ruled(after, [OPENED], company())]


def test_what_a_rule_does_lets_no_other_in():
    """All judge the ticket as it was, in whatever order they stand."""
    needs_vip = Conditions(priority=("vip",))
    tagging = rule(key="a", add_tags=("vip",))
    account = company(tagging, replace(rule(key="b", important=True), if_=needs_vip))

    (one,) = ruled(seen(), [OPENED], account)

    assert ["", "priority"] == [judged.lacks for judged in one.judgements]


def test_rules_come_before_the_automation():
    """It leaves what they set, and tells the person who has the ticket in the end."""
    account = company(rule(responsible=4, deadline=1))
    automation = Automation({"bugs": 11}, {"high": 5}, ("high",), push=("responsible",))
    settings = replace(account.settings, automation=automation)
    after = seen(tags=("high", "bugs"), responsible_id=3)
    (one,) = ruled(after, [OPENED], account)

    asked = later(
        *(None, after, [TicketAppeared()], replace(account, settings=settings)),
        outcome(after, one.judgements),
    )

    handle, told = asked
    assert (0, None, True) == (handle.responsible_id, handle.deadline, handle.important)
    assert 4 == told.user_id


def test_what_is_as_it_should_be_is_no_command():
    """Nothing is sent that would change nothing."""
    account = company(rule(responsible=2, important=True, stage=4, status="open"))
    after = seen(responsible_id=2, important=True, stage_id=4)

    (one,) = ruled(after, [OPENED], account)

    assert ((), RuleDeed()) == (
        one.commands,
        replace(one.judgements[0].deed, rule=""),
    )


def test_a_card_that_solved_a_ticket_completes_no_task():
    """The status that rides along with another person is the task's own."""
    after = seen(status=Status.COMPLETED, task_status=Status.IN_PROGRESS)
    account = company(rule(responsible=2, status="open"))

    (one,) = ruled(after, [OPENED], account)

    (command,) = one.commands
    assert Status.IN_PROGRESS is command.seen.status


@pytest.mark.parametrize(
    ("now", "expected", "faster"),
    [
        ({}, (2, True, ("vip",)), ()),
        ({"responsible_id": 2}, (0, True, ("vip",)), ()),
        ({"responsible_id": 7}, (0, True, ("vip",)), ("responsible",)),
        ({"deadline": MONDAY}, (2, False, ("vip",)), ("deadline",)),
        ({"tags": ("VIP",), "important": True}, (2, True, ()), ()),
    ],
)
def test_what_others_set_meanwhile_stays(now, expected, faster):
    """Field by field; and what is already so is not set again."""
    before = seen_task(seen(responsible_id=1))
    due = MONDAY + timedelta(days=2)
    deed = RuleDeed("a", 2, due, important=True, add_tags=("vip",))
    command = ApplyRules(
        "x", TicketRef("acme", 51), MONDAY, "opened", (deed,), MONDAY, before, before
    )

    left, others = agreed(command, replace(before, **now))

    assert expected == (left.responsible_id, bool(left.deadline), left.add_tags)
    assert faster == others


def rounds(account, when, apart, count):
    """Let the same happen again and again, and return how often a rule acted."""
    now, acts = seen(), []
    for number in range(count):
        now = replace(now, looked_at=MONDAY + number * apart, important=False)
        found = [*ruled(now, [Occasion(when, f"{number}", Status.NEW)], account)]
        now = acted(now, found)
        acts.append([judged.lacks for one in found for judged in one.judgements])
    return [number for number, lacks in enumerate(acts) if lacks == [""]]


def test_a_rule_and_a_robot_set_off_each_other_for_a_while_only():
    """Whoever answers each deed within seconds is no person: the rule rests an hour."""
    account = company(rule("stage", important=True))
    second = timedelta(seconds=1)

    assert [*range(30)] == rounds(account, "stage", second, 400)
    assert [*range(30), *range(3600, 3630)] == rounds(account, "stage", second, 3700)
    assert [*range(60)] == rounds(account, "stage", timedelta(minutes=5), 60)


def test_an_autoresponder_is_answered_three_times_a_day():
    """It gets our words, and they get its own; a person who writes has read them."""
    account = company(rule("replied", answer={"en": "We are on it."}))

    assert [0, 1, 2, 24, 25, 26] == rounds(account, "replied", timedelta(hours=1), 48)
