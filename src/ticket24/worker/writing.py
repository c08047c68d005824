"""The mails of a worker, on the paper of their companies."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import replace
from email.message import EmailMessage

from ticket24.domain.accounts.model import Account
from ticket24.domain.news.attached import files_of
from ticket24.domain.news.inline import pictures_of
from ticket24.domain.news.letters import Letter
from ticket24.flows.news.asking_for_ratings import rating_token
from ticket24.flows.settings.letterheads import logo_of
from ticket24.mail.paper import Paper
from ticket24.worker.parts import Parts

Aside = Callable[[], AbstractContextManager[None]]


class Writing:
    """Gathers what a mail shows besides its words, and has it written."""

    def __init__(self, parts: Parts) -> None:
        self._writer = parts.writer
        self._logos = parts.stores.logos
        self._ratings = parts.stores.ratings
        self._tickets = parts.stores.tickets
        self._pictures = parts.pictures
        self._files = parts.files

    @asynccontextmanager
    async def letter(
        self,
        letter: Letter,
        account: Account,
        *,
        tries: int = 0,
        waiting: Aside = nullcontext,
    ) -> AsyncIterator[EmailMessage]:
        """Write what is new in a ticket; let go of it soon, as it may have files.

        While Bitrix24 is asked for files we are inside `waiting`.
        Raises FilesNotNow if another try may find them, and NoFileRoom.
        """
        paper = await self._paper(account)
        if pictures_of(letter):
            ticket = await self._tickets.get(letter.ref)
            with waiting():
                pictures = await self._pictures.of(letter, account, ticket)
            paper = replace(paper, pictures=pictures)
        token = await rating_token(letter, account, self._ratings)
        letter = replace(letter, rating_token=token)
        most = account.settings.mail_megabytes
        wanted = files_of(letter, most, [*paper.pictures])
        if not wanted:
            yield self._writer.letter(letter, account, paper)
            return
        with self._files.room(account, wanted):
            with waiting():
                files = await self._files.of(account, wanted, tries=tries)
            paper = replace(paper, files=files)
            yield await asyncio.to_thread(self._writer.letter, letter, account, paper)

    async def link(
        self, account: Account, recipient: str, name: str, token: str
    ) -> EmailMessage:
        """Write the mail with a link to sign in."""
        paper = await self._paper(account)
        return self._writer.link(account, recipient, name, token, paper)

    async def confirmation(
        self, account: Account, recipient: str, token: str
    ) -> EmailMessage:
        """Write the mail that asks a stranger to confirm an address."""
        paper = await self._paper(account)
        return self._writer.confirmation(account, recipient, token, paper)

    async def invitation(
        self, account: Account, recipient: str, name: str, token: str
    ) -> EmailMessage:
        """Write the mail that invites into the portal."""
        paper = await self._paper(account)
        return self._writer.invitation(account, recipient, name, token, paper)

    async def _paper(self, account: Account) -> Paper:
        logo = await logo_of(account, self._logos, self._writer.public_url)
        return Paper(logo, account.zone)
