"""A server that Sentinels watch over: real ones, on loopback ports."""

import contextlib
import subprocess
import time

import pytest
from desk import Desk, until
from redis import Redis as Node
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import RedisError

from ticket24.embedded import DURABLE, find_server
from ticket24.redis_urls import WatchedRedis, is_watched
from ticket24.store.connection import connect, subscriber

PASSWORD = "only.for/tests"
WITHIN = 60


def wait_for(claim):
    end = time.monotonic() + WITHIN
    while not claim():
        assert time.monotonic() < end
        time.sleep(0.05)


class Server:
    """A server, or a Sentinel, that can be killed."""

    def __init__(self, folder, port, *words, config="", password=PASSWORD):
        self.port, folder = port, folder / str(port)
        folder.mkdir()
        file = folder / "server.conf"
        file.write_text(f"port {port}\nbind 127.0.0.1\ndir {folder}\n{config}")
        self.process = subprocess.Popen(
            [find_server(), file, *words], stdout=subprocess.DEVNULL
        )
        self.client = Node(port=port, password=password, decode_responses=True)
        wait_for(self.answers)

    def answers(self):
        with contextlib.suppress(RedisError):
            return self.client.ping()

    def kill(self):
        self.client.close()
        self.process.kill()
        self.process.wait()


class Guarded:
    """A leader, its replica, and two Sentinels."""

    def __init__(self, folder, ports):
        self.first, self.second, *watching = ports
        both = f"requirepass {PASSWORD}\nmasterauth {PASSWORD}\n"
        both += "repl-diskless-sync-delay 0\n"  # No other replica will come.
        both += "".join(f"{name} {value!r}\n" for name, value in DURABLE.items())
        follows = f"replicaof 127.0.0.1 {self.first}\n"
        self.watch = (
            f"sentinel monitor tickets 127.0.0.1 {self.first} 1\n"
            f"sentinel auth-pass tickets {PASSWORD}\n"
            # Nobody but a test finds the leader dead, however long it pauses.
            "sentinel down-after-milliseconds tickets 600000\n"
            "sentinel failover-timeout tickets 2000\n"
        )
        self.leader = Server(folder, self.first, config=both)
        self.replica = Server(folder, self.second, config=both + follows)
        wait_for(self._follows)
        self.sentinels = [
            Server(folder, port, "--sentinel", config=self.watch, password=None)
            for port in watching
        ]
        wait_for(self._watched)
        login = f":{PASSWORD.replace('/', '%2F')}@"
        hosts = ",".join(f"127.0.0.1:{port}" for port in watching)
        self.url = f"redis+sentinel://{login}{hosts}/tickets/0"

    def _follows(self):
        return self.replica.client.info("replication")["master_link_status"] == "up"

    def _watched(self):
        seen = (one.client.sentinel_slaves("tickets") for one in self.sentinels)
        return all(seen)

    def fail_over(self):
        """Kill the leader, and have the replica lead."""
        self.leader.kill()
        wait_for(self._leads)

    def _leads(self):
        role = self.replica.client.info("replication")["role"]
        return role == "master" or (self.steps_down() and False)

    def steps_down(self):
        """Have the leader and its replica change places; False if it is too early."""
        with contextlib.suppress(RedisError):
            client = self.sentinels[0].client
            return client.execute_command("SENTINEL", "FAILOVER", "tickets")

    def end(self):
        for one in (self.leader, self.replica, *self.sentinels):
            one.kill()


@pytest.fixture
def guarded(tmp_path, unused_tcp_port_factory):
    guarded = Guarded(tmp_path, [unused_tcp_port_factory() for _ in range(4)])
    yield guarded
    guarded.end()


async def test_whoever_leads_is_found_again(guarded):
    """After a failover what is written goes to the new leader, and news are heard."""
    redis, waiting = connect(guarded.url), connect(guarded.url)
    await redis.set("before", "1")
    heard = await subscriber(waiting)
    await heard.subscribe("news")
    wait_for(lambda: guarded.replica.client.get("before"))
    guarded.fail_over()

    async def written():
        with contextlib.suppress(RedisError):
            return await redis.set("after", "2")

    async def told():
        with contextlib.suppress(RedisError):
            await redis.publish("news", "it goes on")
            message = await heard.get_message(ignore_subscribe_messages=True, timeout=1)
            return message and message["data"] == b"it goes on"

    await until(written)
    await until(told)

    assert ["1", "2"] == guarded.replica.client.mget("before", "after")
    await heard.aclose()
    await redis.aclose()
    await waiting.aclose()


async def test_a_leader_that_steps_down_is_left(guarded):
    """It lives on as a replica, and refuses what writes: the next try is elsewhere."""
    redis = connect(guarded.url)
    await redis.set("before", "1")
    wait_for(lambda: guarded.replica.client.get("before"))
    wait_for(guarded.steps_down)
    wait_for(lambda: guarded.leader.client.info("replication")["role"] == "slave")

    async def written():
        with contextlib.suppress(RedisError):
            return await redis.set("after", "2")

    await until(written)

    assert guarded.leader.process.poll() is None
    assert "2" == guarded.replica.client.get("after")
    await redis.aclose()


async def test_sentinels_may_want_a_password_of_their_own(
    guarded, tmp_path, unused_tcp_port
):
    """Without it they name nobody."""
    config = f"{guarded.watch}requirepass sesame\n"
    own = {"config": config, "password": "sesame"}
    guarded.sentinels.append(Server(tmp_path, unused_tcp_port, "--sentinel", **own))
    login = guarded.url.partition("@")[0]
    url = f"{login}@127.0.0.1:{unused_tcp_port}/tickets"
    closed, opened = connect(url), connect(f"{url}?sentinel_password=sesame")

    with pytest.raises(NoConnection, match="sentinel_password="):
        await closed.ping()

    assert await opened.ping()
    await closed.aclose()
    await opened.aclose()


async def test_a_lost_sentinel_is_passed_by(guarded):
    """The next one is asked; without any the failure says so, and no password."""
    guarded.sentinels[0].kill()
    redis = connect(guarded.url)
    found = await redis.ping()
    await redis.connection_pool.disconnect()
    guarded.sentinels[1].kill()

    with pytest.raises(NoConnection) as caught:
        await redis.ping()

    assert found
    assert "No Sentinel names a leader of tickets" in str(caught.value)
    await redis.aclose()


async def test_mails_go_out_and_pages_stay_live_over_a_failover(
    guarded, mailbox, tmp_path, pace
):
    """Staff's words before and after are mailed once each."""
    folder = tmp_path / "desk"
    folder.mkdir()
    async with Desk(guarded.url, mailbox, folder, pace=pace) as desk:
        task, account = desk.ticket(), await desk.connect()
        async with desk.worker():
            desk.comment(task, "Before the failover.")
            await until(lambda: "Before the failover." in str(mailbox.texts()))
            await desk.rested(account)
            offset = guarded.leader.client.info("replication")["master_repl_offset"]
            wait_for(
                lambda: (
                    guarded.replica.client.info("replication")["slave_repl_offset"]
                    >= offset
                )
            )
            guarded.fail_over()
            desk.comment(task, "After the failover.")
            await until(lambda: "After the failover." in str(mailbox.texts()))
            await desk.rested(account)

    told = str(mailbox.texts())
    assert [1, 1] == [
        told.count(f"{when} the failover.") for when in ("Before", "After")
    ]


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("redis+sentinel://one:26379", "names no server"),
        ("redis+sentinel://one:26379/", "names no server"),
        ("redis+sentinel://one/tickets/zero", "database that is no number"),
        ("redis+sentinel://one:port/tickets", "port that is no number"),
        ("redis+sentinel://one,,two/tickets", "names no host"),
        ("redis+sentinel:///tickets", "names no host"),
        ("redis+sentinel://one;two/tickets", "write a comma"),
        ("redis+sentinel://one, two/tickets", "has a space in it"),
        ("redis+sentinel://:p/w@one/tickets", "write / as %2F"),
        ("redis+sentinel://one/tickets?sentinel_password=a@b", "@ as %40"),
        ("redis+sentinel://one/tickets?sentinel_password=a&b", "writes & as %26"),
        ("redis+sentinel://one/tickets?whim=1", "knows only ?sentinel_password="),
    ],
)
def test_what_is_wrong_is_said(url, fault):
    """In one sentence, without any part of the URL."""
    with pytest.raises(ValueError, match=r"^") as caught:
        WatchedRedis.parse(url)

    assert fault in str(caught.value)
    assert "tickets" not in str(caught.value)


def test_all_of_it_is_read():
    """Several Sentinels, IPv6, a user, passwords, a database, TLS, in any letters."""
    url = "Rediss+Sentinel://me:s%40+s@one,[::1]:5000/my%20master/3"
    found = WatchedRedis.parse(f"{url}?sentinel_password=x%26+/=")

    assert (("one", 26379), ("::1", 5000)) == found.places
    assert ("my master", True) == (found.name, found.tls)
    assert {"db": 3, "username": "me", "password": "s@+s"} == found.options
    assert {"password": "x&+/="} == found.theirs
    assert is_watched(url)
