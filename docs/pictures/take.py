"""Takes the README's pictures from a demo of its own: `./t24 pictures`.

So they are true as of the day they were taken; who changes what they show takes them
again. It needs a Chromium, as some tests do.
"""

import re
import subprocess
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
DESKTOP, PHONE = (1100, 780), (390, 780)
# Flat colours need few of them; with more, the files grow and nobody sees it.
COLOURS = 128


def main(chromium: str = "") -> None:
    """Start a demo on free ports, take each picture, and end the demo.

    Without a `chromium` Playwright's own is used.
    """
    command = [sys.executable, "-m", "ticket24", "demo", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as demo:
        try:
            printed = read(demo)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=chromium or None, args=["--no-sandbox"]
                )
                take(browser, printed)
                browser.close()
        finally:
            demo.terminate()
            demo.communicate()
    for file in sorted(HERE.glob("*.png")):
        print(f"{file.stat().st_size / 1000:4.0f} kB  {file.relative_to(HERE.parent)}")


def read(demo: subprocess.Popen[str]) -> str:
    """Return what the demo prints until it is ready."""
    printed = ""
    for line in demo.stdout or ():
        printed += line
        if line.startswith("Ctrl-C"):
            return printed
    sys.exit(f"t24: the demo did not start:\n{printed}")


def take(browser: Browser, printed: str) -> None:
    """Take the customer's ticket and list, and the same ticket at the staff's."""

    def found(pattern: str) -> str:
        match = re.search(pattern, printed)
        return match[1] if match else sys.exit(f"t24: {pattern} was not printed")

    staff = found(r"Staff +(\S+)")
    portal, number = found(r"Portal +(\S+)"), found(r"such as (\d+)")
    person = found(r"e-mail +(\S+)"), found(r"password +(\S+)")
    page = opened(browser, DESKTOP, "light")
    sign_in(page, portal, *person)
    page.goto(f"{portal}tickets/{number}")
    keep(page, "ticket.png")
    page = opened(browser, PHONE, "dark")
    sign_in(page, portal, *person)
    keep(page, "phone.png")
    page = opened(browser, DESKTOP, "light")
    page.goto(f"{staff}tasks/{number}")
    keep(page, "staff.png")


def opened(browser: Browser, size: tuple[int, int], scheme: str) -> Page:
    """Open somebody's browser, with pixels for screens of high density."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=2,
        color_scheme="dark" if scheme == "dark" else "light",
        locale="en-GB",
        reduced_motion="reduce",
    )
    return context.new_page()


def sign_in(page: Page, portal: str, email: str, password: str) -> None:
    """Sign in, whether both fields stand on one page or come one by one."""
    page.goto(portal)
    page.locator("input[name=email]").fill(email)
    if not page.locator("input[name=password]").is_visible():
        page.locator("input[name=email]").press("Enter")
    page.locator("input[name=password]").fill(password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(portal)


def keep(page: Page, name: str) -> None:
    """Keep what the window shows, in few colours."""
    page.wait_for_load_state("networkidle")
    file = HERE / name
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=file, animations="disabled")
    with Image.open(file) as picture:
        few = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(file, optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
