"""Nobody can fill what all customers share."""

import pytest
from formfilling import Visitor, multipart
from showroom import Showroom

MEGABYTE = 1_000_000


@pytest.fixture
async def room(redis, redis_url, monkeypatch):
    for name, value in (("UPLOAD_MEGABYTES", "1"), ("UPLOAD_FILES", "2")):
        monkeypatch.setenv(f"TICKET24_{name}", value)
    monkeypatch.setenv("TICKET24_SPOOL_MEGABYTES", "4")
    async with Showroom(redis, redis_url) as room:
        yield room


async def upload(visitor, token):
    """Send one large file ahead; return its id, or None if it was refused."""
    headers = {"X-CSRF-Token": token, "Accept": "application/json"}
    async with visitor.session.post(
        visitor.room.address("uploads"),
        data=multipart({}, [("a.bin", bytes(MEGABYTE - 50_000))]),
        headers=headers,
    ) as response:
        return (await response.json()).get("id")


async def test_two_customers_cannot_keep_others_from_attaching_files(room):
    """They lose what they did not send, read so on the form, and keep the words."""
    one, two, three = [Visitor(room, await room.visitor(n)) for n in (41, 42, 43)]
    fields = await one.hidden()
    ids = [await upload(one, fields["csrf_token"]) for _ in range(5)]
    token = (await two.hidden())["csrf_token"]
    for _ in range(5):
        await upload(two, token)

    answer = await three.open([("photo.png", b"x" * 500_000)])
    assert 303 == answer.status

    sent = fields | {"department": "7", "subject": "S", "text": "Look at these."}
    refused = await one.post("tickets/new", sent | {"upload": ids[:2]})
    gone = "The files you added earlier are no longer available. Please add them again."
    assert [("files", gone)] == refused.errors
    assert "Look at these." == refused.value("text")
