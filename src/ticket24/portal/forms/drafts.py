"""What was typed into a form and not sent, kept for its customer."""

from collections.abc import Iterable, Mapping

from ticket24.domain.commands.forms import SECTIONS, Fault, Wrong
from ticket24.domain.commands.model import Upload
from ticket24.portal.asker import Asker
from ticket24.portal.forms.form import Form, say_all
from ticket24.store.customers.drafts import Draft

NEW = "new"

MOST_CHARACTERS = 50_000

_FIELDS = {"department", "cc", "subject", "text", *SECTIONS}


async def keep(
    asker: Asker, form: str, fields: Mapping[str, str], uploads: Iterable[Upload]
) -> bool:
    """Keep a form that was sent and has faults; False if it is too long for that."""
    draft = Draft(known(fields), tuple(upload.id for upload in uploads))
    whole = all(draft.fields[name] == fields[name] for name in draft.fields)
    return await asker.keep_draft(form, draft) and whole


async def restored(asker: Asker, name: str) -> Form:
    """Return a form with its draft, if there is one, and the files that it names.

    What customers have not sent is not for the staff to see.
    """
    draft = None if asker.login.read_only else await asker.draft(name)
    if draft is None:
        return Form(name, asker.settings)
    uploads = await asker.uploads(draft.uploads)
    gone = [Fault("files", Wrong.GONE)] if len(uploads) < len(draft.uploads) else []
    return Form(
        name,
        asker.settings,
        values=draft.fields,
        uploads=uploads,
        faults=say_all(gone, asker.language, asker.settings),
        restored=True,
    )


def known(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that a draft keeps, no longer than it keeps them."""
    return {
        name: value[:MOST_CHARACTERS]
        for name, value in fields.items()
        if name in _FIELDS and value
    }
