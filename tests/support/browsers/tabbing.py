"""Where Tab leads on a page, and whether people see where they are."""

from pathlib import Path

WATCH = Path(__file__).with_name("tabbing.js").read_text()
AT_ONCE = 8
MOST = 160


async def tabbed(page):
    """Press Tab from the top of a page, or of a frame, until it begins anew.

    Returns how many stops there were, and what was wrong with them. Chromium tells a
    page of a key before the focus moves: each press judges the stop before.
    """
    keyboard = getattr(page, "page", page).keyboard
    await page.evaluate(WATCH)
    for _ in range(0, MOST, AT_ONCE):
        for _ in range(AT_ONCE):
            await keyboard.press("Tab")
        stops, faults, round_ = await page.evaluate("tabbing.told()")
        if round_:
            return stops, faults
    raise AssertionError(f"Tab finds no end: {faults}")
