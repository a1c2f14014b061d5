"""Sessions that were logged out, and refresh tokens that were used."""

from collections import OrderedDict

from simulator.erpgo.api.cache import RedisDoor, RedisUnavailable
from simulator.erpgo.api.metrics.system import SystemMetrics
from simulator.erpgo.api.security.tokens import Token, TokenInvalid

_MOST_REMEMBERED = 100_000


class Revocations:
    """Redis holds the list for all instances and over restarts; this process remembers its own as well.

    Without Redis a token counts as good unless this process revoked it itself: fail open. A session that was
    ended elsewhere lives a little longer; refusing every token instead would turn the loss of a cache into
    the loss of all orders.
    """

    def __init__(self, redis: RedisDoor, system: SystemMetrics) -> None:
        self._redis = redis
        self._system = system
        self._own: OrderedDict[str, None] = OrderedDict()

    async def refuse_ended(self, token: Token) -> None:
        """Let a token pass whose session goes on.

        Raises:
            TokenInvalid: the session was logged out.
        """
        if await self._is_revoked(token.session_id):
            raise TokenInvalid("token_invalid", "The session has ended; log in again.")

    async def revoke(self, name: str, seconds: float) -> bool:
        """Revoke a session or a token by its id for `seconds`; return whether it was good until now."""
        if name in self._own:
            return False
        self._own[name] = None
        if len(self._own) > _MOST_REMEMBERED:
            self._own.popitem(last=False)
        try:
            return await self._redis.add(_key(name), seconds)
        except RedisUnavailable:
            self._system.error("unavailable", "cache", "warning")
            return True

    async def _is_revoked(self, name: str) -> bool:
        if name in self._own:
            return True
        try:
            return await self._redis.get(_key(name)) is not None
        except RedisUnavailable:
            self._system.error("unavailable", "cache", "warning")
            return False


def _key(name: str) -> str:
    return f"revoked:{name}"
