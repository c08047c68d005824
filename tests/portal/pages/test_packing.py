"""Pages travel compressed, and say nothing by their length."""


async def test_pages_travel_compressed(site, browser):
    """A browser that accepts gzip gets gzip; others get the same page plain."""
    sizes, titles = {}, set()
    for accepted, encoding in (("gzip, br", "gzip"), ("identity", None)):
        answer = await browser.get("login", headers={"Accept-Encoding": accepted})
        sizes[accepted] = int(answer.headers["Content-Length"])
        titles.add(answer.page.partition("</title>")[0])
        assert encoding == answer.headers.get("Content-Encoding")
        assert "Accept-Encoding" == answer.headers["Vary"]

    assert sizes["gzip, br"] < sizes["identity"] / 2
    assert 1 == len(titles)


async def test_every_page_has_tokens_of_its_own(site, browser):
    """A token is not to be guessed letter by letter; each one is good."""
    await site.sign_in(browser)
    await browser.get("")
    first = browser.token
    await browser.get("")

    assert first != browser.token
    for token in (first, browser.token):
        browser.token = token
        assert 422 == (await browser.post("tickets/new")).status
