"""Notifications on the staff pages."""

import re

from sandbox_staff import CHAT_TITLE, HANNAH, HOSTILE, TOMAS, titled

from bitrix24_sandbox.account import notifications


async def test_nothing_to_be_told(browser):
    """Without notifications the page says so, and the bell has no number."""
    page = await browser.open("/staff/notifications")

    assert "No notifications." in page
    assert "</svg>" in page
    assert "<b>" not in bell(page)


async def test_newest_first(world, browser):
    """The acting user sees own notifications, newest first, counted at the bell."""
    await browser.act_as(HANNAH)
    notifications.add(world, 0, HANNAH, "First")
    notifications.add(world, TOMAS, HANNAH, "Second")
    notifications.add(world, TOMAS, TOMAS, "Elsewhere")

    page = await browser.open("/staff/notifications")

    tomas = world.users[TOMAS].full_name
    assert [(tomas, "Second"), ("Bitrix24", "First")] == re.findall(
        r'class="by"><b>(.*?)</b>.*?<div class="text">(.*?)</div>', page, re.DOTALL
    )
    assert "<b>2</b>" in bell(page)
    assert "<b>2</b>" in bell(await browser.open("/staff/"))


async def test_text_is_shown_safely(world, browser):
    """Tags are shown, HTML is not, and a link of the account leads to its page."""
    await browser.act_as(HANNAH)
    number = titled(world, CHAT_TITLE)
    path = f"/company/personal/user/{HANNAH}/tasks/task/view/{number}/"
    text = f"Ticket24#BR#[B]New[/B] {HOSTILE} [URL={path}]{CHAT_TITLE}[/URL]"
    notifications.add(world, 0, HANNAH, text)

    page = await browser.open("/staff/notifications")

    assert "Ticket24\n<strong>New</strong> &lt;script&gt;" in page
    assert HOSTILE not in page
    assert f'<a href="{path}" rel="noreferrer">{CHAT_TITLE}</a>' in page
    assert f"<h1>{CHAT_TITLE}" in await browser.open(path)


def bell(page):
    """Return the link at the head of a page that counts notifications."""
    return page.partition('<a class="bell"')[2].partition("</a>")[0]
