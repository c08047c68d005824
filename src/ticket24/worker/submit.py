"""The loop from customers' commands to Bitrix24: each lane in its order."""

import asyncio
import time

import structlog

from ticket24.bitrix.rest.errors import BitrixError, Temporary
from ticket24.domain.accounts.model import Account
from ticket24.domain.commands.model import TellStaff
from ticket24.domain.tickets.model import TicketRef
from ticket24.flows.commands.submit import Submitter
from ticket24.flows.reach.clients import NotConnected
from ticket24.store.commands.lanes import ClaimedCommand, Resting
from ticket24.store.sealing import WrongKey
from ticket24.telemetry.counters import COMMANDS
from ticket24.worker.keeping import kept
from ticket24.worker.loops import Bell, Crew
from ticket24.worker.parts import Parts
from ticket24.worker.reconcile import note_trouble

log = structlog.get_logger()

_COMMANDS_AT_ONCE = 64
# How many accounts are asked for commands at a time.
_ASKED = 8
# An account only allows two requests a second anyway.
_OF_ONE_ACCOUNT = 4
_COMMANDS_ASIDE = 1_000

_MOMENT_SECONDS = 0.05


class Submitting:
    """Claims commands and carries them out, several lanes at a time."""

    def __init__(self, parts: Parts, bell: Bell, looks: Bell) -> None:
        self._parts = parts
        self._commands = parts.stores.commands
        self._submitter = Submitter(
            parts.uploader, parts.stores, parts.pace, parts.writer.public_url
        )
        self._looks = looks
        # The contacts whose commands are under way, by account and command.
        self._busy: dict[str, dict[str, int]] = {}
        # How often in a row accounts could not be reached, and when to ask again.
        self._away: dict[str, tuple[int, float]] = {}
        self.crew = Crew(
            "submitting",
            _COMMANDS_AT_ONCE,
            bell,
            aside=_COMMANDS_ASIDE,
            each=_OF_ONE_ACCOUNT,
        )

    async def turn(self) -> bool:
        """Start on the first command of every lane whose time has come."""
        waiting = await self._commands.accounts(self.crew.sight)
        while waiting:
            asked, waiting = waiting[:_ASKED], waiting[_ASKED:]
            await asyncio.gather(*map(self._start, asked))
        return False

    async def _start(self, account_id: str) -> None:
        count = self.crew.may_start(account_id)
        if not count:
            return
        busy = self._busy.get(account_id, {})
        found = await self._commands.claim(account_id, count, busy.values())
        for claimed in [] if isinstance(found, Resting) else found:
            job = f"{account_id} {claimed.command.id}"
            if job in self.crew:
                # It was given back a moment ago, or its claim ran out while Redis did
                # not answer.
                await self._commands.postpone(claimed, _MOMENT_SECONDS, counted=False)
            else:
                command = claimed.command
                ours = self._busy.setdefault(account_id, {})
                ours[command.id] = command.contact_id
                self.crew.start(job, self._job(account_id, claimed), account_id)
        await self._commands.index(account_id)

    async def _job(self, account_id: str, claimed: ClaimedCommand) -> None:
        try:
            async with kept(lambda: self._commands.renew(claimed)):
                account = await self._parts.stores.accounts.get(account_id)
                # Of an account that was disconnected nothing is left.
                if account:
                    await self._submit(account, claimed)
        finally:
            del self._busy[account_id][claimed.command.id]
            if not self._busy[account_id]:
                del self._busy[account_id]
            await self._commands.index(account_id)

    async def _submit(self, account: Account, claimed: ClaimedCommand) -> None:
        try:
            reached = await self._parts.clients.reach(account)
            done = await self._submitter.submit(claimed, account, reached.bitrix)
        except NotConnected:
            await self._commands.postpone(claimed, 0, counted=False)
        except Temporary as error:
            COMMANDS.labels("waits").inc()
            log.warning("commands_wait", account=account.slug, error=str(error))
            await self._rest(account, claimed, self._longer_rest(account.id))
        except (BitrixError, WrongKey) as error:
            COMMANDS.labels("closed").inc()
            await note_trouble(self._parts, account.id, error)
            await self._rest(account, claimed, self._parts.pace.closed_seconds)
        else:
            self._away.pop(account.id, None)
            COMMANDS.labels("done" if done else "failed").inc()
            if done and done.task_id and not isinstance(claimed.command, TellStaff):
                ref = TicketRef(account.id, done.task_id)
                await self._parts.stores.due.mark(ref)
                self._looks.ring()

    def _longer_rest(self, account_id: str) -> float:
        """Return how long the account rests; simultaneous failures count once."""
        times, until = self._away.get(account_id, (0, 0.0))
        now = time.monotonic()
        if now < until:
            return until - now
        rests = self._parts.pace.account_rests_seconds
        seconds = rests[min(times, len(rests) - 1)]
        self._away[account_id] = (times + 1, now + seconds)
        return seconds

    async def _rest(
        self, account: Account, claimed: ClaimedCommand, seconds: float
    ) -> None:
        """Let the whole account wait: none of its commands would fare better."""
        await self._commands.rest(account.id, seconds)
        await self._commands.postpone(claimed, 0, counted=False)
