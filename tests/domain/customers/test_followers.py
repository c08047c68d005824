"""Who follows a ticket, and whose word about that counts."""

import pytest
from examples import NOON, SIGNATURE, ticket

from ticket24.domain.customers.follower_tokens import (
    Purpose,
    keys_of,
    leavers,
    readers,
    token,
    whose,
)
from ticket24.domain.customers.followers import (
    MOST_COPIES,
    LastWord,
    Stand,
    after,
    following,
    still,
)
from ticket24.domain.tickets.descriptions import compose
from ticket24.domain.tickets.model import TicketRef

CARL, DORA = "carl@x.org", "dora@x.org"


def opened(*cc, followers=()):
    description = compose("Anna", "It burns.", cc, SIGNATURE)
    return ticket(description=description, followers=followers)


def said(**stands):
    """What was said last, by the part of the address before the @."""
    words = (
        LastWord(f"{name}@x.org", Stand(one), NOON) for name, one in stands.items()
    )
    return {one.email: one for one in words}


def followers(now, before=None, words=None, barred=(), *, appeared=True):
    return following(now, before, words or {}, barred, appeared=appeared)


def test_people_in_copy_of_a_new_ticket_follow_it():
    """Each once, in their order; customers, and who wants no mail, do not."""
    now = opened("Carl@x.org", DORA, "carl@X.org", "anna@x.org")

    assert ("Carl@x.org", DORA) == followers(now, barred={"anna@x.org"})


def test_nobody_follows_a_ticket_from_before():
    """People in copy of what was there when we came were told nothing by us."""
    assert () == followers(opened(CARL), appeared=False)


def test_who_was_told_that_this_was_the_only_mail_does_not_follow():
    """A picture of an earlier version has no followers, and gets none by a look."""
    assert () == followers(opened(CARL), opened(CARL))


def test_staff_add_people_to_the_description_and_take_them_out():
    """What the description newly says counts, in both directions."""
    before = opened(CARL, followers=(CARL,))

    assert (CARL, DORA) == followers(opened(CARL, DORA), before)
    assert (DORA,) == followers(opened(DORA), before)


def test_a_description_without_our_footer_takes_nobody_out():
    """Staff rewrite descriptions: whoever followed still does."""
    assert (CARL,) == followers(
        ticket(description="x"), opened(CARL, followers=(CARL,))
    )


def test_leaving_counts_more_than_the_description():
    """Who left or was removed stays away, though the description names them anew."""
    before = opened(CARL, followers=(CARL,))

    for stand in ("left", "removed"):
        words = said(carl=stand)
        assert () == followers(before, before, words)
        assert () == followers(opened(CARL), opened(), words)
        assert () == followers(opened(CARL), None, words)
        assert () == still((CARL,), words)


def test_who_was_added_follows_without_being_in_the_description():
    """What a customer answered to a proposal holds; a proposal alone does not."""
    assert (DORA,) == followers(opened(), opened(), said(dora="added", eve="proposed"))


def test_followers_are_bounded():
    """Twenty, and no more, however many are in copy."""
    many = [f"c{number}@x.org" for number in range(30)]

    assert tuple(many[:MOST_COPIES]) == followers(opened(*many))


@pytest.mark.parametrize("now", ["added", "proposed", "removed", "declined"])
def test_nobody_else_brings_back_who_has_left(now):
    """Only whoever left may say otherwise."""
    left = LastWord(CARL, Stand.LEFT, NOON, ended=1)
    then = LastWord(CARL, Stand(now), NOON)

    assert after(left, then) is None
    assert (Stand.ADDED, 1) == _stood(
        after(left, LastWord(CARL, Stand.ADDED, NOON), own=True)
    )


def _stood(word):
    return word.stand, word.ended


def test_each_end_is_counted():
    """Links of before an end are not good after it."""
    word = None
    for stand in (Stand.LEFT, Stand.ADDED, Stand.LEFT):
        word = after(word, LastWord(CARL, stand, NOON), own=True)

    assert (Stand.LEFT, 2) == _stood(word)
    assert after(word, LastWord(CARL, Stand.LEFT, NOON), own=True) is None


def test_who_was_declined_is_not_proposed_again():
    """The customer is not asked twice about one person."""
    declined = LastWord(CARL, Stand.DECLINED, NOON)

    assert after(declined, LastWord(CARL, Stand.PROPOSED, NOON)) is None
    assert after(declined, LastWord(CARL, Stand.ADDED, NOON)) is not None


REF = TicketRef("acme", 51)
KEYS = keys_of(["s" * 32, "older" * 8])


def test_a_link_is_one_persons_to_one_ticket_for_one_purpose():
    """No other account, ticket, address, purpose or key makes the same token."""
    mine = token(KEYS[0], Purpose.READ, REF, CARL)
    others = [
        token(KEYS[0], Purpose.LEAVE, REF, CARL),
        token(KEYS[0], Purpose.READ, REF, DORA),
        token(KEYS[0], Purpose.READ, TicketRef("other", 51), CARL),
        token(KEYS[0], Purpose.READ, TicketRef("acme", 52), CARL),
        token(KEYS[0], Purpose.READ, REF, CARL, 1),
        token(KEYS[1], Purpose.READ, REF, CARL),
    ]

    assert mine not in others
    assert mine == token(KEYS[0], Purpose.READ, REF, "CARL@X.org")
    people = [*readers((CARL, DORA), {})]
    assert CARL == whose(mine, KEYS, Purpose.READ, REF, people)
    assert CARL == whose(others[-1], KEYS, Purpose.READ, REF, people)
    for one in ("", "é" * 24, mine[:-1], *others[:1], *others[2:-1]):
        assert whose(one, KEYS, Purpose.READ, REF, people) is None
    assert whose(mine, keys_of(["x" * 32]), Purpose.READ, REF, people) is None


def test_a_link_to_read_ends_with_leaving_and_that_to_leave_does_not():
    """Whoever has left can open the page where that is said, and take it back."""
    words = {CARL: LastWord(CARL, Stand.LEFT, NOON, ended=1)}

    assert [] == [*readers(still((CARL,), words), words)]
    assert [(CARL, 0), (CARL, 1)] == [*leavers((), words)]
