"""A small IMAP server whose moods can be chosen: what servers do to their clients."""

import asyncio
import base64
import re
from dataclasses import dataclass, field


@dataclass
class ImapServer:
    """Folders of mails by uid; `moods` are faults that happen once, in this order.

    `drop-idle` ends the connection while somebody waits, `bye` says so first, `no-move`
    refuses to move (a full mailbox), `anew` gives all mails other uids, `slow` answers
    late, `mute` never does. `no-fetch` and `bad-fetch` do not give a mail. `reused`
    gives numbers once more. `told-searching`, `told-idling` tell of a mail that comes
    just then, together with the end of a search that found none or the first words of
    waiting. With `tells` off it tells of nothing; at a `deadly` mail it ends each
    session; all folders are `below` one.
    """

    can: str = "IMAP4rev1 IDLE MOVE"
    token: str = ""
    tells: bool = True
    below: str = ""
    deadly: int = 0
    folders: dict[str, dict[int, bytes]] = field(default_factory=lambda: {"INBOX": {}})
    flags: dict[int, set[str]] = field(default_factory=dict)
    moods: list[str] = field(default_factory=list)
    sessions: int = 0
    fetched: int = 0
    idles: int = 0
    validity: int = 1
    port: int = 0

    async def __aenter__(self):
        self._next, self._news, self._writers = 1, asyncio.Event(), set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for writer in self._writers:
            writer.close()
        await asyncio.sleep(0)

    @property
    def url(self):
        return f"imap://maria:p%40ss@127.0.0.1:{self.port}/INBOX"

    def put(self, raw):
        """Let a mail arrive."""
        self.folders["INBOX"][self._next] = raw
        self._next += 1
        self._news.set()

    def mood(self, *names):
        """Take a mood out, if it is the next one."""
        return self.moods.pop(0) if self.moods and self.moods[0] in names else ""

    def _told(self, mood):
        """Let a mail arrive in a mood, and return the line that tells of it."""
        if not self.mood(mood):
            return ""
        self.put(b"\r\nmeanwhile")
        self._news.clear()
        return f"* {len(self.folders['INBOX'])} EXISTS\r\n"

    async def _serve(self, reader, writer):
        self.sessions += 1
        self._writers.add(writer)
        try:
            writer.write(b"* OK ready\r\n")
            self._folder = "INBOX"
            while line := (await reader.readline()).decode().strip():
                tag, _, rest = line.partition(" ")
                if self.mood("mute"):
                    await asyncio.sleep(60)
                if self.mood("slow"):
                    await asyncio.sleep(0.3)
                await self._do(tag, rest, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, _Dropped):
            pass
        finally:
            writer.close()

    async def _do(self, tag, rest, reader, writer):
        words = rest.split(" ")
        verb = words[0].upper()
        if verb == "UID":
            verb = f"UID {words[1].upper()}"
        answer = getattr(self, "_" + verb.lower().replace(" ", "_"), None)
        if answer is None:
            writer.write(f"{tag} BAD unknown\r\n".encode())
            return
        result = await answer(rest, reader, writer)
        writer.write(f"{tag} {result or 'OK done'}\r\n".encode())
        await writer.drain()

    async def _capability(self, _rest, _reader, writer):
        writer.write(f"* CAPABILITY {self.can}\r\n".encode())

    async def _login(self, rest, *_):
        return None if rest.endswith('"p@ss"') and not self.token else "NO who?"

    async def _authenticate(self, _rest, reader, writer):
        writer.write(b"+ \r\n")
        said = base64.b64decode(await reader.readline()).decode()
        good = f"user=maria\1auth=Bearer {self.token}\1\1"
        return None if said == good else "NO [AUTHENTICATIONFAILED] who?"

    async def _select(self, rest, _reader, writer):
        if self.mood("anew"):
            inbox = self.folders["INBOX"]
            renewed = {self._next + n: raw for n, raw in enumerate(inbox.values())}
            self.folders["INBOX"] = renewed
            self._next += len(renewed)
        if self.folders["INBOX"] and self.mood("reused"):
            there = self.folders["INBOX"].values()
            self.folders["INBOX"] = dict(enumerate(there, 1))
            self.validity += 1
        count = len(self.folders["INBOX"])
        told = f"* OK [UIDVALIDITY {self.validity}] ok"
        writer.write(f"* {count} EXISTS\r\n{told}\r\n".encode())
        return "OK [READ-WRITE] selected"

    async def _close(self, *_):
        return None

    _noop = _unselect = _check = _expunge = _close

    async def _list(self, rest, _reader, writer):
        name = rest.rpartition(" ")[2].strip('"')
        for folder in self.folders:
            if name in {folder, "*"}:
                writer.write(f'* LIST () "/" "{folder}"\r\n'.encode())

    async def _create(self, rest, *_):
        name = rest.partition(" ")[2].strip('"')
        if not name.startswith(self.below):
            return "NO [CANNOT] Invalid mailbox name"
        self.folders[name] = {}
        return None

    async def _namespace(self, _rest, _reader, writer):
        writer.write(f'* NAMESPACE (("{self.below}" ".")) NIL NIL\r\n'.encode())

    async def _uid_search(self, _rest, _reader, writer):
        self._news.clear()
        there = self.folders["INBOX"]
        uids = " ".join(
            str(n) for n in there if "\\Deleted" not in self.flags.get(n, ())
        )
        told = "" if uids else self._told("told-searching")
        writer.write(f"* SEARCH {uids}\r\n{told}".encode())

    async def _uid_fetch(self, rest, _reader, writer):
        uid = int(rest.split(" ")[2])
        most = int(re.search(r"<0\.(\d+)>", rest)[1])
        raw = self.folders["INBOX"].get(uid)
        if raw is None:
            return None
        if uid == self.deadly:
            raise _Dropped
        if mood := self.mood("no-fetch", "bad-fetch"):
            return f"{mood[: -len('-fetch')].upper()} cannot be read"
        self.fetched += 1
        part = raw[:most]
        head = f"* 1 FETCH (UID {uid} RFC822.SIZE {len(raw)} BODY[]<0> {{{len(part)}}}"
        writer.write(f"{head}\r\n".encode() + part + b")\r\n")
        return None

    async def _uid_store(self, rest, *_):
        uid, flags = int(rest.split(" ")[2]), set(re.findall(r"\\\w+", rest))
        self.flags.setdefault(uid, set()).update(flags)

    async def _uid_copy(self, rest, *_):
        words = rest.split(" ")
        self.folders[words[3].strip('"')][int(words[2])] = b""

    async def _uid_move(self, rest, _reader, writer):
        if self.mood("no-move"):
            return "NO [OVERQUOTA] full"
        words = rest.split(" ")
        uid, folder = int(words[2]), words[3].strip('"')
        self.folders[folder][uid] = self.folders["INBOX"].pop(uid)
        writer.write(b"* 1 EXPUNGE\r\n")
        return None

    async def _idle(self, _rest, reader, writer):
        self.idles += 1
        told = self._told("told-idling")
        writer.write(f"+ idling\r\n{told}".encode())
        if self.mood("drop-idle"):
            raise _Dropped
        if self.mood("bye"):
            writer.write(b"* BYE see you\r\n")
            raise _Dropped
        news = asyncio.create_task(self._news.wait())
        done = asyncio.create_task(reader.readline())
        await asyncio.wait({news, done}, return_when=asyncio.FIRST_COMPLETED)
        if news.done() and self.tells:
            writer.write(b"* 1 EXISTS\r\n")
        news.cancel()
        await done

    async def _logout(self, _rest, _reader, writer):
        writer.write(b"* BYE\r\n")


class _Dropped(Exception):
    pass
