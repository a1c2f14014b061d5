"""The door to Redis or Valkey: key counts, and a flood that lasts until it is stopped."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.maint_notifications import MaintNotificationsConfig

from simulator.base.addresses import ENCODE, is_well_formed
from simulator.base.clock import Clock
from simulator.base.errors import DoorError
from simulator.base.values import Value
from simulator.doors.endpoint import Certificates

TIMEOUT = 2.0
"""Seconds, to connect and to answer."""
BATCH = 16
"""Junk values sent in one round trip."""


class Room(Value):
    """How much a server may keep, and what it does when that is full."""

    limit: int
    """Bytes; 0: as much as the machine has."""
    policy: str
    """What it takes away then, in its own words; `noeviction`: nothing, and writes fail."""


class Flood(Value):
    """How junk is written: `rate` values a second of `value_bytes`, each gone after `ttl` seconds by itself."""

    prefix: str
    value_bytes: int
    rate: float
    ttl: float


@dataclass(frozen=True)
class _Pouring:
    """A flood under way."""

    task: asyncio.Task[None]
    writing: asyncio.Lock
    """Held while a batch is sent, until it is answered."""

    async def end(self) -> None:
        """Stop between two batches: the server would still work on one cut off while its keys are being looked for."""
        with contextlib.suppress(TimeoutError):  # a server that is silent lists no keys either
            async with asyncio.timeout(TIMEOUT):
                await self.writing.acquire()
        await _ended(self.task)


class Redis:
    """Asks the cache, and floods it."""

    def __init__(
        self, url: str, clock: Clock, prefix: str = "", certificates: Certificates | None = None
    ) -> None:
        if not is_well_formed(url):  # the client would repeat pieces of it
            raise DoorError(f"Redis's address is not well-formed: {ENCODE}")
        self.prefix = prefix
        """Of all keys of the application; empty: not known, and then every key counts as its own."""
        self._clock = clock
        self._redis = redis.asyncio.Redis.from_url(
            url,
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            # Whoever asks asks again: the client's own three retries would make two seconds eight.
            retry=Retry(NoBackoff(), 0),
            # With them a client of redis-py 8 uses a connection that the server has closed, as one that was killed has.
            maint_notifications_config=MaintNotificationsConfig(enabled=False),
            **_secured(url, certificates or Certificates()),
        )
        self._floods: dict[str, _Pouring] = {}
        self._repeated: dict[str, asyncio.Task[None]] = {}
        self._ending: set[str] = set()
        self._turns: dict[str, int] = {}
        self._troubles: dict[str, str] = {}

    async def probe(self) -> str:
        """The answer to PING; raises DoorError when there is no PONG."""
        try:
            await self._redis.ping()
        except RedisError as error:
            raise DoorError(f"Redis did not answer PING: {error}") from None
        return "PING answered"

    def prefix_of(self, named: str) -> str:
        """Of the keys that may be deleted: as the fault says, or else the environment.

        Raises:
            DoorError: neither names one; all keys are never meant.
        """
        if not (named or self.prefix):
            raise DoorError("no prefix of keys is named, neither by the fault nor by the environment")
        return named or self.prefix

    async def count(self, prefix: str) -> int:
        """How many keys begin with the prefix."""
        try:
            return sum([1 async for _ in self._redis.scan_iter(match=f"{prefix}*", count=1000)])
        except RedisError as error:
            raise DoorError(f"Redis did not list its keys: {error}") from None

    async def lookups(self) -> tuple[int, int]:
        """The server's own counts of key look-ups since it started: (hits, misses)."""
        try:
            stats = await self._redis.info("stats")
        except RedisError as error:
            raise DoorError(f"Redis did not answer INFO: {error}") from None
        return int(stats["keyspace_hits"]), int(stats["keyspace_misses"])

    async def room(self) -> Room:
        """How much the server may keep; raises DoorError when it does not say."""
        try:
            memory = await self._redis.info("memory")
        except RedisError as error:
            raise DoorError(f"Redis did not answer INFO: {error}") from None
        return Room(limit=int(memory.get("maxmemory", 0)), policy=str(memory.get("maxmemory_policy", "")))

    def said(self, owner: str) -> str:
        """What the server said last against what is being done, such as that the user may not; empty: nothing."""
        return f"; Redis said: {self._troubles[owner]}" if owner in self._troubles else ""

    def flood(self, flood: Flood) -> None:
        """Begin to write junk, until `drain` or until this process dies."""
        if flood.prefix not in self._floods:
            writing = asyncio.Lock()
            self._floods[flood.prefix] = _Pouring(asyncio.create_task(self._pour(flood, writing)), writing)

    async def drain(self, prefix: str) -> None:
        """Stop the flood of this prefix and delete its keys. Idempotent; also cleans up after a dead engine."""
        pouring = self._floods.pop(prefix, None)
        if pouring is not None:
            await pouring.end()
        try:
            junk = [key async for key in self._redis.scan_iter(match=f"{prefix}*", count=1000)]
            if junk:
                await self._redis.unlink(*junk)
        except RedisError as error:
            raise DoorError(f"Redis did not delete the junk keys {prefix}*: {error}") from None

    def flush_often(self, owner: str, prefix: str, every: float) -> None:
        """Begin to delete all keys with the prefix, every so many seconds, until `end_repeated`."""
        self._repeat(owner, lambda: self._delete(prefix), every)

    def pause_often(self, owner: str, seconds: float) -> None:
        """Begin to pause all clients of the server, again as soon as a pause ends by itself, until `end_repeated`."""
        self._repeat(owner, lambda: self._pause(seconds), seconds / 2)

    def repeated(self, owner: str) -> int:
        """How often it was done since it began; 0 when it is not being done."""
        return self._turns.get(owner, 0)

    async def end_repeated(self, owner: str) -> None:
        """Stop what `flush_often` or `pause_often` began. Idempotent; what a dead engine began ended with it."""
        task = self._repeated.get(owner)
        if task is not None:
            # A client may swallow the cancellation: then this ends it, and it counts as there until it has ended.
            self._ending.add(owner)
            await _ended(task)
            del self._repeated[owner]
            self._ending.discard(owner)
        self._turns.pop(owner, None)

    def _repeat(self, owner: str, act: Callable[[], Awaitable[None]], every: float) -> None:
        if owner not in self._repeated:
            self._repeated[owner] = asyncio.create_task(self._again(owner, act, every))

    async def _again(self, owner: str, act: Callable[[], Awaitable[None]], every: float) -> None:
        """A server that fails is tried again at the next turn: the fault's own check shows what it does."""
        while owner not in self._ending:
            try:
                await act()
                self._turns[owner] = self._turns.get(owner, 0) + 1
            except RedisError as error:
                self._troubles[owner] = str(error)
            await self._clock.sleep(every)

    async def _delete(self, prefix: str) -> None:
        keys = [key async for key in self._redis.scan_iter(match=f"{prefix}*", count=1000)]
        if keys:
            await self._redis.unlink(*keys)

    async def _pause(self, seconds: float) -> None:
        await self._redis.client_pause(int(seconds * 1000), all=True)

    async def close(self) -> None:
        for owner in list(self._repeated):
            await self.end_repeated(owner)
        while self._floods:
            _, pouring = self._floods.popitem()
            await pouring.end()
        await self._redis.aclose()

    async def _pour(self, flood: Flood, writing: asyncio.Lock) -> None:
        """Write in batches at the given rate; a cache that fails is tried again a batch later."""
        value = b"\0" * flood.value_bytes
        started, sent = self._clock.monotonic(), 0
        while flood.prefix in self._floods:
            try:
                async with writing, self._redis.pipeline(transaction=False) as pipeline:
                    for number in range(sent, sent + BATCH):
                        # A pipeline only queues here; what it returns is itself.
                        _ = pipeline.set(f"{flood.prefix}{number}", value, px=int(flood.ttl * 1000))
                    await pipeline.execute()
            except RedisError as error:
                self._troubles[flood.prefix] = str(error)
            sent += BATCH
            # Behind schedule we do not hurry to catch up: the rate is also the cap on CPU.
            await self._clock.sleep(
                max(BATCH / flood.rate / 4, started + sent / flood.rate - self._clock.monotonic())
            )


def _secured(url: str, certificates: Certificates) -> dict[str, Any]:
    """What the client takes for an address with `rediss:` alone."""
    if not url.startswith("rediss:"):
        return {}
    files = {
        "ssl_ca_certs": certificates.ca,
        "ssl_certfile": certificates.cert,
        "ssl_keyfile": certificates.key,
    }
    return {
        "ssl_check_hostname": True,
        **{name: str(path) for name, path in files.items() if path is not None},
    }


async def _ended(task: "asyncio.Task[None]") -> None:
    """Wait until it is over. A client may swallow the cancellation: then what is under way is the last."""
    task.cancel()
    await asyncio.wait([task], timeout=2 * TIMEOUT)
    if not task.done():
        raise DoorError(f"what was being done to Redis did not stop within {2 * TIMEOUT:g} s")
