"""Links to sign in with: those asked for, and those sent.

Requests wait in three lanes: those of known addresses, of strangers, and of people whom
the staff invite. Strangers, of whom there may be any number, cannot crowd out the
others, nor each other. Only a digest of a link that was sent is kept, for as long as
the link is valid. Like a session it notes the generation of its contacts.
"""

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from redis.asyncio import Redis

from ticket24.domain.customers import link_tokens
from ticket24.domain.customers.languages import known
from ticket24.domain.customers.logins import MOST_CONTACTS
from ticket24.domain.customers.mailboxes import fold
from ticket24.domain.places import crowd
from ticket24.domain.settings.model import Language
from ticket24.store import claims, keys
from ticket24.store.connection import texts
from ticket24.store.customers.attempts import LINKS_PER_EMAIL, WINDOW_SECONDS, counter
from ticket24.store.customers.deeds import AGAIN_SECONDS, digest
from ticket24.store.sign_in import link_scripts
from ticket24.store.timetable import Timetable

GOOD_SECONDS = 15 * 60

# How many strangers may wait in one account: a few more than Bitrix24 can be asked
# about while they wait. One too many costs the greediest network its oldest.
MOST_STRANGERS = 300

_LONGEST_TOKEN = 100


class Lane(StrEnum):
    """Where a request waits."""

    KNOWN = "known"
    INVITED = "invited"
    STRANGERS = "strangers"


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """A request for a link to this address, which has to go out in time.

    `contact_id` is the contact that staff invite, 0 if the address itself asked.
    `noted` are the generations of its contacts at that time, `language` is that of the
    page on which it was asked for, and `ticket` the number of the one that it was asked
    for to see.
    """

    id: str
    email: str
    seconds_left: float
    contact_id: int = 0
    lane: Lane = Lane.KNOWN
    noted: str = ""
    language: Language | None = None
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """Whom a link signs in, by which address, and the generations they have now."""

    email: str
    contact_ids: tuple[int, ...]
    generations: Mapping[int, str] = field(default_factory=dict)


class RedisLinks:
    """Requests for links and links, of all accounts."""

    def __init__(self, redis: Redis, *, most_strangers: int = MOST_STRANGERS) -> None:
        self._redis = redis
        self._most_strangers = most_strangers
        self._known = Timetable(redis, keys.LINK_ACCOUNTS)
        self._strangers = Timetable(redis, keys.LINK_STRANGERS)
        self._ask = redis.register_script(link_scripts.ASK)
        self._promote = redis.register_script(link_scripts.PROMOTE)
        self._claim = redis.register_script(link_scripts.CLAIM)
        self._claim_stranger = redis.register_script(link_scripts.CLAIM_STRANGER)
        self._postpone = redis.register_script(link_scripts.POSTPONE)
        self._first = redis.register_script(link_scripts.FIRST)
        self._make = redis.register_script(link_scripts.MAKE)
        self._open = redis.register_script(link_scripts.OPEN)

    async def ask(
        self,
        account: str,
        email: str,
        address: str = "",
        language: Language | None = None,
        ticket: str = "",
    ) -> bool:
        """Ask for a link to this e-mail; `address` is where the request comes from.

        `language` is that of the page, `ticket` the number that it should lead to.

        Every request takes two round trips, known or not. A known e-mail gets three
        links in 15 minutes. Returns False if a stranger's request had to go to make
        room.
        """
        stranger: int = await self._ask(
            keys=[
                *(keys.account(account), keys.addresses(account)),
                *(keys.generations(account), lane_key(account, Lane.KNOWN)),
                *(lane_key(account, Lane.STRANGERS), keys.link_turns(account)),
                counter(account, "links-to", fold(email)),
            ],
            args=[
                *(email.strip(), fold(email), GOOD_SECONDS * 1_000, _named(address)),
                *(self._most_strangers, LINKS_PER_EMAIL, WINDOW_SECONDS, MOST_CONTACTS),
                f"{language or ''}.{ticket}".rstrip("."),
            ],
        )
        if stranger >= 0:
            await (self._strangers if stranger else self._known).at_once(account)
        return stranger <= 1

    async def promote(self, account: str, request: LinkRequest) -> None:
        """Move a stranger who turned out to be a customer to the other lane."""
        known = request.id.rpartition(" ")[0]
        await self._promote(
            keys=[
                lane_key(account, Lane.STRANGERS),
                lane_key(account, Lane.KNOWN),
                counter(account, "links-to", fold(request.email)),
            ],
            args=[request.id, known, LINKS_PER_EMAIL, WINDOW_SECONDS],
        )
        await self._known.at_once(account)

    async def accounts(self, limit: int) -> list[str]:
        """Return accounts with links to send now."""
        return await self._known.ready(limit)

    async def accounts_of_strangers(self, limit: int) -> list[str]:
        """Return accounts with strangers whose turn it may be."""
        return await self._strangers.ready(limit)

    async def claim(self, account: str, limit: int) -> list[LinkRequest]:
        """Take requests of customers whose time has come, in both of their lanes.

        A claim ends after two minutes.
        """
        requests: list[LinkRequest] = []
        for lane in (Lane.KNOWN, Lane.INVITED):
            found = await self._claim(
                keys=[lane_key(account, lane)],
                args=[limit - len(requests), claims.LINK_MS],
            )
            requests += _requests(lane, found)
            if len(requests) >= limit:
                break
        return requests

    async def claim_stranger(self, account: str) -> LinkRequest | None:
        """Take the request of a stranger whose networks had the fewest turns."""
        found = await self._claim_stranger(
            keys=[lane_key(account, Lane.STRANGERS), keys.link_turns(account)],
            args=[claims.LINK_MS, WINDOW_SECONDS],
        )
        return next(iter(_requests(Lane.STRANGERS, found)), None)

    async def postpone(
        self, account: str, request: LinkRequest, seconds: float
    ) -> None:
        """Try again later."""
        await self._postpone(
            keys=[lane_key(account, request.lane)],
            args=[request.id, int(seconds * 1_000)],
        )

    async def done(self, account: str, request: LinkRequest) -> None:
        """Forget a request."""
        await self._redis.zrem(lane_key(account, request.lane), request.id)

    async def index(self, account: str) -> None:
        """Note when the account has links to send next.

        It queues behind the other accounts that wait, so one with very many takes
        turns.
        """
        lanes = (Lane.KNOWN, Lane.INVITED)
        await self._known.reindex(account, lambda one: self._first_at(one, lanes))

    async def index_strangers(self, account: str, seconds: float = 0) -> None:
        """Note when strangers of the account may have a turn next."""
        await self._strangers.reindex(
            account, lambda one: self._first_at(one, (Lane.STRANGERS,), seconds)
        )

    async def _first_at(
        self, account: str, lanes: Collection[Lane], seconds: float = 0
    ) -> float | None:
        at = await self._first(
            keys=[lane_key(account, lane) for lane in lanes],
            args=[int(seconds * 1_000)],
        )
        return float(at) if at else None

    async def make(
        self,
        account: str,
        email: str,
        contact_ids: Collection[int],
        seconds: int = GOOD_SECONDS,
        noted: str = "",
    ) -> str:
        """Make a link that is good for `seconds`, once; return its token.

        Returns "" if none of these contacts is left: since `noted`, their sessions were
        ended, or they lost the address.
        """
        first = min(contact_ids, default=0)
        token = link_tokens.marked(secrets.token_urlsafe(32), account, first)
        made = await self._make(
            keys=[_key(account, token), keys.generations(account)],
            args=[fold(email), seconds, noted, *sorted(contact_ids)],
        )
        return token if made else ""

    async def forget(self, account: str, token: str) -> None:
        """Forget a link that was not sent after all."""
        await self._redis.unlink(_key(account, token))

    async def whose(self, account: str, token: str, sitting: str = "") -> Link | None:
        """Return what `use` would return; the link stays good."""
        return await self._opened(account, token, sitting, use=False)

    async def use(self, account: str, token: str, sitting: str = "") -> Link | None:
        """Return what the link is good for, and forget it, as it is good only once.

        The same `sitting`, if it is named, may use it again for a minute, because it
        may have lost the answer.
        """
        return await self._opened(account, token, sitting, use=True)

    async def _opened(
        self, account: str, token: str, sitting: str, *, use: bool
    ) -> Link | None:
        if len(token) > _LONGEST_TOKEN:
            return None
        found = await self._open(
            keys=[_key(account, token), keys.generations(account)],
            args=[int(use), digest(sitting) if sitting else "", AGAIN_SECONDS],
        )
        if not found:
            return None
        email, *rest = texts(found)
        pairs = zip(rest[::2], rest[1::2], strict=True)
        generations = {int(id_): one for id_, one in pairs}
        return Link(email, (*generations,), generations)


def lane_key(account: str, lane: Lane) -> str:
    """Name the sorted set of a lane's requests."""
    match lane:
        case Lane.KNOWN:
            return keys.link_requests(account)
        case Lane.INVITED:
            return keys.link_invitations(account)
        case Lane.STRANGERS:
            return keys.link_strangers(account)


def _requests(lane: Lane, found: list[bytes]) -> list[LinkRequest]:
    ids = texts(found[::2])
    return [
        _request(lane, id_, int(left) / 1_000)
        for id_, left in zip(ids, found[1::2], strict=True)
    ]


def _request(lane: Lane, id_: str, seconds_left: float) -> LinkRequest:
    """Read a request: its address, and what is noted of its contacts.

    Earlier versions kept invitations, with a bare contact id, in the lane of known
    customers.
    """
    until, email, *more = id_.split(" ")
    language, _, ticket = until.partition(".")[2].partition(".")
    noted = "".join(more) if lane is not Lane.STRANGERS else ""
    contact, _, generation = noted.partition("=")
    invited = lane is Lane.INVITED or (contact and not generation)
    return LinkRequest(
        *(id_, email, seconds_left, int(contact) if invited else 0, lane),
        noted if generation else "",
        known(language),
        ticket,
    )


def _named(address: str) -> str:
    """Name the networks that a request comes from, without revealing them."""
    return ".".join(
        hashlib.sha256(network.encode()).hexdigest()[:12] for network in crowd(address)
    )


def _key(account: str, token: str) -> str:
    return keys.link(account, digest(token))
