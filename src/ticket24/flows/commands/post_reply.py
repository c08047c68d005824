"""A customer replies: a comment on the old task card, a chat message on the new one.

A message that was posted is recognised by its mark or its words: step 4 in `carrying`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import NamedTuple

from ticket24.bitrix.rest.errors import AccessDenied, Permanent, UnknownMethod
from ticket24.bitrix.tickets import posting, tasks
from ticket24.domain.commands.model import PostRemark, PostReply
from ticket24.domain.messages import signatures
from ticket24.domain.messages.voices import customer_line, split_customer_line
from ticket24.domain.news.heard import Heard
from ticket24.domain.tickets.descriptions import as_bbcode, harmless
from ticket24.domain.tickets.model import MessageKey, Source, Ticket, Written
from ticket24.domain.tickets.reasons import Cause, reason
from ticket24.flows.commands.carrying import Done, Work

# Longer messages would be cut (methods.md 14, Q14).
LONGEST = 18_000
_MOST_WITH_TAGS = 19_000

# A file up to this size is sent whole, in the same request as its message.
_SMALL_BYTES = 1024 * 1024


async def post_reply(work: Work, command: PostReply) -> Done:
    """Post what a customer wrote, under the customer's name and with our link."""
    if command.heard is not None:
        heard = Heard(command.contact_id, command.heard)
        for number in range(len(words_of(command))):
            await work.stores.heard.keep(command.ref, work.mark(number), heard)
    return await post(work, command, customer_line(command.name), signed=True)


async def post(
    work: Work, command: PostReply, line: str, *, signed: bool, link: str = ""
) -> Done:
    """Post a text; a long one takes several messages, and the last has the files.

    A message that an earlier attempt posted is recognised by its mark, or by its words
    where Bitrix24 or staff took the mark out, among messages newer than all that we
    knew of before it.
    """
    picture = await work.stores.tickets.get(command.ref)
    if picture and picture.chat_id:
        reply = _Reply(work, command, picture.group_id, picture.chat_id)
    else:
        # The task may have got its chat since the last look (methods.md 3.2).
        row = (await row_of(work, command)).ticket
        reply = _Reply(work, command, row.group_id, row.chat_id)
    parts = words_of(command)
    for number in range(work.steps.parts, len(parts)):
        words, last = _written(parts[number]), number == len(parts) - 1
        ends = [work.signature(number)] if signed else [link] if link else []
        text = line + "\n".join([*filter(None, [words]), *ends])
        # Earlier versions knew no code: words were harmless and nothing else.
        spelled = {words, harmless(parts[number]), f"{words}\n{link}"}
        tried = _Tried(work.mark(number), line, spelled)
        key = await reply.found(tried) if work.steps.tried_at else None
        if key is None:
            await work.not_found()
            known = await _known(work, command, picture)
            key = await reply.post(text, tried, known, last=last)
        if last:
            await reply.keep_files(key)
            return Done(command.ref.task_id, key)
        after = dict(work.steps.after) | ({key.source: key.id} if key else {})
        await work.note(
            replace(work.steps, parts=number + 1, tried_at=None, after=after)
        )
    return Done(command.ref.task_id)


def words_of(command: PostReply) -> list[str]:
    """Return the words of each message that a reply takes."""
    words, parts = command.text.strip(), []
    while len(words) > LONGEST:
        end = max(words.rfind("\n", LONGEST // 2, LONGEST), 0)
        end = end or max(words.rfind(" ", LONGEST // 2, LONGEST), 0) or LONGEST
        parts.append(words[:end])
        words = words[end:].strip()
    return [*parts, words]


def _written(words: str) -> str:
    """Write a part for Bitrix24; if code would make it too long, without its tags.

    Each part by itself: a cut may put something at the start of a line, where it has a
    meaning.
    """
    with_code = as_bbcode(words)
    return (with_code if len(with_code) <= _MOST_WITH_TAGS else harmless(words)).strip()


class _Tried(NamedTuple):
    """A message that may have been posted: its mark, its first line, and its words."""

    mark: str
    line: str
    words: set[str]

    def is_in(self, text: str) -> bool:
        """Whether this is the message, and no quote of it."""
        split = split_customer_line(text)
        if split is None:
            return any(posting.same(self.line + one, text) for one in self.words)
        name, words = split
        return self.mark in signatures.marks_in(text) or (
            posting.same(self.line, customer_line(name))
            and any(posting.same(one, words) for one in self.words)
        )


class _Reply:
    """The card that a reply goes to."""

    def __init__(
        self, work: Work, command: PostReply, group_id: int, chat_id: int
    ) -> None:
        self._work = work
        self._bitrix = work.bitrix
        self._command = command
        self._group_id = group_id
        self._chat_id = chat_id

    async def found(self, tried: _Tried) -> MessageKey | None:
        """Return the key of the message that the last attempt posted, if it did."""
        steps, our_ids = self._work.steps, self._work.account.our_ids
        await self._seek_chat()
        async for one in self._newer():
            new = one.key.id > steps.after.get(one.key.source, 0)
            ours = new and one.author_id in our_ids
            if ours and tried.is_in(one.text):
                return one.key
        return None

    async def post(
        self, text: str, tried: _Tried, known: dict[Source, int], *, last: bool
    ) -> MessageKey | None:
        """Post a message; return its key, if Bitrix24 tells."""
        post = self._in_chat if self._chat_id else self._in_forum
        return await post(text, tried, known, last=last)

    async def _seek_chat(self) -> None:
        """Look for the chat that the task may have by now, whether shown or not."""
        task_id = self._command.ref.task_id
        self._chat_id = self._chat_id or await posting.find_chat(self._bitrix, task_id)

    async def keep_files(self, key: MessageKey | None) -> None:
        """Attach files to the task if their comment became a message.

        Nobody knows whether such a message keeps its files (methods.md 3.1).
        """
        steps = self._work.steps
        if not steps.files or steps.source is not Source.FORUM:
            return
        if key is None or key.source is Source.FORUM:
            return
        if self._chat_id:
            before = key.id - 1
            async for one in posting.chat_messages(self._bitrix, self._chat_id, before):
                if one.key == key and one.files:
                    return
        for file in steps.files:
            await posting.attach(self._bitrix, self._command.ref.task_id, file)

    async def _newer(self) -> AsyncIterator[Written]:
        # An attempt on the old card may have become a chat message (3.1).
        if self._chat_id:
            after = self._work.steps.after.get(Source.CHAT, 0)
            try:
                async for one in posting.chat_messages(
                    self._bitrix, self._chat_id, after
                ):
                    yield one
            except AccessDenied:
                await self._join()
                async for one in posting.chat_messages(
                    self._bitrix, self._chat_id, after
                ):
                    yield one
        if self._work.steps.source is Source.FORUM:
            for one in await posting.comments(self._bitrix, self._command.ref.task_id):
                yield one

    async def _in_forum(
        self, text: str, tried: _Tried, known: dict[Source, int], *, last: bool
    ) -> MessageKey | None:
        work, account = self._work, self._work.account

        async def folder() -> int:
            return await work.uploader.task_folder(
                self._bitrix, account.id, self._group_id, account.user_id
            )

        files = await work.upload(self._command.uploads, folder) if last else ()
        number = await self._attempt(
            Source.FORUM,
            known,
            lambda: posting.add_comment(
                self._bitrix, self._command.ref.task_id, text, files
            ),
        )
        return await self._became(number, tried)

    async def _became(self, number: int, tried: _Tried) -> MessageKey | None:
        """Return what a comment has become: perhaps a message in a chat of its own.

        The number may be that of a comment, of a message, or of nothing, and does not
        tell which (methods.md 3.1).
        """
        task_id = self._command.ref.task_id
        if number and await posting.is_comment(self._bitrix, task_id, number):
            return MessageKey(Source.FORUM, number)
        await self._seek_chat()
        if number:
            return MessageKey(Source.CHAT, number)
        return await self.found(tried)

    async def _in_chat(
        self, text: str, tried: _Tried, known: dict[Source, int], *, last: bool
    ) -> MessageKey | None:
        try:
            number = await self._send(text, known, last=last)
        except AccessDenied:
            try:
                await self._join()
            except AccessDenied:
                # Users who may read a task may comment on it (methods.md 3.1).
                return await self._in_forum(text, tried, known, last=last)
            number = await self._send(text, known, last=last)
        return MessageKey(Source.CHAT, number)

    async def _send(self, text: str, known: dict[Source, int], *, last: bool) -> int:
        bitrix, chat_id = self._bitrix, self._chat_id
        uploads = self._command.uploads if last else ()
        if not uploads:
            return await self._attempt(
                Source.CHAT, known, lambda: posting.add_message(bitrix, chat_id, text)
            )
        if (
            len(uploads) == 1
            and uploads[0].size <= _SMALL_BYTES
            and not self._work.steps.files
        ):
            content = await self._work.content(uploads[0])
            try:
                return await self._attempt(
                    Source.CHAT,
                    known,
                    lambda: posting.send_file(
                        bitrix, chat_id, uploads[0].name, content, text
                    ),
                )
            except UnknownMethod:
                pass  # An older build needs the way through the chat's folder.

        async def folder() -> int:
            return await self._work.uploader.chat_folder(
                bitrix, self._work.account.id, chat_id
            )

        files = await self._work.upload(uploads, folder)
        return await self._attempt(
            Source.CHAT,
            known,
            lambda: posting.send_files(bitrix, chat_id, files, text),
        )

    async def _attempt(
        self,
        source: Source,
        known: dict[Source, int],
        call: Callable[[], Awaitable[int]],
    ) -> int:
        steps = replace(self._work.steps, tried_at=None, source=source, after=known)
        return await self._work.attempt(steps, call)

    async def _join(self) -> None:
        """Join the chat, or raise AccessDenied."""
        row = await row_of(self._work, self._command)
        await posting.join(self._bitrix, row, self._work.account.user_id)


async def row_of(work: Work, command: PostReply | PostRemark) -> tasks.TaskRow:
    """Return the row of a command's task, or raise Permanent if it is not there."""
    row = await posting.read_task(
        work.bitrix, work.account.id, command.ref.task_id, await work.now()
    )
    if row is None:
        task_id = command.ref.task_id
        why = reason(Cause.TASK_AWAY, task=task_id)
        raise Permanent("", f"task {task_id} is not there", why=why)
    return row


async def _known(
    work: Work, command: PostReply, picture: Ticket | None
) -> dict[Source, int]:
    """Return the highest message ids that are there for sure."""
    known = {}
    for source in Source:
        seen = [
            message.key.id
            for message in (picture.messages if picture else ())
            if message.key.source is source
        ]
        ours = await work.stores.commands.posted(command, source)
        known[source] = max([*seen, ours, work.steps.after.get(source, 0)])
    return known
