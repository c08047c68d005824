"""The way into the portal."""


async def test_the_sign_in_page_is_for_everybody(portal_page, axe):
    """It has the company's name in its title, and keeps nobody out."""
    assert "Acme Support" in await portal_page.title()
    assert [] == await axe(portal_page)


async def test_a_customer_signs_in(portal_page, sign_in, desk, axe):
    """With e-mail and password one sees one's tickets."""
    await sign_in(portal_page)

    assert desk.portal() == portal_page.url
    assert await portal_page.get_by_text("Scanner battery lasts").is_visible()
    assert [] == await axe(portal_page)
