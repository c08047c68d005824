"""The loop from Bitrix24's reports of installations to accounts."""

import time
from dataclasses import replace

import structlog

from ticket24.bitrix.events.frame_posts import FramePost
from ticket24.bitrix.events.installations import Installation
from ticket24.bitrix.rest.errors import AccountClosed, BitrixError
from ticket24.flows.accounts.installing import NotAdministrator, Unsuited
from ticket24.flows.accounts.receiving import to_post
from ticket24.flows.accounts.verifying import FrameRefused, Refusal, Verified
from ticket24.store.accounts.installations import ClaimedInstallation
from ticket24.store.locks import Busy
from ticket24.worker.loops import Bell, Crew
from ticket24.worker.parts import Parts

log = structlog.get_logger()

_AT_ONCE = 8
_ASIDE = 100

# An installation that cannot be judged at the moment is tried again, but not for ever.
_LONGEST_SECONDS = 86_400.0


class Installing:
    """Has each report verified by the authorization server; installs the true ones."""

    def __init__(self, parts: Parts, bell: Bell) -> None:
        self._parts = parts
        self._application = parts.application
        self._installations = parts.stores.installations
        self.crew = Crew("installing", _AT_ONCE, bell, aside=_ASIDE)

    async def turn(self) -> bool:
        """Start on the installations that wait."""
        if self.crew.free:
            for claimed in await self._installations.claim(self.crew.free):
                if claimed.id not in self.crew:
                    self.crew.start(claimed.id, self._install(claimed))
        return False

    async def _install(self, claimed: ClaimedInstallation) -> None:
        installation = Installation.from_dict(claimed.raw)
        try:
            await self._settle(installation, claimed.put_at)
        except (NotAdministrator, Unsuited, FrameRefused, AccountClosed) as error:
            if isinstance(error, FrameRefused) and error.reason is Refusal.AWAY:
                await self._again(claimed, error)
                return
            log.warning("installation_refused", reason=repr(error))
        except (BitrixError, Busy) as error:
            await self._again(claimed, error)
            return
        await self._installations.done(claimed.id)

    async def _settle(self, installation: Installation, put_at: float) -> None:
        post = to_post(installation)
        gone = int(time.time() - put_at)
        post = replace(post, auth_seconds=max(post.auth_seconds - gone, 0))
        # Repeating it does no harm: the worker that had it first may have been killed.
        await self._application.verifier.release(post)
        await self._application.installer.settle(await self._verified(post))

    async def _verified(self, post: FramePost) -> Verified:
        """Verify a post, with new tokens if its own have expired while it waited."""
        try:
            return await self._application.verifier.verify(post)
        except FrameRefused as error:
            if error.reason is not Refusal.EXPIRED or not post.refresh_id:
                raise
        grant = await self._application.server.refresh(post.refresh_id)
        return await self._application.verifier.verify(
            replace(
                post,
                auth_id=grant.access_token,
                refresh_id=grant.refresh_token,
                auth_seconds=int(max(grant.expires_at - time.time(), 0)),
            )
        )

    async def _again(self, claimed: ClaimedInstallation, error: Exception) -> None:
        if time.time() - claimed.put_at > _LONGEST_SECONDS:
            log.error("installation_given_up", reason=repr(error))
            await self._installations.done(claimed.id)
            return
        log.warning("installation_waits", reason=repr(error))
        pause = self._parts.pace.installation_again_seconds
        await self._installations.postpone(claimed.id, pause)
