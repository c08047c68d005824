"""Redis clients that never repeat a command behind our back.

redis-py 8 retries silently by default: one XADD becomes three entries when
replies are lost. Here a failed command fails, at once. (Where a cluster says
that another node has the key, nothing was done, and that node is asked.)
"""

import asyncio
import random
import weakref
from collections.abc import Iterable
from typing import Any, Self, cast

from redis.asyncio import ConnectionPool, Redis, RedisCluster
from redis.asyncio.client import PubSub
from redis.asyncio.connection import (
    AbstractConnection,
    Connection,
    SSLConnection,
    UnixDomainSocketConnection,
)
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import (
    Sentinel,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
)
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import ReadOnlyError, RedisClusterException, RedisError
from redis.exceptions import TimeoutError as TooSlow

from ticket24.pace import PACE
from ticket24.redis_urls import WatchedRedis, is_watched

CLUSTER = "redis+cluster://"

_CONNECTIONS = 32

# A cluster's client cannot wait for a free connection: it refuses one too many.
_CONNECTIONS_PER_NODE = 500


def connect(url: str, seconds: float = PACE.redis_seconds) -> Redis:
    """Return a client for `redis://`, `rediss://`, `unix://`, a cluster or Sentinels.

    Answers are bytes. ValueError says what is wrong with the URL. No command may wait
    longer than this many seconds.
    """
    options: dict[str, Any] = {
        "protocol": 2,
        "retry": Retry(NoBackoff(), 0),
        "socket_connect_timeout": seconds,
        "socket_timeout": seconds,
        "health_check_interval": 15,
        # To introduce itself, redis-py reads its version from the disk each time.
        "driver_info": None,
    }
    if url.lower().startswith(CLUSTER):
        return _connect_to_cluster(url, options)
    if is_watched(url):
        return _Redis.from_pool(_WatchedPool(WatchedRedis.parse(url), seconds, options))
    pool = _Pool.from_url(url, max_connections=_CONNECTIONS, timeout=seconds, **options)
    return _Redis.from_pool(pool)


async def subscriber(redis: Redis) -> PubSub:
    """Return what can subscribe to channels, on a connection of its own.

    In a cluster any node does. For each channel redis-py would always choose the same
    one, also when that is gone.
    """
    if not isinstance(redis, RedisCluster):
        return redis.pubsub()
    await redis.initialize()
    return redis.pubsub(node=random.choice(redis.get_primaries()))  # noqa: S311  Any.


def text(raw: Any) -> str:  # noqa: ANN401  redis-py says "bytes or str" everywhere.
    """Return as a string what Redis sent as bytes."""
    return str(raw, "utf-8")


def texts(rows: Iterable[Any]) -> list[str]:
    """Return as strings what Redis sent as bytes."""
    return [text(row) for row in rows]


class _Sending(AbstractConnection):
    """Sends without a task of its own.

    redis-py sends within `asyncio.wait_for`, and that of Python 3.11 loses a
    cancellation that comes when the last byte is out: a Ctrl-C, or the end of a worker.
    """

    async def send_packed_command(
        self,
        command: bytes | str | Iterable[bytes],
        check_health: bool = True,  # noqa: FBT001, FBT002  redis-py's own signature.
    ) -> None:
        if not self.is_connected:
            await self.connect_check_health(check_health=False)
        if check_health:
            await self.check_health()  # type: ignore[no-untyped-call]
        command = command.encode() if isinstance(command, str) else command
        parts = [command] if isinstance(command, bytes) else command
        try:
            async with asyncio.timeout(self.socket_timeout):
                await self._send_packed_command(parts)
        except TimeoutError:
            await self.disconnect(nowait=True)
            raise TooSlow("Timeout writing to socket") from None
        except OSError as error:
            await self.disconnect(nowait=True)
            raise NoConnection(f"Writing to socket: {error}") from error
        except BaseException:
            # Nobody knows how much of it is out.
            await self.disconnect(nowait=True)
            raise


class _Tcp(_Sending, Connection):
    pass


class _Tls(_Sending, SSLConnection):
    pass


class _WatchedTcp(_Sending, SentinelManagedConnection):
    pass


class _WatchedTls(_Sending, SentinelManagedSSLConnection):
    pass


class _Unix(_Sending, UnixDomainSocketConnection):
    pass


_SENDING: dict[type[AbstractConnection], type[AbstractConnection]] = {
    Connection: _Tcp,
    SSLConnection: _Tls,
    UnixDomainSocketConnection: _Unix,
    SentinelManagedConnection: _WatchedTcp,
    SentinelManagedSSLConnection: _WatchedTls,
}


class _Redis(Redis):
    """Follows a failover behind one address: a name, a balancer, a service.

    The old primary keeps our connections and only refuses what writes.
    """

    async def parse_response(self, connection: Any, *args: Any, **options: Any) -> Any:  # noqa: ANN401  As above.
        try:
            return await super().parse_response(connection, *args, **options)
        except ReadOnlyError:
            await connection.disconnect()
            await self.connection_pool.disconnect(inuse_connections=False)
            raise


class _Pool(ConnectionPool):
    """Gives connections in the order in which they are asked for, and stays closed.

    redis-py would give a free one to whoever comes just then, and let others wait until
    their patience ends; and once closed it would connect anew, and nobody would end
    that.
    """

    _closed = False

    def __init__(self, *, timeout: float, **options: Any) -> None:  # noqa: ANN401  As above.
        super().__init__(**options)
        self.connection_class = _SENDING[self.connection_class]
        self._patience = timeout
        self._free = asyncio.Semaphore(self.max_connections)

    async def get_connection(self, *_: Any, **__: Any) -> Any:  # noqa: ANN401  As above.
        await self._turn()
        try:
            connection = self.get_available_connection()  # type: ignore[no-untyped-call]
        except BaseException:
            self._free.release()
            raise
        try:
            await self.ensure_connection(connection)
        except BaseException:
            await self.release(connection)
            raise
        return connection

    async def ensure_connection(self, connection: AbstractConnection) -> None:
        self._refuse_if_closed()
        await super().ensure_connection(connection)
        if self._closed:
            await connection.disconnect()
        self._refuse_if_closed()

    async def release(self, connection: AbstractConnection) -> None:
        self._in_use_connections.remove(connection)
        try:
            if connection.should_reconnect():  # type: ignore[no-untyped-call]
                await connection.disconnect()
        finally:
            self._available_connections.append(connection)
            self._free.release()

    async def aclose(self) -> None:
        self._closed = True
        await super().aclose()

    async def _turn(self) -> None:
        if not self._free.locked():
            await self._free.acquire()
            return
        try:
            async with asyncio.timeout(self._patience):
                await self._free.acquire()
        except TimeoutError as error:
            raise NoConnection("No connection available") from error

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise NoConnection("This client was closed")


class _WatchedPool(_Pool):
    """Its connections ask it, each time they connect, which server leads."""

    # What redis-py's connections ask besides: nobody here reads from replicas.
    is_master = True
    check_connection = False

    def __init__(self, watched: WatchedRedis, timeout: float, options: Any) -> None:  # noqa: ANN401  As above.
        plain, tls = SentinelManagedConnection, SentinelManagedSSLConnection
        super().__init__(
            timeout=timeout,
            connection_class=tls if watched.tls else plain,
            max_connections=_CONNECTIONS,
            **options | watched.options,
        )
        self.connection_kwargs["connection_pool"] = weakref.proxy(self)
        theirs = options | watched.theirs | ({"ssl": True} if watched.tls else {})
        self._sentinel = Sentinel(  # type: ignore[no-untyped-call]
            watched.places, sentinel_kwargs=theirs
        )
        self._name = watched.name

    async def get_master_address(self) -> tuple[str, int]:
        try:
            host, port = await self._sentinel.discover_master(self._name)
        except (RedisError, OSError) as error:
            # What each of them said would be a long line.
            closed = "Authentication" in str(error)
            hint = ": they want ?sentinel_password=" if closed else ""
            fault = f"No Sentinel names a leader of {self._name}{hint}"
            raise NoConnection(fault) from None
        return host, port

    async def aclose(self) -> None:
        await super().aclose()
        for one in self._sentinel.sentinels:
            await one.aclose()


class _Cluster(RedisCluster):
    """Fails with a RedisError as the other clients do, and closes for good."""

    async def initialize(self, *args: Any, **options: Any) -> Self:  # noqa: ANN401  As above.
        try:
            await super().initialize(*args, **options)
        except RedisClusterException as error:
            raise NoConnection(str(error)) from error
        return self

    async def aclose(self) -> None:
        # After an error the client calls itself closed, with connections still open.
        self._initialize = False
        await super().aclose()

    async def _determine_slot(self, command: str, *args: Any) -> int:  # noqa: ANN401  As above.
        # For this command redis-py asks a node of its choice each time, and never
        # chooses another one if that node is gone.
        if command == "XREADGROUP":
            return self.keyslot(args[args.index(b"STREAMS") + 1])
        return await super()._determine_slot(command, *args)


def _connect_to_cluster(url: str, options: dict[str, Any]) -> Redis:
    try:
        cluster = _Cluster.from_url(
            f"redis://{url.partition('://')[2]}",
            max_connections=_CONNECTIONS_PER_NODE,
            # Otherwise every fifth key that has moved ends all commands under way.
            reinitialize_steps=0,
            **options,
        )
    except (RedisClusterException, TypeError) as error:
        raise ValueError(str(error)) from error
    # Of the nodes that are found later, and of those that are known already.
    cluster.connection_kwargs["connection_class"] = _Tcp
    for node in cluster.nodes_manager.startup_nodes.values():
        node.connection_class = _Tcp
    cluster.command_flags["PING"] = RedisCluster.PRIMARIES
    return cast("Redis", cluster)
