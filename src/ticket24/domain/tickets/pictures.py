"""From the result of a look to the next picture of a ticket."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from heapq import merge
from itertools import chain
from typing import TypedDict

from ticket24.domain.looks.ages import Age
from ticket24.domain.messages.inside import kept_inside
from ticket24.domain.messages.likely import likeliest, unmentioned
from ticket24.domain.messages.remarks import hidden_remarks
from ticket24.domain.messages.voices import (
    NAMELESS,
    Rules,
    as_shown,
    customer_name,
    hers,
    is_guest,
    voice,
    without_mark,
)
from ticket24.domain.tickets.model import (
    Look,
    Matter,
    Message,
    MessageKey,
    Source,
    Standing,
    Status,
    Ticket,
    Voice,
    Written,
)
from ticket24.domain.tickets.moves import moves_of

# Bitrix24 may count the remark that opens a topic, but never lists it.
_UNLISTED_REMARKS = 1

_UNSETTLED = {Voice.DOUBTFUL, Voice.REMARK}


class _Opened(TypedDict):
    opened_by: str
    by_guest: bool


def to_picture(look: Look, before: Ticket | None, rules: Rules) -> Ticket:
    """Return the ticket as the look shows it, joined with what we knew.

    Messages outside the look's window stay as they were. Messages inside it that are
    gone from Bitrix24 are gone from the picture. Whether a message was `told` is
    carried over. Messages of one source are in the order of their ids, whatever their
    dates.
    """
    look = replace(look, ticket=_stamped(look, before, rules.age))
    known = {message.key: message for message in before.messages} if before else {}
    forum, remarks = _forum(look, before, known, rules)
    chat = _chat(look, known, rules)
    both = (sorted(some, key=lambda message: message.key) for some in (forum, chat))
    merged = merge(*both, key=lambda message: message.at)
    shown = [as_shown(message, rules) for message in merged]
    answered = {one.key: one.answers for one in look.chat or () if one.answers}
    judged = kept_inside(shown, known, rules, look.ticket, answered)
    messages = tuple(_weighed(one, rules) for one in judged)
    carried = before or look.ticket  # A look knows of no wait for the customer.
    now = replace(
        look.ticket,
        messages=messages,
        remarks=remarks,
        reset_from=_reset_from(look.ticket, before, {m.key for m in messages}),
        asked=carried.asked,
        asked_at=carried.asked_at,
        reminded=carried.reminded,
        open_until=carried.open_until,
        ended=carried.ended,
        silences=carried.silences,
        rule_acts=carried.rule_acts,
        cards=carried.cards,
        promise=carried.promise,
        rating=carried.rating,
        values=carried.values,
        **_opened(look.opening, before, rules),
    )
    return replace(now, moves=moves_of(now, before, rules.mover, rules.user_ids))


def _opened(opening: Written | None, before: Ticket | None, rules: Rules) -> _Opened:
    """Tell who created the task unless it was staff; the first answer stays."""
    if opening and hers(opening, rules):
        return {"opened_by": opening.author or NAMELESS, "by_guest": True}
    if before:
        return {"opened_by": before.opened_by, "by_guest": before.by_guest}
    return {"opened_by": "", "by_guest": bool(opening and is_guest(opening))}


def _reset_from(
    now: Ticket, before: Ticket | None, keys: Collection[MessageKey]
) -> Status | None:
    """Return the status that the ticket lost because the responsible changed.

    Bitrix24 then sets a task back to pending, even a finished one (more.md 1.1), and
    nobody moved it. This ends as soon as the ticket moves or somebody writes.
    """
    if before is None or now.in_bitrix24 is not Status.NEW:
        return None
    if before.in_bitrix24 is Status.NEW:
        quiet = keys == {message.key for message in before.messages}
        return before.reset_from if quiet and before.status is now.status else None
    ids = (before.responsible_id, now.responsible_id)
    other = ids[0] != ids[1] if all(ids) else before.responsible != now.responsible
    return before.in_bitrix24 if other else None


def _weighed(message: Message, rules: Rules) -> Message:
    """Note whether a message has anything to read, unless a customer wrote it."""
    if message.voice is Voice.CUSTOMER:
        return message
    more = message.files or message.matter is not Matter.WORDS
    return replace(message, empty=not more and not rules.says(message.text))


def all_told(ticket: Ticket) -> Ticket:
    """Return the picture once the mail of every message has been decided.

    Doubtful and internal messages are not told: they may become public.
    """
    return replace(
        ticket,
        messages=tuple(
            replace(message, told=True) if message.public else message
            for message in ticket.messages
        ),
    )


def _stamped(look: Look, before: Ticket | None, age: Age) -> Ticket:
    """Note in the ticket what of it is history, and the conditions at this look."""
    return replace(
        look.ticket,
        forum_history=age.history(before, Source.FORUM, look.forum),
        chat_history=age.history(before, Source.CHAT, look.chat),
        connected_at=age.connected_at,
        shown_since=age.shown_since,
    )


def _forum(
    look: Look,
    before: Ticket | None,
    known: dict[MessageKey, Message],
    rules: Rules,
) -> tuple[list[Message], int]:
    if look.forum is None:
        kept = [m for m in known.values() if m.key.source is Source.FORUM]
        return _ruled(kept, rules), before.remarks if before else 0

    messages = _messages(look.forum, look.ticket, known, rules)
    remarks = len(look.forum) - len(messages)
    remarks += sum(m.voice is Voice.REMARK and not m.guest for m in messages)
    fresh = [m for m in messages if _may_be_a_remark(m, look.ticket, known, rules)]
    hidden = _hidden(look.ticket, before, remarks)
    if hidden is None:
        return _beside_deeds(messages, fresh, look, before), remarks
    if not hidden:
        return messages, remarks
    doubts = [m for m in fresh if m.voice is Voice.DOUBTFUL]
    if hidden - _gone(look.forum, known) >= len(fresh) == len(doubts):
        # Bitrix24's own count vouches for every one of them.
        return _with_voice(messages, doubts, Voice.REMARK), remarks + len(doubts)
    others = {m.key for m in fresh if m.voice is not Voice.DOUBTFUL}
    written = [one for one in look.forum if one.key in others]
    likely = likeliest(written, hidden - len(doubts), look.ticket, before)
    return _doubted(messages, likely), remarks


def _gone(forum: Iterable[Written], known: dict[MessageKey, Message]) -> int:
    """Count the comments taken for remarks that were deleted.

    Bitrix24 may never have counted them as remarks: people write the same words. Then
    its count was right without them, and they hide nothing by being gone.
    """
    there = {one.key for one in forum}
    return sum(
        m.voice is Voice.REMARK and not m.guest and m.key not in there
        for m in known.values()
        if m.key.source is Source.FORUM
    )


def _beside_deeds(
    messages: list[Message], fresh: list[Message], look: Look, before: Ticket | None
) -> list[Message]:
    """Doubt comments beside an action, where Bitrix24 does not count remarks."""
    spoken = {m.key for m in messages if m.voice is not Voice.DOUBTFUL}
    keys = {m.key for m in fresh} & spoken
    forum = look.forum or ()
    written = [one for one in forum if one.key in keys]
    known = [one for one in forum if one.key not in spoken]
    return _doubted(messages, unmentioned(written, known, look.ticket, before))


def _doubted(messages: list[Message], those: Iterable[Written]) -> list[Message]:
    keys = {one.key for one in those}
    return [replace(m, voice=Voice.DOUBTFUL) if m.key in keys else m for m in messages]


def _may_be_a_remark(
    message: Message, now: Ticket, known: dict[MessageKey, Message], rules: Rules
) -> bool:
    """Whether a new message can be Bitrix24's after all."""
    marked = without_mark(message.text, rules.public_marks) is not None
    settled = (
        marked or message.guest or message.key in known or message.key in rules.rulings
    )
    fresh = not settled and not message.files and not now.is_history(message.key)
    return fresh and message.voice in {Voice.STAFF, Voice.DOUBTFUL}


def _with_voice(
    messages: list[Message], those: list[Message], voice: Voice
) -> list[Message]:
    return [replace(m, voice=voice) if m in those else m for m in messages]


def _ruled(kept: Iterable[Message], rules: Rules) -> list[Message]:
    """Apply a ruling to a doubtful message that is not read again."""
    messages = []
    for message in kept:
        ruling = rules.rulings.get(message.key)
        if message.voice not in _UNSETTLED or ruling is None:
            messages.append(message)
        elif ruling == "staff":
            messages.append(replace(message, voice=Voice.STAFF))
    return messages


def _hidden(now: Ticket, before: Ticket | None, remarks: int) -> int | None:
    """Count the new remarks that Bitrix24 counted and we did not recognise.

    None where it does not tell.
    """
    remarks_before = before.remarks if before else 0
    service_before = before.service_comments if before else 0
    if service_before is None or now.service_comments is None:
        return None
    if not service_before and not remarks_before:
        service_before = _UNLISTED_REMARKS
    return hidden_remarks(remarks_before, remarks, service_before, now.service_comments)


def _chat(
    look: Look, known: dict[MessageKey, Message], rules: Rules
) -> Iterable[Message]:
    kept = [m for m in known.values() if m.key.source is Source.CHAT]
    if look.chat is None:
        return _ruled(kept, rules)
    older = _ruled([m for m in kept if m.key.id <= look.chat_from], rules)
    return chain(older, _messages(look.chat, look.ticket, known, rules))


def _first_heard(one: Written, now: Ticket, rules: Rules) -> Voice | None:
    """Tell who speaks, judging by this look alone; None for Bitrix24 itself."""
    who = voice(one, rules)
    if who is None and one.author_id:
        return Voice.REMARK if one.key.source is Source.CHAT else None  # From a bot.
    if who is Voice.DOUBTFUL and now.is_history(one.key):
        # History: nobody waits for it. An author in no list may once have been staff.
        as_staff = voice(replace(one, standing=Standing.STAFF), rules)
        guest = one.standing is Standing.GUEST or as_staff is not Voice.STAFF
        return Voice.REMARK if guest else Voice.STAFF
    return who


def _settled(
    who: Voice | None, one: Written, before: Message, rules: Rules
) -> Voice | None:
    """Tell who speaks in a message that was heard before.

    Accounts forget who wrote what: users are deleted, and rows about them go missing.
    Only an author who is known to be staff can turn a customer's words into staff's.
    """
    sure = one.standing is Standing.STAFF or one.author_id in rules.user_ids
    if who is Voice.CUSTOMER or (before.voice is Voice.CUSTOMER and not sure):
        return Voice.CUSTOMER
    if before.voice in _UNSETTLED and one.key not in rules.rulings:
        # This lasts until a person has ruled, or staff have marked it.
        return who if who is Voice.INTERNAL else before.voice
    if before.voice is Voice.INTERNAL and before.text == one.text:
        return Voice.INTERNAL  # This holds whatever marks the settings contain now.
    told = before.voice is Voice.STAFF and before.told
    if told and (is_guest(one) or not one.author_id):
        return voice(replace(one, by_system=False, standing=Standing.STAFF), rules)
    return who


def _messages(
    written: Iterable[Written],
    now: Ticket,
    known: dict[MessageKey, Message],
    rules: Rules,
) -> list[Message]:
    messages = []
    for one in written:
        before = known.get(one.key)
        who = _first_heard(one, now, rules)
        if before:
            who = _settled(who, one, before, rules)
        if who is None:
            continue
        author = customer_name(one, rules) or one.author
        messages.append(
            Message(
                one.key,
                who,
                author or (before.author if before else ""),
                one.text,
                one.at,
                one.files,
                told=before.told if before else False,
                matter=one.matter,
                guest=is_guest(one) or one.by_system or bool(before and before.guest),
            )
        )
    return messages
