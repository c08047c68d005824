"""A company's logos as files beside its TOML: read, checked, written."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree as ET

from ticket24.cli.surroundings import Failure
from ticket24.domain.commands.files import picture_type
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.settings.reading.rulebook import apart
from ticket24.flows.settings.saving import WantedLogo
from ticket24.store.accounts.logos import Logo, RedisLogos

MOST_KILOBYTES = 512

_SVG = "{http://www.w3.org/2000/svg}svg"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a TOML file says about the logo: a new one, none, or no change."""

    logo: Logo | None = None
    stays: bool = False

    @property
    def wanted(self) -> WantedLogo:
        """The logo to be saved, as `saving.save` takes it."""
        return "keep" if self.stays else self.logo

    async def keep(self, logos: RedisLogos, account_id: str) -> None:
        """Make the account's logo the one that was chosen."""
        if self.logo:
            await logos.put(account_id, self.logo)
        elif not self.stays:
            await logos.remove(account_id)


def read(
    settings: AccountSettings, toml: Path, before: str = ""
) -> tuple[AccountSettings, Chosen]:
    """Return the settings with the logo's bare name, and the logo they name.

    The path in the file is relative to the TOML file's folder. If a file is missing but
    has the name of the logo `before`, that logo stays. Fail if the file is not an image
    or is too large.
    """
    name, chosen = _read("logo", settings.logo, toml, before)
    return replace(settings, logo=name), chosen


def read_dark(
    settings: AccountSettings, toml: Path, before: str = ""
) -> tuple[AccountSettings, Chosen]:
    """Do `read` for the logo for dark pages, after the other."""
    name, chosen = _read("dark_logo", settings.dark_logo, toml, before)
    return apart(replace(settings, dark_logo=name)), chosen


def _read(key: str, path: str, toml: Path, before: str) -> tuple[str, Chosen]:
    if not path:
        return "", Chosen()
    name = Path(path).name
    try:
        content = _content(toml.parent / path)
    except FileNotFoundError as error:
        if name == before:
            return name, Chosen(stays=True)
        raise _fault(toml, key, path, "cannot be read: no such file") from error
    except (OSError, ValueError) as error:  # ValueError: no file can have such a name.
        reason = getattr(error, "strerror", None) or error
        raise _fault(toml, key, path, f"cannot be read: {reason}") from error
    type_ = _type(content)
    if not content:
        raise _fault(toml, key, path, "is empty")
    if len(content) > MOST_KILOBYTES * 1024:
        raise _fault(toml, key, path, f"is larger than {MOST_KILOBYTES} kB")
    if not type_:
        raise _fault(toml, key, path, "is not a PNG, JPEG, GIF, WebP or SVG image")
    digest = hashlib.sha256(content).hexdigest()[:16]
    return name, Chosen(Logo(type_, content, digest))


def check_place(logo: Logo, path: Path) -> None:
    """Fail if another file is where the logo would be written."""
    if path.exists() and not _is(logo, path):
        raise Failure(
            f"{path} is another file than the logo that is exported with the"
            " settings: move it away, or export to another folder"
        )


def save(logo: Logo, path: Path) -> None:
    """Write a logo, or fail with a reason; a file that already exists stays."""
    if path.exists():
        return
    try:
        path.write_bytes(logo.content)
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}") from error


def _content(path: Path) -> bytes:
    """Return the content, cut once it is certainly too large."""
    if path.exists() and not path.is_file():  # A pipe would make us wait.
        raise OSError(0, "it is no file")
    with path.open("rb") as file:
        return file.read(MOST_KILOBYTES * 1024 + 1)


def _type(content: bytes) -> str:
    """Return an image's type by its content, "" if we do not accept it."""
    if type_ := picture_type(content):
        return type_
    try:
        root = ET.fromstring(content)  # noqa: S314  The operator's own file.
    except (ET.ParseError, ValueError, LookupError):
        return ""
    return "image/svg+xml" if root.tag == _SVG else ""


def _is(logo: Logo, path: Path) -> bool:
    try:
        return _content(path) == logo.content
    except OSError:
        return False


def _fault(toml: Path, key: str, name: str, predicate: str) -> Failure:
    return Failure(f"{toml}: {key} {name} {predicate}")
