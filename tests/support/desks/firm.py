"""A firm in Bitrix24: an owner of tickets and two managers, one of whom wants mail."""

from desk import SETTINGS, until

from bitrix24_sandbox.account import companies, tasks
from ticket24.domain.customers.company_view import CompanyRole
from ticket24.store import keys

SHARING = f"""
{SETTINGS}
[company_view]
default = "own"
"""


class Firm:
    """An owner of tickets, a manager who wants mail, and a manager who does not."""

    def __init__(self, desk, account):
        self.desk, self.world, self.account = desk, desk.world, account
        ids = sorted({ticket.contact_ids[0] for ticket in desk.tickets()})
        self.owner, self.boss, self.other = ids[:3]
        self.works = companies.add_company(self.world, 1, "Works").id
        for one in (self.owner, self.boss, self.other):
            companies.link(self.world, 1, one, self.works)
        self._addresses = {
            one: self.world.contacts[one].emails[0].value.strip().lower() for one in ids
        }

    async def roles(self):
        stores = self.desk.stores
        for one in (self.boss, self.other):
            choose = stores.companies.choose
            await choose(self.account.id, one, CompanyRole.MANAGER)
        await stores.preferences.watch(self.account.id, [self.boss], on=True)
        return self

    def at(self, contact):
        return self._addresses[contact]

    def got(self, contact, kind=None):
        """Return the mails that a contact got."""
        return [
            mail
            for mail in self.desk.mailbox.mails
            if mail["X-Envelope-To"].lower() == self.at(contact)
            and kind in (None, mail["X-Ticket24-Kind"])
        ]

    async def opened(self, title="Printer <b>burns</b>", **more):
        task = tasks.add_task(
            *(self.world, 1, title),
            responsible_id=3,
            group_id=self.desk.groups[0],
            contact_ids=(self.owner,),
            **more,
        )
        await until(lambda: self.told(self.owner, task, "created"))
        return task

    def told(self, contact, task, kind):
        return [m for m in self.got(contact, kind) if f"#{task.id}]" in m["Subject"]]

    async def all_said(self):
        await self.desk.rested(self.account)
        outbox = self.desk.stores.outbox

        async def empty():
            return not await outbox.count(self.account.id)

        await until(empty)

    async def forgotten(self):
        """Let what Bitrix24 said be older than a minute."""
        await self.desk.stores.redis.delete(
            keys.memberships(self.account.id), keys.company_people(self.account.id)
        )
