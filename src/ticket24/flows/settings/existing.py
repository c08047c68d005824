"""Whether people, stages and a field that settings name are there in Bitrix24."""

from collections.abc import Collection, Iterator
from dataclasses import asdict

from ticket24.bitrix.people import companies, directory
from ticket24.bitrix.rest.batch import Batch
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.decode import chunks
from ticket24.bitrix.tickets import task_fields
from ticket24.domain.settings.faults import SettingFault, WrongSetting
from ticket24.domain.settings.house_rules import fields as house_rules
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.settings.parts import TOLD
from ticket24.flows.settings import boards, level_fields
from ticket24.flows.settings.boards import Boards

_TASK_FIELDS = "task fields"


class NotInBitrix24(Exception):
    """Settings name people, stages or a field that it does not have: `faults`."""

    def __init__(self, faults: Collection[SettingFault]) -> None:
        super().__init__(", ".join(fault.field for fault in faults))
        self.faults = [*faults]


async def check(
    bitrix: Bitrix, chosen: AccountSettings, before: AccountSettings
) -> None:
    """Ask about everybody, every stage and the field for levels, if they are new.

    Raises NotInBitrix24, or BitrixError if Bitrix24 does not answer.
    What an account had `before` stays: people leave, and stages are deleted. What we
    may not ask is not checked.
    """
    users = {*_people(chosen).values()} - {*_people(before).values()}
    groups = {
        one.group_id
        for one in chosen.departments
        if one.stages != before.department(one.group_id).stages
        or one.state_stages.keys() - before.department(one.group_id).state_stages
    }
    if house_rules.places(chosen) - house_rules.places(before):
        groups |= chosen.group_ids
    pages = [*chunks(sorted(users), directory.PAGE)]
    asked = {f"people {ids[0]}": directory.people_call(ids) for ids in pages}
    asked |= boards.questions(groups)
    field = chosen.promise_field
    role_field = chosen.company_view.field
    new_role = role_field and role_field != before.company_view.field
    if (field and field != before.promise_field) or new_role:
        asked |= companies.fields_calls()
    ours = {one.task_field for one in chosen.fields if one.task_field}
    if ours - {one.task_field for one in before.fields}:
        asked[_TASK_FIELDS] = task_fields.all_call()
    if not asked:
        return
    batch = await bitrix.batch(asked, urgent=True)
    gone = {
        one
        for ids in pages
        if (key := f"people {ids[0]}") in batch.results
        for one in {*ids} - _at_work(batch.results[key])
    }
    faults = [
        SettingFault(name, WrongSetting.PERSON)
        for name, user_id in _people(chosen).items()
        if user_id in gone
    ]
    faults += _strange_stages(chosen, boards.told(batch, groups))
    if (
        field
        and field != before.promise_field
        and level_fields.is_missing(batch, field)
    ):
        faults.append(SettingFault("promise_field", WrongSetting.LEVEL_FIELD))
    if new_role and level_fields.contacts_lack(batch, role_field):
        faults.append(SettingFault("company_view.field", WrongSetting.ROLE_FIELD))
    faults += _strange_task_fields(chosen, batch)
    if faults:
        raise NotInBitrix24(faults)


def _at_work(result: object) -> set[int]:
    """Return who is told of and has not left: others get no task."""
    return {one.id for one in directory.read_people(result) if one.active}


def _strange_task_fields(
    settings: AccountSettings, batch: Batch
) -> Iterator[SettingFault]:
    if _TASK_FIELDS not in batch.results:  # Small plans do not tell.
        return
    known = {one.name for one in task_fields.read_all(batch.results[_TASK_FIELDS])}
    for place, one in enumerate(settings.fields):
        if one.task_field and one.task_field not in known:
            name = f"fields.{place}.task_field"
            yield SettingFault(name, WrongSetting.NO_TASK_FIELD, one.task_field)


def _people(settings: AccountSettings) -> dict[str, int]:
    """Return the users that settings name, by their fields."""
    named = {
        f"departments.{place}.{part}": getattr(one, part)
        for place, one in enumerate(settings.departments)
        for part in ("responsible_id", "creator_id")
    }
    named |= {
        f"automation.responsible.{tag}": user_id
        for tag, user_id in settings.automation.responsible.items()
    }
    named |= house_rules.people(settings)
    for table in TOLD:
        told = [
            one for one in getattr(settings.automation, table) if isinstance(one, int)
        ]
        named |= {f"automation.{table}.{n}": one for n, one in enumerate(told)}
    return {name: user_id for name, user_id in named.items() if user_id}


def _strange_stages(settings: AccountSettings, known: Boards) -> Iterator[SettingFault]:
    for place, one in enumerate(settings.departments):
        if one.group_id not in known:
            continue
        columns = {stage.id for stage in known[one.group_id]}
        for part, stage_id in asdict(one.stages).items():
            if stage_id and stage_id not in columns:
                name = f"departments.{place}.stages.{part}"
                yield SettingFault(name, WrongSetting.STAGE)
        for row, state in enumerate(one.states):
            if state.stage and state.stage not in columns:
                yield SettingFault(
                    f"departments.{place}.states.{row}", WrongSetting.STAGE
                )
    boards = {id_: {one.id for one in columns} for id_, columns in known.items()}
    for name, stage_id in house_rules.stages(settings).items():
        groups = house_rules.boards_of(settings, name)
        seen = {one for id_ in groups for one in boards.get(id_, ())}
        if groups <= known.keys() and stage_id not in seen:
            yield SettingFault(name, WrongSetting.STAGE)
