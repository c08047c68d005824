"""The form for people who are not in the CRM, on its own or in a company's web site.

It sets no cookie and needs no script. A form that a company wrote itself comes without
our token: it is shown once more, filled in, with a button that sends it.
"""

import math
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus

from aiohttp import hdrs, web

from ticket24 import i18n
from ticket24.domain.commands.forms import (
    SUBJECT_LENGTH,
    TEXT_LENGTH,
    Fault,
    Wrong,
    offered_departments,
)
from ticket24.domain.customers.introductions import (
    NAME_LENGTH,
    FirstWords,
    Introduction,
    id_of,
    read_first_words,
)
from ticket24.domain.customers.languages import known
from ticket24.domain.customers.mailboxes import readable
from ticket24.domain.settings.model import AccountSettings, Language
from ticket24.flows.first_contact.receiving import receive
from ticket24.portal.display import theme
from ticket24.portal.first_contact.proof import FormProof, new_token, proof_in
from ticket24.portal.forms.form import say_all
from ticket24.portal.parts import PORTAL_ACCOUNT, account_of, language_of, portal_of
from ticket24.portal.rendering import url
from ticket24.portal.templating import templates
from ticket24.site import packing
from ticket24.site.asking import address_of
from ticket24.site.walk import walk_of

routes = web.RouteTableDef()

# People do not see this field, so whatever fills it in is a program.
_TRAP = "fax_number"
_TYPED = ("name", "email", "department", "subject", "text")

# What a link may fill in.
_GIVEN = ("department", "subject")


@routes.get("/p/{slug}/contact", name="contact")
async def show_form(request: web.Request) -> web.Response:
    """Show the form, unless nobody takes what it sends."""
    query = request.query
    typed = {name: query[name][:SUBJECT_LENGTH] for name in _GIVEN if name in query}
    return _form(request, typed)


@routes.post("/p/{slug}/contact")
async def take(request: web.Request) -> web.Response:
    """Keep what was written until its address is confirmed; say the same to all."""
    account, portal = account_of(request), portal_of(request)
    walk = walk_of(request)
    token = await walk.token()
    fields = await walk.heard()
    proof = proof_in(token, account.id, portal.secrets)
    if not account.settings.open_by("form"):
        return _form(request, fields)
    words, faults = read_first_words(fields, account.settings)
    if proof is None:
        return _form(request, fields, faults, again=True)
    if faults:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _form(request, fields, faults, status=status, token=token)
    if not proof.fits(time.time(), portal.pace.typing_seconds) or fields.get(_TRAP):
        # It may be a person all the same.
        return _form(request, fields, token=token, again=True)
    introduction = _introduction(words, proof, _language(request))
    if wait := await receive(account, introduction, address_of(request), portal.stores):
        crowd = [Fault("text", Wrong.CROWD, seconds=wait)]
        status = HTTPStatus.TOO_MANY_REQUESTS
        response = _form(request, fields, crowd, status=status, token=token)
        response.headers[hdrs.RETRY_AFTER] = str(math.ceil(wait))
        return response
    return _shown(request, "contact_sent.html", {"email": readable(words.email)})


def _introduction(
    words: FirstWords, proof: FormProof, language: Language
) -> Introduction:
    parts = proof.salt, str(words.group_id), words.name, words.subject, words.text
    return Introduction(
        id=id_of(words.email, *parts),
        email=words.email,
        name=words.name,
        group_id=words.group_id,
        subject=words.subject,
        text=words.text,
        at=datetime.now(UTC),
        language=language,
    )


def _form(
    request: web.Request,
    typed: Mapping[str, str],
    faults: Sequence[Fault] = (),
    *,
    status: int = HTTPStatus.OK,
    token: str = "",
    again: bool = False,
) -> web.Response:
    """Show the form with what was typed; if it is closed, that alone."""
    account, portal = account_of(request), portal_of(request)
    values = {name: typed.get(name, "") for name in _TYPED}
    language = _language(request)
    departments = _offered(account.settings)
    if not departments:
        left = {"values": values if any(values.values()) else {}}
        return _shown(request, "contact_closed.html", left, HTTPStatus.NOT_FOUND)
    proof = proof_in(token, account.id, portal.secrets) if token else None
    if proof is None or not proof.fits(time.time()):
        token = new_token(account.id, portal.secrets, time.time())
    context: dict[str, object] = {
        "values": values,
        "departments": departments,
        "wrong": dict(reversed(say_all(faults, language, portal.settings))),
        "again": again,
        "token": token,
        "trap": _TRAP,
        "most": {"name": NAME_LENGTH, "subject": SUBJECT_LENGTH, "text": TEXT_LENGTH},
        "action": f"{url(request, 'contact')}?lang={language}",
    }
    return _shown(request, "contact.html", context, status)


def _offered(settings: AccountSettings) -> dict[int, str]:
    names = offered_departments(settings)
    return {one.group_id: names[one.group_id] for one in settings.open_by("form")}


def _language(request: web.Request) -> Language:
    """Return the language of the form: a site that embeds it may say which."""
    return known(request.query.get("lang", "")) or language_of(request)


def _shown(
    request: web.Request,
    template: str,
    context: Mapping[str, object],
    status: int = HTTPStatus.OK,
) -> web.Response:
    """Render a page that knows nothing of its reader, and sets no cookie."""
    ours, language = request[PORTAL_ACCOUNT], _language(request)
    base, settings = f"/p/{ours.account.slug}", ours.account.settings
    frame = {
        "company": ours.name,
        "base": base,
        "lang": i18n.language_tag(language),
        "theme": theme.path(base, settings),
        "tab_icon": theme.sign_path(base, settings.company_name, settings.accent),
        "static": portal_of(request).assets.url,
    }
    text = templates(language).get_template(template).render(frame | dict(context))
    response = packing.answer(request.headers, text, status)
    response.headers.add(hdrs.VARY, "Accept-Language")
    return response
