"""All that strangers can send, at known rates, as a process.

`python -m bench.actors.attackers PORT SLUG SECONDS FILE`: against the account with this
slug, whose application token was stolen. How it was answered is written to the file.
"""

import asyncio
import gzip
import itertools
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic
from urllib.parse import urlencode

TOKEN = "stolen-token-of-an-outgoing-webhook-1"
MEMBER_ID = "e" * 32

# How many of each a second; of posts that stop half-way so many at once, so often.
RATES = {
    "unreadable": 20,
    "compressed": 10,
    "stolen events": 100,
    "sign-in tries": 10,
    "links for strangers": 10,
    "frames": 5,
}
HALF_WAY, HALF_WAY_SECONDS = 1_050, 30.0
BURST = 3_000

_ANSWER_SECONDS = 10.0
_MOST_OPEN = 200
_FIELD = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_COOKIE = re.compile(rb"(?i)set-cookie: (ticket24_visit=[^;]+)")


class Attackers:
    """Sends, and counts what comes back by its status."""

    def __init__(self, port: int, slug: str) -> None:
        self._port = port
        self._slug = slug
        self._numbers = itertools.count(1)
        self._open = asyncio.Semaphore(_MOST_OPEN)
        self.answers: dict[str, Counter[str]] = {}

    async def send(self, name: str, request: bytes) -> bytes:
        """Send a request on a connection of its own."""
        tally = self.answers.setdefault(name, Counter())
        if self._open.locked():
            tally["not sent"] += 1
            return b""
        async with self._open:
            answer = await self._answer(request)
        tally[answer[9:12].decode() or "none"] += 1
        return answer

    async def _answer(self, request: bytes) -> bytes:
        answer = b""
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(_ANSWER_SECONDS):
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                try:
                    writer.write(request)
                    answer = await reader.read(1_048_576)
                finally:
                    writer.close()
        return answer

    async def at_rate(
        self, name: str, make: Callable[[], Awaitable[bytes]], until: float
    ) -> None:
        """Send at the rate of this attack, whether answers come or not."""
        began = monotonic()
        async with asyncio.TaskGroup() as sent:
            for number in itertools.count():
                if monotonic() >= until:
                    return
                sent.create_task(self.send(name, await make()))
                due = began + (number + 1) / RATES[name]
                await asyncio.sleep(max(due - monotonic(), 0))

    async def half_way(self, until: float) -> None:
        """Begin posts, and never end them."""
        head = self._post("/bitrix24/events", b"event=", length=600)
        while monotonic() < until:
            again_at = monotonic() + HALF_WAY_SECONDS
            held = await asyncio.gather(
                *(self._hold(head) for _ in range(HALF_WAY)), return_exceptions=True
            )
            tally = self.answers.setdefault("half-way", Counter())
            tally["opened"] += sum(not isinstance(one, Exception) for one in held)
            await asyncio.sleep(max(min(again_at, until) - monotonic(), 0))
            for one in held:
                if not isinstance(one, BaseException):
                    one.close()

    async def _hold(self, head: bytes) -> asyncio.StreamWriter:
        async with asyncio.timeout(_ANSWER_SECONDS):
            _, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(head)
        return writer

    async def unreadable(self) -> bytes:
        """Return what no server can read."""
        return b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"0" * 7_900 + b"\x01\r\n\r\n"

    async def compressed(self) -> bytes:
        """Return a body that grows a thousandfold."""
        return self._post("/bitrix24/events", _PACKED, {"Content-Encoding": "gzip"})

    async def stolen(self) -> bytes:
        """Return an event as large as may be, about a task that nobody named yet."""
        return self._post("/bitrix24/events", self.event(250_000))

    def event(self, size: int) -> bytes:
        """Return the body of an event with the stolen token."""
        fields = {
            "event": "ONTASKUPDATE",
            "data[FIELDS_AFTER][ID]": next(self._numbers),
            "ts": int(time.time()),
            "auth[member_id]": MEMBER_ID,
            "auth[application_token]": TOKEN,
            "data[FILL]": "x" * size,
        }
        return urlencode(fields).encode()

    async def burst(self) -> None:
        """Send events as fast as they are answered."""
        for _ in range(BURST // 50):
            posts = (self._post("/bitrix24/events", self.event(100)) for _ in range(50))
            await asyncio.gather(*(self.send("burst", one) for one in posts))

    async def sign_in(self) -> bytes:
        """Return a try with a password, from a network of its own."""
        number = next(self._numbers)
        fields = {"email": f"person-{number % 50}@example.com", "password": "guess"}
        return await self._form("login", fields, number)

    async def link(self) -> bytes:
        """Return an ask for a link to a stranger."""
        number = next(self._numbers)
        fields = {"email": f"stranger-{number}@example.com"}
        return await self._form("login/link", fields, number)

    async def frame(self) -> bytes:
        """Return the opening of a page inside Bitrix24 with a token that is none."""
        number = next(self._numbers)
        fields = {
            "AUTH_ID": f"{number:064x}",
            "AUTH_EXPIRES": "3600",
            "REFRESH_ID": f"{number:064x}",
            "member_id": MEMBER_ID,
            "PLACEMENT": "DEFAULT",
        }
        query = f"DOMAIN=evil.bitrix24.com&APP_SID={number:032x}&LANG=en"
        return self._post(f"/bitrix24/app?{query}", urlencode(fields).encode())

    async def _form(self, path: str, fields: Mapping[str, str], number: int) -> bytes:
        """Fill in a form of the portal; its token is taken from a page once."""
        path = f"/p/{self._slug}/{path}"
        if path not in _TOKENS:
            page = b""
            while not _COOKIE.search(page):
                page = await self._answer(
                    f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
                    "Connection: close\r\n\r\n".encode()
                )
            found, cookie = _FIELD.search(page.decode()), _COOKIE.search(page)
            if found is None or cookie is None:
                raise SystemExit(f"no form on {path}: {page[:2000]!r}")
            _TOKENS[path] = found[1], cookie[1].decode()
        token, cookie_text = _TOKENS[path]
        headers = {
            "Cookie": cookie_text,
            "Origin": f"http://127.0.0.1:{self._port}",
            "X-Forwarded-For": f"2001:db8:{number % 65_536:x}:1::1",
        }
        body = urlencode({"csrf_token": token, "next": "", **fields}).encode()
        return self._post(path, body, headers)

    def _post(
        self,
        path: str,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        length: int = 0,
    ) -> bytes:
        lines = [
            f"POST {path} HTTP/1.1",
            f"Host: 127.0.0.1:{self._port}",
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {length or len(body)}",
            *(f"{name}: {value}" for name, value in (headers or {}).items()),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + body


_TOKENS: dict[str, tuple[str, str]] = {}
_PACKED = gzip.compress(bytes(250 * 2**20), 9)


async def main(port: int, slug: str, seconds: float) -> dict[str, Counter[str]]:
    """Attack in all ways at once; return what came of it."""
    some = Attackers(port, slug)
    until = monotonic() + seconds
    ways = {
        "unreadable": some.unreadable,
        "compressed": some.compressed,
        "stolen events": some.stolen,
        "sign-in tries": some.sign_in,
        "links for strangers": some.link,
        "frames": some.frame,
    }
    async with asyncio.TaskGroup() as attacks:
        attacks.create_task(some.half_way(until))
        attacks.create_task(some.burst())
        for name, make in ways.items():
            attacks.create_task(some.at_rate(name, make, until))
    return some.answers


def told(answers: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Say how each attack was answered."""
    for name, tally in answers.items():
        each = ", ".join(f"{count:,} {what}" for what, count in tally.items())
        yield f"{name}: {each}"


if __name__ == "__main__":
    os.nice(5)
    answers = asyncio.run(main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3])))
    Path(sys.argv[4]).write_text(json.dumps(answers))
