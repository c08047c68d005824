"""Which tickets a list shows, in which order, on which page."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from examples import NOON, ticket

from ticket24.domain.portal.lists import (
    PAGE_SIZE,
    Order,
    Show,
    Wish,
    choose,
    rearranged,
    turns,
)
from ticket24.domain.portal.names import department_names, in_words, label
from ticket24.domain.portal.ordering import newest_first
from ticket24.domain.portal.rows import to_row
from ticket24.domain.settings.model import AccountSettings, Department
from ticket24.domain.tickets.model import Status, Turn
from ticket24.domain.working.pledges import Pledge, Promise

PRIORITIES = ("high", "medium", "low")


def row(number, status=Status.NEW, **fields):
    values = {"task_id": number, "status": status, "tags": (), "whose": None} | fields
    return replace(to_row(ticket()), **values)


def numbers(rows, wish=None, found=None):
    wish = wish or Wish()
    sheet = choose(rows, wish, PRIORITIES, found).sheet(wish.page)
    return [row.task_id for row in sheet.rows]


EVERY_STATUS = [row(number, status) for number, status in enumerate(Status, 1)]


def test_closed_tickets_are_hidden_at_first():
    """The plain list shows what is open: not completed, not declined."""
    assert [1, 2, 3, 5] == numbers(EVERY_STATUS)


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        (Show.OPEN, [1, 2, 3, 4]),
        (Show.YOURS, [2]),
        (Show.CLOSED, [5, 6]),
        (Show.ALL, [1, 2, 3, 4, 5, 6]),
    ],
)
def test_each_tab_shows_its_turns(show, expected):
    """A tab shows the tickets of exactly the turns that it may be filtered by."""
    every = [row(number, whose=turn) for number, turn in enumerate(Turn, 1)]

    assert expected == numbers(every, Wish(show))
    assert expected == [1 + list(Turn).index(turn) for turn in turns(show)]


def test_tabs_count_what_they_would_show():
    """The counts are those of the same search and filters, on every tab."""
    rows = [row(1, tags=("High",)), row(2, Status.COMPLETED, tags=("high",)), row(3)]

    sheet = choose(rows, Wish(priority="high"), PRIORITIES).sheet(1)

    counts = {Show.OPEN: 1, Show.YOURS: 0, Show.CLOSED: 1, Show.ALL: 2}
    assert counts == sheet.counts


def test_filters_narrow_together():
    """Department, priority and turn must all fit."""
    rows = [
        row(1, group_id=7, tags=("high",)),
        row(2, group_id=8, tags=("high",)),
        row(3, group_id=7, tags=("low",)),
        row(4, group_id=7, tags=("high",), whose=Turn.YOURS),
    ]
    wish = Wish(group_id=7, priority="high", turn=Turn.OURS)

    assert [1] == numbers(rows, wish)


@pytest.mark.parametrize("words", ["51", "#51", "# 51"])
def test_a_number_is_found(words):
    """A search for a number finds the ticket that has it, and those that name it."""
    assert [51, 52] == numbers([row(5), row(51), row(52)], Wish(words=words), {52})


def test_a_search_without_hits_is_empty():
    """Words that appear nowhere show no ticket at all."""
    assert numbers([row(1)], Wish(words="nowhere"), set()) == []


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Order.NUMBER, [1, 2, 3]),
        (Order.CREATED, [3, 1, 2]),
        (Order.ACTIVITY, [2, 3, 1]),
        (Order.STATUS, [2, 1, 3]),
        (Order.PRIORITY, [3, 1, 2]),
    ],
)
def test_lists_are_sorted_both_ways(order, expected):
    """Each order can be turned round; high priority and early steps are small."""
    day = timedelta(days=1)
    third = row(3, whose=Turn.OURS, tags=("HIGH",), created_at=NOON - day)
    rows = [  # As they come: what moved last is the first.
        row(1, whose=Turn.YOURS, tags=("medium",), updated_at=NOON + 3 * day),
        replace(third, updated_at=NOON + day),
        row(2, whose=Turn.NEW, created_at=NOON + day, updated_at=NOON),
    ]

    assert expected == numbers(rows, Wish(order=order, rising=True))
    assert expected[::-1] == numbers(rows, Wish(order=order, rising=False))


def test_equal_rows_keep_the_newest_activity_first():
    """Rows that are equal in the chosen order keep their previous order."""
    rows = [row(3), row(1), row(2)]

    assert [3, 1, 2] == numbers(rows, Wish(order=Order.STATUS, rising=False))


@pytest.mark.parametrize(
    "wish",
    [
        Wish(),
        Wish(show=Show.ALL),
        Wish(show=Show.CLOSED, group_id=7),
        Wish(show=Show.ALL, priority="high"),
        Wish(turn=Turn.NEW),
    ],
)
def test_a_list_of_which_few_rows_changed_is_as_a_new_one(wish):
    """Whatever changed in them, and whichever came or went."""
    chance = random.Random(5)

    def any_row(number):
        return row(
            number,
            chance.choice([*Status]),
            tags=chance.choice([(), ("high",), ("low",)]),
            group_id=chance.choice([7, 8]),
            updated_at=NOON + timedelta(minutes=chance.randrange(9)),
        )

    rows = sorted(map(any_row, range(60)), key=newest_first)
    for number in range(100, 140):
        gone = chance.sample(rows, 3)
        come = [any_row(one) for one in (gone[0].task_id, gone[1].task_id, number)]
        left = [one for one in rows if one not in gone]
        now = sorted([*left, *come], key=newest_first)

        old = choose(rows, wish, PRIORITIES)
        assert choose(now, wish, PRIORITIES) == rearranged(
            old, gone, come, wish, PRIORITIES
        )
        rows = now


def test_searches_and_other_orders_are_chosen_anew():
    """What was chosen before says nothing about them."""
    old = choose(EVERY_STATUS, Wish(), PRIORITIES)
    for wish in Wish(words="x"), Wish(order=Order.NUMBER), Wish(rising=True):
        assert rearranged(old, [], [], wish, PRIORITIES) is None


def test_long_lists_have_pages():
    """A page holds 25 rows; one beyond the end is the last."""
    rows = [row(number) for number in range(1, 2 * PAGE_SIZE + 2)]
    wish = Wish(order=Order.NUMBER, rising=True, page=99)

    sheet = choose(rows, wish, PRIORITIES).sheet(wish.page)

    assert [51] == [row.task_id for row in sheet.rows]
    assert (3, 3, 51, 51) == (sheet.page, sheet.pages, sheet.first, sheet.total)
    assert 25 == PAGE_SIZE == len(numbers(rows, replace(wish, page=2)))


@pytest.mark.parametrize(
    ("gone", "come", "begins"),
    [
        ((), (), 26),
        (range(1, 11), (), 26),  # Ten of those that were read are not there any more.
        ((), range(101, 111), 26),  # Ten came, which are at the beginning.
        ((26,), (), 27),
        ((24, 25), (), 26),
        ((25, 26), (), 27),  # Both between which it was to begin.
        ((26,), (26,), 27),  # Somebody wrote into it: it stands first now.
        ((25,), (25,), 26),
        ((3, 26), (26,), 27),
        (range(1, 41), (), 41),  # There is but one page.
    ],
)
def test_the_next_page_begins_where_the_one_before_ended(gone, come, begins):
    """Whatever came or went meanwhile: nothing is passed over."""
    rows = [row(number) for number in range(1, 61)]
    before = choose(rows, Wish(), PRIORITIES).sheet(1)
    left = [one for one in rows if one.task_id not in gone]
    now = [*map(row, come), *left]

    sheet = choose(now, Wish(), PRIORITIES).sheet(2, before.ends)

    assert begins == sheet.rows[0].task_id
    shown = [*sheet.rows]
    for number in range(3, 9):
        if not sheet.following:
            break
        sheet = choose(now, Wish(), PRIORITIES).sheet(number, sheet.ends)
        shown += sheet.rows
    assert now[now.index(shown[0]) :] == shown


def test_labels_are_spelt_as_configured():
    """A tag counts whatever its case, and the first configured word wins."""
    assert "High" == label(("bugs", "LOW", "hIGH"), ("High", "Low"))
    assert "" == label(("bugs",), ("High", "Low"))


def test_departments_of_one_workgroup_share_a_name():
    """A workgroup bears the names of all its departments; none may be missing."""
    settings = AccountSettings(
        departments=(Department(7, "Support"), Department(7, "Billing"), Department(8))
    )

    assert {7: "Support / Billing", 8: ""} == department_names(settings)


@pytest.mark.parametrize(
    ("tag", "words"),
    [("high", "High"), ("österreich", "Österreich"), ("iOS", "iOS"), ("", "")],
)
def test_tags_read_as_words(tag, words):
    """Those in small letters begin with a capital one; the others stay."""
    assert words == in_words(tag, {})
    assert "Urgent" == in_words(tag, {tag: "Urgent"})


def test_what_is_promised_next_comes_first():
    """In either direction what nothing is promised of is last, as what is solved."""

    def promised(number, answer=None, solution=None, **fields):
        pledges = (
            Pledge(60, NOON + timedelta(hours=n), NOON) if n else None
            for n in (answer, solution)
        )
        return row(number, promise=Promise(*pledges), **fields)

    done = promised(5, answer=1, solution=3)
    answered = replace(done.promise.answer, done_at=NOON)
    rows = [
        row(1),
        promised(2, answer=4),
        promised(3, solution=2),
        promised(4, answer=1, status=Status.COMPLETED),
        replace(done, promise=replace(done.promise, answer=answered)),
    ]
    soon = Wish(Show.ALL, order=Order.PROMISE, rising=True)

    assert [3, 5, 2] == numbers(rows, soon)[:3]
    assert [2, 5, 3] == numbers(rows, replace(soon, rising=False))[:3]
