"""Files named in a text, at the places where it names them (methods.md 2.4)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeVar

from ticket24.markup.tokens import clean, tokenize

# Replaces the name of a file of which nothing is known.
FILE_SIGN = "\U0001f4ce"


class Numbered(Protocol):
    """A file: texts name it by `n` and its `object_id`, or by its attachment's id."""

    @property
    def object_id(self) -> int: ...  # noqa: D102  It says so above.


_File = TypeVar("_File", bound=Numbered)


def at_their_places(text: str, say: Callable[[str], str]) -> str:
    """Return BBCode in which `say` replaces each file's number, such as `n5001`.

    `say` also returns BBCode. Code blocks stay as they are.
    """
    if "=" not in text or "[" not in text:
        return text
    tokens = list(tokenize(clean(text)))
    if not any(token.name == "disk" and token.value for token in tokens):
        return text
    return "".join(
        say(token.value) if token.name == "disk" and token.value else token.raw
        for token in tokens
    )


def matched(
    text: str, files: Iterable[tuple[int, _File]], others: Mapping[str, _File]
) -> dict[str, _File]:
    """Return the file behind each number in a text; unknown numbers are missing.

    `files` are the message's own by their ids, `others` those around it by number. If
    no number is known and there are as many numbers as files, they are matched in
    order, because some answers do not tell both numbers of a file.
    """
    numbers: dict[str, None] = {}

    def noted(number: str) -> str:
        numbers[number] = None
        return ""

    at_their_places(text, noted)
    if not numbers:
        return {}
    files = list(files)
    known = dict(others)
    known |= {number: file for id_, file in files for number in (str(id_), _n(file))}
    found = {one: known[one] for one in numbers if one in known}
    if not found and len(numbers) == len(files):
        return dict(zip(numbers, (file for _, file in files), strict=True))
    return found


def _n(file: Numbered) -> str:
    return f"n{file.object_id}"
