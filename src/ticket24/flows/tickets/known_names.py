"""What people and stages are called that rules name by number, asked once an hour."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import structlog

from ticket24.bitrix.rest.errors import BitrixError
from ticket24.bitrix.rest.together import Together
from ticket24.domain.accounts.model import Account
from ticket24.domain.commands.rule_deeds import RuleDeed
from ticket24.flows.reach.clients import Clients, NotConnected
from ticket24.flows.settings import boards, directory

log = structlog.get_logger()

_AN_HOUR, _A_MINUTE = 3_600.0, 60.0
_MOST_ACCOUNTS, _MOST_PEOPLE = 200, 200


@dataclass(frozen=True, slots=True)
class Called:
    """Names by number; what nobody could tell has none."""

    people: Mapping[int, str] = field(default_factory=dict)
    stages: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Asked:
    until: float
    people: frozenset[int] = frozenset()
    stages: frozenset[int] = frozenset()
    called: Called = field(default_factory=Called)


class KnownNames:
    """Names in all accounts, as this process has heard them."""

    def __init__(self, clients: Clients, patience_seconds: float) -> None:
        self._clients = clients
        self._patience = patience_seconds
        self._asked: OrderedDict[str, _Asked] = OrderedDict()

    async def of(self, account: Account, deeds: Iterable[RuleDeed]) -> Called:
        """Return what the people and stages in deeds are called.

        Bitrix24 gets one request an hour, or when somebody new is named; none for deeds
        without people and stages. While it tells nothing, what was known is told.
        """
        some = [*deeds]
        people = frozenset(filter(None, (id_ for one in some for id_ in _people(one))))
        stages = frozenset(one.stage_id for one in some if one.stage_id)
        known = self._asked.get(account.id, _Asked(0))
        now = time.monotonic()
        if people <= known.people and stages <= known.stages and now < known.until:
            return known.called
        if not people and not stages:
            return Called()
        if now < known.until and len(people | known.people) <= _MOST_PEOPLE:
            people, stages = people | known.people, stages | known.stages
        called, until = known.called, now + _AN_HOUR
        try:
            called = await self._ask(account, people, stages)
        except (BitrixError, NotConnected, TimeoutError) as error:
            log.warning("lists_away", account=account.slug, error=repr(error))
            until = now + _A_MINUTE
        self._asked[account.id] = _Asked(until, people, stages, called)
        self._asked.move_to_end(account.id)
        if len(self._asked) > _MOST_ACCOUNTS:
            self._asked.popitem(last=False)
        return called

    async def _ask(
        self, account: Account, people: frozenset[int], stages: frozenset[int]
    ) -> Called:
        groups = account.settings.group_ids if stages else frozenset[int]()
        async with asyncio.timeout(self._patience):
            asked = Together((await self._clients.reach(account)).bitrix)
            (_, persons), found = await asyncio.gather(
                directory.named(asked, (), people), boards.boards(asked, groups)
            )
        return Called(
            {one.id: one.name for one in persons.values()},
            {stage.id: stage.title for some in found.values() for stage in some},
        )


def _people(deed: RuleDeed) -> tuple[int, ...]:
    return (deed.responsible_id, *deed.observers, *deed.note, *deed.mail)
