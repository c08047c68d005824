"""What the demo tells: what to open, and what to try."""

from pathlib import Path

from ticket24.sandbox.access import OPEN
from ticket24.sandbox.records import Card, Contact, Task
from ticket24.sandbox.world import World


def story(world: World, mails_url: str, web_url: str, logs: Path) -> str:
    """Return the text, with addresses that lead to the right places."""
    staff_url = f"{world.address}/staff/"
    (new, customer), (old, _) = _example(world, "chat"), _example(world, "forum")
    return f"""\
ticket24 is running. All of it is made up, and gone when you end it.

  Staff   {staff_url:<30}  a Bitrix24 account where you play the staff
  Mail    {mails_url + "/":<30}  what the customers get

Open both side by side, then try this:

  1. Open ticket {new.id}, "{new.title}",
     {staff_url}tasks/{new.id}
     and write a comment. A moment later {customer.full_name} has one mail with it.
  2. Start the ticket, then complete it: one more mail, that it is completed.
  3. Begin a comment with // and it stays among the staff: no mail.
  4. Do the same as {_owner(world, old)} with ticket {old.id}, on the older card:
     {staff_url}tasks/{old.id}

ticket24 itself is at {web_url} (/health/ready, /metrics).
Its logs are in {logs}.

Ctrl-C ends everything.
"""


def _example(world: World, card: Card) -> tuple[Task, Contact]:
    """Choose a ticket to play with: not begun, and its customer has an address."""
    return next(
        (task, world.contacts[contact_id])
        for task in world.tasks.values()
        for contact_id in task.contact_ids
        if task.card == card
        and task.status in OPEN
        and world.contacts[contact_id].emails
    )


def _owner(world: World, task: Task) -> str:
    """Name who runs the ticket's workgroup, and so may open the ticket."""
    members = world.workgroups[task.group_id].members
    owner = next(number for number, role in members.items() if role == "A")
    return world.users[owner].full_name
