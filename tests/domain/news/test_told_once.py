"""Whatever happens to a ticket, and whenever we look: told exactly once.

Dates run up to 14 hours ahead of the answers' time or behind it, and jump.
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta

from examples import NOON, ticket
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from ticket24.domain.accounts.model import Account
from ticket24.domain.looks.ages import age_of
from ticket24.domain.looks.chat_windows import chat_window
from ticket24.domain.looks.clocks import Clocks
from ticket24.domain.messages.voices import Rules, customer_line
from ticket24.domain.news.notices import Wishes, wanted
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.model import (
    ContactRef,
    Customer,
    Look,
    MessageKey,
    Source,
    Status,
    Voice,
    Written,
)
from ticket24.domain.tickets.plans import plan

US = 1
OVERLAP = 4
CONNECTED_AT = NOON
ANNA = {43: Customer(ContactRef("acme", 43), "Anna", ("anna@example.com",))}

HOURS = st.integers(-14, 14)
MOST_AHEAD = timedelta(hours=14)

REMARK, LIKE_A_REMARK = "Task closed.", "Task started."


@dataclass
class Words:
    """A message in Bitrix24; `remark` says that Bitrix24 wrote it."""

    text: str
    at: object
    author_id: int = 3
    remark: bool = False

    @property
    def due(self):
        """Whether the customer must be told of it, unless it is history."""
        return not (self.remark or self.author_id == US or self.text.startswith("//"))


class Life(RuleBasedStateMachine):
    """One ticket: people write, edit and delete; workers look, or do not."""

    def __init__(self):
        super().__init__()
        self.now = CONNECTED_AT
        self.ahead = timedelta()  # The dates of rows, of the answers' time.
        self.world, self.history, self.seen = {}, set(), {}
        self.import_due = True
        self.number = 0
        self.moved = False  # From the old card to the new one.
        self.created_at = self.closed_at = None
        self.closings = 0
        self.picture, self.revision, self.slow = None, 0, None
        self.rulings, self.ruled = {}, set()
        self.told, self.letters = Counter(), []

    # What Bitrix24 holds.

    @initialize(
        history=st.lists(st.sampled_from(["Hello", "// no", REMARK])),
        new=st.booleans(),
        ahead=HOURS,
    )
    def connect(self, history, new, ahead):
        self.ahead = timedelta(hours=ahead)
        self.account = Account(
            "acme", "acme", US, CONNECTED_AT, connected_after=51 - new
        )
        self.new = new
        self.created_at = self.now + self.ahead
        for text in history:
            self.say(text, remark=text == REMARK)

    @rule(hours=HOURS)
    def the_clocks_move_apart(self, hours):
        self.ahead = timedelta(hours=hours)

    @rule(hours=st.sampled_from([-1, 1]))
    def daylight_saving_begins_or_ends(self, hours):
        moved = self.ahead + timedelta(hours=hours)
        self.ahead = max(-MOST_AHEAD, min(moved, MOST_AHEAD))

    @precondition(lambda self: self.picture)
    @rule()
    def the_application_is_installed_again(self):
        self.now += timedelta(seconds=1)
        self.account = replace(self.account, connected_at=self.now, connected_after=51)
        self.import_due = True
        self.slow = None

    def say(self, text, **fields):
        self.number += 1
        source = Source.CHAT if self.moved else Source.FORUM
        self.world[MessageKey(source, self.number)] = Words(
            text, self.now + self.ahead, **fields
        )

    @rule(times=st.integers(1, 3))
    def staff_write(self, times):
        for _ in range(times):
            self.say("We are on our way.")

    @rule()
    def staff_write_among_themselves(self):
        self.say("// He has not paid.")

    @rule()
    def staff_sound_like_bitrix24(self):
        self.say(LIKE_A_REMARK)

    @rule(text=st.sampled_from([REMARK, LIKE_A_REMARK]))
    def bitrix24_remarks(self, text):
        self.say(text, remark=True)

    @rule()
    def customer_replies(self):
        self.say(customer_line("Anna") + "It still burns.", author_id=US)

    def in_reach(self):
        """Messages of staff that the next look will read."""
        start = chat_window(self.picture, OVERLAP)
        return [
            key
            for key, one in self.world.items()
            if one.text not in {REMARK, LIKE_A_REMARK}
            and one.author_id != US
            and (key.id > start if key.source is Source.CHAT else not self.moved)
        ]

    @precondition(lambda self: self.in_reach() and not self.slow)
    @rule(data=st.data(), text=st.sampled_from(["// Oh.", "Oh.", "Well."]))
    def staff_edit(self, data, text):
        self.world[data.draw(st.sampled_from(self.in_reach()))].text = text

    @precondition(lambda self: self.world)
    @rule(data=st.data())
    def someone_deletes(self, data):
        del self.world[data.draw(st.sampled_from(sorted(self.world)))]

    @rule()
    def the_task_gets_a_chat(self):
        self.moved = True

    @rule()
    def staff_close_or_reopen(self):
        self.now += timedelta(seconds=1)
        self.closed_at = None if self.closed_at else self.now + self.ahead
        self.closings += self.closed_at is not None

    @rule(seconds=st.integers(1, 100))
    def time_passes(self, seconds):
        self.now += timedelta(seconds=seconds)

    # What we do.

    def gather(self):
        """Look as `bitrix/` does: the forum, until a look has seen a chat."""
        start = chat_window(self.picture, OVERLAP)
        forum = chat = None
        if self.picture is None or not self.picture.chat_id:
            forum = self.written(Source.FORUM, 0)
        if self.moved:
            chat = self.written(Source.CHAT, start)
        remarks = [
            key
            for key, one in self.world.items()
            if one.remark and key.source == "forum"
        ]
        shown = ticket(
            messages=(),
            created_at=self.created_at,
            status=Status.COMPLETED if self.closed_at else Status.IN_PROGRESS,
            closed_at=self.closed_at,
            changed_at=self.now + self.ahead,
            looked_at=self.now,
            chat_id=58 if self.moved else 0,
            service_comments=1 + len(remarks),
        )
        return Look(shown, forum, chat, start if self.moved else 0)

    def written(self, source, start):
        return tuple(
            Written(key, one.author_id, "Klaus", one.text, one.at, (), one.remark)
            if source is Source.CHAT
            else Written(key, one.author_id, "Klaus", one.text, one.at)
            for key, one in sorted(self.world.items())
            if key.source is source and key.id > start
        )

    def decide(self):
        look = self.gather()
        age = age_of(self.account, look.ticket, self.picture, None, Clocks())
        rules = Rules({US}, ("//",), dict(self.rulings), age)
        wishes = Wishes(age, wanted(AccountSettings()))
        made = plan(look, self.picture, rules, ANNA, wishes)
        self.seen[id(made)] = set(self.world)
        return made

    def commit(self, made):
        if self.import_due and (self.picture or not self.new):
            told = {m.key for letter in made.letters for m in letter.messages}
            assert set() == told - self.ruled
            self.history |= self.seen[id(made)] - self.told.keys() - told
        self.import_due = False
        self.picture, self.revision = made.after, self.revision + 1
        self.letters += made.letters
        self.told.update(m.key for letter in made.letters for m in letter.messages)

    @rule(times=st.integers(1, 2))
    def a_worker_looks(self, times):
        for _ in range(times):
            self.commit(self.decide())

    @precondition(lambda self: not self.slow)
    @rule()
    def a_slow_worker_looks(self):
        self.slow = (self.revision, self.decide())

    @precondition(lambda self: self.slow)
    @rule()
    def the_slow_worker_commits(self):
        revision, made = self.slow
        self.slow = None
        if revision == self.revision:
            self.commit(made)

    @precondition(lambda self: self.doubtful())
    @rule(data=st.data())
    def a_person_rules(self, data):
        key = data.draw(st.sampled_from(self.doubtful()))
        by_bitrix24 = key in self.world and self.world[key].remark
        self.rulings[key] = "remark" if by_bitrix24 else "staff"
        self.ruled.add(key)

    def doubtful(self):
        messages = self.picture.messages if self.picture else ()
        return [
            one.key
            for one in messages
            if one.voice is Voice.DOUBTFUL and one.key not in self.rulings
        ]

    # What holds all the time, and in the end.

    @invariant()
    def nothing_is_told_twice(self):
        assert 1 >= max(self.told.values(), default=0)
        assert len(self.letters) == len({letter.id for letter in self.letters})

    @invariant()
    def nothing_internal_leaks(self):
        told = [m for letter in self.letters for m in letter.messages]

        assert {Voice.STAFF} >= {message.voice for message in told}
        assert not [m for m in told if m.text.startswith("//") or m.text == REMARK]
        assert self.closings >= sum(one.kind == "completed" for one in self.letters)
        assert not self.history & self.told.keys() - self.ruled

    def teardown(self):
        self.commit(self.decide())
        for key in self.doubtful():
            by_bitrix24 = key in self.world and self.world[key].remark
            self.rulings[key] = "remark" if by_bitrix24 else "staff"
            self.ruled.add(key)
        self.commit(self.decide())
        due = {key for key, one in self.world.items() if one.due} - self.history

        assert set() == due - self.told.keys()
        created = [one for one in self.letters if one.kind == "created"]
        assert self.new == len(created)
        self.nothing_is_told_twice()
        self.nothing_internal_leaks()


def test_who_deletes_a_look_alike_vouches_for_no_other():
    """Bitrix24 counted neither of them, so a person says what the second is."""
    life = Life()
    life.connect(history=[], new=False, ahead=0)
    life.say(LIKE_A_REMARK)
    life.commit(life.decide())
    life.say(LIKE_A_REMARK)
    del life.world[MessageKey(Source.FORUM, 1)]
    life.commit(life.decide())

    assert [MessageKey(Source.FORUM, 2)] == life.doubtful()
    life.teardown()


class TestToldOnce(Life.TestCase):
    """Each public staff message is told exactly once, whenever we look."""

    settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
