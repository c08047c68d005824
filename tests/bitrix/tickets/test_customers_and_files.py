"""What a look learns of customers and files, and of parts of tickets."""

from dataclasses import replace

import pytest
from wire import (
    CONTACTS,
    FILE,
    LIST,
    UPDATE,
    Bitrix24,
    Looking,
    known,
    look_at,
    numbers,
    row,
)

from ticket24.bitrix.rest.errors import AccessDenied, BitrixBroken, UnknownMethod
from ticket24.domain.tickets.model import File


async def test_customers_of_tickets_are_read_once():
    """Contacts that we do not know yet come with the ticket, once for all."""
    bitrix24 = Bitrix24(
        row(51, ufCrmTask=["C_43", "C_44"]),
        row(52, ufCrmTask=["C_44", "C_45"]),
        contacts=[43, 44, 45],
    )
    seen, methods = await look_at(bitrix24, {51: None, 52: None}, known_contacts=[43])

    assert ({44, 45}, set()) == (set(seen.customers), seen.lost)
    assert [LIST, CONTACTS] == methods


async def test_customers_of_what_is_no_ticket_are_not_read():
    """Strangers' contacts are none of our business."""
    bitrix24 = Bitrix24(row(51, groupId="8", ufCrmTask=["C_44"]), contacts=[44])
    seen, methods = await look_at(bitrix24, {51: None})

    assert ({}, [LIST]) == (seen.customers, methods)


async def test_contacts_that_are_gone_are_lost():
    """A contact that was asked for and did not come is not there any more."""
    bitrix24 = Bitrix24(row(51, ufCrmTask=["C_43", "C_44"]), contacts=[43])
    seen, _ = await look_at(bitrix24, {51: None}, contact_ids=[43], known_contacts=[])

    assert ({43}, {44}) == (set(seen.customers), seen.lost)


async def test_many_contacts_are_asked_for_in_portions():
    """Fifty to a command, all in one request."""
    looking = Looking(Bitrix24(contacts=range(1, 121)))
    seen = await looking.look({}, contact_ids=range(1, 121))

    assert (120, 1) == (len(seen.customers), looking.caller.requests)
    assert [CONTACTS] * 3 == looking.methods


def named(number):
    return File(number, f"{number}.jpg", number)


async def test_files_of_a_task_are_named_in_their_order():
    """Each costs one command, once; those of another task are another's."""
    rows = (row(51, ufTaskWebdavFiles=["9", "8"]), row(52, ufTaskWebdavFiles=[7]))
    seen, methods = await look_at(Bitrix24(*rows), {51: None, 52: None})

    assert (named(9), named(8)) == seen.looks[51].ticket.files
    assert (named(7),) == seen.looks[52].ticket.files
    assert 3 == methods.count(FILE)


async def test_files_that_are_known_are_not_asked_for():
    """A new one alone is; one that is gone leaves the ticket."""
    before = replace(known(51), files=(named(8), named(9)))
    bitrix24 = Bitrix24(row(51, ufTaskWebdavFiles=["9", "10"]))

    seen, methods = await look_at(bitrix24, {51: before})

    assert (named(9), named(10)) == seen.looks[51].ticket.files
    assert 1 == methods.count(FILE)


@pytest.mark.parametrize(
    "answer", [AccessDenied("", "no"), BitrixBroken("", "oops", 500), [], {"ID": "8"}]
)
async def test_a_file_that_cannot_be_seen_fails_no_ticket(answer):
    """It is left out, and asked for at the next look."""
    bitrix24 = Bitrix24(
        row(51, ufTaskWebdavFiles=["9"]), disk_attachedObject_get=answer
    )
    looking = Looking(bitrix24)

    seen = await looking.look({51: None})
    assert {} == seen.errors
    assert () == seen.looks[51].ticket.files

    bitrix24.overrides.clear()
    seen = await looking.look({51: seen.looks[51].ticket})
    assert (named(9),) == seen.looks[51].ticket.files


PARENTS = {
    "a ticket": (row(50), []),
    "a ticket of another customer": (row(50, ufCrmTask=["C_99"]), []),
    "bound to no contact": (row(50, ufCrmTask=False), [51]),
    "in a workgroup without tickets": (row(50, groupId="99"), [51]),
    "not to be seen": (None, [51]),
}


@pytest.mark.parametrize("parent", PARENTS)
async def test_a_part_of_a_ticket_is_no_ticket(parent):
    """A part of anything else is one; neither costs more than a round."""
    above, tickets = PARENTS[parent]
    bitrix24 = Bitrix24(row(51, parentId="50"), *([above] if above else []))
    looking = Looking(bitrix24)
    seen = await looking.look({51: None})

    assert (tickets, {51} - set(tickets)) == (list(seen.looks), seen.others)


async def test_a_part_that_is_a_ticket_already_stays_one():
    """Nobody asks for its parent."""
    bitrix24 = Bitrix24(row(50), row(51, parentId="50"))
    looking = Looking(bitrix24)
    seen = await looking.look({51: known(51)})

    assert [51] == list(seen.looks)
    assert 1 == looking.methods.count("tasks.task.list")


@pytest.mark.parametrize("page", [0, 1, 2])
async def test_we_observe_what_we_may_no_longer_read(page):
    """If access ends between two pages, the walk goes on from where it was."""
    asked = []

    def get(command):
        asked.append(command)
        if len(asked) == page + 1:
            return AccessDenied("ACCESS_ERROR", "no", 403)
        return bitrix24.im_dialog_messages_get(command.params)

    bitrix24 = Bitrix24(
        row(51, chatId=58),
        chats={58: range(1, 141)},
        im_dialog_messages_search=UnknownMethod("X", "no"),
        im_dialog_messages_get=get,
    )
    seen, methods = await look_at(bitrix24, {51: None})

    assert list(range(1, 141)) == numbers(seen.looks[51].chat)
    assert 1 == methods.count(UPDATE)
