"""Labels of tags as people edit them: a line `high = Urgent` for each tag."""

from collections.abc import Iterable, Iterator, Mapping

from ticket24.domain.words import folded


def lines(tags: Iterable[str], labels: Mapping[str, str]) -> tuple[str, ...]:
    """Return a line for every tag, also for one without a label, and for what is left.

    Labels of tags that are not offered any more stay: tickets may have them.
    """
    every = dict.fromkeys((*tags, *labels))
    return tuple(f"{tag} = {labels.get(tag, '')}".rstrip() for tag in every if tag)


def pair(line: str, tags: Mapping[str, str]) -> tuple[str, str] | None:
    """Read such a line; None if it is none. `tags` are known, by their folded words.

    A tag may contain the sign, too: the longest tag that is known counts.
    """
    pairs = [(tag, label) for tag, label in _pairs(line) if tag]
    known = [(tags[folded(tag)], label) for tag, label in pairs if folded(tag) in tags]
    chosen = known[-1:] or pairs[:1]
    return chosen[0] if chosen else None


def _pairs(line: str) -> Iterator[tuple[str, str]]:
    at = line.find("=")
    while at >= 0:
        yield line[:at].strip(), line[at + 1 :].strip()
        at = line.find("=", at + 1)
