"""What rules would have done is what they do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from examples import ticket
from hypothesis import given, settings
from hypothesis import strategies as st

from ticket24.domain.accounts.model import Account
from ticket24.domain.automation.house_rules import ruled
from ticket24.domain.automation.occasions import occasions, promised
from ticket24.domain.automation.promises import promise_facts
from ticket24.domain.automation.rehearsals import rehearsed
from ticket24.domain.automation.rulings import outcome
from ticket24.domain.looks.ages import Age
from ticket24.domain.messages.voices import Rules
from ticket24.domain.settings.house_rules.model import Conditions, Deeds, HouseRule
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.changes import diff
from ticket24.domain.tickets.model import (
    Look,
    MessageKey,
    Source,
    Standing,
    Status,
    TicketRef,
    Written,
)
from ticket24.domain.tickets.moves import Mover, cards_of
from ticket24.domain.tickets.pictures import all_told, to_picture
from ticket24.domain.working.pledges import Pledge, Promise

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
US, STAFF, CUSTOMER = 1, 5, 9
WORDS = ("please cancel", "thanks a lot", "the contract")

# A minute each: who writes what, or moves the ticket where; then perhaps a look.
STEPS = st.lists(
    st.tuples(
        st.one_of(
            st.tuples(st.sampled_from([STAFF, CUSTOMER]), st.sampled_from(WORDS)),
            st.tuples(st.sampled_from([US, STAFF]), st.sampled_from([*Status])),
            st.tuples(st.sampled_from([US, STAFF]), st.just("card")),
        ),
        st.booleans(),
    ),
    max_size=8,
)
SOME = {
    "status": st.lists(st.sampled_from([*Status]), max_size=2).map(tuple),
    "words": st.lists(st.sampled_from(["cancel", "contract", "burns"]), max_size=1),
    "priority": st.lists(st.sampled_from(["high", "vip"]), max_size=1).map(tuple),
    "opened_by": st.sampled_from(["", "customer", "staff"]),
    "stage": st.lists(st.sampled_from([4, 100, 102]), max_size=2).map(tuple),
}
RULES = st.lists(
    st.builds(
        HouseRule,
        st.sampled_from(["opened", "replied", "answered", "status", "stage"]),
        if_=st.builds(Conditions, **SOME),
        then=st.builds(
            Deeds,
            responsible=st.sampled_from([0, 2, 3]),
            important=st.booleans(),
            add_tags=st.sampled_from([(), ("vip",), ("vip", "old")]),
            remove_tags=st.sampled_from([(), ("vip",), ("high",)]),
            stage=st.sampled_from([0, 4]),
        ),
    ),
    min_size=1,
    max_size=3,
)


def key_of(occasion):
    return occasion.when, occasion.message and occasion.message.key


def acts(found):
    """Return what was decided: by which rule, on which message or move."""
    return [
        (*key_of(one.occasion), judged.rule, judged.deed, judged.lacks)
        for one in found
        for judged in one.judgements
    ]


class Bitrix:
    """A task that people write in and move; we look at it now and then.

    Each move of its card is to a column of its own.
    """

    def __init__(self, account):
        self.account, self.written, self.at = account, (), START
        self.task = ticket(ref=TicketRef("acme", 51), tags=("high",), created_at=START)
        self.task = replace(self.task, messages=(), stage_id=100)
        self.picture, self.mover, self.found = None, None, []
        self.moved, self.placed = 100, 0

    def step(self, who, what):
        self.at += timedelta(minutes=1)
        if isinstance(what, Status):
            self.mover = Mover("", _TO.get(what, "open")) if who == US else None
            if what is not self.task.status:
                self.task = replace(
                    self.task, status=what, status_at=self.at, status_by=who
                )
            return
        if what == "card":
            self.moved += 1
            self.placed = self.moved if who == US else 0
            self.task = replace(self.task, stage_id=self.moved)
            return
        key = MessageKey(Source.CHAT, len(self.written) + 1)
        standing = Standing.STAFF if who == STAFF else Standing.GUEST
        contacts = (43,) if who == CUSTOMER else ()
        one = Written(
            key, who, "Anna", what, self.at, standing=standing, contacts=contacts
        )
        self.written += (one,)

    def look(self, *, apply):
        """Look at the task; with `apply`, what rules decide becomes of it."""
        look = Look(replace(self.task, looked_at=self.at), chat=self.written)
        age = Age(since=START)
        rules = Rules(frozenset({US}), ("//",), {}, age, mover=self.mover)
        after = to_picture(look, self.picture, rules)
        cards = cards_of(self.picture, after, self.placed)
        after = replace(after, cards=cards)
        changes = tuple(diff(self.picture, after))
        happened = occasions(self.picture, after, changes, self.account, self.placed)
        found = [*ruled(after, happened, self.account)]
        self.found += found
        if apply:
            for one in found:
                self.task = outcome(self.task, one.judgements)
            if self.task.stage_id != after.stage_id:
                self.placed = self.task.stage_id
        self.picture = all_told(after)


_TO = {Status.COMPLETED: "completed", Status.IN_REVIEW: "completed"}


@settings(max_examples=40, deadline=None)
@given(RULES, STEPS)
def test_a_rehearsal_is_what_rules_do_later(some, steps):
    """However often we look: a past without rules tells what they do once they are on.

    But for when we look, which is when a deadline counts from.
    """
    rules = tuple(replace(one, key=str(n)) for n, one in enumerate(some))
    on = Account(
        "acme",
        "acme",
        US,
        START,
        settings=AccountSettings(rules=rules),
        connected_after=50,
    )
    before, later = Bitrix(replace(on, settings=AccountSettings())), Bitrix(on)
    for bitrix in (before, later):
        bitrix.look(apply=True)
        for (who, what), looks in steps:
            bitrix.step(who, what)
            if looks or isinstance(what, Status) or what == "card":
                bitrix.look(apply=True)
        bitrix.look(apply=True)

    told = [one for _, one in rehearsed(before.picture, on, START, later.at)]

    assert acts(later.found) == acts(told)


def test_a_rehearsal_knows_promises():
    """Those that were nearly broken or broken: the same as were noticed then."""
    hour = timedelta(hours=1)
    late = Pledge(60, START + hour, START + hour * 0.8)
    late = replace(late, warned_at=START + hour * 0.9, broken_at=late.by)
    good = Pledge(600, START + hour * 10, START + hour * 8, done_at=START + hour * 9)
    fresh = ticket(messages=(), created_at=START)
    seen = replace(fresh, promise=Promise(late, replace(good, warned_at=good.warn_at)))
    near, broken = (
        HouseRule(when, key=when, then=Deeds(important=True))
        for when in ("promise_near", "promise_broken")
    )
    account = Account(
        "acme", "acme", US, START, settings=AccountSettings(rules=(near, broken))
    )

    told = [*rehearsed(seen, account, START, START + hour * 20)]

    assert [
        (late.warned_at, "promise_near"),
        (late.broken_at, "promise_broken"),
        (good.warn_at, "promise_near"),
    ] == [(at, one.occasion.when) for at, one in told]
    noticed = promised(fresh, seen, promise_facts(fresh, seen))
    assert sorted(one.occasion.when for _, one in told) == sorted(
        one.when for one in noticed
    )
