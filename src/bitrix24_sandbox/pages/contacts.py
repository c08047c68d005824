"""The contacts and one contact: names, e-mail addresses, the portal's password."""

from aiohttp import web

from bitrix24_sandbox.account import people, tasks
from bitrix24_sandbox.account.records import Contact, MultiField
from bitrix24_sandbox.account.world import PASSWORD_FIELD
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.pages.card_tabs import CONTACT, tabs_of
from bitrix24_sandbox.pages.languages import words
from bitrix24_sandbox.pages.site import (
    acting_user,
    number,
    page,
    reason,
    text_of,
    texts_of,
    world_of,
)

ROWS = 200
_FIELDS = ("name", "last_name", "emails", "password")


async def contact_list(request: web.Request) -> web.StreamResponse:
    """Show the contacts, each with the number of its tasks that the user can see."""
    world, me = world_of(request), acting_user(request)
    wanted = text_of(request.query, "q").strip()
    found = [c for c in world.contacts.values() if _matches(c, wanted)]
    found.sort(key=lambda c: (c.last_name.casefold(), c.name.casefold(), c.id))
    bound: dict[int, int] = {}
    for task in tasks.visible(world, me.id):
        for ref in task.contact_ids:
            bound[ref] = bound.get(ref, 0) + 1
    return page(
        request,
        "contacts.html",
        found=found[:ROWS],
        total=len(found),
        bound=bound,
        wanted=wanted,
        password_field=PASSWORD_FIELD,
    )


def _matches(contact: Contact, wanted: str) -> bool:
    mails = [email.value for email in contact.emails]
    where = " ".join([contact.full_name, *mails]).casefold()
    return all(word in where for word in wanted.casefold().split())


async def contact_card(request: web.Request) -> web.StreamResponse:
    """Show one contact and the form to change it."""
    contact = _contact(request)
    return _form(request, contact, _typed(contact))


async def new_contact(request: web.Request) -> web.StreamResponse:
    """Show the form for a new contact."""
    return _form(request, None, dict.fromkeys(_FIELDS, ""))


async def save_contact(request: web.Request) -> web.StreamResponse:
    """Save a changed contact."""
    world, me = world_of(request), acting_user(request)
    contact = _contact(request)
    typed = await _read(request)
    try:
        people.update_contact(
            world,
            me.id,
            contact.id,
            name=_name(typed),
            last_name=typed["last_name"],
            emails=_emails(contact.emails, typed["emails"]),
            custom={PASSWORD_FIELD: typed["password"] or None},
        )
    except Refused as refusal:
        say = words(request)
        problem = say(
            "The contact was not saved: {reason}.", reason=reason(refusal, say)
        )
        return _form(request, contact, typed, problem=problem, status=409)
    raise web.HTTPSeeOther(f"/staff/contacts/{contact.id}?saved=1")


async def add_contact(request: web.Request) -> web.StreamResponse:
    """Add a contact."""
    world, me = world_of(request), acting_user(request)
    typed = await _read(request)
    try:
        contact = people.add_contact(
            world,
            me.id,
            _name(typed),
            typed["last_name"],
            emails=_emails([], typed["emails"]),
            password=typed["password"] or None,
        )
    except Refused as refusal:
        say = words(request)
        problem = say(
            "The contact was not saved: {reason}.", reason=reason(refusal, say)
        )
        return _form(request, None, typed, problem=problem, status=409)
    raise web.HTTPSeeOther(f"/staff/contacts/{contact.id}?saved=1")


def _form(
    request: web.Request,
    contact: Contact | None,
    typed: dict[str, str],
    *,
    problem: str = "",
    status: int = 200,
) -> web.StreamResponse:
    world, me = world_of(request), acting_user(request)
    return page(
        request,
        "contact.html",
        status=status,
        here=f"/staff/contacts/{contact.id if contact else 'new'}",
        contact=contact,
        kind=CONTACT,
        card=contact,
        tabs=tabs_of(world, CONTACT) if contact else [],
        open_tab=0,
        typed=typed,
        saved="saved" in request.query and not problem,
        bound=[
            task
            for task in tasks.visible(world, me.id)
            if contact and contact.id in task.contact_ids
        ],
        problem=problem,
    )


def _contact(request: web.Request) -> Contact:
    wanted = number(request.match_info["contact"])
    contact = world_of(request).contacts.get(wanted)
    if contact is None:
        raise web.HTTPNotFound
    return contact


def _typed(contact: Contact) -> dict[str, str]:
    return {
        "name": contact.name,
        "last_name": contact.last_name,
        "emails": "\n".join(email.value.strip() for email in contact.emails),
        "password": contact.custom.get(PASSWORD_FIELD) or "",
    }


async def _read(request: web.Request) -> dict[str, str]:
    typed = texts_of(await request.post(), _FIELDS)
    return {name: text.strip() for name, text in typed.items()}


def _name(typed: dict[str, str]) -> str:
    if not (typed["name"] or typed["last_name"]):
        raise Refused("", "It needs a name")
    return typed["name"]


def _emails(before: list[MultiField], text: str) -> list[str | MultiField]:
    """Read one address per line; known ones keep their id and their spelling."""
    known = {email.value.strip(): email for email in before}
    lines = dict.fromkeys(line.strip() for line in text.splitlines() if line.strip())
    for line in lines:
        if "@" not in line.strip("@"):
            raise Refused("", "{line} is not an e-mail address", line=line)
    return [known.get(line, line) for line in lines]
