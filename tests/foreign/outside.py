"""Whether the foreign stack is well, asked by its own protocols and by no door of ours."""

import httpx
import psycopg
import redis

from tests.foreign.foreign import Foreign
from tests.stack.waiting import eventually

SERVERS = ("shop", "postgres", "redis")
"""Those that faults kill."""
OURS = "simulator-"
"""What everything of ours in somebody else's database or cache begins with."""


def await_well(foreign: Foreign, within_s: float) -> None:
    """Until nobody could know that we were there; fails with what is still wrong after so many seconds."""
    wrong: list[str] = []

    def is_well() -> bool:
        wrong[:] = what_is_wrong(foreign)
        return not wrong

    try:
        eventually("all is well", is_well, within_s)
    except AssertionError:
        raise AssertionError(f"not well within {within_s:g} s: {', '.join(wrong)}") from None


def what_is_wrong(foreign: Foreign) -> list[str]:
    """In words."""
    down = [name for name in SERVERS if foreign.run(foreign.is_down, name) != 1]
    if down:
        return [f"{name} is down" for name in down]
    try:
        return [*_unwell(foreign), *_left_in_the_database(foreign), *_left_in_the_cache(foreign)]
    except (httpx.HTTPError, psycopg.Error, redis.RedisError) as error:
        return [f"{type(error).__name__}: {error}"]


def mend(foreign: Foreign) -> None:
    """Whatever a test that failed has left down, and the claim of whoever was killed, which lasts another minute."""
    foreign.end_silences()
    for name in SERVERS:
        foreign.run(foreign.up, name)
    httpx.post(f"{foreign.pay_url}/admin/heal", headers=_admin(foreign))


def _admin(foreign: Foreign) -> dict[str, str]:
    return {"Authorization": f"Bearer {foreign.names.secrets.pay_admin}"}


def pay_fails(foreign: Foreign) -> bool:
    """By its own word."""
    state = httpx.get(f"{foreign.pay_url}/admin/state", headers=_admin(foreign))
    return state.status_code != httpx.codes.NO_CONTENT


def _unwell(foreign: Foreign) -> list[str]:
    found = ["pay fails"] if pay_fails(foreign) else []
    bought = httpx.post(f"{foreign.shop_url}/orders", timeout=10)
    # Not only taken but paid.
    return found if bought.status_code == httpx.codes.CREATED else [*found, f"an order: {bought.status_code}"]


def _left_in_the_database(foreign: Foreign) -> list[str]:
    sessions = "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE %s"
    with psycopg.connect(foreign.dsn, connect_timeout=5) as connection:
        return [f"session {name}" for (name,) in connection.execute(sessions, (f"{OURS}%",))]


def _left_in_the_cache(foreign: Foreign) -> list[str]:
    with redis.Redis.from_url(foreign.redis_url, socket_timeout=5) as cache:
        return [f"key {key!r}" for key in cache.scan_iter(f"{OURS}*", count=1000)]
