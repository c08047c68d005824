"""What other people's test tools need to work with what we use."""

import asyncio
import inspect
from unittest.mock import Mock

import aiohttp
import aioresponses.core
import pytest
from aiohttp.client_proto import ResponseHandler
from aiohttp.streams import StreamReader

aioresponses_is_behind = (
    "stream_writer" in inspect.signature(aiohttp.ClientResponse.__init__).parameters
)


class _Response(aiohttp.ClientResponse):
    def __init__(self, *args: object, **named: object) -> None:
        named.setdefault("stream_writer", Mock(output_size=0))
        super().__init__(*args, **named)


def _reader(loop: asyncio.AbstractEventLoop | None = None) -> StreamReader:
    loop = loop or asyncio.get_running_loop()
    protocol = ResponseHandler(loop=loop)
    protocol._parser = Mock(feed_data=lambda *_: ((), False, b""))  # noqa: SLF001  What a real connection sets.
    return StreamReader(protocol, limit=2**26, loop=loop)


def mend_aioresponses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make aioresponses 0.7.9 work on aiohttp 3.14 (its issue #289)."""
    if aioresponses_is_behind:
        monkeypatch.setattr(aioresponses.core, "ClientResponse", _Response)
        monkeypatch.setattr(aioresponses.core, "stream_reader_factory", _reader)
