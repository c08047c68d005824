"""The listener: what it takes, what it refuses, and with how many answers."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from desk import until
from handing_over import handing_over

from ticket24.domain.arrivals.tokens import ReplyAddresses
from ticket24.inbox.lmtp import MOST_SESSIONS, Reception, listening_at
from ticket24.store.arrivals.mails import RedisArrivals
from ticket24.store.connection import connect
from ticket24.ways_in import LmtpPlace

MIB = 2**20
REPLIES = ReplyAddresses("support+{token}@example.com", lambda _: ["00" * 32])
OURS = "support+abc@example.com", "SUPPORT@example.com"


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "lmtp.sock")


@asynccontextmanager
async def listener(redis, path, *, most_bytes=8 * MIB, mail_bytes=4 * MIB):
    """Listen, and hand over the store."""
    arrivals = RedisArrivals(redis, most_bytes=most_bytes)
    reception = Reception(arrivals, REPLIES, "support@example.com", lambda: None)
    async with listening_at(LmtpPlace(path), reception, mail_bytes):
        yield arrivals


async def test_each_recipient_has_an_answer(redis, path):
    """Our own addresses are taken, in any case, all others are refused."""
    async with listener(redis, path) as arrivals, handing_over(path) as session:
        said = await session.mail(b"Subject: a\r\n\r\nb", OURS[0], "x@evil.de", OURS[1])
        again = await session.mail(b"Subject: a\r\n\r\nc", "x@evil.de")

        assert ["250 2.0.0", "550 5.1.1", "250 2.0.0"] == [one[:9] for one in said]
        assert ["550"] == [one[:3] for one in again]
        [mail] = await arrivals.claim(9)
    assert OURS == mail.recipients
    assert b"Subject: a\r\n\r\nb" == mail.raw.removesuffix(b"\r\n")


async def test_what_is_too_large_is_refused_for_each_recipient(redis, path):
    """The session goes on, and the next mail has its own answers."""
    async with listener(redis, path) as arrivals, handing_over(path) as session:
        large = await session.mail(b"x" * 78 + (b"\r\n" + b"y" * 998) * 4_500, *OURS)
        small = await session.mail(b"small", *OURS)

        assert ["552", "552"] == [one[:3] for one in large]
        assert ["250", "250"] == [one[:3] for one in small]
        assert 1 == (await arrivals.came()).all


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: " + b"x" * MIB + b"\r\n\r\nlong head",
        b"\r\n" + b"y" * (3 * MIB),
        b".\x80\xff\x00 junk\r\n.\r\n..dots",
        b"",
        b"bare\nlines\rof\n.\nall kinds",
    ],
)
async def test_any_bytes_are_taken_as_they_are(redis, path, raw):
    """Lines of any length, eight bits, dots, and nothing at all."""
    async with listener(redis, path) as arrivals, handing_over(path) as session:
        assert ["250 2.0.0 kept"] == await session.mail(raw, OURS[0])

        [mail] = await arrivals.claim(9)
    assert raw == mail.raw.removesuffix(b"\r\n")


async def test_bounces_are_taken(redis, path):
    """They come from nobody."""
    async with listener(redis, path), handing_over(path) as session:
        assert ["250 2.0.0 kept"] == await session.mail(b"a", OURS[0], sender="")


async def test_a_full_store_lets_the_mail_server_wait(redis, path):
    """It tries again by itself; nothing is lost."""
    async with (
        listener(redis, path, most_bytes=1_000) as arrivals,
        handing_over(path) as session,
    ):
        assert ["250"] == [o[:3] for o in await session.mail(b"a" * 900, OURS[0])]
        full = await session.mail(b"b" * 900, *OURS)

        assert ["452 4.3.1", "452 4.3.1"] == [one[:9] for one in full]
        assert 1 == (await arrivals.came()).all


async def test_without_redis_the_mail_server_waits(path):
    """An answer comes soon, and it is no refusal."""
    away = connect("redis://127.0.0.1:1", 0.2)
    async with listener(away, path), handing_over(path) as session:
        said = await session.mail(b"a", *OURS)
    await away.aclose()

    assert ["451 4.3.0", "451 4.3.0"] == [one[:9] for one in said]


async def test_so_many_sessions_and_no_more(redis, path):
    """One that ends makes room."""
    async with listener(redis, path):
        opened = [
            await asyncio.open_unix_connection(path) for _ in range(MOST_SESSIONS)
        ]
        assert all([(await one[0].readline()).startswith(b"220") for one in opened])
        reader, writer = await asyncio.open_unix_connection(path)
        assert (await reader.readline()).startswith(b"421")
        writer.close()
        opened[0][1].write(b"QUIT\r\n")
        await opened[0][0].read()
        opened[0][1].close()

        async def has_room():
            reader, writer = await asyncio.open_unix_connection(path)
            said = await reader.readline()
            writer.close()
            return said.startswith(b"220")

        await until(has_room)  # The end of one is noticed a moment later.
        for _, one in opened[1:]:
            one.close()


async def test_the_socket_of_a_killed_process_is_taken_over(redis, path):
    """That of one that lives is not."""
    server = await asyncio.start_unix_server(lambda *_: None, path)
    with pytest.raises(OSError, match="another process listens"):
        async with listener(redis, path):
            pass
    server.close()

    async with listener(redis, path), handing_over(path) as session:
        assert ["250 2.0.0 kept"] == await session.mail(b"a", OURS[0])
