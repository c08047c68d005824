"""A refused form comes back: nothing that a person typed is lost.

The page that refuses a form shows everything that was read of it, or can still be read.
People can send it again from there, or copy it. Pages cannot rely on the browser: ours
are not stored, so nothing is left when somebody goes back.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import web

from ticket24.domain.commands import own_fields
from ticket24.domain.commands.changed_form import title_of
from ticket24.domain.commands.forms import SECTIONS
from ticket24.domain.settings.model import FormField
from ticket24.field_words import word
from ticket24.portal.forms import csrf
from ticket24.portal.forms.form import BESIDE
from ticket24.portal.forms.uploading import SentForm
from ticket24.portal.parts import (
    LOGIN,
    PORTAL_ACCOUNT,
    account_of,
    language_of,
)
from ticket24.portal.rendering import asker_of
from ticket24.portal.sign_in import keeping
from ticket24.site.walk import walk_of

# What people type. Other fields were chosen, or are the form's own: they stay unseen.
_STRANGERS = ("email", "name")
_TYPED = (*_STRANGERS, "subject", "text", "cc", *BESIDE)
_ALONG = (keeping.OWNER, "form_id", "department", *SECTIONS, "reopen", "rating", "do")

_TICKET = re.compile(r"/p/[^/]+/tickets/(\d{1,9})", re.ASCII)
_CONTACT = re.compile(r"/p/[^/]+/contact", re.ASCII)
_RATING = re.compile(r"/p/[^/]+/rate/[^/]+", re.ASCII)
_STAFFS = "/bitrix24/contact-tab/tickets"


@dataclass(frozen=True, slots=True)
class GivenField:
    """A field that is shown again: in the company's own there is a `label`.

    What was `chosen` in one is shown in words, and sent along as it was.
    """

    name: str
    text: str
    label: str = ""
    chosen: bool = False

    @property
    def id(self) -> str:
        """The id of its element on the page."""
        return f"back-{self.name.replace('.', '-')}"


@dataclass(frozen=True, slots=True)
class Back:
    """A form as it was sent: fields that are shown, and `others` that are sent along.

    A form that `takes_files` lacks those that came with it.
    """

    action: str
    shown: Sequence[GivenField]
    others: Sequence[tuple[str, str]] = ()
    takes_files: bool = True


async def given_back(request: web.Request) -> Back | None:
    """Return what somebody typed into a form that cannot be accepted; None if nothing.

    What another site sent is never given back.
    """
    if request.method != "POST" or not _is_typed_into(request):
        return None
    if csrf.from_our_page(request) is False:
        return None
    walk = walk_of(request)
    walk.hear_out()
    with suppress(web.HTTPException):  # What cannot be read cannot be given back.
        await walk.heard()
    posted = read_so_far(request)
    fields, files = posted.fields, [*posted.kept, *walk.kept]
    # Nobody else has fields for these: whoever sends them anywhere sees none.
    unseen = () if _CONTACT.fullmatch(request.path) else _STRANGERS
    shown = [
        GivenField(name, text)
        for name, text in typed(posted).items()
        if name not in unseen
    ]
    own = [*_own(request, posted, files)]
    button = keeping.is_button(request, fields.get(keeping.OWNER, ""))
    if button or not (shown or own):
        return None
    shown = [*(shown or [GivenField("text", "")]), *own]
    hidden = fields.keys() - {one.name for one in shown if not one.chosen}
    along = (*_ALONG, *own_fields.kept(fields))
    others = [(name, fields[name]) for name in along if name in hidden]
    others += [("upload", one) for one in files]
    return Back(keeping.target_of(request), shown, others, _takes_files(request))


def _is_typed_into(request: web.Request) -> bool:
    if keeping.form_of(request) or keeping.follower_at(request):
        return True
    strangers = any(one.fullmatch(request.path) for one in (_CONTACT, _RATING))
    return strangers or request.path == _STAFFS


def _takes_files(request: web.Request) -> bool:
    return request.path == _STAFFS or keeping.is_whole(request)


def _own(
    request: web.Request, posted: SentForm, files: Sequence[str]
) -> Iterator[GivenField]:
    """Yield what was filled in in the company's own fields, as far as it is words."""
    here = request.get(PORTAL_ACCOUNT)
    fields = here.account.settings.fields if here else ()
    known = {own_fields.name_of(field): field for field in fields}
    for name, text in own_fields.kept(posted.fields).items():
        if not text.strip() or text in files:
            continue
        if name in known:
            yield from _named(name, text, known[name], request)
        else:
            yield GivenField(name, text, title_of(name))


def _named(
    name: str, text: str, field: FormField, request: web.Request
) -> Iterator[GivenField]:
    settings, language = account_of(request).settings, language_of(request)
    label = field.named(language, settings.language)
    if field.choices:
        chosen = [word(field, one, settings, language) for one in text.split("\n")]
        yield GivenField(name, ", ".join(chosen), label, chosen=True)
    elif field.kind != "file":
        yield GivenField(name, text, label)


def read_so_far(request: web.Request) -> SentForm:
    """Return a form without its files, as far as it has been walked."""
    posted = SentForm()
    for name, text in walk_of(request).fields:
        posted.note(name, text)
    return posted


def typed(posted: SentForm) -> dict[str, str]:
    """Return what a person typed into a form."""
    fields = posted.fields
    return {name: fields[name] for name in _TYPED if fields.get(name, "").strip()}


def begun(posted: SentForm) -> bool:
    """Whether a person typed anything, or filled in one of the company's own fields."""
    own = own_fields.kept(posted.fields)
    return bool(typed(posted)) or any(map(str.strip, own.values()))


async def left_behind(request: web.Request) -> Back | None:
    """Return the draft of a reply to a ticket that is no longer there."""
    ticket, login = _TICKET.fullmatch(request.path), request.get(LOGIN)
    if ticket is None or login is None or login.read_only:
        return None
    name = str(int(ticket[1]))
    draft = await asker_of(request).draft(name)
    text = draft.fields.get("text", "") if draft else ""
    shown = [GivenField("text", text)]
    return Back(request.path, shown) if text.strip() else None
