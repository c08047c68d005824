"""What departments and tags are called where customers read of them."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.words import folded


def label(tags: Iterable[str], offered: Iterable[str]) -> str:
    """Return the first of the offered words that is among the tags, or ""."""
    return _label(tuple(tags), tuple(offered))


@lru_cache(maxsize=1_024)  # Each line of a list calls it, and most have the same tags.
def _label(tags: tuple[str, ...], offered: tuple[str, ...]) -> str:
    kept = set(map(folded, tags))
    return next((word for word in offered if folded(word) in kept), "")


def in_words(tag: str, labels: Mapping[str, str]) -> str:
    """Return a tag as people read it: its label, or "High" for "high".

    Tags with a capital letter are as their company writes them, so "iOS" stays.
    """
    if tag in labels:
        return labels[tag]
    return tag[:1].upper() + tag[1:] if tag == tag.lower() else tag


def department_names(settings: AccountSettings) -> dict[int, str]:
    """Return what customers call each workgroup; departments may share one."""
    names: dict[int, list[str]] = {}
    for department in settings.departments:
        known = names.setdefault(department.group_id, [])
        if department.name and department.name not in known:
            known.append(department.name)
    return {group_id: " / ".join(known) for group_id, known in names.items()}
