"""Two people use one browser, one after the other."""

from contextlib import suppress

from desk import until
from playwright.async_api import Error, expect
from watching import HURRY

SHOWN = "document.dispatchEvent(new Event('visibilitychange'))"
WORDS = "My diagnosis is nobody's business."


async def sign_out(page, portal):
    await page.goto(portal.portal("logout"))
    await page.get_by_role("main").get_by_role("button", name="Sign out").first.click()
    await page.get_by_text("You’ve signed out").wait_for()


async def test_the_second_reads_nothing_of_the_first(
    portal, open_page, sign_in, desk, faults
):
    """The second reads nothing by pressing Back, in a form, or in an open tab."""
    page = await open_page()
    await sign_in(page, "Mehmet")
    await page.goto(portal.portal("tickets/new"))
    await page.get_by_label("Subject").fill("Private matter")
    await page.get_by_label("Your message").fill(WORDS)
    left_open = await page.context.new_page()
    await left_open.goto(portal.portal())
    await left_open.get_by_role("link", name="Scanner battery lasts").first.click()
    await left_open.get_by_label("Your reply").fill(WORDS)
    half_typed = await page.context.new_page()
    await half_typed.goto(portal.portal("tickets/new"))

    await sign_out(page, portal)
    await page.go_back()
    await page.go_back()
    assert "/login" in page.url
    assert WORDS not in await page.content()

    await sign_in(page, "Zoë")
    await page.goto(portal.portal("tickets/new"))
    assert "" == await page.get_by_label("Your message").input_value()
    seen = set()
    for _ in range(8):
        await page.go_back(wait_until="load")
        fields = page.locator("textarea, input:not([type=hidden])")
        seen |= {await field.input_value() for field in await fields.all()}
    assert WORDS not in seen
    assert "Private matter" not in seen

    # Both ask by themselves after some seconds; here somebody hurries them, if they
    # have not left.
    for tab, hurry in ((left_open, HURRY), (half_typed, SHOWN)):
        with suppress(Error):
            await tab.evaluate(hurry)
        await until(lambda tab=tab: tab.url == portal.portal())
    await expect(left_open.get_by_text("Scanner battery lasts")).to_have_count(0)
    faults.forgive()


async def test_a_page_out_of_memory_is_asked_for_anew(enter, portal):
    """What the browser kept of a page is not shown before we have been asked."""
    page = await enter("tickets/new")
    other = await page.context.new_page()
    await sign_out(other, portal)

    await page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    await expect(page.get_by_label("Subject")).to_be_hidden()
    await page.evaluate(
        "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"
    )

    await page.wait_for_url("**/login?next=**")
