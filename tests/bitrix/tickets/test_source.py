"""One look at many tickets: how it is asked, and what is made of the answers."""

import pytest
from wire import (
    CONTACTS,
    GET,
    LIST,
    NOON,
    SEARCH,
    UPDATE,
    Bitrix24,
    Looking,
    contact,
    known,
    look_at,
    numbers,
    row,
)

from ticket24.bitrix.rest.errors import AccessDenied, BitrixBroken, Permanent


@pytest.mark.parametrize(("count", "requests"), [(1, 1), (49, 1), (50, 2), (200, 5)])
async def test_known_chats_cost_one_command_each(count, requests):
    """Tickets whose chats are known are seen in one round: 50 commands a request."""
    ids = range(1, count + 1)
    rows = [row(n, chatId=1000 + n) for n in ids]
    looking = Looking(Bitrix24(*rows, chats={1000 + n: [5, 6] for n in ids}))

    seen = await looking.look({n: known(n, 5, chat_id=1000 + n) for n in ids})

    assert requests == looking.caller.requests
    assert count == len(seen.looks)
    assert {(5, 6)} == {tuple(numbers(look.chat)) for look in seen.looks.values()}


@pytest.mark.parametrize(("count", "requests"), [(1, 1), (49, 1), (200, 5)])
async def test_known_comments_cost_one_command_each(count, requests):
    """The same on the old card: the list and the comments in one round."""
    ids = range(1, count + 1)
    looking = Looking(
        Bitrix24(*map(row, ids), comments={n: [n] for n in ids}),
    )

    seen = await looking.look({n: known(n) for n in ids})

    assert requests == looking.caller.requests
    assert [[n] for n in ids] == [numbers(seen.looks[n].forum) for n in ids]


@pytest.mark.parametrize(("count", "requests"), [(1, 2), (49, 2), (200, 5)])
async def test_unknown_tickets_cost_a_second_round(count, requests):
    """Only the rows say where messages are; then all are asked for at once."""
    ids = range(1, count + 1)
    rows = [row(n, chatId=1000 + n) for n in ids]
    looking = Looking(Bitrix24(*rows))

    seen = await looking.look(dict.fromkeys(ids))

    assert requests == looking.caller.requests
    assert count == len(seen.looks)


async def test_nothing_wanted_costs_nothing():
    """A look at nothing asks nothing."""
    looking = Looking(Bitrix24())
    seen = await looking.look({})

    assert (0, {}, set()) == (looking.caller.requests, seen.looks, seen.others)


async def test_a_contact_alone_is_one_command():
    """A look at a customer needs no task."""
    seen, methods = await look_at(Bitrix24(contacts=[43]), {}, contact_ids=[43])

    assert [CONTACTS] == methods
    assert [("a@example.com",)] == [one.emails for one in seen.customers.values()]


async def test_time_is_bitrix24s():
    """A look happened when Bitrix24 began to answer."""
    seen, _ = await look_at(Bitrix24(row(51)), {51: None})

    assert (NOON, NOON) == (seen.looked_at, seen.looks[51].ticket.looked_at)


@pytest.mark.parametrize(
    "fields", [{"groupId": "8"}, {"groupId": "0"}, {"ufCrmTask": False}]
)
async def test_what_is_no_ticket_is_not_read(fields):
    """A task elsewhere, or bound to nobody, is another: nothing more is asked."""
    seen, methods = await look_at(Bitrix24(row(51, chatId=58, **fields)), {51: None})

    assert ({51}, {}, {}) == (seen.others, seen.looks, seen.errors)
    assert [LIST] == methods


async def test_a_missing_task_is_confirmed():
    """A task that a list omits is asked for separately before it counts as gone."""
    seen, methods = await look_at(Bitrix24(row(51)), {51: None, 52: None})

    assert ({52}, {51}) == (seen.gone, seen.looks.keys())
    assert [LIST, GET] == methods


async def test_a_task_that_only_the_list_misses_is_seen():
    """What a confirmation finds is a ticket like any other."""
    bitrix24 = Bitrix24(
        row(51, chatId=58), chats={58: [5]}, tasks_task_list={"tasks": []}
    )
    seen, methods = await look_at(bitrix24, {51: None})

    assert [5] == numbers(seen.looks[51].chat)
    assert [LIST, GET, SEARCH] == methods


@pytest.mark.parametrize("refusal", [AccessDenied, Permanent, BitrixBroken])
async def test_a_deleted_task_is_gone_whatever_its_chat_says(refusal):
    """The messages of a task that is gone are refused somehow, and nobody minds."""
    error = refusal("X", "no")
    bitrix24 = Bitrix24(im_dialog_messages_search=error, task_commentitem_getlist=error)
    seen, methods = await look_at(
        bitrix24, {51: known(51, 5, chat_id=58), 52: known(52)}
    )

    assert ({51, 52}, {}) == (seen.gone, seen.errors)
    assert UPDATE not in methods


async def test_a_task_that_moved_elsewhere_is_gone():
    """A known ticket moved to another workgroup is no ticket, readable or not."""
    error = Permanent("ERROR_CORE", "8/TE/ACTION_FAILED_TO_BE_PROCESSED")
    bitrix24 = Bitrix24(row(51, groupId="8"), task_commentitem_getlist=error)
    seen, _ = await look_at(bitrix24, {51: known(51)})

    assert ({51}, {}) == (seen.others, seen.errors)


async def test_rows_nobody_asked_for_are_ignored():
    """A Bitrix24 that ignores a filter shows strangers: they are not looked at."""
    every = {"tasks": [row(n) for n in (51, 99)]}
    bitrix24 = Bitrix24(
        tasks_task_list=every, crm_contact_list=[contact(n) for n in (43, 99)]
    )
    seen, _ = await look_at(bitrix24, {51: known(51)}, contact_ids=[43])

    assert ({51}, {43}) == (set(seen.looks), set(seen.customers))
    assert set() == seen.others
