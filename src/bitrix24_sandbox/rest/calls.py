"""A REST call as its method sees it, and the tables of methods."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bitrix24_sandbox.account.access import is_admin
from bitrix24_sandbox.account.records import User
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.apps.records import Application
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json

PAGE = 50


@dataclass
class Caller:
    """Who calls: a webhook (`code`) or an application (`application`, `token`)."""

    user_id: int
    scopes: list[str]
    code: str = ""
    token: str = ""
    application: str = ""

    @property
    def key(self) -> str:
        """The name under which this caller's use is counted."""
        return f"{self.user_id}/{self.code or self.application}"


@dataclass
class Links:
    """Links that work once; each is kept by its token until it is used."""

    # Disk objects to download.
    downloads: dict[str, int] = field(default_factory=dict)
    # Folders to upload to, and the callers who may.
    uploads: dict[str, tuple[int, Caller]] = field(default_factory=dict)


@dataclass
class Call:
    """One call of one method."""

    world: World
    caller: Caller
    params: dict[str, Json]
    links: Links = field(default_factory=Links)

    @property
    def by(self) -> int:
        """The id of the REST user."""
        return self.caller.user_id

    @property
    def user(self) -> User:
        """The REST user."""
        return self.world.users[self.by]

    @property
    def admin(self) -> bool:
        """Whether the REST user is an administrator."""
        return is_admin(self.world, self.by)

    @property
    def application(self) -> Application:
        """The calling application; other callers are refused."""
        application = self.world.applications.get(self.caller.application)
        if application is None:
            raise Refused("APPLICATION_NOT_FOUND", "Application not found", 401)
        return application

    def get(self, name: str, default: Json = None) -> Json:
        """Return a parameter, matching its name without regard to case."""
        for key, value in self.params.items():
            if key.lower() == name.lower():
                return value
        return default

    @property
    def base(self) -> str:
        """The address below which this caller's methods are; it ends in /."""
        if self.caller.code:
            return f"{self.world.address}/rest/{self.by}/{self.caller.code}/"
        return f"{self.world.address}/rest/"


@dataclass
class Page:
    """A result with the numbers that the answer has beside it."""

    result: Json
    total: int | None = None
    next: int | None = None


@dataclass(frozen=True)
class Method:
    """A REST method: its scopes, and which callers it refuses."""

    name: str
    run: Callable[[Call], Json]
    scopes: tuple[str, ...]
    app_only: bool = False
    batch: bool = True
    upload: bool = False


class Table(dict[str, Method]):
    """Methods by their lower-case names, with one scope unless they have their own."""

    def __init__(self, *scopes: str) -> None:
        super().__init__()
        self.scopes = scopes

    def method(
        self,
        name: str,
        *,
        scopes: tuple[str, ...] | None = None,
        app_only: bool = False,
        upload: bool = False,
    ) -> Callable[[Callable[[Call], Json]], Callable[[Call], Json]]:
        """Add a method to the table; any one of the scopes suffices."""

        def add(run: Callable[[Call], Json]) -> Callable[[Call], Json]:
            wanted = self.scopes if scopes is None else scopes
            self[name.lower()] = Method(
                name, run, wanted, app_only=app_only, upload=upload
            )
            return run

        return add


def page(rows: list[Json], start: Json) -> tuple[list[Json], int | None, int | None]:
    """Cut a classic list: 50 rows from `start`, with total and next.

    If the last page is full, `next` names another page, which is empty (recorded in
    2022: `next` 50 of `total` 50). `start=-1` counts nothing:
    st/performance/huge-data.md.
    """
    try:
        first = int(start or 0)
    except (TypeError, ValueError):
        first = 0
    if first < 0:
        return rows[:PAGE], None, None
    following = first + PAGE
    return (
        rows[first:following],
        len(rows),
        following if following <= len(rows) else None,
    )
