"""What customers typed into a form and did not send, kept for them."""

from collections.abc import Iterable, Mapping

from aiohttp import web

from ticket24.domain.commands import own_fields
from ticket24.domain.commands.changed_form import moved_into_text, strays
from ticket24.domain.commands.forms import SECTIONS, Fault, Wrong
from ticket24.domain.commands.model import Upload
from ticket24.portal.asker import Asker
from ticket24.portal.forms import giving_back
from ticket24.portal.forms.form import BESIDE, Form, say_all
from ticket24.portal.forms.uploading import SentForm
from ticket24.store.customers.drafts import Draft

NEW = "new"

MOST_CHARACTERS = 50_000

_FIELDS = {
    *("department", "cc", "subject", "text", "private", "reopen"),
    *(*SECTIONS, *BESIDE),
}


async def keep(
    asker: Asker, form: str, fields: Mapping[str, str], uploads: Iterable[Upload]
) -> bool:
    """Keep a form that was sent with faults; False if it is too long to keep."""
    draft = Draft(known(fields), tuple(upload.id for upload in uploads))
    whole = all(draft.fields[name] == fields[name] for name in draft.fields)
    return await asker.keep_draft(form, draft) and whole


async def keep_typed(
    asker: Asker, form: str | None, posted: SentForm, but: str = ""
) -> None:
    """Make a draft of a form that was sent for something else, `but` for one field.

    Raises HTTPRequestEntityTooLarge if it is too long to keep.
    """
    if form is None or (form != NEW and not await asker.ticket(int(form))):
        return
    posted.fields.pop(but, None)
    uploads = await asker.uploads(posted.kept)
    if not (giving_back.begun(posted) or uploads):
        await asker.forget_draft(form)
    elif not await keep(asker, form, posted.fields, uploads):
        raise web.HTTPRequestEntityTooLarge(MOST_CHARACTERS)


async def forget(asker: Asker, form: str, fields: Mapping[str, str]) -> None:
    """Forget a draft that was sent, but for what was typed beside it."""
    beside = {one: fields[one] for one in BESIDE if fields.get(one, "").strip()}
    if not (beside and await asker.keep_draft(form, Draft(known(beside)))):
        await asker.forget_draft(form)


async def restored(asker: Asker, name: str) -> Form:
    """Return a form with its draft, if any, and the files that the draft names.

    Staff who look as the customer do not see what the customer has not sent.
    """
    draft = None if asker.login.read_only else await asker.draft(name)
    if draft is None:
        return Form(name, asker.settings)
    uploads = await asker.uploads(draft.uploads)
    gone = [Fault("files", Wrong.GONE)] if len(uploads) < len(draft.uploads) else []
    fields, settings = draft.fields, asker.account.settings
    if name == NEW:
        if strays(fields, settings, draft.uploads):
            gone.append(Fault("text", Wrong.GONE_FIELD))
        fields = moved_into_text(fields, settings, draft.uploads)
    return Form(
        name,
        asker.settings,
        values=fields,
        uploads=uploads,
        faults=say_all(gone, asker.language, asker.settings),
        restored=bool(fields.keys() - {*BESIDE} or draft.uploads),
    )


def known(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that a draft keeps, cut to the length that it keeps."""
    own = own_fields.kept(fields)
    return {
        name: value[:MOST_CHARACTERS]
        for name, value in fields.items()
        if (name in _FIELDS or name in own) and value
    }
