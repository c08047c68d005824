"""A company to play with: two departments, five staff, ten customers, 30 tickets."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bitrix24_sandbox.account import files, people, tasks
from bitrix24_sandbox.account.conversations import talk
from bitrix24_sandbox.account.records import Card, Stage, User, Webhook, Workgroup
from bitrix24_sandbox.account.world import PASSWORD_FIELD, World
from bitrix24_sandbox.apps import applications
from bitrix24_sandbox.apps.records import Application

INTEGRATION_USER = 1
SCOPES = ["task", "tasks", "im", "disk", "crm", "user", "sonet_group", "basic"]
WEBHOOK = Webhook(INTEGRATION_USER, "sandboxwebhook01", SCOPES)
# A webhook that lacks rights: its user is not an administrator, and its scopes are few.
LIMITED_WEBHOOK = Webhook(3, "sandboxwebhook03", ["task", "user_brief", "basic"])
# The scopes that ticket24 asks for as an application, and its card in the Market.
APPLICATION_SCOPES = ["task", "tasks", "im", "disk", "crm", "user", "sonet_group"]
APPLICATION_SCOPES += ["placement", "calendar"]
CLIENT_ID = "app.5a4db0c5a4db0c.24242424"
CLIENT_SECRET = "sandbox-client-secret-0001"  # noqa: S105 - A sample, printed too.

_DATA = json.loads(Path(__file__).with_name("sample.json").read_text("utf-8"))
_STAGES = (
    ("New", "NEW"),
    ("In progress", "PROGRESS"),
    ("Waiting for customer", "WORK"),
    ("Done", "FINISH"),
)
Step = tuple[datetime, Callable[[], object]]


def sample_world(card: Card | None = None, now: datetime | None = None) -> World:
    """Build the sample account; everything in it happened before `now`.

    "Support" has the chat card, and "Sales and billing" has the forum card, unless
    `card` gives one kind to all.
    """
    world = World()
    moment = (now or datetime.now(UTC)).replace(microsecond=0)
    world.frozen_at = moment - timedelta(days=40)
    _add_company(world, card)
    _add_customers(world)
    steps: list[Step] = []
    for ticket in _DATA["tickets"]:
        steps += _ticket_steps(world, ticket, moment)
    for task in _DATA["others"]:
        steps += _other_steps(world, task, moment)
    for at, step in sorted(steps, key=lambda pair: pair[0]):
        world.frozen_at = at
        step()
    world.frozen_at = None
    world.log.clear()
    return world


def offer_ticket24(world: World, public_url: str) -> Application:
    """Offer ticket24 in the account's Market; it is not installed yet."""
    return applications.register(
        world,
        title="Ticket24",
        kind="market",
        handler_url=f"{public_url}/bitrix24/app",
        install_url=f"{public_url}/bitrix24/install",
        event_url=f"{public_url}/bitrix24/events",
        scopes=APPLICATION_SCOPES,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
    )


def _add_company(world: World, card: Card | None) -> None:
    for fields in _DATA["staff"]:
        user = User(**fields)
        world.users[user.id] = user
    for fields in _DATA["workgroups"]:
        members = {int(number): role for number, role in fields["members"].items()}
        group = Workgroup(**{**fields, "members": members})
        group.card = card or group.card
        group.stages = [
            Stage(group.id * 10 + number, title, number * 100, kind)
            for number, (title, kind) in enumerate(_STAGES, 1)
        ]
        world.workgroups[group.id] = group
    world.webhooks += [
        Webhook(hook.user_id, hook.code, list(hook.scopes))
        for hook in (WEBHOOK, LIMITED_WEBHOOK)
    ]


def _add_customers(world: World) -> None:
    labels = {"en": "Ticket24 password", "de": "Ticket24 Passwort"}
    people.add_userfield(
        world, 1, PASSWORD_FIELD, labels=labels, xml_id="TICKET24_PASSWORD"
    )
    for fields in _DATA["contacts"]:
        people.add_contact(world, 1, **fields)


def _ticket_steps(world: World, ticket: dict[str, Any], now: datetime) -> list[Step]:
    """Plan one ticket's life; the first step yields the id of its task."""
    opened = now - timedelta(days=ticket["days_ago"])
    contact = list(world.contacts.values())[ticket["contact"]]
    made: list[int] = []

    def open_ticket() -> None:
        attached = [_file(world, 1, ticket["file"])] if "file" in ticket else []
        task = tasks.add_task(
            world,
            INTEGRATION_USER,
            ticket["title"],
            description=ticket["text"],
            responsible_id=ticket["to"],
            group_id=ticket["group"],
            contact_ids=(contact.id,),
            files=tuple(attached),
            tags=list(ticket["tags"]),
            priority=ticket.get("priority", 1),
            task_control=ticket.get("control", False),
        )
        made.append(task.id)

    def follow(by: int, verb: str, text: str = "", file: str = "") -> None:
        if verb != "reply":
            tasks.act(world, by, made[0], verb)
            return
        if not by:
            text = f"[B]{contact.full_name}[/B]\u2060\n{text}"
        author = by or INTEGRATION_USER
        attached = [_file(world, author, file)] if file else []
        talk.add_comment(world, author, made[0], text, attached)

    def later(order: int, step: list[Any]) -> Step:
        hours, by, verb, *rest = step
        at = opened + timedelta(hours=hours, minutes=5 + 7 * order)
        return min(at, now - timedelta(minutes=5)), lambda: follow(by, verb, *rest)

    steps = [later(order, step) for order, step in enumerate(ticket["steps"])]
    return [(opened, open_ticket), *steps]


def _other_steps(world: World, task: dict[str, Any], now: datetime) -> list[Step]:
    def add() -> None:
        tasks.add_task(
            world,
            task["by"],
            task["title"],
            responsible_id=task["to"],
            group_id=task["group"],
        )

    return [(now - timedelta(days=task["days_ago"], minutes=-30), add)]


def _file(world: World, by: int, name: str) -> int:
    content = f"Sample file {name}\n".encode() * 20
    return files.add_file(world, by, name, content).id
