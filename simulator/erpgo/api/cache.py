"""The door to Redis. A cache that is gone makes the service slower, never broken."""

import random
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from simulator.erpgo.api.metrics.cache import CacheMetrics
from simulator.erpgo.api.settings import CacheSettings

PREFIX = "erpgo:"
_TIMEOUT = 0.2
_FAILURES_TO_OPEN = 3
_REST_SECONDS = 1.0
_TTL_SPREAD = 0.2


class Breaker:
    """Leaves a failing neighbour alone: after three failures in a row, one try a second.

    One, not all who come while that one waits: if everybody tried at once, every request in six would wait for a cache
    that does not answer, and the 95th percentile would be that wait.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures = 0
        self._rest_until = 0.0

    def admit(self) -> bool:
        """Let a command through. While the neighbour fails, whoever is let through is this second's only try."""
        if self._failures < _FAILURES_TO_OPEN:
            return True
        if self._clock() < self._rest_until:
            return False
        self._rest()
        return True

    def record(self, *, success: bool) -> None:
        if success:
            self._failures = 0
            return
        self._failures += 1
        self._rest()

    def _rest(self) -> None:
        self._rest_until = self._clock() + _REST_SECONDS


class RedisUnavailable(Exception):
    """Redis did not answer in time, or is left alone for the moment."""


class RedisDoor:
    """One pool with short deadlines and no retries, shared by the cache and the revoked tokens."""

    def __init__(self, settings: CacheSettings) -> None:
        self._pool = BlockingConnectionPool.from_url(
            settings.url,
            password=settings.password or None,
            max_connections=settings.pool_size,
            timeout=_TIMEOUT,
            socket_timeout=_TIMEOUT,
            socket_connect_timeout=_TIMEOUT,
            retry=Retry(NoBackoff(), 0),
            client_name="erpgo-api",
        )
        self._redis = Redis(connection_pool=self._pool)
        self._breaker = Breaker(time.monotonic)

    async def get(self, key: str) -> bytes | None:
        value: bytes | None = await self._command("GET", PREFIX + key)
        return value

    async def set(self, key: str, value: bytes, seconds: float) -> None:
        await self._command("SET", PREFIX + key, value, "PX", max(1, int(seconds * 1000)))

    async def add(self, key: str, seconds: float) -> bool:
        """Set a marker; return whether it was not there before."""
        return await self._command("SET", PREFIX + key, b"1", "EX", max(1, int(seconds)), "NX") is not None

    async def delete(self, key: str) -> None:
        await self._command("DEL", PREFIX + key)

    async def ping(self) -> None:
        await self._command("PING")

    async def used_memory(self) -> float:
        info = await self._command("INFO", "memory")
        return float(info["used_memory"])

    async def close(self) -> None:
        with suppress(RedisError, OSError):
            await self._pool.aclose()

    async def _command(self, *words: str | bytes | int) -> Any:
        if not self._breaker.admit():
            raise RedisUnavailable("Redis failed several times in a row and is left alone for a second")
        try:
            answer = await self._redis.execute_command(*words)  # type: ignore[no-untyped-call]  # redis-py has no types here
        except (RedisError, OSError, TimeoutError) as error:
            self._breaker.record(success=False)
            raise RedisUnavailable(f"Redis did not answer {words[0]!r}: {error}") from error
        self._breaker.record(success=True)
        return answer


class Cache:
    """Cache-aside reads by kind ("product", "product_list", "search"), counted by kind and result."""

    def __init__(self, redis: RedisDoor, ttl: float, metrics: CacheMetrics) -> None:
        self._redis = redis
        self._ttl = ttl
        self._metrics = metrics

    async def get(self, kind: str, key: str) -> bytes | None:
        try:
            value = await self._redis.get(f"{kind}:{key}")
        except RedisUnavailable:
            self._metrics.count("get", kind, "error")
            return None
        self._metrics.count("get", kind, "miss" if value is None else "hit")
        return value

    async def set(self, kind: str, key: str, value: bytes) -> None:
        try:
            await self._redis.set(f"{kind}:{key}", value, self._ttl * self._spread())
        except RedisUnavailable:
            self._metrics.count("set", kind, "error")
        else:
            self._metrics.count("set", kind, "ok")

    @staticmethod
    def _spread() -> float:
        """Entries that were written together must not expire together: that would be a stampede."""
        return random.uniform(1 - _TTL_SPREAD, 1 + _TTL_SPREAD)  # noqa: S311  no secret hangs on it

    async def delete(self, kind: str, key: str) -> None:
        try:
            await self._redis.delete(f"{kind}:{key}")
        except RedisUnavailable:
            self._metrics.count("delete", kind, "error")
        else:
            self._metrics.count("delete", kind, "ok")
