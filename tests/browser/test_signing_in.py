"""The way into the portal."""

from playwright.async_api import expect

from bitrix24_sandbox.account import people


async def test_the_sign_in_page_is_for_everybody(portal_page, axe):
    """It has the company's name in its title, and keeps nobody out."""
    assert "Acme Support" in await portal_page.title()
    assert [] == await axe(portal_page)


async def test_a_customer_signs_in(portal_page, sign_in, desk, axe):
    """With e-mail and password one sees one's tickets."""
    await sign_in(portal_page)

    assert desk.portal() == portal_page.url
    await expect(portal_page.get_by_text("Scanner battery lasts")).to_be_visible()
    assert [] == await axe(portal_page)


async def test_browsers_change_no_address(portal_page, desk):
    """What is typed is what we compare: Chromium would make ss of ß in a domain."""
    contact, _, password = desk.customer()
    people.update_contact(desk.world, 1, contact.id, emails=["kunde@straße.example"])
    await portal_page.goto(desk.portal("login"))
    await portal_page.get_by_label("Email").fill("kunde@straße.example")
    await portal_page.get_by_role("button", name="Continue").click()
    await portal_page.get_by_role("heading", name="No password").wait_for()
    await portal_page.get_by_label("Password").fill(password)
    await portal_page.get_by_role("button", name="Sign in").click()
    await portal_page.wait_for_url(desk.portal())

    await portal_page.goto(desk.portal("logout"))
    words = "You’re signed in as kunde@straße.example."
    assert await portal_page.get_by_text(words).is_visible()
