"""Tokens that were good and are not any more: logged out, or a refresh token used once."""

from collections import OrderedDict

from stack.erpgo.cache import RedisDoor, RedisUnavailable
from stack.erpgo.metrics.system import SystemMetrics

_MOST_REMEMBERED = 100_000


class Revocations:
    """Redis holds the list for all instances and over restarts; this process remembers its own as well.

    Without Redis a token counts as good unless this process revoked it itself: fail open. A token that was
    revoked elsewhere lives a little longer; refusing every token instead would turn the loss of a cache into
    the loss of all orders.
    """

    def __init__(self, redis: RedisDoor, system: SystemMetrics) -> None:
        self._redis = redis
        self._system = system
        self._own: OrderedDict[str, None] = OrderedDict()

    async def is_revoked(self, token_id: str) -> bool:
        if token_id in self._own:
            return True
        try:
            return await self._redis.get(_key(token_id)) is not None
        except RedisUnavailable:
            self._system.error("unavailable", "cache", "warning")
            return False

    async def revoke(self, token_id: str, seconds: float) -> bool:
        """Revoke a token that lives for another `seconds`; return whether it was good until now."""
        if token_id in self._own:
            return False
        self._own[token_id] = None
        if len(self._own) > _MOST_REMEMBERED:
            self._own.popitem(last=False)
        try:
            return await self._redis.add(_key(token_id), seconds)
        except RedisUnavailable:
            self._system.error("unavailable", "cache", "warning")
            return True


def _key(token_id: str) -> str:
    return f"revoked:{token_id}"
