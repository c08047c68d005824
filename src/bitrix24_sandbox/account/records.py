"""What a Bitrix24 account holds: people, workgroups, contacts, tasks, talk, files.

The records are plain mutable dataclasses. Times are aware UTC datetimes with a
resolution of one second, and ids are integers. The rest modules decide how they look
over REST.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any, Literal

from pydantic import ConfigDict

# The value of a field given by name, of the type that this field has.
Value = Any

Card = Literal["chat", "forum"]
Source = Literal["chat", "forum"]


class Status(IntEnum):
    """The stored status of a task."""

    NEW = 1
    PENDING = 2
    IN_PROGRESS = 3
    REVIEW = 4
    COMPLETED = 5
    DEFERRED = 6
    DECLINED = 7


CLOSED = (Status.REVIEW, Status.COMPLETED)


@dataclass
class User:
    """A member of staff, or a guest; user.get omits `hidden` ones (bots, system).

    `kind` is what Bitrix24 calls a user's type. `crm` is what a guest is bound to.
    """

    id: int
    name: str
    last_name: str
    email: str = ""
    work_position: str = ""
    active: bool = True
    admin: bool = False
    hidden: bool = False
    bot: bool = False
    kind: Literal["employee", "extranet", "collaber", "email"] = "employee"
    crm: str = ""
    time_zone: str = "Europe/Kaliningrad"  # +02:00 all year round.

    @property
    def full_name(self) -> str:
        """First and last name, as cards show them."""
        return f"{self.name} {self.last_name}".strip()


@dataclass
class Stage:
    """A Kanban column of a workgroup."""

    id: int
    title: str
    sort: int
    system_type: str | None = None  # NEW, PROGRESS, WORK, REVIEW, FINISH.
    color: str = "00C4FB"


@dataclass
class Workgroup:
    """A group or project; `card` is the kind of card that its new tasks get.

    `members` holds the role of each user: A owner, E moderator, K member. A project
    may end: no deadline is later than that.
    """

    id: int
    name: str
    card: Card = "chat"
    description: str = ""
    members: dict[int, str] = field(default_factory=dict)
    stages: list[Stage] = field(default_factory=list)
    closed: bool = False
    project: bool = False
    ends_at: datetime | None = None
    members_view_all: bool = True
    members_sort: bool = True


@dataclass
class MultiField:
    """One address or number of a contact; `kind` is WORK, HOME, MAILING, OTHER."""

    id: int
    value: str
    kind: str = "WORK"


@dataclass
class Contact:
    """A CRM contact. `custom` holds the UF_* values by field name."""

    id: int
    name: str
    created_at: datetime
    modified_at: datetime
    last_name: str = ""
    second_name: str = ""
    emails: list[MultiField] = field(default_factory=list)
    phones: list[MultiField] = field(default_factory=list)
    custom: dict[str, str | None] = field(default_factory=dict)
    company_id: int = 0
    other_companies: list[int] = field(default_factory=list)
    assigned_by: int = 1
    created_by: int = 1
    modified_by: int = 1
    post: str = ""
    comments: str = ""

    @property
    def company_ids(self) -> list[int]:
        """All companies that the contact is linked to, the primary one first."""
        return [*filter(None, [self.company_id]), *self.other_companies]

    @property
    def full_name(self) -> str:
        """First and last name, as cards show them."""
        return f"{self.name} {self.last_name}".strip()


@dataclass
class Company:
    """A CRM company. `custom` holds the UF_* values by field name."""

    id: int
    title: str
    modified_at: datetime
    custom: dict[str, str | None] = field(default_factory=dict)
    is_my_company: bool = False
    emails: list[MultiField] = field(default_factory=list)


@dataclass
class UserField:
    """A custom field of contacts, companies or tasks; labels by language.

    `shown` holds Y and N, `elements` are the texts of a list by id (its kind is
    `enumeration`).
    """

    id: int
    name: str
    labels: dict[str, str] = field(default_factory=dict)
    xml_id: str = ""
    kind: str = "string"
    mandatory: bool = False
    multiple: bool = False
    sort: int = 100
    shown: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    elements: dict[int, str] = field(default_factory=dict)


@dataclass
class Task:
    """A task; `status` is the stored code, `crm` holds bindings like C_7.

    `files` are attachment ids. A task whose `chat_id` is set has the chat card. Any
    forum comments that it has from before stay where they are.
    """

    id: int
    title: str
    created_by: int
    responsible_id: int
    created_at: datetime
    changed_at: datetime
    activity_at: datetime
    status_changed_at: datetime
    changed_by: int
    status_changed_by: int | None
    description: str = ""
    status: Status = Status.PENDING
    group_id: int = 0
    stage_id: int = 0
    priority: int = 1
    accomplices: list[int] = field(default_factory=list)
    auditors: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    crm: list[str] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    deadline: datetime | None = None
    start_plan: datetime | None = None
    end_plan: datetime | None = None
    started_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: int | None = None
    task_control: bool = False
    allow_change_deadline: bool = False
    allow_time_tracking: bool = False
    mark: str | None = None
    parent_id: int = 0
    xml_id: str = ""
    guid: str = ""
    chat_id: int | None = None
    forum_topic_id: int | None = None
    custom: dict[str, Any] = field(default_factory=dict)
    # False for a task that was made when descriptions were HTML.
    description_in_bbcode: bool = True

    @property
    def card(self) -> Card:
        """Where a new comment goes."""
        return "chat" if self.chat_id else "forum"

    @property
    def members(self) -> set[int]:
        """Everyone with a role in the task."""
        roles = {self.created_by, self.responsible_id}
        return roles | set(self.accomplices) | set(self.auditors)

    @property
    def contact_ids(self) -> list[int]:
        """The CRM contacts bound to the task."""
        return [int(ref[2:]) for ref in self.crm if ref.startswith("C_")]


@dataclass
class Remark:
    """Something that Bitrix24 itself says; its text is made when it is read."""

    key: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass
class Comment:
    """A forum message under a task with the old card.

    A comment with `remarks` is an auto comment. Its author is the person who acted, and
    nothing in a REST answer distinguishes it from that person's own comments.
    """

    id: int
    task_id: int
    author_id: int
    posted_at: datetime
    text: str = ""
    remarks: list[Remark] = field(default_factory=list)
    attachments: list[int] = field(default_factory=list)


@dataclass
class Chat:
    """The chat of a task. `read` holds the last message that each user has seen.

    `starts` holds the first message that a user may see, if history was hidden.
    """

    id: int
    task_id: int
    title: str
    owner_id: int
    members: set[int] = field(default_factory=set)
    read: dict[int, int] = field(default_factory=dict)
    starts: dict[int, int] = field(default_factory=dict)
    folder_id: int | None = None
    visible_at: float = 0.0
    entity_type: str = "TASKS_TASK"


@dataclass
class Message:
    """A chat message; author 0 is Bitrix24 itself. `files` are disk object ids."""

    id: int
    chat_id: int
    author_id: int
    posted_at: datetime
    text: str = ""
    remark: Remark | None = None
    files: list[int] = field(default_factory=list)
    uuid: str | None = None
    edited: bool = False
    deleted: bool = False
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def system(self) -> bool:
        """Whether Bitrix24 itself says this, not a person."""
        return self.author_id == 0


@dataclass
class Notification:
    """What one person is told beside all chats; author 0 is Bitrix24 itself.

    `text` is BBCode in which #BR# is a line break. `application` is the client id of
    the application that notifies, empty for a webhook: only applications have tags.
    """

    id: int
    user_id: int
    author_id: int
    text: str
    at: datetime
    tag: str = ""
    sub_tag: str = ""
    application: str = ""


@dataclass
class Storage:
    """A disk: of a user, a group, the company (common) or the chats (im)."""

    id: int
    entity_type: str
    entity_id: str
    name: str
    root_id: int


@dataclass
class Folder:
    """A folder on a disk."""

    id: int
    storage_id: int
    name: str
    parent_id: int = 0


@dataclass
class DiskFile:
    """A file on a disk: `id` is the object id, `file_id` the id of the raw row."""

    __pydantic_config__ = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    id: int
    file_id: int
    folder_id: int
    name: str
    content: bytes
    created_by: int
    created_at: datetime


@dataclass
class Attachment:
    """A disk object attached to a task or a forum comment."""

    id: int
    object_id: int
    entity_type: Literal["tasks_task", "forum_message"]
    entity_id: int
    created_by: int
    created_at: datetime


@dataclass
class Webhook:
    """An incoming webhook: the client calls the account as the webhook's user."""

    user_id: int
    code: str
    scopes: list[str] = field(default_factory=list)
    revoked: bool = False


@dataclass
class Outgoing:
    """An outgoing webhook: the account calls `url`; empty `events` mean all events."""

    id: int
    url: str
    application_token: str
    events: list[str] = field(default_factory=list)


@dataclass
class Event:
    """Something that happened, as subscribers are told of it.

    If it is for one application only, `application` is its client id. `unheard` events
    are sent to nobody: the loop guard of a token has run out.
    """

    number: int
    name: str
    data: dict[str, Any]
    at: int
    by: int
    application: str = ""
    unheard: bool = False
