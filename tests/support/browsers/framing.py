"""A frame inside Bitrix24, with a browser that knows no JavaScript and no cookies."""

import html
import re
from html.parser import HTMLParser
from io import BytesIO
from urllib.parse import urljoin, urlsplit

from aiohttp import FormData

# Options that are neither the first nor chosen are not sent, and those of time zones
# take longer to read than the rest of their page.
_UNSENT = re.compile(
    r'(?<=</option>)(?:\s*<option(?: value="[^"<>]*")?>[^<>]*</option>)+'
)


class Form:
    """A form as it is on a page: pairs of names and values, and its buttons."""

    def __init__(self, attributes):
        self.id = attributes.get("id", "")
        self.action = attributes.get("action", "")
        self.multipart = attributes.get("enctype", "") == "multipart/form-data"
        self.pairs = []
        self.files = []
        self.buttons = []

    def value(self, name):
        """Return the value of a field; None if there is no such field."""
        return next((value for key, value in self.pairs if key == name), None)

    def values(self, name):
        """Return what all fields of a name hold."""
        return [value for key, value in self.pairs if key == name]


class _Forms(HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms, self._select, self._option, self._text = [], None, None, None
        self._templates = 0

    def updatepos(self, _, end):
        """Count no lines: nobody asks where a tag is, and it takes a while."""
        return end

    def handle_starttag(self, tag, attrs):
        attributes = {name: value or "" for name, value in attrs}
        if tag == "template":
            self._templates += 1
        if self._templates:
            return
        if tag == "form":
            self.forms.append(Form(attributes))
        form = self.forms[-1] if self.forms else None
        name = attributes.get("name", "")
        if form is None or "disabled" in attributes:
            return
        match tag:
            case "input":
                self._input(form, name, attributes)
            case "textarea":
                self._text = (name, [])
            case "select":
                self._select, self._option = (name, []), None
            case "option" if self._select:
                chosen = "selected" in attributes
                self._select[1].append((attributes.get("value", ""), chosen))
            case "button":
                form.buttons.append([attributes, ""])
                self._option = form.buttons[-1]

    def handle_endtag(self, tag):
        if tag == "template":
            self._templates -= 1
        if not self.forms or self._templates:
            return
        pairs = self.forms[-1].pairs
        match tag:
            case "textarea" if self._text:
                text = "".join(self._text[1]).removeprefix("\n")
                pairs.append((self._text[0], text))
                self._text = None
            case "select" if self._select:
                name, options = self._select
                chosen = [value for value, selected in options if selected]
                pairs += [(name, one) for one in chosen or [o for o, _ in options][:1]]
                self._select = None
            case "button":
                self._option = None

    def handle_data(self, data):
        if self._text:
            self._text[1].append(data)
        elif isinstance(self._option, list):
            self._option[1] += data

    def _input(self, form, name, attributes):
        kind = attributes.get("type", "text")
        if not name or kind in {"submit", "button"}:
            return
        if kind == "file":
            form.files.append(name)
        elif kind not in {"checkbox", "radio"} or "checked" in attributes:
            fallback = "on" if kind in {"checkbox", "radio"} else ""
            form.pairs.append((name, attributes.get("value", fallback)))


class Frame:
    """What the frame shows, and how to go on from there.

    `page` is its text; `status` and `headers` are those of its answer.
    """

    def __init__(self, http, url):
        self.http, self.url = http, url
        self.page, self.status, self.headers = "", 0, {}
        self._read = ("", [])

    @property
    def forms(self):
        """Return the forms on the page."""
        page, forms = self._read
        if page is not self.page:
            parser = _Forms()
            parser.feed(_UNSENT.sub("", self.page))
            forms = parser.forms
            self._read = (self.page, forms)
        return forms

    @property
    def token(self):
        """Return the visit's token, as scripts find it; empty without one."""
        found = re.search(r'data-token="([^"]*)"', self.page)
        return found[1] if found else ""

    @property
    def title(self):
        """Return the first headline."""
        found = re.search(r"<h1[^>]*>(.*?)</h1>", self.page, re.DOTALL)
        return html.unescape(found[1]).strip() if found else ""

    @property
    def errors(self):
        """Return what the error summary says, as pairs of a field and words."""
        _, summary, rest = self.page.partition('class="errors"')
        said = rest.partition("</ul>")[0] if summary else ""
        items = re.findall(r'<a href="#([^"]*)">(.*?)</a>', said, re.DOTALL)
        return [(field, html.unescape(words)) for field, words in items]

    def form(self, action=""):
        """Return the form whose address ends like this; "" means the first one."""
        return next(f for f in self.forms if f.action.endswith(action))

    async def post(self, url, data, **options):
        """Post something, as what the page shows next."""
        options = {"allow_redirects": False} | options
        self.url = urljoin(self.url, url)
        async with self.http.post(self.url, data=data, **options) as answer:
            self.page = await answer.text(errors="replace")
            self.status, self.headers = answer.status, answer.headers
        return self

    async def reload(self):
        """Load the address again, as after a click into it: without the post."""
        async with self.http.get(self.url, allow_redirects=False) as answer:
            self.page = await answer.text(errors="replace")
            self.status, self.headers = answer.status, answer.headers
        return self

    async def submit(self, action="", press="", files=(), fields=None, **values):
        """Send a form with other values, by the button that says `press`.

        A value may be a list; None removes a field. `files` are triples of a field's
        name, a file's name and bytes.
        """
        form = self.form(action)
        changed = (fields or {}) | values
        pairs = _changed(form.pairs, changed)
        if press:
            button = next(a for a, t in form.buttons if press in " ".join(t.split()))
            if button.get("name"):
                pairs.append((button["name"], button.get("value", "")))
        data = _multipart(form, pairs, files) if form.multipart else FormData(pairs)
        return await self.post(form.action or self.url, data)

    async def ask(self, path, *, method="GET", data=None, token=None):
        """Call a path as our scripts do; return the status and the JSON."""
        headers = {"Accept": "application/json"}
        if used := self.token if token is None else token:
            headers["Authorization"] = f"Bearer {used}"
        url = urljoin(self.url, path)
        async with self.http.request(method, url, data=data, headers=headers) as answer:
            return answer.status, await answer.json()


def _changed(pairs, changed):
    flat = {n: v if isinstance(v, list) else [v] for n, v in changed.items()}
    kept, done = [], set()
    for name, value in pairs:
        if name not in flat:
            kept.append((name, value))
        elif name not in done:
            done.add(name)
            kept += [(name, one) for one in flat[name] if one is not None]
    for name, ones in flat.items():
        if name not in done:
            kept += [(name, one) for one in ones if one is not None]
    return kept


def _multipart(form, pairs, files):
    data = FormData(default_to_multipart=True, quote_fields=False)
    for name, value in pairs:
        data.add_field(name, value)
    for name, filename, content in files:
        data.add_field(name, BytesIO(content), filename=filename)
    for name in form.files:  # As browsers send an empty file field.
        if name not in {each[0] for each in files}:
            data.add_field(name, b"", filename="")
    return data


def host_of(url):
    """Return the host and port of an address."""
    return urlsplit(url).netloc
