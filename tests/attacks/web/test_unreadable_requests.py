"""Broken requests: what they cost, what is answered, and what is logged."""

import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import ClientSession
from ports import deaf

LONG = b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"0" * 8_000 + b"\x01\r\n\r\n"
CANARY = "kanarienvogel"
_HEAD = f"POST /p/x/ HTTP/1.1\r\nHost: {CANARY}\r\n".encode()
KINDS = {
    "a header with a control": LONG,
    "a line that is too long": b"GET /"
    + CANARY.encode() * 2_000
    + b" HTTP/1.1\r\n\r\n",
    "no HTTP": b"\x16\x03\x01" + CANARY.encode() + b"\r\n\r\n",
    "many languages": b"GET /p/x/ HTTP/1.1\r\nHost: x\r\nAccept-Language: "
    + CANARY.encode() * 800
    + b"\r\n\r\n",
    "a method of its own": f"{CANARY}<> / HTTP/1.1\r\n\r\n".encode(),
    "a bad length": _HEAD + b"Content-Length: -1\r\n\r\n",
    "both lengths": _HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "broken chunks": _HEAD + f"Transfer-Encoding: chunked\r\n\r\n{CANARY}\r\n".encode(),
    "no gzip": _HEAD + b"Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\nabcdefghi",
    "many headers": _HEAD + b"".join(b"A%d: b\r\n" % i for i in range(5_000)) + b"\r\n",
    "a bad address": f"GET //[{CANARY} HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
}


@dataclass
class Web:
    """A `ticket24 web` of its own process."""

    port: int
    written: Path

    async def send(self, raw):
        """Send bytes; return what is answered."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        answer = b""
        with suppress(ConnectionError, TimeoutError):
            writer.write(raw)
            async with asyncio.timeout(60):
                await writer.drain()
                answer = await reader.readuntil(b"\r\n\r\n")
                size = re.search(rb"Content-Length: (\d+)", answer)
                answer += await reader.readexactly(int(size[1]) if size else 0)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        return answer

    async def seconds_of_live(self, http):
        begun = time.perf_counter()
        async with http.get(f"http://127.0.0.1:{self.port}/health/live") as answer:
            assert 200 == answer.status
        return time.perf_counter() - begun

    async def unreadable(self, http):
        async with http.get(f"http://127.0.0.1:{self.port}/metrics") as answer:
            said = await answer.text()
        name = r"^ticket24_requests_unreadable_total (\S+)"
        return int(float(re.search(name, said, re.MULTILINE)[1]))

    def log(self):
        """Return the lines that it wrote."""
        lines = map(json.loads, self.written.read_text().splitlines())
        return [line for line in lines if line["event"] != "web_started"]


@pytest.fixture(scope="module")
def web(redis_url, tmp_path_factory):
    written = tmp_path_factory.mktemp("web") / "log"
    with deaf() as port:
        process = _started(redis_url, port, written)
        assert process.poll() is None, written.read_text()
        yield Web(port, written)
        process.terminate()
        process.wait()


def _started(redis_url, port, written):
    """Start it, and wait until it listens or has ended."""
    with written.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "ticket24", "web"],
            env=os.environ
            | {
                "TICKET24_REDIS_URL": redis_url,
                "TICKET24_SECRET_KEY": "s" * 32,
                "TICKET24_PORT": str(port),
            },
            stdin=subprocess.DEVNULL,
            stderr=stderr,
        )
    last = time.monotonic() + 100
    while process.poll() is None and time.monotonic() < last:
        if "web_started" in written.read_text():
            break
        time.sleep(0.05)
    return process


async def test_unreadable_requests_hold_up_nobody(web):
    """Beside twenty of them a second others are answered within 100 ms, and a line for
    many without a word of theirs is written. A busy machine may hold up most of them.
    """
    async with ClientSession() as http:
        before = await web.unreadable(http)
        sending = [asyncio.create_task(web.send(LONG)) for _ in range(4)]
        took = []
        for _ in range(30):
            sending.append(asyncio.create_task(web.send(LONG)))
            took.append(await web.seconds_of_live(http))
            await asyncio.sleep(0.05)
        answers = await asyncio.gather(*sending)

        assert statistics.quantiles(took)[0] < 0.1
        assert len(sending) == await web.unreadable(http) - before
    assert {b"HTTP/1.0 400 Bad Request"} == {one.split(b"\r\n")[0] for one in answers}
    lines = [line for line in web.log() if line["reason"] == "BadHttpMessage"]
    assert {("request_unreadable", "info")} == {
        (line["event"], line["level"]) for line in lines
    }
    assert len(lines) < len(sending) / 5


async def test_whatever_cannot_be_read_leaves_no_word_in_the_log(web):
    """Each kind is refused, a hundred of them write a few short lines.

    Nor does the answer repeat a word: it is a page that says what to do.
    """
    for kind, raw in KINDS.items():
        for _ in range(10):
            answer = await web.send(raw)
        assert CANARY.encode() not in answer, kind
        if b" 400 " in answer.split(b"\r\n")[0]:
            assert "Löschen Sie die Cookies".encode() in answer, kind
    async with ClientSession() as http:
        await web.seconds_of_live(http)
    lines = web.log()

    assert CANARY not in web.written.read_text()
    assert [] == [line for line in lines if line["level"] not in {"info", "warning"}]
    assert len(lines) < 2 * len(KINDS)
    assert max(len(json.dumps(line)) for line in lines) < 400
