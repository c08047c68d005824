"""Settings are saved whole or not at all, and what follows from them begins."""

from dataclasses import replace

import pytest
from callers import caller
from desk import until
from savings import save

from bitrix24_sandbox.account import task_fields, tasks
from ticket24.bitrix.rest.errors import BitrixError
from ticket24.domain.settings.faults import SettingFault, WrongSetting
from ticket24.domain.settings.house_rules.model import Conditions, Deeds, HouseRule
from ticket24.domain.settings.model import (
    Automation,
    Department,
    FormField,
    OwnWords,
    Tags,
)
from ticket24.flows.accounts.connect import Unfit
from ticket24.flows.reach.clients import NotConnected
from ticket24.flows.settings.existing import NotInBitrix24
from ticket24.flows.settings.rights import Lack
from ticket24.flows.settings.saving import Stale, UnfitWorkgroups
from ticket24.store.accounts.logos import Logo, RedisLogos

PNG = Logo("image/png", b"\x89PNG", "0123456789abcdef")
WHITE = Logo("image/png", b"\x89PNG white", "fedcba9876543210")
ONLY_SUPPORT = "[[departments]]\ngroup_id = {support}\nname = 'Help'\n"


@pytest.fixture
def desk(shared_desk):
    return shared_desk


async def now(desk):
    return await desk.stores.accounts.by_slug("acme")


async def test_what_was_chosen_is_what_is_kept(desk):
    """Every setting, and nothing else of the account."""
    account = await desk.connect()
    tags = Tags(("Bugs",), ("High",), ("Europe",))

    saved = await save(
        desk, account, company_name="Neu GmbH", tags=tags, accent="#0b6e4f"
    )

    expected = replace(
        account.settings, company_name="Neu GmbH", tags=tags, accent="#0b6e4f"
    )
    assert expected == saved.settings == (await now(desk)).settings
    assert replace(account, settings=expected) == saved


async def test_who_comes_second_is_told_what_was_saved_meanwhile(desk):
    """Nothing of theirs is kept; with the new stamp it is."""
    account = await desk.connect()
    first = await save(desk, account, company_name="First")

    with pytest.raises(Stale) as caught:
        await save(desk, account, company_name="Second", logo=PNG)

    assert first.settings == caught.value.now == (await now(desk)).settings
    assert await RedisLogos(desk.stores.redis).get(account.id) is None

    stamp = caught.value.now.stamp
    saved = await save(desk, account, stamp=stamp, company_name="Second", language="de")
    assert ("Second", "de") == (saved.settings.company_name, saved.settings.language)


async def test_a_save_during_the_check_of_a_workgroup_is_noticed(desk):
    """Between the question to Bitrix24 and the answer somebody else may save."""
    account = await desk.connect(settings=ONLY_SUPPORT)

    class Slow:
        call = staticmethod(caller(desk).call)

        async def batch(self, calls, *, urgent=False):
            answer = await caller(desk).batch(calls, urgent=urgent)
            await save(desk, account, company_name="Faster")
            return answer

    departments = (*account.settings.departments, Department(desk.groups[1]))
    with pytest.raises(Stale):
        await save(desk, account, departments=departments, bitrix=Slow())

    assert "Faster" == (await now(desk)).settings.company_name
    assert 1 == len((await now(desk)).settings.departments)


@pytest.mark.parametrize("lack", [Lack.GONE, Lack.CLOSED, Lack.VIEW])
async def test_a_workgroup_in_which_we_cannot_work_changes_nothing(desk, lack):
    """Each fault is named, also in one line for an operator."""
    account = await desk.connect(settings=ONLY_SUPPORT)
    group_id, bitrix = desk.groups[1], caller(desk)
    if lack is Lack.GONE:
        group_id = 99
    elif lack is Lack.CLOSED:
        desk.world.workgroups[group_id].closed = True
    else:
        desk.world.workgroups[group_id].members_view_all = False
        bitrix = caller(desk, 5)
    departments = (*account.settings.departments, Department(group_id, "New"))

    with pytest.raises(UnfitWorkgroups, match=f"{group_id}") as caught:
        await save(
            *(desk, account),
            departments=departments,
            company_name="Lost",
            logo=PNG,
            bitrix=bitrix,
        )

    assert {group_id: (lack,)} == caught.value.lacks
    assert isinstance(caught.value, Unfit)
    assert account == await now(desk)
    assert await RedisLogos(desk.stores.redis).get(account.id) is None


async def test_what_was_there_may_stay_whatever_became_of_it(desk):
    """A workgroup that was closed since does not keep anybody from saving."""
    account = await desk.connect()
    desk.world.workgroups[desk.groups[0]].closed = True

    assert (
        "New" == (await save(desk, account, company_name="New")).settings.company_name
    )


async def test_with_bitrix24_away_only_new_workgroups_have_to_wait(desk):
    """The company's name is our own affair."""
    account = await desk.connect(settings=ONLY_SUPPORT)
    desk.world.faults.rest = "refuse"

    account = await save(desk, account, company_name="New", status_mails=True)
    departments = (*account.settings.departments, Department(desk.groups[1]))
    with pytest.raises(BitrixError):
        await save(desk, account, departments=departments)
    with pytest.raises(BitrixError):
        await save(desk, account, shown_messages="marked")

    assert account == await now(desk)


async def test_a_new_workgroups_tickets_come_without_mails(desk):
    """Within a sweep that starts at once; what happens then is told."""
    account = await desk.connect(settings=ONLY_SUPPORT)
    sales = desk.groups[1]
    old = next(t for t in desk.tickets() if t.group_id == sales)
    desk.comment(old, "Written before.")
    desk.world.skew_seconds += 3
    desk.settings = desk.settings.model_copy(update={"sweep_seconds": 3600})
    async with desk.worker():
        await desk.quiet(account)
        before = await desk.stores.tickets.count(account.id)
        departments = (*account.settings.departments, Department(sales))
        account = await save(desk, account, departments=departments)
        await until(lambda: has(desk, account, 30))
        await desk.quiet(account)
        assert (True, []) == (before < 30, desk.mailbox.mails)

        desk.world.skew_seconds += 3
        desk.comment(old, "Written after.")
        await until(lambda: desk.mailbox.mails)
        await desk.quiet(account)

    assert "Sales and billing" == account.settings.departments[1].name
    (text,) = desk.mailbox.texts()
    assert "Written after." in text
    assert "Written before." not in text


async def test_a_removed_workgroups_tickets_leave(desk):
    """When it comes back, so do they, without mails."""
    account = await desk.connect()
    everything = [task for task in desk.world.tasks.values() if task.crm]
    ours = [task for task in everything if task.group_id == desk.groups[0]]
    async with desk.worker():
        await until(lambda: has(desk, account, 30))
        removed = account.settings.departments[1:]
        account = await save(
            desk, account, departments=account.settings.departments[:1]
        )
        await until(lambda: has(desk, account, len(ours)))
        desk.world.skew_seconds += 3
        departments = (*account.settings.departments, *removed)
        account = await save(desk, account, departments=departments)
        await until(lambda: has(desk, account, 30))
        await desk.quiet(account)

    assert [] == desk.mailbox.mails


async def test_a_ticket_that_is_opened_after_the_save_is_told(desk):
    """The new workgroup is watched from the second on in which it was saved."""
    account = await desk.connect(settings=ONLY_SUPPORT)
    sales = desk.groups[1]
    model = next(t for t in desk.tickets() if t.group_id == sales)
    async with desk.worker():
        departments = (*account.settings.departments, Department(sales))
        account = await save(desk, account, departments=departments)
        desk.world.skew_seconds += 2
        tasks.add_task(
            *(desk.world, 1, "New"),
            responsible_id=5,
            group_id=sales,
            contact_ids=tuple(model.contact_ids),
        )
        await until(lambda: desk.mailbox.of_kind("created"))
        await desk.quiet(account)

    assert 1 == len(desk.mailbox.mails)


async def has(desk, account, count):
    return count == await desk.stores.tickets.count(account.id)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ("", "logo.png"),
        ("acme.png", "acme.png"),
        ("acme.PNG", "acme.PNG"),
        ("acme.svg", "acme.png"),
        ("acme.jpeg", "acme.png"),
        ("acme", "acme"),
        ("v1.2", "v1.2"),
        ("../../etc/acme.gif", "acme.png"),
        ("..", "logo.png"),
        ("/", "logo.png"),
    ],
)
async def test_a_logo_is_called_by_what_it_is(desk, chosen, expected):
    """It is exported under this name, beside the settings."""
    account = await desk.connect()

    account = await save(desk, account, logo=PNG, logo_=chosen)

    assert expected == account.settings.logo
    assert PNG == await RedisLogos(desk.stores.redis).get(account.id)


async def test_a_logo_stays_or_goes(desk):
    """Another one of the same name is another; other settings leave it alone."""
    account = await save(desk, await desk.connect(), logo=PNG)
    logos = RedisLogos(desk.stores.redis)

    account = await save(desk, account, logo=WHITE)
    assert ("logo.png", WHITE) == (account.settings.logo, await logos.get(account.id))
    account = await save(desk, account, logo=PNG)

    account = await save(desk, account, company_name="New")
    assert ("logo.png", PNG) == (account.settings.logo, await logos.get(account.id))

    account = await save(desk, account, logo=None)
    assert ("", None) == (account.settings.logo, await logos.get(account.id))


async def test_of_two_saves_the_logo_is_the_one_that_the_settings_name(desk):
    """One removes it in the same moment in which another chooses one, later."""
    account = await save(desk, await desk.connect(), logo=PNG)

    class Overtaken:
        async def update(self, *args):
            first = await desk.stores.accounts.update(*args)
            await save(desk, first, stamp=first.settings.stamp, logo=WHITE)
            return first

        def __getattr__(self, name):
            return getattr(desk.stores.accounts, name)

    stores = replace(desk.stores, accounts=Overtaken())
    await save(desk, account, logo=None, stores=stores)

    assert "logo.png" == (await now(desk)).settings.logo
    assert WHITE == await desk.stores.logos.get(account.id)


async def test_a_rule_moves_cards_on_its_own_board_alone(desk):
    """A stage of another workgroup's board would take the card nowhere."""
    account = await desk.connect()
    support, sales = desk.groups[:2]
    departments = (Department(support, "Help"), Department(sales, "Sales"))
    there = desk.world.workgroups[sales].stages[1].id

    def moving(group_id):
        where = Conditions(department=(group_id,))
        return (HouseRule("opened", key="x", if_=where, then=Deeds(stage=there)),)

    strange = [SettingFault("rules.0.then.stage", WrongSetting.STAGE)]
    with pytest.raises(NotInBitrix24) as caught:
        await save(desk, account, departments=departments, rules=moving(support))
    assert strange == caught.value.faults
    account = await save(desk, account, departments=departments, rules=moving(sales))
    with pytest.raises(NotInBitrix24) as caught:
        await save(desk, account, rules=moving(support))
    assert strange == caught.value.faults


async def test_who_has_left_is_chosen_for_nothing_new(desk):
    """Bitrix24 gives them no task; who was chosen before may have left since."""
    account = await desk.connect()
    account = await save(desk, account, automation=Automation(push=(5,)))
    desk.world.users[4].active = desk.world.users[5].active = False

    with pytest.raises(NotInBitrix24) as caught:
        await save(desk, account, automation=Automation(push=(5, 4)))
    assert ["automation.push.1"] == [one.field for one in caught.value.faults]
    account = await save(desk, account, company_name="New")
    assert (5,) == account.settings.automation.push


async def test_a_field_of_tasks_has_to_be_there(desk):
    """Unless the plan does not tell; what was chosen before may be gone since."""
    account = await desk.connect()
    order = FormField("order", label=OwnWords("Order"), task_field="UF_ORDER")

    with pytest.raises(NotInBitrix24) as caught:
        await save(desk, account, fields=(order,))
    assert [
        SettingFault("fields.0.task_field", WrongSetting.NO_TASK_FIELD, "UF_ORDER")
    ] == caught.value.faults

    made = task_fields.add_field(desk.world, "UF_ORDER", "Order")
    account = await save(desk, account, fields=(order,))
    del desk.world.task_fields[made.id]
    account = await save(desk, account, company_name="New")
    assert (order,) == account.settings.fields
    desk.world.switches.missing_features = ["tasks_custom_fields"]
    other = replace(order, task_field="UF_OTHER")
    assert (other,) == (await save(desk, account, fields=(other,))).settings.fields


async def test_who_is_not_connected_any_more_saves_nothing(desk):
    """An account that went away stays away."""
    account = await desk.connect()
    await desk.stores.accounts.remove(account)

    with pytest.raises(NotConnected):
        await save(desk, account, company_name="New")

    assert await now(desk) is None
