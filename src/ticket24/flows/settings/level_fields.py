"""The fields of contacts and companies that can tell a customer's level."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ticket24.bitrix.people import companies
from ticket24.bitrix.rest.batch import Batch
from ticket24.bitrix.rest.decode import mapping, words
from ticket24.bitrix.rest.together import Caller
from ticket24.domain.words import sought

# Lines of text, and lists.
_KINDS = {"string", "enumeration"}


@dataclass(frozen=True, slots=True)
class LevelField:
    """A field, what it is called, and the texts of its elements if it is a list."""

    name: str
    label: str
    elements: tuple[str, ...] = ()


async def level_fields(bitrix: Caller) -> list[LevelField]:
    """Return those that there are, by their labels; raises BitrixError."""
    batch = await bitrix.batch(companies.fields_calls(), urgent=True)
    return [*told(batch).values()]


def told(batch: Batch) -> dict[str, LevelField]:
    """Read the answers to `companies.fields_calls`; a name may be of both kinds."""
    found: dict[str, LevelField] = {}
    for key in companies.fields_calls():
        for name, raw in mapping(batch.results.get(key)).items():
            about = mapping(raw)
            if name.startswith("UF_CRM_") and words(about.get("type")) in _KINDS:
                one = found.get(name) or LevelField(name, _label(about) or name)
                texts = companies.read_elements(batch.results[key], name) or {}
                found[name] = replace(
                    one, elements=(*one.elements, *filter(None, texts.values()))
                )
    ordered = sorted(found.values(), key=lambda one: (sought(one.label), one.name))
    return {one.name: one for one in ordered}


def is_missing(batch: Batch, name: str) -> bool:
    """Whether neither contacts nor companies have it, and we may know that."""
    keys: Sequence[str] = [*companies.fields_calls()]
    return all(key in batch.results for key in keys) and name not in told(batch)


def contacts_lack(batch: Batch, name: str) -> bool:
    """Whether contacts do not have a field, and we may know that."""
    fields = batch.results.get("contact fields")
    return fields is not None and name not in mapping(fields)


def _label(about: Mapping[str, object]) -> str:
    labels = (words(about.get(key)) for key in ("formLabel", "listLabel", "title"))
    return next((" ".join(one.split()) for one in labels if one), "")
