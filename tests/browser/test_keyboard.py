"""The portal works by keyboard alone, from signing in to signing out."""

from desk import until
from playwright.async_api import expect

# What is focused can be seen: a ring around it, inside the window.
FOCUS = """() => {
  const one = document.activeElement;
  const seen = one.matches("input[type=file]")
    ? one.parentElement.querySelector(".button") : one;
  const style = getComputedStyle(seen);
  const box = seen.getBoundingClientRect();
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
    && box.width > 1 && box.bottom > 0 && box.right > 0
    && box.top < innerHeight && box.left < innerWidth;
}"""


async def test_a_keyboard_is_enough(portal, open_page):
    """Sign in, open a ticket, reply and sign out, always seeing where one is."""
    page = await open_page(reduced_motion="reduce")
    await page.goto(portal.portal())
    await in_by_keyboard(portal, page)
    await new_by_keyboard(page)

    await to(page, page.get_by_label("Your reply"))
    await page.keyboard.type("It is back.")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".ours", has_text="It is back.")).to_be_visible()

    await page.goto(portal.portal())
    await closes_the_menu(page)
    await page.keyboard.press("Enter")
    await to(page, page.get_by_role("button", name="Sign out", exact=True))
    await press(page, "Enter")
    await expect(page.locator("h1")).to_have_text("You’ve signed out")

    (task,) = [t for t in portal.world.tasks.values() if t.title == "No mouse here"]
    assert ["Questions"] == task.tags


async def closes_the_menu(page):
    """An open menu hides nothing that is reached behind it; Escape closes it too."""
    box = page.locator(".menu-box")
    await to(page, page.locator(".menu summary"))
    await page.keyboard.press("Enter")
    await to(page, page.get_by_role("link", name="New ticket"))
    await expect(box).to_be_hidden()
    await to(page, page.locator(".menu summary"), back=True)
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(box).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(box).to_be_hidden()
    await expect(page.locator(".menu summary")).to_be_focused()


async def in_by_keyboard(desk, page):
    """Skip to the content and sign in."""
    _, email, password = desk.customer()
    await to(page, page.get_by_role("link", name="Skip to content"), most=1)
    await press(page, "Enter")
    await to(page, page.get_by_label("Email address"), most=1)
    await page.keyboard.type(email)
    await to(page, page.get_by_role("button", name="Continue"))
    await press(page, "Space")
    await expect(page.get_by_label("Password")).to_be_focused()
    await page.keyboard.type(password)
    await to(page, page.get_by_role("button", name="Sign in"))
    await press(page, "Space")


async def new_by_keyboard(page):
    """Open a ticket, after a form that has faults and a file that is not wanted."""
    choosers = []
    # Playwright takes no built-in function as a listener.
    page.on("filechooser", lambda one: choosers.append(one))  # noqa: PLW0108  See above.
    await to(page, page.get_by_role("link", name="New ticket"))
    await press(page, "Enter")
    await to(page, page.get_by_role("button", name="Send"))
    await press(page, "Enter")
    await expect(page.locator(".errors")).to_be_focused()
    await to(page, page.get_by_role("link", name="Choose a department"), most=1)
    await press(page, "Enter")
    await expect(page.get_by_label("Support", exact=True)).to_be_focused()
    await page.keyboard.press("Space")
    await to(page, page.get_by_label("Message type"))
    await page.keyboard.type("Q")
    await to(page, page.get_by_label("Subject"))
    await page.keyboard.type("No mouse here")
    await to(page, page.get_by_label("Your message"))
    await page.keyboard.type("It ran away.")
    await to(page, page.locator("#files"))
    await page.keyboard.press("Enter")
    await until(lambda: choosers)
    await choosers[0].set_files(
        {"name": "cat.txt", "mimeType": "text/plain", "buffer": b"Meow"}
    )
    await expect(page.locator("input[name=upload]")).to_have_count(1)
    await to(page, page.get_by_role("button", name="Remove “cat.txt”"), back=True)
    await page.keyboard.press("Enter")
    await expect(page.locator(".uploads li")).to_have_count(0)
    await to(page, page.get_by_role("button", name="Send"))
    await press(page, "Space")
    await expect(page.locator("h1")).to_have_text("No mouse here")
    await page.wait_for_load_state()  # Without styles no focus is seen.


async def to(page, place, *, most=25, back=False):
    """Press Tab until this has the focus; everything focused on the way is visible."""
    for _ in range(most):
        await page.keyboard.press("Shift+Tab" if back else "Tab")
        here = await page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        assert await page.evaluate(FOCUS), here
        if await place.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"{place} is not reached")


async def press(page, key):
    """Press a key that leads to another page, or to another place of this one."""
    async with page.expect_navigation():
        await page.keyboard.press(key)
