"""What the company's automation did to a ticket, told as what its rules did is.

And what it would have done: the same decisions about the pictures of a ticket's past,
one after the other.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ticket24.domain.accounts.model import Account
from ticket24.domain.automation.ends import standstill, unanswered
from ticket24.domain.automation.occasions import Occasion, first_status
from ticket24.domain.automation.recipes import handling, later
from ticket24.domain.automation.rulings import Judgement, Ruled
from ticket24.domain.commands.model import (
    Command,
    EndTicket,
    HandleTicket,
    MoveCard,
    MoveTicket,
    TellStaff,
)
from ticket24.domain.commands.rule_deeds import RuleDeed
from ticket24.domain.news.letters import Letter
from ticket24.domain.settings.house_rules.model import When
from ticket24.domain.tickets.changes import diff
from ticket24.domain.tickets.descriptions import parse_bbcode
from ticket24.domain.tickets.model import MessageKey, Status, Ticket, Voice
from ticket24.domain.tickets.moves import places

# In place of a rule's key.
AUTOMATION = "automation"

_ALWAYS = datetime.fromtimestamp(0, UTC)
_MOVED = {
    "completed": Status.COMPLETED,
    "open": Status.NEW,
    "started": Status.IN_PROGRESS,
    "resumed": Status.IN_PROGRESS,
}
# Of a longer conversation only the end is replayed: each picture is compared whole.
_MOST_MESSAGES = 200

_STATUSES = frozenset(one.value for one in Status)
# A deadline of the portal's tickets counts from the sending, the look comes later.
_AS_SENT = timedelta(hours=1)


def told(
    asked: Sequence[Command],
    letters: Iterable[Letter],
    after: Ticket,
    account: Account,
    *,
    new: bool,
) -> Iterator[Ruled]:
    """Yield what the automation did at a look, of which `asked` is what it asks for.

    Of a `new` ticket from the portal it is in the task already.
    """
    done: dict[When, list[tuple[str, RuleDeed]]] = {}
    if new and (given := _given(after, account)).acts:
        done["opened"] = [("given", given)]
    for command in asked:
        when, deed = _deed(command)
        done.setdefault(when, []).append((command.id, deed))
    for one in letters:
        if one.reminder:
            done.setdefault("silent", []).append((one.about, RuleDeed(reminds=True)))
    for when, deeds in done.items():
        occasion = Occasion(when, f"{AUTOMATION}-{deeds[0][0]}", after.status)
        deed = _together(one for _, one in deeds)
        yield Ruled(occasion, (_judged(deed),))


def rehearsed_recipes(
    ticket: Ticket, account: Account, until: datetime
) -> Iterator[tuple[datetime, Judgement]]:
    """Yield what the automation would have done to a ticket, and when."""
    ours = replace(
        account,
        connected_at=_ALWAYS,
        connected_after=0,
        added_at={},
        added_after={},
        ends_since=None,
    )
    before: Ticket | None = None
    waited = _Waited()
    pictures = [*_pictures(_shortened(ticket), ours)]
    coming = [*(one.looked_at for one, _ in pictures[1:]), until]
    for (after, replayed), next_at in zip(pictures, coming, strict=True):
        if not replayed:
            before = after
            continue
        changes = tuple(diff(before, after))
        asked = [*later(before, after, changes, ours)]
        for one in told(asked, (), after, ours, new=False):
            yield after.looked_at, one.judgements[0]
        waited = yield from _ended(after, waited, ours, next_at)
        before = after


def _shortened(ticket: Ticket) -> Ticket:
    """Return a ticket with the end of a long conversation, and its first answer."""
    latest = ticket.messages[-_MOST_MESSAGES:]
    answers = (one for one in ticket.messages if one.voice is Voice.STAFF)
    first = next(answers, None)
    if len(latest) == len(ticket.messages) or first is None or first in latest:
        return replace(ticket, messages=latest)
    return replace(ticket, messages=(first, *latest))


def _pictures(ticket: Ticket, account: Account) -> Iterator[tuple[Ticket, bool]]:
    """Yield a ticket as it was at first, and after each message and each move.

    The second says whether what happened just before is replayed.
    """
    department = account.settings.department(ticket.group_id)
    usual = department.responsible_id or account.user_id
    ours = bool(parse_bbcode(ticket.description).mark)
    stage = ticket.cards[0].old if ticket.cards else ticket.stage_id
    now = replace(
        ticket,
        looked_at=ticket.created_at,
        messages=(),
        moves=(),
        status=first_status(ticket),
        task_status=None,
        reset_from=None,
        status_at=None,
        closed_at=None,
        stage_id=stage,
        asked=None,
        reminded=None,
        ended=None,
        open_until=None,
    )
    if ours:  # Nobody has set anything yet.
        now = replace(now, responsible_id=usual, deadline=None, important=False)
    yield now, True
    now = replace(now, responsible_id=ticket.responsible_id)
    skipped = len(ticket.messages) - _MOST_MESSAGES
    placed = [*zip(places(ticket.moves, ticket.messages), ticket.moves, strict=True)]
    for number in range(len(ticket.messages) + 1):
        if number:
            message = ticket.messages[number - 1]
            now = _at(now, message.at, ticket)
            known = now.messages
            fresh = (*known, replace(message, told=False))
            if number > skipped:
                yield replace(now, messages=fresh), True
            now = replace(now, messages=(*known, replace(message, told=True)))
            if number == skipped:
                yield now, False
        for place, move in placed:
            if place == number:
                now = replace(_at(now, move.at, ticket), status=move.new)
                over = move.at if move.new is Status.COMPLETED else None
                moves = (*now.moves, move)
                now = replace(now, moves=moves, status_at=move.at, closed_at=over)
                if number >= skipped:
                    yield now, True


def _at(now: Ticket, at: datetime, ticket: Ticket) -> Ticket:
    stages = [one.new for one in ticket.cards if one.since < at]
    stage = stages[-1] if stages else now.stage_id
    return replace(now, looked_at=max(at, now.looked_at), stage_id=stage)


@dataclass(frozen=True, slots=True)
class _Waited:
    """For what a ticket waits, since when, and what would have come of it."""

    asked: MessageKey | None = None
    asked_at: datetime | None = None
    reminded: MessageKey | None = None
    open_until: datetime | None = None
    over: bool = False


def _ended(
    now: Ticket, before: _Waited, account: Account, until: datetime
) -> Generator[tuple[datetime, Judgement], None, _Waited]:
    """Yield when its customers would have been reminded, and it would have ended."""
    asked = unanswered(now)
    if asked is None or (before.over and before.asked == asked.key):
        return before
    if before.asked != asked.key:
        before = _Waited(asked.key, now.looked_at)
    now = replace(now, asked=before.asked, asked_at=before.asked_at)
    now = replace(now, reminded=before.reminded, open_until=before.open_until)
    while found := standstill(now, account):
        if found.close:
            yield now.looked_at, _judged(RuleDeed(status=Status.COMPLETED))
            return replace(before, over=True)
        if found.remind:
            yield now.looked_at, _judged(RuleDeed(reminds=True))
            now = replace(now, reminded=asked.key, open_until=found.closes_at)
        elif found.next_at and found.next_at <= until:
            now = replace(now, looked_at=found.next_at)
        else:
            break
    return replace(before, reminded=now.reminded, open_until=now.open_until)


def _judged(deed: RuleDeed) -> Judgement:
    return Judgement(AUTOMATION, "", deed=deed)


def _given(after: Ticket, account: Account) -> RuleDeed:
    """Return what the portal has given its ticket, as far as it is still there."""
    if not parse_bbcode(after.description).mark:
        return RuleDeed()
    wanted = handling(after.tags, after.looked_at, account, after.group_id)
    due, kept = wanted.deadline, after.deadline
    same = due is not None and kept is not None and abs(due - kept) < _AS_SENT
    by_us = wanted.responsible_id == after.responsible_id
    return RuleDeed(
        responsible_id=wanted.responsible_id if by_us else 0,
        deadline=kept if same else None,
        important=wanted.important and after.important,
    )


def _deed(command: Command) -> tuple[When, RuleDeed]:
    match command:
        case HandleTicket(responsible_id=person, deadline=due, important=important):
            return "opened", RuleDeed("", person, due, important=important)
        case TellStaff(by=by, user_id=user_id, about=about):
            when: When = "replied" if about == "replied" else "opened"
            mail, note = ((user_id,), ()) if by == "mail" else ((), (user_id,))
            return when, RuleDeed(note=note, mail=mail)
        case MoveTicket(to=to):
            return "answered" if to == "started" else "replied", RuleDeed(
                status=_MOVED[to]
            )
        case MoveCard(stage_id=stage_id, id=id_):
            by_status = id_.split("-")[2] in _STATUSES  # Else its id names the reply.
            return "status" if by_status else "replied", RuleDeed(stage_id=stage_id)
        case EndTicket():
            return "silent", RuleDeed(status=Status.COMPLETED)
    return "opened", RuleDeed()


def _together(deeds: Iterable[RuleDeed]) -> RuleDeed:
    found = RuleDeed()
    for one in deeds:
        found = RuleDeed(
            responsible_id=one.responsible_id or found.responsible_id,
            deadline=one.deadline or found.deadline,
            important=one.important or found.important,
            stage_id=one.stage_id or found.stage_id,
            status=one.status or found.status,
            note=(*found.note, *one.note),
            mail=(*found.mail, *one.mail),
            reminds=one.reminds or found.reminds,
        )
    return found
