"""Whose turn it is while a customer's commands are on their way."""

from dataclasses import replace

import pytest
from examples import NOON, message, ticket

from ticket24.domain.commands.model import MoveTicket, PostReply, Progress, Waiting
from ticket24.domain.portal.pages import to_page
from ticket24.domain.portal.rows import to_row
from ticket24.domain.portal.under_way import page_with, rows_with
from ticket24.domain.tickets.model import MessageKey, Source, TicketRef, Turn

REF = TicketRef("acme", 51)


def reply(progress=Progress.WAITING, key=None, ref=REF):
    command = PostReply("r1", ref, 43, "Anna Smith", NOON, "Still burns.")
    return Waiting(command, progress, key=key)


def move(to, progress=Progress.WAITING):
    return Waiting(MoveTicket("m1", REF, 43, "Anna Smith", NOON, to), progress)


@pytest.mark.parametrize(
    ("turn", "waiting", "expected"),
    [
        ("yours", [], "yours"),
        ("yours", [reply()], "ours"),
        ("yours", [reply(Progress.PARKED)], "ours"),
        ("yours", [reply(Progress.DONE, MessageKey(Source.CHAT, 9))], "ours"),
        ("yours", [reply(Progress.DONE, MessageKey(Source.CHAT, 2))], "yours"),
        ("yours", [reply(Progress.DONE)], "yours"),
        ("yours", [reply(ref=TicketRef("acme", 52))], "yours"),
        ("new", [reply()], "new"),
        ("solved", [reply()], "solved"),
        ("on_hold", [reply()], "on_hold"),
        ("yours", [move("completed")], "solved"),
        ("yours", [move("completed", Progress.PARKED)], "yours"),
        ("solved", [move("open", Progress.DONE)], "solved"),
        ("solved", [move("open")], "ours"),
        ("solved", [reply(), move("open")], "ours"),
    ],
)
def test_what_is_received_counts_before_it_is_passed_on(turn, waiting, expected):
    """A customer who has spoken is not waited for, although Bitrix24 is away."""
    now = ticket(messages=(message(5),))
    page = replace(to_page(now), turn=Turn(turn))
    row, other = replace(to_row(now), whose=Turn(turn)), replace(to_row(now), task_id=9)

    rows = rows_with([row, other], waiting)

    assert expected == page_with(page, waiting).turn == rows[0].turn
    assert other == rows[1]
