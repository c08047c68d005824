"""What the demo prints: what to open, and what to try."""

from pathlib import Path

from bitrix24_sandbox.account.records import Card, Contact, Status, Task, Workgroup
from bitrix24_sandbox.account.world import PASSWORD_FIELD, World
from ticket24.demo.account import SLUG

_KINDS = ("chat", "forum", "closed")


def story(world: World, mails_url: str, web_url: str, logs: Path, command: str) -> str:
    """Return the text, with addresses that lead to the right places.

    `command` is how a second terminal runs ticket24 for this demo.
    """
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
  3. Reply in the portal, or answer the mail, in the form below it: staff read either
     under the name of {customer.name}. Answer from another address, and it waits for
     them on the tab of the contact's card (step 6).
     As staff, begin a comment with // and it stays among the staff.
  4. Solved? Complete the ticket, on either side: in the portal it is under Solved.
  5. The same works on the older kind of task card: open a ticket in
     "{old.name}", and be {_owner(world, old)} to answer it.
  6. Be {_administrator(world)}, open Applications and install ticket24 with its ticks:
     a short form, and you are in the settings. Add "Internal" as a department and save:
     the portal offers it at once. A contact's card has a tab now: set a password, open
     a ticket for the customer, or see the portal as he or she does. A company's
     card has one, too: Zoë, a colleague in both companies, sees there what others of
     them ask; Jörg and Ana manage one each. Sign in as Ana and look at "Company".

There are tickets already, such as {begun.id}, "{begun.title}":
  {portal_url}tickets/{begun.id}
  {staff_url}tasks/{begun.id}

Customers, who sign in to the portal with one of their addresses:
{_customers(world)}

Staff; you choose who you are at the top of their pages, without a password:
{_staff(world)}

From a second terminal, look whether all is well, or try any other command:
  {command} doctor
  {command} --help

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


def _customers(world: World) -> str:
    """List all customers with what they sign in with, or why they cannot."""
    rows = [
        (contact.full_name, address, password)
        for contact in world.contacts.values()
        for address, password in _ways_in(contact)
    ]
    name, address = (max(len(row[column]) for row in rows) for column in (0, 1))
    return "\n".join(f"  {a:<{name}}  {b:<{address}}  {c}".rstrip() for a, b, c in rows)


def _ways_in(contact: Contact) -> list[tuple[str, str]]:
    password = contact.custom.get(PASSWORD_FIELD) or "none: sign in by a link"
    addresses = [email.value.strip() for email in contact.emails]
    return [(one, str(password)) for one in addresses] or [
        ("none: give one on the card in Staff", "")
    ]


def _staff(world: World) -> str:
    people = [user for user in world.users.values() if user.active]
    return "\n".join(
        f"  {user.full_name}, {user.work_position}"
        f"{', administrator' if user.admin else ''}"
        for user in people
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
