"""A customer opens a ticket: a task in the department's workgroup.

Its mark is how an attempt is found again: step 4 in `carrying`.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from ticket24 import i18n
from ticket24.bitrix.conversations import roles
from ticket24.bitrix.rest.errors import AccessDenied, Permanent, UnknownMethod
from ticket24.bitrix.tickets import posting
from ticket24.domain.automation.recipes import Handling, handling
from ticket24.domain.commands.model import OpenTicket, PostRemark
from ticket24.domain.commands.own_fields import named
from ticket24.domain.looks.clocks import MOST_APART
from ticket24.domain.settings.task_fields import lacking, on_add
from ticket24.domain.settings.times.zones import zone
from ticket24.domain.tickets.descriptions import compose, followed, harmless
from ticket24.domain.tickets.field_values import FieldValue
from ticket24.domain.tickets.model import TicketRef
from ticket24.domain.tickets.placing import Placed, mapped, placed
from ticket24.flows.commands.carrying import Done, Work
from ticket24.flows.commands.handle_ticket import fields_of
from ticket24.flows.commands.late_binding import bind, let_in
from ticket24.flows.settings.task_fields import known, mandatory
from ticket24.flows.tickets import filling_in, privacy
from ticket24.i18n import noop

log = structlog.get_logger()

_FOLLOWS = noop("Continues ticket %(number)s")

_Fields = dict[str, object]


async def open_ticket(work: Work, command: OpenTicket) -> Done:
    """Make the task, unless an earlier attempt did."""
    done = await _opened(work, command)
    await work.stores.begun.note(command.account, command.id, done.task_id)
    await privacy.note(command, done.task_id, work.stores)
    await filling_in.note(command, done.task_id, work.stores)
    await _tell_of_newcomer(work, command, done.task_id)
    if command.follows:
        # What is put twice is put once: its id is made of the command's.
        old = TicketRef(command.account, command.follows)
        remark = PostRemark(
            f"followed-{command.id}", old, command.at, followed_by=done.task_id
        )
        await work.stores.commands.put(remark)
    return done


async def _tell_of_newcomer(work: Work, command: OpenTicket, task_id: int) -> None:
    """Have staff told, in a contact's first ticket, where the contact comes from."""
    kept, who = work.stores.introductions, (command.account, command.contact_id)
    if words := await kept.told(*who):
        ref = TicketRef(command.account, task_id)
        remark = PostRemark(f"newcomer-{command.id}", ref, command.at, words=words)
        await work.stores.commands.put(remark)
        await kept.forget_told(*who)


async def _opened(work: Work, command: OpenTicket) -> Done:
    if task_id := await _earlier(work):
        return await bind(work, command, task_id)
    account = work.account

    async def folder() -> int:
        return await work.uploader.task_folder(
            work.bitrix, account.id, command.group_id, account.user_id
        )

    files = await work.upload(command.uploads, folder)
    values = named(command.values, command.uploads)
    place = await _placed(work, values)
    ways = _ways(work, command, files, place)
    if place.fields:
        ways = [*ways, *_ways(work, command, files, Placed(described=values))[-1:]]
    try:
        return await _added(work, command, ways)
    except (AccessDenied, UnknownMethod):
        raise
    except Permanent:
        # Its code and words do not show this: they are the account's (more.md 4.3).
        usual = account.settings.task_fields
        wanted = await mandatory(work.bitrix)
        own = on_add(usual, wanted or ())
        own = {name: one for name, one in own.items() if name not in place.fields}
        if wanted is not None and not lacking(wanted, {**usual, **place.fields}):
            if own.items() <= ways[0].items():
                raise
            return await _added(work, command, [way | own for way in ways])
    # Bitrix24 checks custom fields only if a request has one.
    ways = _ways(work, command, files, Placed(described=values))
    task_id, _ = await _add(work, [_standard(way) for way in ways])
    await work.note(replace(work.steps, tried_at=None, made=task_id))
    return await bind(work, command, task_id)


async def _added(work: Work, command: OpenTicket, ways: Sequence[_Fields]) -> Done:
    task_id, answer = await _add(work, ways)
    if "AUDITORS" in ways[-1] and not roles.observes(answer, work.account.user_id):
        await let_in(work, command, task_id)
    return Done(task_id)


async def _add(work: Work, ways: Sequence[_Fields]) -> tuple[int, object]:
    """Add the task in the first of these ways that Bitrix24 takes."""
    for fields in ways[:-1]:
        try:
            return await _attempt(work, fields)
        except (AccessDenied, UnknownMethod):
            raise
        except Permanent as error:
            account = work.account.slug
            log.warning("automation_refused", account=account, error=str(error))
    return await _attempt(work, ways[-1])


async def _attempt(work: Work, fields: _Fields) -> tuple[int, object]:
    return await work.attempt(
        replace(work.steps, tried_at=None),
        lambda: posting.add_task(work.bitrix, fields),
    )


async def _earlier(work: Work) -> int:
    """Return the task that an earlier attempt made; 0 if there is none."""
    if not work.steps.tried_at:
        return work.steps.made
    since = await _by_their_clock(work, work.steps.tried_at)
    # The dates of tasks follow another clock than answers do.
    found = await posting.find_task(work.bitrix, work.mark(), since - MOST_APART)
    if not found:
        await work.not_found()
    return found


async def _placed(work: Work, values: Collection[FieldValue]) -> Placed:
    """Decide where to write what was filled in; ask only if there is a choice."""
    account = work.account
    chosen = mapped(account.settings.fields, values)
    there = await known(work.bitrix) if chosen else {}
    return placed(values, chosen, there, zone(account.zone))


def _ways(
    work: Work, command: OpenTicket, files: Sequence[int], place: Placed
) -> Sequence[_Fields]:
    """Return the fields with what the automation adds, and as they are without it.

    It may name a person who left, or a day after the end of the project (more.md 1.2):
    a ticket counts more. The look that finds it says what is wrong with the automation.
    """
    wanted = handling(command.tags, command.at, work.account, command.group_id)
    handlings = [wanted, Handling()] if wanted != Handling() else [wanted]
    ways = [_fields(work, command, one, place) for one in handlings]
    if files:
        hung = {"UF_TASK_WEBDAV_FILES": [f"n{number}" for number in files]}
        ways = [way | hung for way in ways]
    return ways


def _standard(fields: _Fields) -> _Fields:
    return {name: one for name, one in fields.items() if not name.startswith("UF_")}


def _fields(
    work: Work, command: OpenTicket, wanted: Handling, place: Placed
) -> _Fields:
    """Return the fields of tasks.task.add (methods.md 1.2)."""
    account = work.account
    department = account.settings.department(command.group_id)
    responsible_id = (
        wanted.responsible_id or department.responsible_id or account.user_id
    )
    creator_id = department.creator_id or account.user_id
    fields: _Fields = {
        # In titles too, Bitrix24 makes tags of #words, and reads entities.
        "TITLE": harmless(command.subject)
        if re.search("[#&]", command.subject)
        else command.subject,
        "DESCRIPTION": compose(
            *(command.name, command.text, command.cc, work.signature()),
            follows=_followed(work, command, responsible_id) if command.follows else "",
            values=place.described,
        ),
        "CREATED_BY": creator_id,
        "GROUP_ID": command.group_id,
        "UF_CRM_TASK": [f"C_{command.contact_id}"],
        **on_add(account.settings.task_fields),
        **place.fields,
    }
    fields |= fields_of(replace(wanted, responsible_id=responsible_id))
    if command.tags:
        fields["TAGS"] = list(command.tags)
    if account.user_id not in {responsible_id, creator_id}:
        # Only people with a part in a task may write in its chat (methods.md 3.3).
        fields["AUDITORS"] = [account.user_id]
    return fields


def _followed(work: Work, command: OpenTicket, user_id: int) -> str:
    say = i18n.translations(work.account.settings.language).gettext
    words = say(_FOLLOWS) % {"number": command.follows}
    return followed(command.follows, user_id, words)


async def _by_their_clock(work: Work, at: datetime) -> datetime:
    """Return the time on Bitrix24's clock at an instant of ours (methods.md 1.9)."""
    theirs = (await work.bitrix.call("profile", urgent=True)).server_time
    return at + (theirs - await work.now()) if theirs else at
