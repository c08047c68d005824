"""What the demo prints: what to open, and what to try."""

from pathlib import Path

from bitrix24_sandbox.account.records import Card, Contact, Status, Task, Workgroup
from bitrix24_sandbox.account.world import PASSWORD_FIELD, World
from ticket24.demo.account import SLUG

_KINDS = ("chat", "forum", "closed")


def story(world: World, mails_url: str, web_url: str, logs: Path) -> str:
    """Return the text, with addresses that lead to the right places."""
    portal_url, staff_url = f"{web_url}/p/{SLUG}/", f"{world.address}/staff/"
    customer = _customer(world)
    new, old = _workgroup(world, "chat"), _workgroup(world, "forum")
    begun = next(t for t in _tickets(world, customer) if _kind(t) == "chat")
    return f"""\
ticket24 is running. All of it is made up, and gone when you end it.

  Portal  {portal_url:<32}  where customers read and write
            e-mail    {customer.emails[0].value}
            password  {customer.custom[PASSWORD_FIELD]}
  Staff   {staff_url:<32}  a Bitrix24 account where you play the staff
  Mail    {mails_url + "/":<32}  what the customers get

Open all three side by side, then try this:

  1. Sign in to the portal: you are {customer.full_name}. Open a ticket in "{new.name}"
     and attach two files. It has its number at once, and a mail says so.
  2. As staff, answer it: it stands first among the tasks of "{new.name}". A moment
     later the answer is in the portal, without a reload, and in the mail.
  3. Reply in the portal; staff read it under the name of {customer.name}.
     As staff, begin a comment with // and it stays among the staff.
  4. Solved? Complete the ticket, on either side: in the portal it is under Closed.
  5. The same works on the older kind of task card: open a ticket in
     "{old.name}", and be {_owner(world, old)} to answer it.
  6. Be {_administrator(world)}, open Applications and install ticket24 with its ticks:
     a short form, and you are in the settings. Add "Internal" as a department and save:
     the portal offers it at once. A contact's card has a tab now: set a password, open
     a ticket for the customer, or see the portal as he or she does.

There are tickets to play with already, such as {begun.id}, "{begun.title}":
  {portal_url}tickets/{begun.id}
  {staff_url}tasks/{begun.id}

ticket24 itself is at {web_url} (/health/ready, /metrics).
Its logs are in {logs}.

Ctrl-C ends everything.
"""


def _customer(world: World) -> Contact:
    """Choose who signs in: alone with an address, with tickets of every kind."""
    addresses = [e.value for c in world.contacts.values() for e in c.emails]
    return next(
        contact
        for contact in world.contacts.values()
        if contact.custom.get(PASSWORD_FIELD)
        and [addresses.count(email.value) for email in contact.emails] == [1]
        and {_kind(task) for task in _tickets(world, contact)} == set(_KINDS)
    )


def _kind(task: Task) -> str:
    return "closed" if task.status == Status.COMPLETED else task.card


def _tickets(world: World, contact: Contact) -> list[Task]:
    return [task for task in world.tasks.values() if contact.id in task.contact_ids]


def _workgroup(world: World, card: Card) -> Workgroup:
    """Return the first workgroup whose tasks have this card."""
    return next(group for group in world.workgroups.values() if group.card == card)


def _administrator(world: World) -> str:
    """Return somebody who may install applications."""
    return next(u for u in world.users.values() if u.admin and u.active).full_name


def _owner(world: World, workgroup: Workgroup) -> str:
    """Return somebody who runs a workgroup, and so may open its tickets."""
    members = workgroup.members
    owner = next(number for number, role in members.items() if role == "A")
    return world.users[owner].full_name
