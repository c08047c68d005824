"""Which new comments are most likely Bitrix24's own remarks.

Where words prove nothing, circumstances do: Bitrix24 comments on what somebody did, in
that person's name and in the same second (methods.md 2.3).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from ticket24.domain.tickets.model import Status, Ticket, Written

_A_SECOND = timedelta(seconds=1)
_TWO_SECONDS = timedelta(seconds=2)
_AN_HOUR = timedelta(hours=1)
_A_DAY = timedelta(days=1)

_DONE = {Status.COMPLETED, Status.IN_REVIEW}
# Deferring, starting and pausing a task leave no remark (rest-tasks/10).
_SILENT = {Status.DEFERRED, Status.IN_PROGRESS, Status.DECLINED}

# Bitrix24's own few short lines never reach this length; people's words often do.
_LONG = 400
_MANY_LINES = 5
_OF_A_PERSON = re.compile(r"[?!\uff1f\uff01]|https?://|\[URL=https?://(?!\S*/user/)")


def likeliest(
    fresh: Sequence[Written], count: int, now: Ticket, before: Ticket | None
) -> list[Written]:
    """Return the most likely comments, as many as there are remarks, ties included."""
    if count >= len(fresh):
        return list(fresh)
    if count <= 0:
        return []
    deeds = list(_deeds(now, before))
    scores = {one.key: _likelihood(one, deeds, now, before) for one in fresh}
    least = sorted(scores.values(), reverse=True)[count - 1]
    return [one for one in fresh if scores[one.key] >= least]


def unmentioned(
    fresh: Iterable[Written],
    recognised: Iterable[Written],
    now: Ticket,
    before: Ticket | None,
) -> list[Written]:
    """Return comments that came with an action whose remark was not found.

    This is for accounts that do not count their remarks. Each action allows one comment
    at most, by the person who acted and in the very same second.
    """
    known = {one.at for one in recognised}
    found: dict[datetime, Written] = {}
    for one in sorted(fresh, key=lambda one: one.key):
        when = next(
            (at for at in _deeds(now, before) if abs(at - one.at) < _A_SECOND), None
        )
        acted = not now.acted_by or one.author_id in now.acted_by
        if when and acted and not _of_a_person(one.text):
            found.setdefault(when, one)
    return [one for at, one in found.items() if not _near(at, known, _A_SECOND)]


def _deeds(now: Ticket, before: Ticket | None) -> Iterator[datetime]:
    """Yield when something happened since the last look that leaves a remark."""
    if before is None:
        yield now.created_at
        return
    if _moved(now, before):
        moments = {now.status_at, now.closed_at, now.changed_at}
        yield from (at for at in moments if at and at >= before.changed_at)
    elif _others(now, before):
        yield now.changed_at


def _moved(now: Ticket, before: Ticket) -> bool:
    status, earlier = now.in_bitrix24, before.in_bitrix24
    if status is earlier:
        return False
    return bool({status, earlier} & _DONE) or status not in _SILENT


def _others(now: Ticket, before: Ticket) -> bool:
    return (
        now.deadline != before.deadline
        or 0 < before.responsible_id != now.responsible_id
        or now.group_id != before.group_id
    )


def _likelihood(
    one: Written, deeds: Sequence[datetime], now: Ticket, before: Ticket | None
) -> int:
    score = 0
    if _near(one.at, deeds, _A_SECOND):
        score += 4
    elif _near(one.at, deeds, _TWO_SECONDS + _A_SECOND):
        score += 3
    if deeds and now.acted_by:
        score += 2 if one.author_id in now.acted_by else -2
    if before and _tells_of(one.text, now, before):
        score += 3
    score += _reminds(one, now)
    return score - 2 * _of_a_person(one.text)


def _tells_of(text: str, now: Ticket, before: Ticket) -> bool:
    """Whether a text names the new deadline, or who is responsible now."""
    if now.responsible_id != before.responsible_id and now.responsible_id:
        return f"[USER={now.responsible_id}]" in text.upper()
    if now.deadline == before.deadline or now.deadline is None:
        return False
    stamp, digits = str(int(now.deadline.timestamp())), re.findall(r"\d+", text)
    days = {str((now.deadline + timedelta(hours=h)).day) for h in (-12, 0, 12)}
    return stamp in digits or (
        str(now.deadline.year) in digits and any(d.lstrip("0") in days for d in digits)
    )


def _reminds(one: Written, now: Ticket) -> int:
    """Weigh what Bitrix24 says when nobody did anything: a ping, or a deadline near."""
    addressed = now.responsible_id and one.text.lstrip().upper().startswith(
        f"[USER={now.responsible_id}]"
    )
    due = () if now.deadline is None else (now.deadline, now.deadline - _A_DAY)
    late = any(timedelta() <= one.at - at < _AN_HOUR for at in due)
    return bool(addressed) + late


def _of_a_person(text: str) -> bool:
    return (
        len(text) > _LONG
        or text.strip().count("\n") >= _MANY_LINES
        or _OF_A_PERSON.search(text) is not None
    )


def _near(at: datetime, moments: Iterable[datetime], blur: timedelta) -> bool:
    return any(abs(at - one) < blur for one in moments)
