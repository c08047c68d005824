"""The choices that the settings offer, asked of Bitrix24 as the user we work as."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import structlog
from aiohttp import web

from ticket24.bitrix.rest.errors import AccessDenied, BitrixError
from ticket24.bitrix.rest.together import Caller, Together
from ticket24.domain.settings.colours import is_accent
from ticket24.domain.settings.form import SettingsForm
from ticket24.domain.settings.house_rules.rows import CONDITIONS
from ticket24.domain.settings.model import Language
from ticket24.domain.settings.reading.fields import colour
from ticket24.domain.settings.task_fields import TaskField, lacking
from ticket24.flows.accounts import plan
from ticket24.flows.reach.clients import NotConnected
from ticket24.flows.settings import (
    boards,
    directory,
    password_fields,
    rights,
    task_fields,
)
from ticket24.flows.settings.boards import Boards
from ticket24.flows.settings.crm_names import CrmNames, crm_names
from ticket24.flows.settings.directory import Choice
from ticket24.flows.settings.fault_words import rights_in_words
from ticket24.flows.settings.level_fields import LevelField, level_fields
from ticket24.flows.settings.password_fields import PasswordField
from ticket24.flows.settings.rights import Lack
from ticket24.staff.parts import Colleague, colleague_of, language_of
from ticket24.staff.settings import page_words
from ticket24.staff.settings.choices import looks

log = structlog.get_logger()
routes = web.RouteTableDef()

PAGE = 50

_PERSONS = ("automation.responsible.", "automation.push.", "automation.mail.")
_NUMBER = re.compile(r"[1-9][0-9]{0,9}")
_MOST_TYPED = 100

Search = Callable[[Caller, str, int], Awaitable[list[Choice]]]


@dataclass(frozen=True, slots=True)
class Lists:
    """What can be chosen, and whether what has been chosen is fit for use.

    `lacks` holds the chosen workgroups that were asked about, with what each one lacks.
    `fields` is None if the CRM's fields cannot be listed. `boards` are those of chosen
    workgroups, `demanded` the mandatory fields of tasks, and `observers` says whether
    tasks have observers. `level_fields` may tell levels, None if they cannot be listed.
    `crm` says what contacts and companies are called that rules name by number. `away`
    says that Bitrix24 does not answer: then nothing is known.
    """

    groups: Sequence[Choice] = ()
    people: Sequence[Choice] = ()
    fields: Sequence[PasswordField] | None = None
    lacks: Mapping[int, tuple[Lack, ...]] = field(default_factory=dict)
    boards: Boards = field(default_factory=dict)
    level_fields: Sequence[LevelField] | None = None
    demanded: Sequence[TaskField] = ()
    observers: bool = True
    ourselves: str = ""
    crm: CrmNames = field(default_factory=CrmNames)
    away: bool = False


async def gather(colleague: Colleague, form: SettingsForm, find: str = "") -> Lists:
    """Ask for everything that the page shows, all at once."""
    account, language = colleague.account, colleague.language
    group_ids, user_ids = _chosen(form)
    try:
        async with _patiently(colleague):
            bitrix = await colleague.bitrix()
            asked = Together(bitrix)
            # What somebody typed travels in requests of its own.
            listed = bitrix if find else asked
            groups, people, fields, of_tasks, of_groups, names = await asyncio.gather(
                directory.workgroups(listed, find, PAGE),
                directory.people(listed, find, PAGE),
                _fields(asked, language),
                _of_tasks(asked, language),
                _of_groups(asked, group_ids),
                asyncio.gather(
                    directory.named(asked, group_ids, {*user_ids, account.user_id}),
                    _of_crm(asked, form),
                ),
            )
            named, called = names
    except (BitrixError, NotConnected, TimeoutError) as error:
        log.warning("lists_away", account=account.slug, error=repr(error))
        return Lists(away=True)
    me = named[1].get(account.user_id)
    return Lists(
        groups=_with(groups, [named[0][i] for i in group_ids if i in named[0]]),
        people=_with(people, [named[1][i] for i in user_ids if i in named[1]]),
        fields=fields[0],
        lacks=of_groups[0],
        boards=of_groups[1],
        level_fields=fields[1],
        demanded=of_tasks[0],
        observers=of_tasks[1],
        ourselves=me.name if me else "",
        crm=called,
    )


async def _of_crm(bitrix: Caller, form: SettingsForm) -> CrmNames:
    """Ask what rules name by number; who may not see the CRM is shown the numbers."""
    ids: dict[str, set[int]] = {"customer": set(), "company": set()}
    for row in form.rules:
        for table, some in product(CONDITIONS, ids):
            ids[some] |= {number(text) for _, text in row.numbered(f"{table}.{some}")}
    try:
        return await crm_names(bitrix, ids["customer"] - {0}, ids["company"] - {0})
    except AccessDenied:
        return CrmNames(known=False)


@routes.get("/bitrix24/app/workgroups")
async def list_workgroups(request: web.Request) -> web.Response:
    """Answer scripts that search for workgroups."""
    find = request.query.get("find", "")
    return await _listed(colleague_of(request), directory.workgroups, find)


@routes.get("/bitrix24/app/people")
async def list_people(request: web.Request) -> web.Response:
    """Answer scripts that search for people."""
    find = request.query.get("find", "")
    return await _listed(colleague_of(request), directory.people, find)


@routes.get("/bitrix24/app/stages")
async def list_stages(request: web.Request) -> web.Response:
    """Answer scripts that ask for the stages of a workgroup's board."""
    group_id = number(request.query.get("group_id", ""))
    colleague = colleague_of(request)
    async with _patiently(colleague):
        found = await boards.boards(await colleague.bitrix(), [group_id])
    return web.json_response(
        [{"id": one.id, "name": one.title} for one in found.get(group_id, ())]
    )


@routes.get("/bitrix24/app/rights")
async def tell_rights(request: web.Request) -> web.Response:
    """Tell scripts whether tickets can be kept in a workgroup."""
    group_id = number(request.query.get("group_id", ""))
    if not group_id:
        raise web.HTTPBadRequest
    colleague = colleague_of(request)
    account, language = colleague.account, colleague.language
    async with _patiently(colleague):
        bitrix = await colleague.bitrix()
        lacks, demanded, (_, people) = await asyncio.gather(
            rights.lacking(bitrix, [group_id]),
            task_fields.mandatory(bitrix, language),
            directory.named(bitrix, (), [account.user_id]),
        )
    missing = lacks.get(group_id, ())
    me = people.get(account.user_id)
    empty = lacking(demanded or (), account.settings.task_fields)
    said = rights_in_words(missing, me.name if me else "", language, empty)
    return web.json_response({"ok": not (missing or empty), "words": said})


@routes.get("/bitrix24/app/accent")
async def tell_accent(request: web.Request) -> web.Response:
    """Tell scripts how an accent looks on light and on dark pages."""
    accent = colour(request.query.get("colour", ""))
    if not is_accent(accent):
        raise web.HTTPBadRequest
    return web.json_response(looks(accent, language_of(request)))


def note(choice: Choice, language: Language) -> str:
    """Return the note that a list shows beside a choice's name."""
    return page_words.note(choice.note, language)


def _patiently(colleague: Colleague) -> asyncio.Timeout:
    """Wait as long as somebody who reads does; then raise TimeoutError."""
    return asyncio.timeout(colleague.staff.pace.reading_patience_seconds)


async def _listed(colleague: Colleague, search: Search, find: str) -> web.Response:
    async with _patiently(colleague):
        bitrix = await colleague.bitrix()
        found = await search(bitrix, find.strip()[:_MOST_TYPED], PAGE)
    return web.json_response(
        [
            {"id": one.id, "name": one.name, "note": note(one, colleague.language)}
            for one in found
        ]
    )


async def _fields(
    bitrix: Caller, language: Language
) -> tuple[list[PasswordField] | None, list[LevelField]]:
    """Return the fields that may hold passwords, and those that may tell levels."""
    levels = await level_fields(bitrix)
    try:
        return await password_fields.candidates(bitrix, language), levels
    except AccessDenied:
        return None, levels


async def _of_tasks(
    bitrix: Caller, language: Language
) -> tuple[Sequence[TaskField], bool]:
    """Return the mandatory fields of tasks, and whether tasks have observers."""
    demanded, observers = await asyncio.gather(
        task_fields.mandatory(bitrix, language), plan.has_observers(bitrix)
    )
    return demanded or (), observers


async def _of_groups(
    bitrix: Caller, group_ids: Collection[int]
) -> tuple[dict[int, tuple[Lack, ...]], Boards]:
    """Return what each workgroup lacks, and their boards."""
    if not group_ids:
        return {}, {}
    found, known = await asyncio.gather(
        rights.lacking(bitrix, group_ids), boards.boards(bitrix, group_ids)
    )
    return {group_id: found.get(group_id, ()) for group_id in group_ids}, known


def _chosen(form: SettingsForm) -> tuple[list[int], list[int]]:
    """Return the workgroups and the people that the form names."""
    groups = [row.group_id for row in form.rows]
    people = [p for row in form.rows for p in (row.responsible_id, row.creator_id)]
    people += (form.part(name) for name in form.parts if name.startswith(_PERSONS))
    for rule in form.rules:
        people.append(rule.part("then.responsible"))
        for part in ("then.observers", "then.note", "then.mail"):
            people += (text for _, text in rule.numbered(part))
    return _numbers(groups), _numbers(people)


def number(typed: str) -> int:
    """Return the id that was typed; 0 if it is not one."""
    typed = typed.strip()
    return int(typed) if _NUMBER.fullmatch(typed) else 0


def _numbers(typed: Collection[str]) -> list[int]:
    return list(dict.fromkeys(filter(None, map(number, typed))))


def _with(listed: Sequence[Choice], chosen: Sequence[Choice]) -> list[Choice]:
    """Return the list, with those chosen added that are missing from it."""
    there = {choice.id for choice in listed}
    return [*listed, *(choice for choice in chosen if choice.id not in there)]
