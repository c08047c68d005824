"""What was filled in in fields that somebody has changed while the form was open."""

import re
from collections.abc import Collection, Mapping

from ticket24.domain.commands.own_fields import kept, name_of
from ticket24.domain.settings.model import AccountSettings

# How the spool names files: a form may name one that it has not any more.
_FILE = re.compile(r"[\w-]{22}", re.ASCII)


def strays(
    fields: Mapping[str, str], settings: AccountSettings, files: Collection[str] = ()
) -> dict[str, str]:
    """Return the words that have no field any more, by the names of their fields.

    Their field went, or takes a file now. `files` are the ids of the form's files.
    """
    kinds = {name_of(field): field.kind for field in settings.fields}
    return {
        name: value
        for name, value in kept(fields).items()
        if value.strip()
        and value not in files
        and (
            name not in kinds or (kinds[name] == "file" and not _FILE.fullmatch(value))
        )
    }


def moved_into_text(
    fields: Mapping[str, str], settings: AccountSettings, files: Collection[str] = ()
) -> dict[str, str]:
    """Return a form's fields with what has no field any more below the message.

    So it is seen, can be changed, and is not lost. A file whose field went, or takes
    words now, is one of the message.
    """
    left = strays(fields, settings, files)
    takers = {name_of(field) for field in settings.fields if field.kind == "file"}
    loose = {name for name in kept(fields).keys() - takers if fields[name] in files}
    gone = left.keys() | loose
    others = {name: value for name, value in fields.items() if name not in gone}
    if not left:
        return others
    lines = [f"{title_of(name)}: {value.strip()}" for name, value in left.items()]
    text = "\n\n".join(
        filter(None, (fields.get("text", "").rstrip(), "\n".join(lines)))
    )
    return others | {"text": text}


def title_of(name: str) -> str:
    """Return what a field may have been called that is not known any more."""
    plain = name.partition(".")[2].replace("_", " ")
    return plain[:1].upper() + plain[1:]
