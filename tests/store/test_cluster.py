"""The same stores on three nodes: a real Redis Cluster on loopback ports."""

import asyncio
import contextlib
import signal
import subprocess
import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from unittest.mock import Mock

import pytest
from desk import Desk, until
from examples import letter, ticket
from letters import put_letter
from redis import Redis as Node
from redis.asyncio import RedisCluster
from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot
from redis.exceptions import RedisError

from ticket24.bitrix.events.event import BitrixEvent, Posted
from ticket24.bitrix.rest.errors import OutOfRunTime
from ticket24.domain.accounts.model import Account
from ticket24.domain.commands.model import PostReply, Progress
from ticket24.domain.customers.budgets import Budget, Charge
from ticket24.domain.customers.introductions import Introduction, id_of
from ticket24.domain.portal.pages import Seen
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.model import ContactRef, Customer, TicketRef
from ticket24.embedded import DURABLE, find_server
from ticket24.store import keys
from ticket24.store.accounts.connected import RedisAccounts
from ticket24.store.accounts.doorkeeper import Doorkeeper
from ticket24.store.accounts.pairs import Pair, RedisPairs
from ticket24.store.accounts.sweeps import RedisSweeps
from ticket24.store.commands.budgets import RedisBudgets
from ticket24.store.commands.lanes import Steps
from ticket24.store.commands.queue import RedisCommands
from ticket24.store.commands.spool import RedisSpool
from ticket24.store.connection import connect
from ticket24.store.customers.attempts import RedisAttempts
from ticket24.store.customers.drafts import Draft, RedisDrafts
from ticket24.store.customers.introductions import RedisIntroductions
from ticket24.store.customers.known import RedisCustomers
from ticket24.store.customers.remains import Lost, RedisRemains
from ticket24.store.health import faults
from ticket24.store.journal import Journal
from ticket24.store.letters.outbox import RedisOutbox
from ticket24.store.limiter import RedisLimiter
from ticket24.store.rekeying import Rekeying
from ticket24.store.sealing import Seal, open_seal
from ticket24.store.sign_in.links import MOST_STRANGERS, RedisLinks
from ticket24.store.sign_in.sessions import MOST_SESSIONS, RedisSessions
from ticket24.store.tickets.due import ClaimedRef, Leased, RedisDue
from ticket24.store.tickets.lists import RedisLists
from ticket24.store.tickets.pages import RedisPages
from ticket24.store.tickets.pictures import RedisTickets
from ticket24.store.tickets.ratings import RedisRatings
from ticket24.store.versions import RedisVersions, names

# They lie on all three nodes: the test of scripts makes sure of it.
ACCOUNTS = ("acme", "umbrella", "initech", "globex", "hooli", "stark")


class ClusterNode:
    """A server of the cluster that can be killed and started again."""

    def __init__(self, folder, port, bus):
        self.port, self.bus = port, bus
        self._command = [
            *(find_server(), "--port", str(port), "--cluster-port", str(bus)),
            *("--bind", "127.0.0.1", "--dir", str(folder)),
            *("--cluster-enabled", "yes", "--cluster-node-timeout", "15000"),
        ]
        for name, value in DURABLE.items():
            self._command += [f"--{name}", value]
        self.client = Node(port=port, decode_responses=True)

    def start(self):
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        wait_for(self.answers)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def answers(self):
        with contextlib.suppress(RedisError):
            return self.client.ping()

    def knows_all(self):
        state = self.client.cluster("info")
        return state["cluster_state"] == "ok" and state["cluster_known_nodes"] == "3"


class Cluster:
    """Three nodes, each with a third of the slots."""

    def __init__(self, nodes):
        self.nodes = nodes
        self.place = f"redis+cluster://127.0.0.1:{nodes[0].port}"
        self.url = f"{self.place}?socket_timeout=60"

    def join(self):
        bounds = [REDIS_CLUSTER_HASH_SLOTS * n // 3 for n in range(4)]
        for number, node in enumerate(self.nodes):
            slots = (bounds[number], bounds[number + 1] - 1)
            node.client.execute_command("CLUSTER ADDSLOTSRANGE", *slots)
            node.client.execute_command("CLUSTER SET-CONFIG-EPOCH", number + 1)
        for node in self.nodes[1:]:
            node.client.execute_command(
                "CLUSTER MEET", "127.0.0.1", self.nodes[0].port, self.nodes[0].bus
            )
        self.settle()

    def settle(self):
        wait_for(lambda: all(node.knows_all() for node in self.nodes))

    def of(self, key):
        """Return the node that has a key."""
        slot = key_slot(key.encode())
        for first, last, (_, port, *_), *_ in self.nodes[0].client.cluster("slots"):
            if first <= slot <= last:
                return next(node for node in self.nodes if node.port == port)
        raise AssertionError(f"nobody has slot {slot}")

    def all_keys(self):
        return {key for node in self.nodes for key in node.client.keys("*")}

    def give(self, key, receiver):
        """Let another node have the (empty) slot of a key."""
        # First, else a heartbeat of the former owner may claim it again meanwhile, and
        # in the end each of the two says that the other one has it.
        receiver.client.execute_command("CLUSTER BUMPEPOCH")
        slot, name = key_slot(key.encode()), receiver.client.cluster("myid")
        for node in (receiver, *self.nodes):
            node.client.execute_command("CLUSTER SETSLOT", slot, "NODE", name)


def wait_for(claim, seconds=60):
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory, unused_tcp_port_factory):
    nodes = []
    try:
        for _ in range(3):
            ports = unused_tcp_port_factory(), unused_tcp_port_factory()
            nodes.append(ClusterNode(tmp_path_factory.mktemp("node"), *ports))
            nodes[-1].start()
        cluster = Cluster(nodes)
        cluster.join()
        yield cluster
    finally:
        for node in nodes:
            node.client.close()
            node.kill()


@pytest.fixture
async def redis(cluster):
    client = connect(cluster.url)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture
async def accounts_there(redis):
    """Accounts that are connected, as far as scripts look."""
    for account in ACCOUNTS:
        await redis.hset(keys.account(account), "account", "{}")


@pytest.fixture
async def reader(cluster):
    client = connect(cluster.url)
    yield client
    await client.aclose()


def event(number):
    return BitrixEvent("ONTASKUPDATE", "acme", {"FIELDS_AFTER": {"ID": str(number)}})


@pytest.mark.usefixtures("accounts_there")
async def test_a_script_runs_on_every_node_that_lacks_it(cluster, redis):
    """Marks of accounts on all nodes arrive, though no node knows the script."""
    due = RedisDue(redis, "w")
    for node in cluster.nodes:
        node.client.script_flush()

    await due.mark_all([TicketRef(account, 1) for account in ACCOUNTS])

    assert {*cluster.nodes} == {cluster.of(keys.due(name)) for name in ACCOUNTS}
    assert {*ACCOUNTS} == {*await due.accounts(10)}


@pytest.mark.usefixtures("accounts_there")
async def test_what_is_due_is_taken_and_settled(cluster, redis):
    """A lease holds others off, and nothing stays behind in the end."""
    due, other = RedisDue(redis, "one"), RedisDue(redis, "two")
    await due.mark_all([TicketRef("acme", 1), ContactRef("acme", 2)])
    claimed = await due.claim("acme", 10)

    assert {TicketRef("acme", 1), ContactRef("acme", 2)} == {t.ref for t in claimed}
    assert isinstance(await other.claim("acme", 10), Leased)
    await other.come_back("acme")
    await due.done(claimed)
    await due.rest("acme")
    assert {keys.account(name) for name in ACCOUNTS} == cluster.all_keys()


async def test_the_journal_keeps_reads_and_trims(redis, reader):
    """Appends of many callers come out once, handled ones are dropped."""
    journal = Journal(redis, reader=reader)
    await asyncio.gather(*(journal.append(event(number)) for number in range(50)))

    entries = await journal.claim("w", count=100, wait_seconds=1)
    assert [event(number) for number in range(50)] == [e.event for e in entries]
    assert 50 == await journal.backlog()
    await journal.done(entries)
    assert 0 == await journal.backlog()
    assert [] == await journal.claim_abandoned("w", count=10)
    assert 40 == await journal.trim(days=1, length=10, size_bytes=2**20)
    await journal.bury()
    await journal.leave("w")


async def test_a_waiting_reader_gets_what_comes(redis, reader):
    """The next event wakes a reader that waits."""
    journal = Journal(redis, reader=reader)
    waiting = asyncio.create_task(journal.claim("w", count=1, wait_seconds=40))
    await asyncio.sleep(0.5)
    await journal.append(event(1))

    assert [event(1)] == [entry.event for entry in await waiting]


@pytest.mark.usefixtures("accounts_there")
async def test_a_commit_is_one_piece_and_its_letter_leaves_the_outbox(redis):
    """Picture, letter and settling arrive together; the letter goes when sent."""
    due, tickets, outbox = RedisDue(redis, "w"), RedisTickets(redis), RedisOutbox(redis)
    ref = ticket().ref
    await due.mark(ref)
    (claimed,) = await due.claim("acme", 10)

    assert await tickets.commit(ticket(), 0, claimed, [letter()])
    assert not await tickets.commit(ticket(subject="late"), 0, claimed, [])
    kept = await tickets.get_all([ref, TicketRef("acme", 2)])
    assert [ticket(), None] == [one.ticket for one in kept]
    assert 0 == await due.count("acme")
    assert ["acme"] == await outbox.accounts(10)
    (claimed,) = await outbox.claim("acme", 10)
    assert letter() == claimed.letter
    await outbox.postpone(letter(), 0)
    assert [1] == [one.tries for one in await outbox.claim("acme", 10)]
    await outbox.done(letter())
    await put_letter(redis, letter(subject="again"))
    assert ["again"] == [c.letter.subject for c in await outbox.claim("acme", 10)]
    await outbox.done(letter())
    await outbox.index("acme")
    assert 0 == await outbox.count("acme")
    assert [] == await outbox.accounts(10)


@pytest.mark.usefixtures("accounts_there")
async def test_pages_are_read_on_the_node_of_their_account(redis):
    """Rows, versions and what was read move with the pictures, on every node."""
    tickets, pages = RedisTickets(redis), RedisPages(redis)
    lists = RedisLists(redis)
    for name in ACCOUNTS:
        ref = TicketRef(name, 51)
        before = replace(ticket(), ref=ref)
        after = replace(before, contact_ids=(44, 45))
        claimed = ClaimedRef(ref, "0")
        assert await tickets.commit(before, 0, claimed, [])
        assert await tickets.commit(after, 1, claimed, [], before=before)
        await pages.note_seen(name, [43, 44], 51, Seen(chat=1))

        listing = await lists.listing(name, [43, 44], {7})
        assert ([51], {51: Seen(chat=1)}) == (
            [row.task_id for row in listing.rows],
            listing.seen,
        )
        assert 44 == (await pages.ticket(name, [43, 44], {7}, 51)).contact_id
        assert await pages.ticket(name, [43], {7}, 51) is None
        assert {51} == await lists.search(name, [43, 44], {7}, "burns")
        assert 3 == await redis.hlen(keys.versions(name))
        assert await tickets.drop(ref, 2, claimed, None, before=after)
        assert await pages.ticket(name, [44], {7}, 51) is None


@pytest.mark.usefixtures("accounts_there")
async def test_changes_on_every_node_are_heard_on_one(cluster, redis):
    """Announcements go round; a lost node is replaced by another one."""
    heard, turns = [], []
    ear = Mock(
        hear=heard.append,
        listen=lambda: turns.append("listens"),
        miss=lambda _: turns.append("misses"),
    )
    versions = RedisVersions(redis, say_seconds=1.0, again_seconds=0.01)
    telling = asyncio.create_task(versions.tell(ear))
    await until(lambda: turns)
    for node in cluster.nodes:
        node.client.client_kill_filter(_type="pubsub")
    await until(lambda: turns[-2:] == ["misses", "listens"])

    for name in ACCOUNTS:
        one = replace(ticket(), ref=TicketRef(name, 51))
        assert await RedisTickets(redis).commit(one, 0, ClaimedRef(one.ref, "0"), [])
    # Other contacts may be told of, too: of what earlier tests left to them.
    told = {names(name, [43])[0] for name in ACCOUNTS}
    await until(lambda: told <= {*heard})
    telling.cancel()
    await asyncio.wait({telling})

    assert ["listens", "misses", "listens"] == turns[:3]


async def test_an_account_comes_and_goes_without_a_trace(cluster, redis):
    """Removing an account leaves no key of it, and all keys of its neighbours."""
    accounts = RedisAccounts(redis, Seal("k" * 32))
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    for slug in ACCOUNTS:
        account = Account("", slug, 1, now, settings=AccountSettings())
        account = await accounts.add(
            account, webhook_url=f"https://{slug}.bitrix24.com/", tokens=[slug]
        )
        await RedisDue(redis, "w").mark(TicketRef(account.id, 1))
        await RedisSweeps(redis).add(account.id)
    before = cluster.all_keys()

    acme = await accounts.by_slug("acme")
    await accounts.remove(acme)

    gone = {make(acme.id) for make in (keys.account, keys.due, keys.marks)}
    assert gone == before - cluster.all_keys()
    assert sorted(ACCOUNTS[1:]) == [account.slug for account in await accounts.all()]
    assert acme.id not in await RedisSweeps(redis).accounts(10)


async def test_the_secret_key_changes_on_every_node(cluster, redis):
    """Wherever an account is, only the new key opens it afterwards."""
    old, pair = Seal("o" * 32), Pair(1, "access", "refresh", 1.5)
    for slug in ACCOUNTS:
        account = Account("", slug, 1, datetime(2026, 11, 21, 12, tzinfo=UTC))
        account = replace(account, member_id=slug)
        accounts = RedisAccounts(redis, old)
        account = await accounts.add(account, endpoint="https://x/", tokens=[slug])
        assert await RedisPairs(redis, old).put(account.id, pair)

    both = await open_seal(redis, "n" * 32, "o" * 32)
    assert len(ACCOUNTS) + 1 == (await Rekeying(redis, both).rewrite()).older
    new = await open_seal(redis, "n" * 32)
    for slug in ACCOUNTS:
        account = await RedisAccounts(redis, new).by_slug(slug)
        assert pair == await RedisPairs(redis, new).get(account.id, 1)
        event = Posted("ONTASKUPDATE", {}, 0, slug, slug)
        assert account.id == await Doorkeeper(redis, new).admit(event)


async def test_an_application_comes_and_goes_on_every_node(cluster, redis):
    """It is adopted, renewed, uninstalled, revived and purged, wherever it is."""
    seal = Seal("k" * 32)
    accounts, pairs = RedisAccounts(redis, seal), RedisPairs(redis, seal)
    for slug in ACCOUNTS:
        account = Account("", slug, 1, datetime(2026, 11, 21, 12, tzinfo=UTC))
        if slug in ACCOUNTS[:3]:
            url = f"https://{slug}.bitrix24.com/rest/1/code/"
            account = await accounts.add(account, webhook_url=url, tokens=[slug])
            account = replace(account, member_id=slug)
            account = await accounts.install(account, endpoint="https://x/", token="t")
        else:
            account = replace(account, member_id=slug)
            account = await accounts.add(account, endpoint="https://x/", tokens=["t"])
        pair = Pair(1, "access", "refresh", 1.5)
        assert await pairs.put(account.id, pair)
        async with pairs.turn(account.id):
            assert [pair] == await pairs.all(account.id)
        await pairs.drop(account.id, 1, "access")
        await accounts.add_token(account.id, "t2")
        await accounts.move_endpoint(account.id, "https://y/")
        await accounts.update(account.id, lambda now: now.working_as(2))
        assert "https://y/" == (await accounts.way(account.id)).endpoint

        await accounts.uninstall(account, keep_seconds=30 * 86_400)
        gone = await accounts.gone(slug)
        assert (slug in ACCOUNTS[:3]) == (gone is None)
        if gone:
            await accounts.install(gone, endpoint="https://z/", token="t3")
            assert 2 == (await accounts.by_member(slug)).user_id
            await accounts.uninstall(gone, keep_seconds=-1)
            assert [account.id] == await accounts.overdue()
            await accounts.purge(account.id)
        else:
            await accounts.remove(account)
        assert not [key for key in cluster.all_keys() if account.id in key]
        assert await accounts.by_member(slug) is None


async def test_the_rate_limit_holds(redis):
    """The bucket fills on one node, for all that share the account."""
    one, two = (RedisLimiter(redis, burst=4, per_second=2, reserve=1) for _ in range(2))
    for limiter in (one, two, one):
        await limiter.take("acme", ["profile"], urgent=False)

    assert 2.5 < await two.level("acme") <= 3
    await two.block("acme", "tasks.task.list", 60)
    with pytest.raises(OutOfRunTime):
        await one.take("acme", ["tasks.task.list"], urgent=True)


async def test_a_moved_key_is_found_and_changed_once(cluster, redis):
    """What another node has meanwhile is done there, one time."""
    due = RedisDue(redis, "w")
    await redis.hset(keys.account("globex"), "account", "{}")
    await due.mark(TicketRef("globex", 1))
    await redis.flushall()
    key = keys.due("globex")
    owner = cluster.of(key)
    receiver = next(node for node in cluster.nodes if node is not owner)
    cluster.give(key, receiver)

    assert 1 == await redis.hincrby(keys.tries("globex"), "ticket:1", 1)
    await redis.hset(keys.account("globex"), "account", "{}")
    await due.mark(TicketRef("globex", 1))

    assert {"ticket:1": "1"} == receiver.client.hgetall(keys.tries("globex"))
    assert ["ticket:1"] == receiver.client.zrange(key, 0, -1)


async def test_a_command_without_an_answer_is_not_repeated(cluster, redis):
    """An event whose reply is late fails at once, and is in the journal once."""
    journal = Journal(redis)
    await journal.append(event(1))
    hasty = connect(f"{cluster.place}?socket_timeout=0.3")
    await until(lambda: answers(hasty))
    node = cluster.of(keys.JOURNAL)

    node.stop()
    try:
        with pytest.raises(RedisError):
            await Journal(hasty).append(event(2))
    finally:
        node.go_on()

    await hasty.aclose()
    entries = await journal.claim("w", count=9, wait_seconds=1)
    assert [event(1), event(2)] == [entry.event for entry in entries]


async def test_a_node_that_was_away_is_used_again(cluster, redis, reader):
    """Without it commands fail as on a single Redis; with it all is well."""
    journal = Journal(redis, reader=reader)
    node = cluster.of(keys.JOURNAL)
    # Else it may keep what it did to itself for a second, and be killed meanwhile.
    node.client.config_set("appendfsync", "always")
    await journal.append(event(1))
    assert [event(1)] == [
        e.event for e in await journal.claim("w", count=9, wait_seconds=1)
    ]

    node.kill()
    with pytest.raises(RedisError):
        await journal.append(event(2))
    with pytest.raises(RedisError):
        await journal.claim("w", count=9, wait_seconds=1)
    with pytest.raises(RedisError):
        await redis.ping()
    (fault,) = await faults(redis)
    assert f"node 127.0.0.1:{node.port}: does not answer: nobody listens" in fault
    node.start()
    cluster.settle()

    await until(lambda: answers(redis))
    await journal.append(event(3))
    assert [event(3)] == [
        e.event for e in await journal.claim("w", count=9, wait_seconds=1)
    ]
    assert 2 == await redis.xlen(keys.JOURNAL)


async def answers(redis):
    with contextlib.suppress(RedisError):
        return await redis.ping()


async def test_every_node_has_to_be_fit(cluster, redis):
    """A node that could lose mail is named; the others are not."""
    assert [] == await faults(redis)
    node = cluster.nodes[2]
    node.client.config_set("maxmemory-policy", "allkeys-lru")

    (fault,) = await faults(redis)

    node.client.config_set("maxmemory-policy", "noeviction")
    assert f"node 127.0.0.1:{node.port}: maxmemory-policy is allkeys-lru" in fault


async def only_fault(redis):
    """Return what is said of one node, unless another is only slow."""
    found = await faults(redis, node_seconds=0.8)
    return found[0] if len(found) == 1 else None


async def test_a_node_that_is_silent_is_named(cluster, redis):
    """Whichever it is, also the one that our address names; PING asks each of them."""
    for node in (cluster.nodes[0], cluster.nodes[2]):
        node.stop()
        try:
            fault = await until(partial(only_fault, redis))
            with pytest.raises((RedisError, TimeoutError)):
                await asyncio.wait_for(redis.ping(), 0.3)
        finally:
            node.go_on()
        await until(lambda: answers(redis))

        assert fault.startswith(f"node 127.0.0.1:{node.port}: does not answer in time")
    cluster.settle()


async def test_a_cluster_under_a_plain_address_is_told(cluster):
    """An operator who forgets +cluster reads what to write."""
    plain = connect(f"redis://127.0.0.1:{cluster.nodes[0].port}")

    (fault,) = await faults(plain)

    await plain.aclose()
    assert "write redis+cluster://" in fault


@pytest.mark.parametrize("rest", ["/1", "?colour=red"])
def test_an_odd_address_is_refused(rest):
    """A database number or an unknown option is a ValueError, before any use."""
    with pytest.raises(ValueError, match=r"db|colour"):
        connect(f"redis+cluster://127.0.0.1:6379{rest}")


async def test_no_cluster_is_an_error_of_redis(redis_url, unused_tcp_port):
    """Nothing there: the same kind of error as without a cluster."""
    redis = connect(f"redis+cluster://127.0.0.1:{unused_tcp_port}")

    with pytest.raises(RedisError, match="cannot be connected"):
        await redis.hget("key", "field")

    await redis.aclose()


async def test_a_comment_becomes_one_mail(cluster, redis, mailbox, tmp_path):
    """The main job works on a cluster: connect, get a comment, look, mail, forget."""
    assert isinstance(redis, RedisCluster)
    async with Desk(cluster.url, mailbox, tmp_path) as desk:
        account = await desk.connect()
        async with desk.worker():
            desk.comment(desk.ticket(), "We are on our way.")
            await until(lambda: mailbox.mails)
            await desk.quiet(account)
        async with desk.http.get(desk.web.make_url("/health/ready")) as answer:
            told = await answer.json()
            assert {"status": "ok", "redis": True}.items() <= told.items()
        await desk.stores.accounts.remove(account)

    (mail,) = mailbox.mails
    assert "replied" == mail["X-Ticket24-Kind"]
    assert [] == [key for key in cluster.all_keys() if account.id in key]


async def test_customers_sign_in_on_the_node_of_their_account(redis):
    """Lanes, links, sessions and limits of each account are in one place."""
    links, sessions = RedisLinks(redis), RedisSessions(redis)
    attempts = RedisAttempts(redis)
    for name in ACCOUNTS:
        await redis.hset(keys.account(name), "account", "{}")
        anna = Customer(ContactRef(name, 43), "Anna", ("anna@example.com",))
        await RedisCustomers(redis).put_all(name, [anna])
        for n in range(MOST_STRANGERS + 2):
            await links.ask(name, f"{n}@example.net", f"2001:db8:{n:x}::1")
        await links.ask(name, "anna@example.com", "203.0.113.9")

        (known,) = await links.claim(name, 10)
        stranger = await links.claim_stranger(name)
        await links.promote(name, stranger)
        await links.index(name)
        await links.index_strangers(name)
        token = await links.make(name, known.email, [43], noted=known.noted)
        cookies = [
            await sessions.start(name, [43], "anna@example.com", "Anna")
            for _ in range(MOST_SESSIONS + 1)
        ]

        assert (43,) == (await links.use(name, token)).contact_ids
        assert [None, "Anna"] == [
            login and login.name
            for login in [await sessions.login(name, cookies[n]) for n in (0, -1)]
        ]
        assert not await attempts.password(name, "a@b.c", "2001:db8::1")
        await attempts.right(name, "a@b.c", "2001:db8::1")
        assert (0, 0) == await attempts.before(name, "a@b.c", "2001:db8::1")
        assert await attempts.look_up(name, "a@b.c", "2001:db8::1")
    assert {*ACCOUNTS} == {*await links.accounts(10)}
    assert {*ACCOUNTS} == {*await links.accounts_of_strangers(10)}


async def test_what_strangers_write_waits_on_every_node(cluster, redis):
    """It is kept, asked for, shown, counted and forgotten in one slot."""
    kept = RedisIntroductions(redis, Seal("k" * 32))
    attempts, email = RedisAttempts(redis), "nora@new.example"
    for name in ACCOUNTS:
        assert 0 == await attempts.introduction(name, email, "203.0.113.9")
        words = (email, "Nora", 7, "Pump", "Broken", datetime.now(UTC))
        await kept.keep(name, Introduction(id_of(email, "1"), *words))

        assert [email] == await kept.claim(name, 9)
        assert await kept.may_mail(name, email)
        await kept.postpone(name, email, 0)
        await kept.done(name, email)
        token = await kept.make_link(name, email)
        assert email == await kept.whose(name, token)
        (one,) = await kept.waiting(name, email)
        assert 1 == await kept.count(name)
        await kept.remove(name, email, [one.id])
        assert 0 == await kept.count(name)


async def test_shares_and_budgets_are_kept_and_people_forgotten(cluster, redis):
    """Files of accounts on all nodes make room for each other; each account's rest."""
    spool = RedisSpool(redis, most_bytes=6 * 2**16, message_bytes=3 * 2**16)
    drafts, budgets = RedisDrafts(redis), RedisBudgets(redis)
    remains, customers = (
        RedisRemains(redis, spool, RedisRatings(redis, Seal("k" * 32))),
        RedisCustomers(redis),
    )

    async def chunks(size):
        yield bytes(size)

    for name in ACCOUNTS[:2]:
        for _ in range(3):
            await spool.keep(name, 43, "a", "text/plain", chunks(2**16), limit=2**20)
    for name in ACCOUNTS[2:]:
        await spool.keep(name, 43, "a", "text/plain", chunks(2**15), limit=2**20)
    left = [key for key in cluster.all_keys() if key.endswith(":chunks")]
    assert len(ACCOUNTS[2:]) + 4 == len(left)

    for name in ACCOUNTS:
        await redis.hset(keys.account(name), "account", "{}")
        anna = Customer(ContactRef(name, 43), "Anna", ("anna@example.com",))
        await customers.put_all(name, [anna])
        for form in range(25):
            assert await drafts.save(name, 43, f"{form}", Draft({"text": "x" * 60_000}))
        charges = [Charge(Budget("few", 2, 60), "43", None)]
        assert not await budgets.spend(name, charges, ["b@example.com"])
        assert await budgets.spend(name, charges, [f"{n}@example.com" for n in "cde"])
        await RedisSessions(redis).start(name, [43], "anna@example.com", "Anna")
        await customers.remove(anna.ref)
        assert {43: anna} == await remains.lost(name)
        await remains.erase(name, [Lost(43, frozenset({"anna@example.com"}))])
        assert {} == await remains.lost(name)

    kept = {key.partition("}:")[2].partition(":")[0] for key in cluster.all_keys()}
    assert set() == kept & {"draft", "session", "upload", "lost", "drafts", "signed-in"}


async def test_a_command_and_its_file_come_and_go(redis):
    """Each account's on its node, and the room of all files on one."""
    commands = RedisCommands(redis)
    spool = RedisSpool(redis, most_bytes=2**20, message_bytes=2**20)

    async def chunks():
        yield bytes(300_000)

    for account in ACCOUNTS[:3]:
        file = await spool.keep(account, 7, "a", "text/plain", chunks(), limit=2**20)
        await spool.hold(account, [file.id])
        ref = TicketRef(account, 51)
        command = PostReply("r", ref, 7, "Anna", datetime.now(UTC), "Hi", (file,))
        assert await commands.put(command)
        (claimed,) = await commands.claim(account, 5)
        await commands.note(claimed, Steps((1,)))
        await commands.renew(claimed)
        await commands.postpone(claimed, 0)
        (claimed,) = await commands.claim(account, 5)

        assert (command, Steps((1,)), 1) == (
            *(claimed.command, claimed.steps, claimed.tries),
        )
        size = sum([len(chunk) async for chunk in spool.read(account, file.id)])
        assert 300_000 == size
        await commands.done(command, 51)
        await commands.index(account)
        await spool.remove(account, None, [file.id])

        assert [Progress.DONE] == [
            waiting.progress for waiting in await commands.waiting(account, [7, 8])
        ]
    assert 0 == await redis.exists(keys.SPOOL_SIZES)
    assert [] == await commands.accounts(5)
