"""A customer opens a ticket: a task in the department's workgroup.

Its mark is how an attempt is found again: step 4 in `carrying`.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import structlog

from ticket24.bitrix.rest.errors import AccessDenied, Permanent, UnknownMethod
from ticket24.bitrix.tickets import posting, roles
from ticket24.domain.commands.model import OpenTicket
from ticket24.domain.commands.recipes import handling
from ticket24.domain.settings.task_fields import lacking, on_add
from ticket24.domain.tickets.clocks import MOST_APART
from ticket24.domain.tickets.descriptions import compose, harmless
from ticket24.flows.commands.carrying import Done, Work
from ticket24.flows.commands.handle_ticket import fields_of
from ticket24.flows.commands.late_binding import bind, let_in
from ticket24.flows.settings.task_fields import mandatory

log = structlog.get_logger()


async def open_ticket(work: Work, command: OpenTicket) -> Done:
    """Make the task, unless an earlier attempt did."""
    if task_id := await _earlier(work):
        return await bind(work, command, task_id)
    account = work.account

    async def folder() -> int:
        return await work.uploader.task_folder(
            work.bitrix, account.id, command.group_id, account.user_id
        )

    files = await work.upload(command.uploads, folder)
    fields = _fields(work, command)
    if files:
        fields["UF_TASK_WEBDAV_FILES"] = [f"n{number}" for number in files]
    try:
        return await _added(work, command, fields)
    except (AccessDenied, UnknownMethod):
        raise
    except Permanent:
        # Its code and words do not show this: they are the account's (more.md 4.3).
        values = account.settings.task_fields
        wanted = await mandatory(work.bitrix)
        shaped = fields | on_add(values, wanted or ())
        if wanted is not None and not lacking(wanted, values):
            if shaped == fields:
                raise
            return await _added(work, command, shaped)
    # Bitrix24 checks custom fields only if a request has one.
    plain = {name: one for name, one in fields.items() if not name.startswith("UF_")}
    task_id, _ = await _add(work, plain)
    await work.note(replace(work.steps, tried_at=None, made=task_id))
    return await bind(work, command, task_id)


async def _added(work: Work, command: OpenTicket, fields: Mapping[str, object]) -> Done:
    task_id, answer = await _add(work, fields)
    if "AUDITORS" in fields and not roles.observes(answer, work.account.user_id):
        await let_in(work, command, task_id)
    return Done(task_id)


async def _add(work: Work, fields: Mapping[str, object]) -> tuple[int, object]:
    """Add the task; without its deadline if Bitrix24 refuses all of it.

    A project that ends takes no later deadline (more.md 1.2), and a ticket counts more.
    """
    try:
        return await _attempt(work, fields)
    except (AccessDenied, UnknownMethod):
        raise
    except Permanent as error:
        if "DEADLINE" not in fields:
            raise
        words = str(error)
    rest = {name: one for name, one in fields.items() if name != "DEADLINE"}
    added = await _attempt(work, rest)
    log.warning("deadline_refused", account=work.account.slug, error=words)
    return added


async def _attempt(work: Work, fields: Mapping[str, object]) -> tuple[int, object]:
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


def _fields(work: Work, command: OpenTicket) -> dict[str, object]:
    """Return the fields of tasks.task.add (methods.md 1.2)."""
    account = work.account
    department = account.settings.department(command.group_id)
    wanted = handling(command.tags, command.at, account.settings, account.home_zone)
    responsible_id = (
        wanted.responsible_id or department.responsible_id or account.user_id
    )
    creator_id = department.creator_id or account.user_id
    fields: dict[str, object] = {
        # In titles too, Bitrix24 makes tags of #words, and reads entities.
        "TITLE": harmless(command.subject)
        if re.search("[#&]", command.subject)
        else command.subject,
        "DESCRIPTION": compose(
            command.name, command.text, command.cc, work.signature()
        ),
        "CREATED_BY": creator_id,
        "GROUP_ID": command.group_id,
        "UF_CRM_TASK": [f"C_{command.contact_id}"],
        **on_add(account.settings.task_fields),
    }
    fields |= fields_of(replace(wanted, responsible_id=responsible_id))
    if command.tags:
        fields["TAGS"] = list(command.tags)
    if account.user_id not in {responsible_id, creator_id}:
        # Only people with a part in a task may write in its chat (methods.md 3.3).
        fields["AUDITORS"] = [account.user_id]
    return fields


async def _by_their_clock(work: Work, at: datetime) -> datetime:
    """Return the time on Bitrix24's clock at an instant of ours (methods.md 1.9)."""
    theirs = (await work.bitrix.call("profile", urgent=True)).server_time
    return at + (theirs - await work.now()) if theirs else at
