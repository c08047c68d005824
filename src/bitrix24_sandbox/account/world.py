"""The sandbox's Bitrix24 account: one `World`, and how to act in it.

Everything is kept in memory. Pages, REST methods and tests all act through the same
functions. Each takes the world, then `by`, the id of the acting user. It raises the
events that Bitrix24 would raise, and refuses what that user may not do with
`errors.Refused` (show its `text`)::

    tasks.add_task(world, by, title, responsible_id=3, group_id=7, ...) -> Task
    tasks.update_task(world, by, task_id, title=..., deadline=..., ...) -> Task
    tasks.act(world, by, task_id, action) -> Task    start pause defer complete
                                                     renew approve disapprove
    tasks.actions(world, by, task) -> list[str]      what `act` would accept
    tasks.start(world, by, task_id), tasks.pause(...), ... one for each
    tasks.move_to_group(world, by, task_id, group_id), tasks.move_to_stage(...)
    tasks.bind_contact(world, by, task_id, contact_id), tasks.unbind_contact(...)
    tasks.delete_task(world, by, task_id), tasks.restore_task(...)
    tasks.attach_file(world, by, task_id, object_id) -> Attachment
    tasks.migrate_to_chat(world, by, task_id)        old card becomes new card
    tasks.visible(world, by) -> list[Task]           what that user may read
    tasks.get(world, by, task_id) -> Task            refused if not readable

    talk.add_comment(world, by, task_id, text, files=()) -> Comment | Message
    talk.edit_message(world, by, source, id, text)   source: "chat" or "forum"
    talk.delete_message(world, by, source, id)
    talk.mark_read(world, by, chat_id)

    reading.conversation(world, task) -> list[Entry] both sources, oldest first

    notifications.add(world, by, user_id, text, tag=..., application=...)
    notifications.shown(world, user_id) -> list[Notification]   newest first

    people.add_contact(world, by, name, last_name, emails=(), password=None, ...)
    people.update_contact(world, by, contact_id, name=..., emails=..., custom=...)
    people.delete_contact(world, by, contact_id)
    people.merge_contacts(world, by, winner_id, loser_ids)

    files.add_file(world, by, name, content, folder_id=None) -> DiskFile

    applications.add(world, by, client_id), finish_install, remove, frame_fields, ...

`files=` takes disk object ids, such as `files.add_file(...).id`. The records are in
`records.py` and are read directly: `world.tasks[51].title`,
`world.users[3].full_name`, `world.workgroups[7].stages`. Only these functions change
a record.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from bitrix24_sandbox.account.calendar import CALENDAR
from bitrix24_sandbox.account.records import (
    Attachment,
    Chat,
    Comment,
    Company,
    Contact,
    DiskFile,
    Event,
    Folder,
    Message,
    Notification,
    Outgoing,
    Storage,
    Task,
    User,
    UserField,
    Value,
    Webhook,
    Workgroup,
)
from bitrix24_sandbox.account.switches import Faults, Limits, Switches
from bitrix24_sandbox.apps.records import Application, Code, RefreshToken, Token
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json

PASSWORD_FIELD = "UF_CRM_TICKET24_PASSWORD"  # noqa: S105 - The name of a field.

# Where ids start: those of forum comments and chat messages overlap, as in real life.
FIRST_IDS = {
    "task": 51,
    "comment": 3100,
    "message": 3100,
    "chat": 58,
    "object": 9011,
    "file_row": 4755,
    "attachment": 495,
    "storage": 30,
    "contact": 43,
    "company": 7,
    "multifield": 150,
    "userfield": 210,
    "task_field": 1325,
    "topic": 820,
    "tag": 600,
    "outgoing": 13,
    "application": 5,
    "event": 1,
}


@dataclass
class State:
    """Everything kept of an account; every field has a default, for `--data`."""

    # The account's address, set by the program that serves it.
    address: str = "http://127.0.0.1:8025"
    # The addresses that it had before it was renamed.
    former_addresses: list[str] = field(default_factory=list)
    # The authorization server that its applications use.
    oauth_address: str = "https://oauth.bitrix.info"
    member_id: str = "5a4db0c5a4db0c5a4db0c5a4db0c5a4d"
    # The zone in which dates without an offset are read.
    server_zone: str = "Europe/Moscow"
    users: dict[int, User] = field(default_factory=dict)
    workgroups: dict[int, Workgroup] = field(default_factory=dict)
    contacts: dict[int, Contact] = field(default_factory=dict)
    userfields: dict[int, UserField] = field(default_factory=dict)
    companies: dict[int, Company] = field(default_factory=dict)
    company_fields: dict[int, UserField] = field(default_factory=dict)
    task_fields: dict[int, UserField] = field(default_factory=dict)
    tasks: dict[int, Task] = field(default_factory=dict)
    bin: dict[int, Task] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    chats: dict[int, Chat] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    notifications: dict[int, Notification] = field(default_factory=dict)
    storages: dict[int, Storage] = field(default_factory=dict)
    folders: dict[int, Folder] = field(default_factory=dict)
    files: dict[int, DiskFile] = field(default_factory=dict)
    attachments: dict[int, Attachment] = field(default_factory=dict)
    tags: dict[str, int] = field(default_factory=dict)
    webhooks: list[Webhook] = field(default_factory=list)
    applications: dict[str, Application] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    outgoing: list[Outgoing] = field(default_factory=list)
    switches: Switches = field(default_factory=Switches)
    limits: Limits = field(default_factory=Limits)
    faults: Faults = field(default_factory=Faults)
    skew_seconds: float = 0.0
    last_ids: dict[str, int] = field(default_factory=dict)


STATE = TypeAdapter(State)


class World(State):
    """One account, with its clock, its event log and its listeners.

    `log` holds the latest events, newest last. Every event is passed to the listeners
    as it happens; they must not block.
    """

    def __init__(self, **fields: Value) -> None:
        super().__init__(**fields)
        self.log: list[Event] = []
        self.listeners: list[Callable[[Event], None]] = []
        # How often the authorization server was asked about it, by kind of question.
        self.oauth_calls: Counter[str] = Counter()
        # The settings of the company's calendar (more.md 2.1).
        self.calendar: dict[str, Json] = dict(CALENDAR)
        # The token with which the REST method that is running was called.
        self.hit: Token | None = None
        # Stops the clock, for sample data and tests.
        self.frozen_at: datetime | None = None
        self.by_task: dict[int, list[int]] = {}
        self.by_chat: dict[int, list[int]] = {}
        for comment in self.comments.values():
            self.by_task.setdefault(comment.task_id, []).append(comment.id)
        for message in self.messages.values():
            self.by_chat.setdefault(message.chat_id, []).append(message.id)

    @property
    def home(self) -> str:
        """The address at which the account says it can be reached."""
        return self.faults.moved_to or self.address

    @property
    def domain(self) -> str:
        """The host, and port if any, by which the account is known."""
        return self.address.partition("://")[2]

    def timestamp(self) -> float:
        """Return the account's own unix time, with its skew."""
        if self.frozen_at is not None:
            return self.frozen_at.timestamp()
        return time.time() + self.skew_seconds

    def now(self) -> datetime:
        """Return the time for the dates of rows: UTC, with whole seconds."""
        ahead = self.switches.rows_ahead_seconds
        return datetime.fromtimestamp(int(self.timestamp() + ahead), UTC)

    def said_at(self) -> datetime:
        """Return the time for the dates of messages."""
        return self.now() + timedelta(seconds=self.switches.messages_ahead_seconds)

    def zone(self, moment: datetime, name: str) -> ZoneInfo:
        """Return a zone, or UTC in every other minute if the account mixes them."""
        mixed = self.switches.date_zones == "mixed" and moment.minute % 2
        return ZoneInfo("UTC" if mixed else name)

    def iso(self, moment: datetime | None, user_id: int) -> str | None:
        """Write a moment in the zone of a user's profile, unless the zones are mixed.

        The offset is today's, even for a date on the other side of a clock change.
        """
        if moment is None:
            return None
        user = self.users.get(user_id)
        zone = self.zone(moment, user.time_zone if user else self.server_zone)
        today = _offset(zone, int(self.now().timestamp()))
        return moment.astimezone(today).isoformat(timespec="seconds")

    def parse(self, text: str) -> datetime | None:
        """Read a date; one without an offset is in the server's zone."""
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(self.server_zone))
        return moment.astimezone(UTC).replace(microsecond=0)

    def next_id(self, kind: str) -> int:
        """Return the next id for one kind of record."""
        number = self.last_ids.get(kind, FIRST_IDS[kind] - 1) + 1
        self.last_ids[kind] = number
        return number

    def tag_id(self, tag: str) -> int:
        """Return the id of a tag, which never changes."""
        if tag not in self.tags:
            self.tags[tag] = self.next_id("tag")
        return self.tags[tag]

    def user(self, user_id: int) -> User:
        """Return the acting user; refuse if there is none, or if the user has left."""
        user = self.users.get(user_id)
        if user is None or not user.active:
            raise Refused("authorization_error", "Unable to authorize user", 401)
        return user

    def raise_event(
        self, name: str, data: dict[str, Any], by: int, *, application: str = ""
    ) -> Event:
        """Log an event and tell all listeners."""
        at = int(self.timestamp())
        left = self.hit.events_left if self.hit else None
        unheard = left is not None and left <= 1
        number = self.next_id("event")
        event = Event(number, name, data, at, by, application, unheard)
        self.log.append(event)
        del self.log[:-5000]
        for listener in tuple(self.listeners):
            listener(event)
        return event

    def add_outgoing(
        self, url: str, application_token: str, events: Iterable[str] = ()
    ) -> Outgoing:
        """Add an outgoing webhook; empty `events` mean every event."""
        names = [name.upper() for name in events]
        hook = Outgoing(self.next_id("outgoing"), url, application_token, names)
        self.outgoing.append(hook)
        return hook


WORLD: web.AppKey[World] = web.AppKey("WORLD", World)


def load(path: Path) -> World:
    """Read an account from a JSON file, as `save` writes it; parts may be missing.

    Raises ValueError with one sentence if the file does not fit.
    """
    try:
        state = STATE.validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise ValueError(f"{path}: {place}: {first['msg']}") from None
    return World(**vars(state))


def save(world: World, path: Path) -> None:
    """Write an account to a JSON file, without its event log."""
    path.write_bytes(dump(world))


def dump(world: World) -> bytes:
    """Return an account as JSON."""
    plain = STATE.dump_python(world, mode="json")
    return json.dumps(plain, ensure_ascii=False, indent=1).encode()


@lru_cache(maxsize=64)
def _offset(zone: ZoneInfo, second: int) -> timezone:
    """Return what a zone is ahead by then: many dates are written in one second."""
    there = datetime.fromtimestamp(second, zone)
    return timezone(there.utcoffset() or timedelta())
