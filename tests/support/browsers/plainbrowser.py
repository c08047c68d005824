"""A browser without JavaScript: it keeps cookies and fills in any form of a page.

Forms are sent as HTML says: the fields in their order, each with what the page or the
person put into it, and nothing else.
"""

from html.parser import HTMLParser
from io import BytesIO
from urllib.parse import urljoin

from aiohttp import ClientSession, CookieJar, FormData
from yarl import URL

VOID = {"input", "br", "img", "meta", "link", "hr"}


class Form:
    """A form as it is on a page; `fields` are triples of name, value, and type."""

    def __init__(self, attributes):
        self.id = attributes.get("id", "")
        self.action = attributes.get("action", "")
        self.method = attributes.get("method", "get")
        self.encoding = attributes.get("enctype", "")
        self.fields = []
        self.buttons = {}
        # Where else buttons send it, by their words.
        self.actions = {}
        self.choices = {}

    def fill(self, **values):
        """Type and choose; what the form does not offer is refused."""
        for name, value in values.items():
            kinds = {kind for known, _, kind in self.fields if known == name}
            offered = self.choices.get(name)
            assert kinds or offered, f"no field {name}"
            if offered:
                value = offered[value]  # noqa: PLW2901  People see the words.
            at = next(
                (i for i, field in enumerate(self.fields) if field[0] == name),
                len(self.fields),
            )
            self.fields[at : at + 1] = [(name, value, "text")]
        return self

    def attach(self, **files):
        """Choose files: pairs of a name and what is in it, by the field's name."""
        self.fields = [field for field in self.fields if field[0] not in files]
        for name, chosen in files.items():
            self.fields += [(name, file, "file") for file in chosen]
        return self

    def body(self, button=None):
        """Return what is sent, by the button with these words if there are several."""
        multipart = self.encoding == "multipart/form-data"
        form = FormData(default_to_multipart=multipart, quote_fields=False)
        pressed = [(*self.buttons[button], "text")] if button else []
        for name, value, kind in self.fields + [field for field in pressed if field[0]]:
            if kind == "file" and multipart:
                filename, content = value
                form.add_field(name, BytesIO(content), filename=filename)
            else:
                form.add_field(name, value)
        return form


class Page(HTMLParser):
    """What a person finds on a page: its words, links and forms."""

    def __init__(self, url, status, text):
        super().__init__()
        self.url, self.status, self.html = url, status, text
        self.forms, self.links, self._words = [], {}, []
        # Buttons of the page that send a form from outside it, by their words.
        self.outside = {}
        self._form = self._select = self._option = self._area = None
        self._radio = self._button = self._link = self._outside = None
        self._action = ""
        self._heard = ""
        # Fields that belong to a form by its id, though they stand before it.
        self._before = {}
        self.feed(text)
        for form in self.forms:
            form.fields[:0] = self._before.get(form.id, []) if form.id else []

    @property
    def words(self):
        """Return all the text on the page, without its markup."""
        return " ".join(" ".join(self._words).split())

    def form(self, action):
        """Return the form that leads to an address with this end."""
        return next(form for form in self.forms if form.action.endswith(action))

    def link(self, words):
        """Return the target of the first link whose words begin like this."""
        found = (url for said, url in self.links.items() if said.startswith(words))
        return urljoin(self.url, next(found))

    def handle_starttag(self, tag, attrs):
        attributes = {name: value or "" for name, value in attrs}
        self._heard = "" if tag in {"a", "option", "button", "label"} else self._heard
        if tag == "button" and "form" in attributes:
            self._outside = attributes
            return
        if tag == "input" and "form" in attributes:
            outer, self._form = self._form, Form({})
            self._field(tag, attributes)
            self._before.setdefault(attributes["form"], []).extend(self._form.fields)
            self._form = outer
        elif tag == "textarea" and "form" in attributes:
            self._field(tag, attributes)
        elif tag == "form":
            self._form = Form(attributes)
            self.forms.append(self._form)
        elif tag == "a":
            self._link = attributes.get("href", "")
        elif self._form is not None and "disabled" not in attributes:
            self._field(tag, attributes)

    def _field(self, tag, attributes):
        name, value = attributes.get("name", ""), attributes.get("value", "")
        if tag == "input" and name:
            self._input(name, value, attributes)
        elif tag == "textarea":
            self._area, self._heard = (name, attributes.get("form", "")), ""
        elif tag == "select":
            self._select = name
            self._form.choices[name] = {}
            self._form.fields.append((name, "", "select"))
        elif tag == "option":
            self._option = (attributes.get("value"), "selected" in attributes)
        elif tag == "button":
            self._button = (name, value)
            self._action = attributes.get("formaction", "")

    def _input(self, name, value, attributes):
        kind = attributes.get("type", "text")
        if kind in {"radio", "checkbox"}:
            self._radio = (name, value or "on")
            if "checked" not in attributes:
                return
        if kind == "file":
            self._form.fields.append((name, ("", b""), kind))
        else:
            self._form.fields.append((name, value, kind))

    def handle_data(self, data):
        self._words.append(data)
        self._heard += data

    def handle_endtag(self, tag):
        said = " ".join(self._heard.split())
        if tag == "form":
            self._form = None
        elif tag == "a":
            self.links.setdefault(said, self._link)
        elif tag == "textarea":
            heard = self._heard.removeprefix("\n")
            name, form = self._area
            fields = self._before.setdefault(form, []) if form else self._form.fields
            fields.append((name, heard, "textarea"))
        elif tag == "option":
            self._chosen(said)
        elif tag == "label" and self._radio:
            name, value = self._radio
            self._form.choices.setdefault(name, {})[said] = value
            self._radio = None
        elif tag == "button" and self._outside:
            self.outside[said] = self._outside
            self._outside = None
        elif tag == "button" and self._button:
            self._form.buttons[said] = self._button
            if self._action:
                self._form.actions[said] = self._action
            self._button = None

    def _chosen(self, said):
        value, selected = self._option
        self._form.choices[self._select][said] = said if value is None else value
        first = self._form.fields[-1][0:2] == (self._select, "")
        if selected or (first and len(self._form.choices[self._select]) == 1):
            self._form.fields[-1] = (
                self._select,
                self._form.choices[self._select][said],
                "select",
            )


class PlainBrowser:
    """Opens pages and sends their forms; follows redirects as browsers do."""

    def __init__(self, headers=None, jar=None):
        self._headers, self._jar = headers, jar

    async def __aenter__(self):
        jar = CookieJar(unsafe=True) if self._jar is None else self._jar
        self._http = ClientSession(headers=self._headers, cookie_jar=jar)
        return self

    async def __aexit__(self, *_):
        await self._http.close()

    def take(self, url, **cookies):
        """Have cookies of the site there."""
        self._http.cookie_jar.update_cookies(cookies, URL(url))

    async def open(self, url):
        """Return the page there."""
        async with self._http.get(url) as answer:
            return Page(str(answer.url), answer.status, await answer.text())

    async def fetch(self, url):
        """Return what can be downloaded there."""
        async with self._http.get(url) as answer:
            assert 200 == answer.status
            return await answer.read()

    async def press(self, page, words, headers=None):
        """Press a button that sends a form from outside it; return what comes."""
        button = page.outside[words]
        form = next(form for form in page.forms if form.id == button["form"])
        url = urljoin(page.url, button.get("formaction", form.action))
        pairs = [(name, value) for name, value, _ in form.fields]
        if button.get("name"):
            pairs.append((button["name"], button["value"]))
        async with self._http.post(url, data=pairs, headers=headers) as answer:
            return Page(str(answer.url), answer.status, await answer.text())

    async def send(self, page, form, button=None):
        """Press the form's button, or the one with these words; return what comes."""
        url = urljoin(page.url, form.actions.get(button, form.action))
        async with self._http.request(
            form.method, url, data=form.body(button)
        ) as answer:
            return Page(str(answer.url), answer.status, await answer.text())
