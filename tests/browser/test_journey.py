"""A customer's way with one ticket, in a browser, while staff work in Bitrix24."""

import re

import pytest
from desk import until
from playwright.async_api import expect

from bitrix24_sandbox.account.conversations import reading

CARDS = pytest.mark.parametrize(
    ("card", "department", "responsible"),
    [("chat", "Support", 3), ("forum", "Sales", 5)],
    ids=["chat", "forum"],
)
CREATORS = {3: 2, 5: 4}
LINE = "[B]Mehmet Y\N{LATIN SMALL LETTER DOTLESS I}lmaz[/B]\u2060"

# A picture comes from the clipboard, a file by drag: both bear a `DataTransfer`.
HOLD = """([name, words]) => {
  const held = new DataTransfer();
  held.items.add(new File([words], name, { type: "text/plain" }));
  return held;
}"""
PASTE = """([form, held]) => form.dispatchEvent(
  new ClipboardEvent("paste", { clipboardData: held, bubbles: true, cancelable: true })
)"""


@CARDS
async def test_a_ticket_from_its_opening_to_its_end(
    portal, enter, seen, card, department, responsible
):
    """Opened with files, answered live, replied to, completed, found and reopened."""
    page = await enter("tickets/new")
    task = await open_one(portal, page, card, department)
    assert card == task.card
    assert responsible == task.responsible_id
    assert CREATORS[responsible] == task.created_by
    await told_by_mail(portal, task)

    await answered_while_typing(portal, page, task)
    await replies_with_a_file(portal, page, task, seen)
    await started_and_seen_in_the_list(portal, page, task, seen)
    await completed_and_found_again(portal, page, task, seen)


async def open_one(desk, page, card, department):
    """Fill in the form for a new ticket with all that it has; return its task."""
    await page.get_by_label(department, exact=True).check()
    promised = page.locator("[data-promises] p:visible")
    await expect(promised).to_contain_text("you’ll have a solution by")
    await page.get_by_label("Priority").select_option("High")
    await expect(promised).to_contain_text("we’ll reply by")
    await page.get_by_label("Message type").select_option("Bugs")
    await page.get_by_label("Sector").select_option("Europe")
    await page.get_by_label("Subject").fill("Printer is on fire")
    await page.get_by_label("Your message").fill("It burns.\n\n[b]Brightly[/b] #today")
    await page.get_by_label("CC").fill("bob@example.com")
    async with page.expect_file_chooser() as chooser:
        await page.get_by_text("Choose files").click()
    await (await chooser.value).set_files(
        {"name": "fire.log", "mimeType": "text/plain", "buffer": b"It is hot."}
    )
    held = await page.evaluate_handle(HOLD, ["smoke.txt", "It is grey."])
    form = page.locator("#new-ticket")
    if card == "chat":
        await form.dispatch_event("drop", {"dataTransfer": held})
    else:
        await page.evaluate(PASTE, [await form.element_handle(), held])
    await expect(page.locator("input[name=upload]")).to_have_count(2)
    await page.get_by_role("button", name="Send").click()
    await page.wait_for_url(re.compile(r"/tickets/\d+$"))
    number = int(page.url.rpartition("/")[2])

    await expect(page.locator(".number")).to_have_text(f"#{number}")
    await expect(page.locator("h1")).to_have_text("Printer is on fire")
    await expect(page.locator("#state")).to_contain_text("We’ll reply by")
    await expect(page.locator("#opening .files a")).to_have_text(
        ["fire.log", "smoke.txt"]
    )
    await expect(page.locator("#opening .text")).to_contain_text("[b]Brightly[/b] #to")
    return desk.world.tasks[number]


async def told_by_mail(desk, task):
    """Customer, copy and Bitrix24 have all that was typed."""
    contact, email, _ = desk.customer()
    support, sales = desk.groups[:2]
    assert {"chat": support, "forum": sales}[task.card] == task.group_id
    assert ["Bugs", "Europe", "High"] == sorted(task.tags)
    assert [f"C_{contact.id}"] == task.crm
    kept = [desk.world.attachments[number].object_id for number in task.files]
    assert {"fire.log": b"It is hot.", "smoke.txt": b"It is grey."} == {
        desk.world.files[number].name: desk.world.files[number].content
        for number in kept
    }
    assert task.description.startswith(f"{LINE}\nIt burns.\n")
    assert "\nCc: bob@example.com\n" in task.description

    await until(lambda: len(desk.mailbox.of_kind("created")) == 2)
    mails = desk.mailbox.of_kind("created")
    assert {email, "bob@example.com"} == {mail["X-Envelope-To"] for mail in mails}
    for mail in mails:
        body = mail.get_body(("plain",)).get_content()
        copy = mail["X-Envelope-To"] != email
        assert (desk.portal(f"tickets/{task.id}") in body) is not copy
        assert "It burns." in body
        assert ("We’ll reply by " in body) is not copy


async def answered_while_typing(desk, page, task):
    """The answer appears by itself and is announced; nothing that was typed is lost."""
    await page.evaluate("window.never = 'loaded again'")
    await page.locator("#text").fill("By the way")
    desk.comment(task, "Have you tried [b]water[/b]?", by=task.responsible_id)

    staff = desk.world.users[task.responsible_id].full_name
    answer = page.locator(".talk .theirs", has_text="Have you tried water?")
    await expect(answer).to_contain_text(staff)
    await expect(page.get_by_role("status").first).to_have_text(
        f"New reply from {staff}"
    )
    assert "By the way" == await page.locator("#text").input_value()
    assert "loaded again" == await page.evaluate("window.never")


async def replies_with_a_file(desk, page, task, seen):
    """A reply is shown as being sent, then as it is in Bitrix24."""
    await page.locator("#files").set_input_files(
        {"name": "ash.txt", "mimeType": "text/plain", "buffer": b"All gone."}
    )
    await expect(page.locator("#reply input[name=upload]")).to_have_count(1)
    desk.world.faults.rest = "hang"
    await page.get_by_role("button", name="Send reply").click()
    reply = page.locator(".talk .ours", has_text="By the way")
    await expect(reply.get_by_text("Sending")).to_be_visible()
    await expect(page.locator("#text")).to_have_value("")
    desk.world.faults.rest = ""

    await seen(page, reply.get_by_role("link", name="ash.txt"))
    await expect(reply).to_have_count(1)
    await expect(reply.locator("em")).to_have_count(0)
    async with page.expect_download() as download:
        await reply.get_by_role("link", name="ash.txt").click()
    path = await (await download.value).path()
    assert b"All gone." == path.read_bytes()

    said = reading.conversation(desk.world, task)[-1]
    assert said.text.startswith(f"{LINE}\nBy the way\n[URL=")
    assert ["ash.txt"] == [file.name for file in said.files]


async def started_and_seen_in_the_list(desk, page, task, seen):
    """Status and what is unread are in the list at once, until it is read."""
    desk.act(task, "start", by=task.responsible_id)
    await seen(page, page.locator("#facts").get_by_text("In progress"))
    await expect(page.locator(".state")).to_contain_text("We are on it")
    await expect(page.locator(".moved.started")).to_have_count(1)

    await page.get_by_role("link", name="Your tickets").click()
    row = page.get_by_role("row", name="Printer is on fire")
    await expect(row).to_contain_text("We are on it")
    await expect(row).to_contain_text("High")
    await expect(row.locator(".fresh-count")).to_have_count(0)
    desk.comment(task, "The plumber comes.", by=task.responsible_id)
    await seen(page, row.get_by_text("1 new reply"))

    await row.get_by_role("link").click()
    await expect(page.locator("#fresh + li")).to_contain_text("The plumber comes.")
    await page.reload()
    await expect(page.locator("#fresh")).to_have_count(0)


async def completed_and_found_again(desk, page, task, seen):
    """A completed ticket says so, is listed under Closed, and can be reopened."""
    desk.act(task, "complete", by=task.responsible_id)
    await seen(page, page.get_by_text("This ticket is solved."))
    await until(lambda: desk.mailbox.of_kind("completed"))

    await page.get_by_role("link", name="Your tickets").click()
    found = page.get_by_role("link", name="Printer is on fire")
    await expect(found).to_have_count(0)
    await page.get_by_role("link", name="Solved").click()
    await found.click()
    await page.get_by_role("button", name="Reopen").click()
    await expect(page.get_by_text("This ticket is solved.")).to_have_count(0)
    await until(lambda: task.status == 2)

    await page.get_by_role("button", name="Mark as solved").click()
    await expect(page.get_by_text("This ticket is solved.")).to_be_visible()
    await until(lambda: task.status == 5)
