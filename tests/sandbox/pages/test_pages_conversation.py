"""The conversation on the staff pages."""

import pytest
from aiohttp import FormData
from sandbox_staff import (
    CHAT_TITLE,
    FORUM_TITLE,
    HANNAH,
    HOSTILE,
    OLGA,
    TOMAS,
    last_said,
    titled,
)

from bitrix24_sandbox.account import people, tasks
from bitrix24_sandbox.account.conversations import reading, talk


@pytest.mark.parametrize(
    ("title", "card"), [(CHAT_TITLE, "chat"), (FORUM_TITLE, "forum")]
)
async def test_comment_stands_in_the_conversation_and_raises_its_event(
    world, browser, subscriber, title, card
):
    """A comment written in the page is shown there and told to subscribers."""
    await browser.act_as(OLGA)
    number = titled(world, title)

    _, page = await browser.send(
        f"/staff/tasks/{number}/comments", {"text": "Seats are [B]booked[/B]."}
    )

    assert "Seats are <strong>booked</strong>." in page
    entry = last_said(world, number)
    assert (card, OLGA, "Olga Petrova") == (entry.source, entry.author_id, entry.author)
    await browser.events_out()
    heard = [e for e in subscriber.events if e["event"] == "ONTASKCOMMENTADD"]
    assert [str(number)] == [e["data[FIELDS_AFTER][TASK_ID]"] for e in heard]
    told = "MESSAGE_ID" if card == "chat" else "ID"
    assert str(entry.id) == heard[0][f"data[FIELDS_AFTER][{told}]"]


async def test_comment_carries_its_files(world, browser):
    """A file chosen with a comment can be downloaded, and only downloaded."""
    number = titled(world, CHAT_TITLE)
    form = FormData({"csrf": await browser.token()}, quote_fields=False)
    form.add_field("files", b"<b>a</b>", filename='we"ird ü.html')

    answer = await browser.client.post(f"/staff/tasks/{number}/comments", data=form)
    file = last_said(world, number).files[0]
    download = await browser.client.get(f"/staff/tasks/{number}/files/{file.id}")

    assert 200 == answer.status
    assert b"<b>a</b>" == await download.read()
    assert "application/octet-stream" == download.content_type
    assert (
        "attachment; filename*=UTF-8''we%22ird%20%C3%BC.html"
        == (download.headers["Content-Disposition"])
    )


async def test_file_is_kept_from_who_may_not_see_its_task(world, browser):
    """A file is refused to someone who may not read the task."""
    number = titled(world, "Quote for 25 more seats")
    file = next(
        entry.files[0]
        for entry in reading.conversation(world, world.tasks[number])
        if entry.files
    )

    page = await browser.open(f"/staff/tasks/{number}/files/{file.id}", status=409)

    assert "Bitrix24 refuses this: Task not found or access denied." in page


async def test_file_of_another_task_is_not_found(world, browser):
    """A file is handed out only under the task it hangs on."""
    file = next(iter(world.files))
    number = titled(world, "Screen reader skips the menu")

    await browser.open(f"/staff/tasks/{number}/files/{file}", status=404)


async def test_empty_comment_is_refused(world, browser):
    """A comment without text and files is not sent, and the page says so."""
    number = titled(world, CHAT_TITLE)
    before = last_said(world, number)

    _, page = await browser.send(
        f"/staff/tasks/{number}/comments", {"text": "  \n"}, status=409
    )

    assert "The message was not sent: It is empty." in page
    assert before == last_said(world, number)


@pytest.mark.parametrize("title", [CHAT_TITLE, FORUM_TITLE])
async def test_own_message_can_be_edited_and_deleted(world, browser, title):
    """One's own message can be changed and taken back on both cards."""
    await browser.act_as(OLGA)
    number = titled(world, title)
    await browser.send(f"/staff/tasks/{number}/comments", {"text": "Frist"})
    entry = last_said(world, number)
    address = f"/staff/tasks/{number}/messages/{entry.source}/{entry.id}"

    _, edited = await browser.send(f"{address}/edit", {"text": "First"})
    _, deleted = await browser.send(f"{address}/delete", {})

    assert '<div class="text">First</div>' in edited
    assert "First" not in deleted


async def test_message_of_someone_else_cannot_be_edited(world, browser):
    """A message of someone else has no form, and a forged one is refused."""
    number = titled(world, CHAT_TITLE)
    written = talk.add_comment(world, TOMAS, number, "Mine")
    address = f"/staff/tasks/{number}/messages/chat/{written.id}/edit"

    card = await browser.open(f"/staff/tasks/{number}")
    _, page = await browser.send(address, {"text": "Yours"}, status=409)

    assert address not in card
    assert "Hannah Vogel cannot edit this message:" in page
    assert "Mine" == last_said(world, number).text


async def test_remarks_of_bitrix24_stand_apart(world, browser):
    """What Bitrix24 says itself is marked as a remark and cannot be edited."""
    number = titled(world, CHAT_TITLE)
    tasks.start(world, HANNAH, number)
    remark = last_said(world, number)

    page = await browser.open(f"/staff/tasks/{number}/conversation")

    assert f'<li class="remark" id="chat-{remark.id}">' in page
    assert f"/messages/chat/{remark.id}/" not in page
    assert "<html" not in page


async def test_hostile_text_is_harmless(world, browser):
    """Markup in titles, names, tags, comments and file names is shown as text."""
    contact = people.add_contact(
        world, 1, HOSTILE, emails=[f"{HOSTILE}@example.com"], password=HOSTILE
    )
    world.users[HANNAH].last_name = HOSTILE
    world.workgroups[7].name = HOSTILE
    task = tasks.add_task(
        world,
        HANNAH,
        HOSTILE,
        description=f"[URL=javascript:alert(1)]x[/URL]{HOSTILE}",
        responsible_id=HANNAH,
        group_id=7,
        contact_ids=(contact.id,),
        tags=[HOSTILE],
    )
    talk.add_comment(
        world, HANNAH, task.id, f"[B]{HOSTILE}[/B][USER=2]{HOSTILE}[/USER]"
    )
    pages = [
        "/staff/",
        f"/staff/tasks/{task.id}",
        f"/staff/tasks/new?title={HOSTILE}",
        "/staff/contacts",
        f"/staff/contacts/{contact.id}",
        "/staff/events",
        f"/staff/?q={HOSTILE}",
    ]

    shown = "".join([await browser.open(page) for page in pages])

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<script>" not in shown
    assert "<img" not in shown
    assert 'href="javascript' not in shown
