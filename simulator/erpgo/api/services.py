"""Everything a request needs, made once at start."""

import time
from dataclasses import dataclass
from functools import partial

from simulator.erpgo.api import metrics, schema, seed
from simulator.erpgo.api.cache import Cache, RedisDoor
from simulator.erpgo.api.chaos import Chaos
from simulator.erpgo.api.database import Database
from simulator.erpgo.api.metrics import Metrics
from simulator.erpgo.api.metrics.users import USER_TYPES
from simulator.erpgo.api.security.lockout import Lockout
from simulator.erpgo.api.security.passwords import Passwords
from simulator.erpgo.api.security.rate_limit import RateLimiter
from simulator.erpgo.api.security.revocations import Revocations
from simulator.erpgo.api.security.sessions import Sessions
from simulator.erpgo.api.security.tokens import Tokens
from simulator.erpgo.api.settings import Settings

# The start waits this long for the database, then serves 503 until it comes.
_START_PATIENCE = 3.0


@dataclass(frozen=True)
class Services:
    """The parts of the API, wired together.

    `rate_limiter` is None when limiting is switched off, `chaos` where no token for it is set.
    """

    settings: Settings
    metrics: Metrics
    database: Database
    redis: RedisDoor
    cache: Cache
    tokens: Tokens
    passwords: Passwords
    revocations: Revocations
    sessions: Sessions
    lockout: Lockout
    rate_limiter: RateLimiter | None
    chaos: Chaos | None

    async def open(self) -> None:
        await self.database.open(_START_PATIENCE)

    async def close(self) -> None:
        if self.chaos is not None:
            await self.chaos.close()
        await self.database.close()
        await self.redis.close()
        self.passwords.close()


def create(settings: Settings) -> Services:
    """Wire the parts together; nothing connects yet."""
    measured = metrics.create(settings.server.memory_limit)
    redis = RedisDoor(settings.cache)
    passwords = Passwords(settings.hashing)
    # One hash for all seeded accounts: three hundred of them would be felt at every start.
    shopper_hash = passwords.hash_now(seed.SHOPPER_PASSWORD)
    protection = settings.protection
    sessions = Sessions(time.time)
    for user_type in USER_TYPES:
        gauge = measured.users.active_sessions.labels(user_type)
        gauge.set_function(partial(sessions.count, user_type))
    limiter = RateLimiter(protection.rate, protection.burst, time.monotonic)
    return Services(
        settings=settings,
        metrics=measured,
        database=Database(
            settings.database, measured.database, partial(schema.ensure, password_hash=shopper_hash)
        ),
        redis=redis,
        cache=Cache(redis, settings.cache.product_ttl, measured.cache),
        tokens=Tokens(settings.tokens, time.time),
        passwords=passwords,
        revocations=Revocations(redis, measured.system),
        sessions=sessions,
        lockout=Lockout(protection.max_login_attempts, protection.lockout_duration, time.monotonic),
        rate_limiter=limiter if protection.rate_limit_enabled else None,
        chaos=Chaos() if settings.server.chaos_token else None,
    )
