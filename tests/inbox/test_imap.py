"""Mail is fetched from a mailbox, whatever its server does."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from desk import until
from imap_server import ImapServer

from ticket24.inbox.imap import Fetching, ImapPace, NotTaken
from ticket24.ways_in import ImapAddress

PACE = ImapPace(answer=5, idle=20, poll=0.05, again=(0.02,))


class Kept(list):
    """What was stored; `refuse` counts how often that fails first."""

    refuse = 0

    def __call__(self, raw, recipients):
        if self.refuse:
            self.refuse -= 1
            raise NotTaken("not now")
        self.append((raw, recipients))

    @property
    def raws(self):
        return [raw for raw, _ in self]


@asynccontextmanager
async def fetching(url, kept, most_bytes=9_999, answer=5.0, idle=PACE.idle):
    address = ImapAddress.parse(url)
    pace = replace(PACE, answer=answer, idle=idle)
    one = Fetching(address, kept, pace=pace, most_bytes=most_bytes)
    one.start()
    try:
        yield one
    finally:
        one.stop()
        await asyncio.to_thread(one.thread.join, 3)
        assert not one.thread.is_alive()


async def test_what_is_there_and_what_comes_is_fetched_and_moved():
    """It is stored first; then it is read, and in the folder of what is done."""
    kept = Kept()
    async with ImapServer() as server:
        server.put(b"Delivered-To: support+x@example.com\r\n\r\none")
        async with fetching(server.url, kept):
            await until(lambda: len(server.folders.get("ticket24", ())) == 1)
            server.put(b"\r\ntwo")
            await until(lambda: len(server.folders["ticket24"]) == 2)

        assert {} == server.folders["INBOX"]
        assert {1: {"\\Seen"}, 2: {"\\Seen"}} == server.flags
        assert 1 == server.sessions
    assert ["support+x@example.com"] == kept[0][1]
    assert [b"one", b"two"] == [raw.rpartition(b"\n")[2] for raw in kept.raws]


@pytest.mark.parametrize("mood", ["drop-idle", "bye", "anew", "slow", "mute"])
async def test_a_session_that_ends_is_begun_again(mood):
    """No mail is lost, and none is stored twice within what the server shows."""
    kept = Kept()
    async with ImapServer(moods=[mood]) as server:
        server.put(b"\r\none")
        async with fetching(server.url, kept, answer=0.3 if mood == "mute" else 5.0):
            await until(lambda: len(server.folders.get("ticket24", ())) == 1)
            server.put(b"\r\ntwo")
            await until(lambda: len(server.folders["ticket24"]) == 2)

        assert [] == server.moods
    assert [b"\r\none", b"\r\ntwo"] == kept.raws


@pytest.mark.parametrize("mood", ["told-searching", "told-idling"])
async def test_a_mail_that_is_told_of_between_look_and_wait_is_fetched_at_once(mood):
    """The server tells of it once, in what we read before we begin to wait."""
    kept = Kept()
    async with ImapServer(moods=[mood]) as server, fetching(server.url, kept):
        await until(lambda: kept.raws == [b"\r\nmeanwhile"], PACE.idle / 2)


async def test_a_full_mailbox_keeps_its_mail_and_it_is_stored_once():
    """It stays where it is; the next one is fetched all the same."""
    kept = Kept()
    async with ImapServer(moods=["no-move"]) as server:
        server.put(b"\r\none")
        async with fetching(server.url, kept):
            await until(lambda: kept.raws == [b"\r\none"])
            server.put(b"\r\ntwo")
            await until(lambda: "ticket24" in server.folders and len(kept) == 2)
            await until(lambda: len(server.folders["ticket24"]) == 1)

        assert [b"\r\none"] == list(server.folders["INBOX"].values())
        assert 2 == server.fetched


@pytest.mark.parametrize("mood", ["no-fetch", "bad-fetch"])
async def test_what_the_server_does_not_give_stays_unread_and_is_asked_for_again(mood):
    """It is not moved away, and what came after it is fetched first."""
    kept = Kept()
    async with ImapServer(moods=[mood]) as server:
        server.put(b"\r\none")
        server.put(b"\r\ntwo")
        async with fetching(server.url, kept, idle=0.3):
            await until(lambda: len(server.folders.get("ticket24", ())) == 1)
            assert set() == server.flags.get(1, set())
            await until(lambda: len(server.folders["ticket24"]) == 2)
    assert [b"\r\ntwo", b"\r\none"] == kept.raws


async def test_a_mail_at_which_the_server_ends_each_session_holds_up_no_other():
    """The others are fetched first from then on."""
    kept = Kept()
    async with ImapServer(deadly=1) as server:
        server.put(b"\r\none")
        server.put(b"\r\ntwo")
        async with fetching(server.url, kept):
            await until(lambda: len(kept) == 1)
            server.put(b"\r\nthree")
            await until(lambda: len(kept) == 2)
    assert [b"\r\ntwo", b"\r\nthree"] == kept.raws


async def test_a_number_that_is_given_once_more_is_another_mail():
    """Also within a session, as servers do whose mailbox was empty."""
    kept = Kept()
    async with ImapServer() as server, fetching(server.url, kept):
        server.put(b"\r\none")
        await until(lambda: len(kept) == 1)
        server.moods.append("reused")
        server.put(b"\r\ntwo")
        await until(lambda: len(kept) == 2)
        assert 1 == server.sessions
    assert [b"\r\none", b"\r\ntwo"] == kept.raws


async def test_where_all_folders_are_below_one_the_folder_is_made_there():
    """As at Courier and Cyrus, which refuse others."""
    kept = Kept()
    can = "IMAP4rev1 IDLE MOVE NAMESPACE"
    async with ImapServer(can=can, below="INBOX.") as server:
        server.put(b"\r\none")
        async with fetching(server.url, kept):
            await until(lambda: server.folders.get("INBOX.ticket24"))
        assert {} == server.folders["INBOX"]


async def test_a_server_that_tells_of_nothing_is_looked_at():
    """It says that it can, and mails come all the same: nobody waits for its word."""
    kept = Kept()
    async with ImapServer(tells=False) as server:
        async with fetching(server.url, kept, idle=0.2):
            await until(lambda: server.idles)
            for number in (1, 2, 3):
                server.put(b"\r\n%d" % number)
                await until(lambda n=number: len(kept) == n)
            idles = server.idles
            server.put(b"\r\n4")
            await until(lambda: len(kept) == 4)
        assert idles == server.idles


async def test_what_cannot_be_stored_stays_in_the_mailbox():
    """Unread, until it can be."""
    kept = Kept()
    kept.refuse = 2
    async with ImapServer() as server:
        server.put(b"\r\none")
        async with fetching(server.url, kept):
            await until(lambda: len(server.folders.get("ticket24", ())) == 1)
    assert [b"\r\none"] == kept.raws


async def test_a_server_without_idle_and_move_is_asked_now_and_then():
    """Only what every server can do is needed."""
    kept = Kept()
    async with ImapServer(can="IMAP4rev1") as server, fetching(server.url, kept):
        await until(lambda: server.sessions)
        server.put(b"\r\none")
        await until(lambda: server.flags.get(1, set()) >= {"\\Deleted"})
        server.put(b"\r\ntwo")
        await until(lambda: len(kept) > 1)
    assert [b"\r\none", b"\r\ntwo"] == kept.raws


async def test_a_token_is_read_anew_at_each_sign_in(tmp_path):
    """Somebody else renews it; an old one is refused, and the new one tried."""
    kept, token = Kept(), tmp_path / "token"
    token.write_text("old\n")
    async with ImapServer(token="new") as server:
        server.put(b"\r\none")
        url = f"imap://maria@127.0.0.1:{server.port}?xoauth2={token}"
        async with fetching(url, kept):
            await until(lambda: server.sessions > 1)
            token.write_text("new\n")
            await until(lambda: kept.raws)
    assert [b"\r\none"] == kept.raws


async def test_of_a_mail_that_is_too_large_the_beginning_is_kept():
    """So that its words are read, and it is said that there was more."""
    kept = Kept()
    async with ImapServer() as server:
        server.put(b"\r\n" + b"x" * 5_000)
        async with fetching(server.url, kept, most_bytes=1_000):
            await until(lambda: kept.raws)
    assert [1_000] == [len(raw) for raw in kept.raws]


async def test_it_stops_at_once_even_if_nobody_answers():
    """A mailbox does not hold up the end of the process."""
    async with (
        ImapServer(moods=["mute"]) as server,
        fetching(server.url, Kept(), answer=0.3),
    ):
        await until(lambda: server.sessions)
