"""A customer with a browser that knows no JavaScript, filling in the portal's forms."""

import html
import re
from io import BytesIO

from aiohttp import FormData

NEW = {
    "department": "7",
    "priority": "High",
    "message_type": "Bugs",
    "sector": "",
    "subject": "Printer is on fire",
    "text": "It burns.\r\n\r\nBrightly.",
    "cc": "bob@example.com, eve@example.com",
}


class Visitor:
    """Posts forms as browsers do: hidden fields first, then text, then files."""

    def __init__(self, room, session):
        self.room = room
        self.session = session

    async def get(self, path):
        async with self.session.get(self.room.address(path)) as response:
            return response.status, await response.text()

    async def hidden(self, path="tickets/new"):
        """Return the hidden fields of the form that people write in."""
        _, page = await self.get(path)
        return hidden_fields(page)

    async def post(self, path, fields, files=(), *, plain=False, headers=None):
        """Send a form, and follow no redirect; `files` are pairs of name and bytes."""
        body = fields if plain else multipart(fields, files)
        async with self.session.post(
            self.room.address(path), data=body, headers=headers, allow_redirects=False
        ) as response:
            return Answer(
                response.status,
                await response.text(),
                response.headers.get("Location", ""),
                response,
            )

    async def open(self, files=(), *, plain=False, **fields):
        """Fill in the form for a new ticket and send it."""
        sent = await self.hidden() | NEW | fields
        return await self.post("tickets/new", sent, files, plain=plain)


class Answer:
    def __init__(self, status, page, location, response):
        self.status = status
        self.page = page
        self.location = location
        self.response = response

    @property
    def errors(self):
        """Return what the error summary says, as pairs of a field and words."""
        _, summary, rest = self.page.partition('class="errors"')
        said = rest.partition("</ul>")[0] if summary else ""
        items = re.findall(r'<a href="#([\w-]*)">(.*?)</a>', said)
        return [(field, html.unescape(words)) for field, words in items]

    def value(self, name):
        """Return the value of a text field."""
        field = re.search(
            rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"|'
            rf'<textarea[^>]*name="{name}"[^>]*>\n?(.*?)</textarea>',
            self.page,
            re.DOTALL,
        )
        return html.unescape(field[1] or field[2] or "")


def hidden_fields(page):
    form = re.search(r"<form[^>]*data-compose.*?</form>", page, re.DOTALL)[0]
    hidden = r'<input type="hidden" name="(\w+)" value="([^"]*)"'
    # A form is sent in the order of the page, with what stands before it.
    pairs = re.findall(rf'{hidden} form="reply">', page) + re.findall(hidden, form)
    return {name: html.unescape(value) for name, value in pairs}


def multipart(fields, files):
    form = FormData(default_to_multipart=True, quote_fields=False)
    for name, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            form.add_field(name, one)
    for name, content in files:
        form.add_field("files", BytesIO(content), filename=name)
    if not files:  # As browsers send an empty file field.
        form.add_field("files", b"", filename="")
    return form
