"""Chats of any length are read whole, whatever a build makes of an id."""

import random
from dataclasses import dataclass

import pytest

from ticket24.bitrix.conversations.walking import Backwards, Newest, Onwards


@dataclass
class Build:
    """A Bitrix24 with its own ideas of a window; `ids` is its chat, oldest first."""

    ids: list[int]
    most: int = 50
    forgets: bool = False
    adds_newest: int = 2
    repeats: bool = True
    unread: bool = True

    def answer(self, command, shuffle):
        params = command.params
        if command.method.endswith("search"):
            found = self.search(params)
        else:
            found = self.get(params)
        shuffle(found)
        return {"messages": [{"id": id_, "author_id": 3, "text": "x"} for id_ in found]}

    def search(self, params):
        limit = min(params["LIMIT"], {20: 50, 50: 200}[self.most])
        last = params.get("LAST_ID", 0)
        if params["ORDER"]["ID"] == "ASC":
            if self.forgets and last not in {0, *self.ids}:
                return []
            return [n for n in self.ids if n > last][:limit]
        return [n for n in self.ids if not last or n < last][-limit:]

    def get(self, params):
        limit = min(params["LIMIT"], self.most)
        cursor = params.get("LAST_ID", params.get("FIRST_ID"))
        if self.forgets and cursor is not None and cursor not in self.ids:
            return []
        if "LAST_ID" in params:
            return [n for n in self.ids if n < cursor][-limit:]
        if "FIRST_ID" in params:
            newer = [
                n for n in self.ids if n > cursor or (self.repeats and n == cursor)
            ]
            far = newer[limit:][-self.adds_newest :] if self.adds_newest else []
            return newer[:limit] + far
        return self.ids[:limit] if self.unread else self.ids[-limit:]


def walked(walk, build, shuffle):
    """Return the ids that a walk finds, and how many pages that took."""
    found, pages = set(), 0
    while walk.call:
        pages += 1
        assert pages < 100
        answer = build.answer(walk.call, shuffle)
        found |= {one.key.id for one in walk.read(answer)}
    return sorted(found), pages


@pytest.mark.parametrize("kind", [Onwards, Backwards, Newest])
def test_every_message_above_the_cursor_is_found(kind):
    """On 120 made-up builds and chats, in any order within a page."""
    dice = random.Random(24)
    for _ in range(120):
        count = dice.choice([0, 1, 2, 19, 20, 21, 49, 50, 51, 99, 100, 101, 180, 431])
        build = Build(
            sorted(dice.sample(range(1, 2_000), count)),
            most=dice.choice([20, 50]),
            forgets=dice.random() < 0.5,
            adds_newest=dice.choice([0, 1, 2]),
            repeats=dice.random() < 0.5,
            unread=dice.random() < 0.5,
        )
        after = dice.choice([0, 0, *build.ids, 1_000])
        walk = kind(58, after)
        found, _ = walked(walk, build, dice.shuffle)

        assert [n for n in build.ids if n > walk.after] == [
            n for n in found if n > walk.after
        ]
        assert walk.after in {0, after}


def test_small_pages_are_no_end_where_something_is_known():
    """Messages that a build leaves out of a page end no walk."""

    class Sparse(Build):
        def get(self, params):
            return super().get(params)[::5]

    build = Sparse(list(range(1, 181)))
    build.ids = [n for n in build.ids if n % 2]
    walk = Backwards(58, 0, known=1)
    found, _ = walked(walk, build, lambda _: None)

    assert min(found) == 1


def test_a_chat_that_is_known_costs_one_page():
    """So does a short one, all of which is read again."""
    build = Build(list(range(5, 13)), forgets=False)

    assert 1 == walked(Backwards(58, 0, known=6), build, lambda _: None)[1]
    assert 1 == walked(Backwards(58, 7), build, lambda _: None)[1]
    assert 1 == walked(Onwards(58, 7), build, lambda _: None)[1]
    build = Build(list(range(5, 155)))
    assert 1 == walked(Onwards(58, 7), build, lambda _: None)[1]


def test_a_build_that_ignores_the_cursor_is_not_asked_for_ever():
    """The same page again is the last."""

    class Deaf(Build):
        def get(self, params):
            return self.ids[-50:]

        def search(self, params):
            return self.ids[-200:]

    build = Deaf(list(range(1, 1_001)))

    assert 2 == walked(Backwards(58, 3), build, lambda _: None)[1]
    assert 2 == walked(Onwards(58, 3), build, lambda _: None)[1]
    assert 2 == walked(Newest(58, 3), build, lambda _: None)[1]
