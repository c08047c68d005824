"""Recorded posts of a real Bitrix24: its events, and how it opens pages of ours."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest
from fakes import FakeDue
from recorded import FILES, raw

import handlers
from ticket24.bitrix.events import frame_posts as frames
from ticket24.bitrix.events.event import BadEvent, parse
from ticket24.bitrix.events.installations import parse_installation
from ticket24.domain.accounts.uninstalls import Removal
from ticket24.domain.tickets.model import ContactRef, TicketRef

MEMBER = "0000000000000000000000000000aaaa"
TOKEN = "a" * 31 + "1"
AUTH = "a" * 8 + "0" * 54 + "b" * 8
REFRESH = "b" * 8 + "0" * 54 + "a" * 8


def task(number):
    return TicketRef("acme", number)


# What it is called, when it was sent, and what it asks us to look at.
EVENTS = {
    "01-ontaskcommentadd-new-card-webhook": (
        "ONTASKCOMMENTADD",
        "2026-01-22T08:40:18",
        task(2536),
    ),
    "02-ontaskcommentadd-old-card-webhook": (
        "ONTASKCOMMENTADD",
        "2025-12-10T12:00:03",
        task(40927),
    ),
    "03-ontaskcommentadd-box-2022": (
        "ONTASKCOMMENTADD",
        "2022-05-13T11:03:20",
        task(2581),
    ),
    "05-oncrmcontactadd-app-2025": (
        "ONCRMCONTACTADD",
        "2025-11-02T13:26:15",
        ContactRef("acme", 264442),
    ),
    "06-oncrmleadadd-webhook-2018": ("ONCRMLEADADD", "2018-12-26T19:13:41", None),
    "07-oncrmdynamicitemupdate-webhook-2025": (
        "ONCRMDYNAMICITEMUPDATE",
        "2025-02-08T21:16:37",
        None,
    ),
    "09-onappuninstall-docs": (
        "ONAPPUNINSTALL",
        "2016-06-20T16:21:54",
        Removal("acme", clean=True, sent_at=1466439714),
    ),
    "10-onappuserready": ("ONAPPUSERREADY", "2025-09-03T09:02:03", None),
    "11-ontaskadd-docs": ("ONTASKADD", "2016-06-20T16:21:54", task(123)),
    "13-oncrmcontactuserfieldadd-docs": (
        "ONCRMCONTACTUSERFIELDADD",
        "2024-08-27T14:50:16",
        None,
    ),
    "14-onvoximplantcallend-docs": (
        "ONVOXIMPLANTCALLEND",
        "2026-03-11T14:33:44",
        None,
    ),
}
# A robot's own post has neither event nor token: it is none.
ROBOT = "15-robot-outgoing-hook"

# Who opens which page in which language; what it is about.
FRAMES = {
    "01-default-any-2024": ("en", "", "DEFAULT", {"any": "28/"}),
    "02-default-any-2025": ("ru", "", "DEFAULT", {"any": "119/"}),
    "03-installer-no-options-2023": ("ru", "", "DEFAULT", {}),
    "05-task-view-tab": ("en", "", "TASK_VIEW_TAB", {"taskId": "286"}),
    "06-call-card-new-keys": (
        "en",
        TOKEN,
        "CALL_CARD",
        {"CRM_ENTITY_ID": "17", "CRM_ENTITY_TYPE": "COMPANY"},
    ),
    "07-analytics-uri-iframe": (
        "ru",
        TOKEN,
        "TELEPHONY_ANALYTICS_MENU",
        {"URI": "/report/telephony/?IFRAME=Y&IFRAME_TYPE=SIDE_SLIDER"},
    ),
}


def event(name):
    return raw(f"events/{name}.form").strip()


def test_every_recorded_post_is_read():
    """A recording that nobody reads would tell nobody anything."""
    events = {f"events/{name}.form" for name in (*EVENTS, ROBOT)}
    pages = {f"frames/{name}.form" for name in FRAMES}

    assert events | pages == {name for name in FILES if name.endswith(".form")}


@pytest.mark.parametrize("name", EVENTS)
async def test_a_recorded_event_says_what_to_look_at(name):
    """From its bytes we learn its name, its instant, its account, and its one look."""
    expected, sent_at, mark = EVENTS[name]
    posted = parse(event(name))
    due = FakeDue()
    kept = posted.of("acme", handlers.router.kept(posted.name))
    await handlers.router.dispatch(kept, due)

    at = datetime.fromtimestamp(posted.sent_at, UTC)
    assert (expected, f"{sent_at}+00:00") == (posted.name, at.isoformat())
    assert (MEMBER, TOKEN) == (posted.member_id, posted.token)
    assert ([mark] if mark else []) == due.marked
    assert parse_installation(event(name)) is None


def test_a_comment_on_the_new_card_names_its_message():
    """There its own id is 0."""
    after = {name: parse(event(name)).of("acme", []).after for name in EVENTS}

    assert {"ID": "0", "MESSAGE_ID": "48760", "TASK_ID": "2536"} == after[
        "01-ontaskcommentadd-new-card-webhook"
    ]
    assert {"ID": "338729", "TASK_ID": "40927"} == after[
        "02-ontaskcommentadd-old-card-webhook"
    ]


def test_a_robot_is_no_event():
    """Its post is refused with a reason."""
    with pytest.raises(BadEvent, match="no event name"):
        parse(event(ROBOT))


@pytest.mark.parametrize("name", FRAMES)
def test_a_recorded_frame_says_who_opens_what(name):
    """Host, user's tokens, language, place and options; old posts have fewer keys."""
    language, token, placement, options = FRAMES[name]
    query, form = raw(f"frames/{name}.form").decode().split("\n")[:2]
    post = frames.parse(dict(parse_qsl(query)), dict(parse_qsl(form)))

    host = "site.t2.example.org" if "2023" in name else "portal-a.bitrix24.example"
    assert (host, MEMBER, AUTH, REFRESH, 3600) == (
        post.domain,
        post.member_id,
        post.auth_id,
        post.refresh_id,
        post.auth_seconds,
    )
    assert "926d17365a87fbb35bace60dcc8f08cf" == post.app_sid
    assert (language, token, placement) == (
        post.language,
        post.application_token,
        post.placement,
    )
    assert options.items() <= post.options.items()
    assert bool(options) == bool(post.options)
