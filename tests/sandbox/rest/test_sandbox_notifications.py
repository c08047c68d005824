"""im.notify.*: notifications of staff over REST."""

import pytest

from bitrix24_sandbox.account import notifications

HANNAH, TOMAS = 2, 3
SYSTEM = "im.notify.system.add"
PERSONAL = "im.notify.personal.add"


@pytest.fixture
def app(guest):
    """An installed application that may notify."""
    guest.application.scopes.append("im")
    guest.install()
    return guest


def told(world, user_id=HANNAH):
    """Return what a person was told, newest first, each with its author."""
    found = notifications.shown(world, user_id)
    return [(one.author_id, one.text) for one in found]


async def test_webhook_notifies(rest, world):
    """A webhook's text stays as it is, trimmed, from the system or from its user."""
    for method in (SYSTEM, PERSONAL):
        number = await rest.result(
            method, user_id="2", Message=" [B]Hi[/B] \n", MESSAGE_OUT="Hi"
        )
        assert number == max(world.notifications)

    assert [(1, "[B]Hi[/B]"), (0, "[B]Hi[/B]")] == told(world)
    assert [] == told(world, TOMAS)


async def test_application_is_named(app, world):
    """The name of an application stands before what the system says for it."""
    await app.result(SYSTEM, USER_ID=HANNAH, MESSAGE="One")
    await app.result(PERSONAL, TOMAS, USER_ID=HANNAH, MESSAGE="Two")

    assert [(TOMAS, "Two"), (0, "Guest#BR#One")] == told(world)


@pytest.mark.parametrize(
    ("params", "author"),
    [
        ({"TYPE": "SYSTEM"}, 0),
        ({"TYPE": "USER"}, 1),
        ({"TYPE": "other"}, 1),
        ({}, 1),
        ({"TO": TOMAS, "USER_ID": HANNAH}, 1),
    ],
)
async def test_type_and_to(rest, world, params, author):
    """im.notify comes from the user unless it says SYSTEM; TO wins over USER_ID."""
    user_id = params.get("TO", HANNAH)

    await rest.result("im.notify", **{"USER_ID": HANNAH, "MESSAGE": "Hi", **params})

    assert [(author, "Hi")] == told(world, user_id)
    assert 1 == len(world.notifications)


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"MESSAGE": "x"}, "USER_ID_EMPTY"),
        ({"USER_ID": "x", "MESSAGE": "x"}, "USER_ID_EMPTY"),
        ({"USER_ID": HANNAH, "MESSAGE": " "}, "MESSAGE_EMPTY"),
        ({"USER_ID": HANNAH, "MESSAGE": ["x"]}, "MESSAGE_EMPTY"),
        (
            {"USER_ID": HANNAH, "MESSAGE": "x", "ATTACH": "x" * 60_001},
            "ATTACH_OVERSIZE",
        ),
    ],
)
async def test_errors(rest, world, params, error):
    """What cannot be told, or to nobody, is refused by name."""
    assert (400, error) == await rest.error(SYSTEM, **params)
    assert {} == world.notifications


async def test_nobody_is_told(rest, world):
    """Who has left, a guest by e-mail and an unknown user answer false."""
    world.users[HANNAH].active = False
    world.users[TOMAS].kind = "email"

    for user_id in (HANNAH, TOMAS, 999):
        assert False is await rest.result(SYSTEM, USER_ID=user_id, MESSAGE="x")

    assert {} == world.notifications


async def test_tag_replaces(app, world):
    """An application's tag replaces what it told the same person with it."""
    for user_id, tag, text in [
        (HANNAH, "a", "One"),
        (TOMAS, "a", "Two"),
        (HANNAH, "b", "Three"),
        (HANNAH, "a", "Four"),
    ]:
        await app.result(SYSTEM, USER_ID=user_id, MESSAGE=text, TAG=tag)

    assert ["Guest#BR#Four", "Guest#BR#Three"] == [text for _, text in told(world)]
    assert [(0, "Guest#BR#Two")] == told(world, TOMAS)


async def test_webhook_has_no_tags(rest, app, world):
    """Through a webhook tags are ignored, even with CLIENT_ID, and nothing goes."""
    await app.result(SYSTEM, USER_ID=HANNAH, MESSAGE="One", TAG="a")
    tags = {"TAG": "a", "SUB_TAG": "b", "CLIENT_ID": app.client_id}
    for text in ("Two", "Three"):
        await rest.result(SYSTEM, USER_ID=HANNAH, MESSAGE=text, **tags)

    assert await rest.result("im.notify.delete", **tags)
    assert [("", ""), ("", ""), ("a", "")] == [
        (one.tag, one.sub_tag) for one in notifications.shown(world, HANNAH)
    ]


async def test_delete_by_id(rest, world):
    """A user deletes what that user got, and nothing of others."""
    mine = await rest.result(PERSONAL, USER_ID=1, MESSAGE="Mine")
    hers = await rest.result(PERSONAL, USER_ID=HANNAH, MESSAGE="Hers")

    assert False is await rest.result("im.notify.delete", ID=hers)
    assert await rest.result("im.notify.delete", id=[mine, hers])
    assert [hers] == list(world.notifications)


async def test_delete_by_tag(app, world):
    """An application deletes by either tag what it told anybody."""
    for user_id, tag in [(HANNAH, "a"), (TOMAS, "a"), (HANNAH, "b"), (HANNAH, "c")]:
        await app.result(
            SYSTEM, USER_ID=user_id, MESSAGE=tag, TAG=tag, SUB_TAG=f"sub-{tag}"
        )

    assert await app.result("im.notify.delete", TAG="a")
    assert await app.result("im.notify.delete", SUB_TAG="sub-b")
    assert ["c"] == [one.tag for one in world.notifications.values()]


async def test_delete_errors(rest, app):
    """A tag without an application, and no tag at all, are refused."""
    delete = "im.notify.delete"

    assert (403, "ACCESS_DENIED") == await rest.error(delete, TAG="a")
    assert (400, "PARAMS_ERROR") == await app.error(delete)


async def test_scope(guest):
    """An application without the scope of chats may not notify."""
    guest.install()

    status, error = await guest.error(SYSTEM, USER_ID=HANNAH, MESSAGE="x")

    assert "insufficient_scope" == error
    assert status in {401, 403}
