"""One cause, one page: what silences an alert on a symptom while the cause pages by itself.

Here each is an `unless` on a service that is down now, or was lately for long enough that its own alert has paged; one lost
scrape is neither. The 30 s cover the failures that stay in a 15 s window after the return, and a cache's warming up.

In production scrapes are too few for that, services have replicas, and windows last: there a cause is one whose own alert
fires, or did within the symptom's window, and of which the best replica was away for a good part of it.
"""

from simulator.erpgo.stack.prometheus.model import Cause


def _lately(up: str) -> str:
    return f"avg_over_time({up}[30s]) < 0.85"


def _there(alert: str, up: str) -> str:
    return (
        f'max(max_over_time(ALERTS{{alertname="{alert}",alertstate="firing"}}[$lately]))'
        f" and on () max(avg_over_time({up}[$lately])) < 0.85"
    )


_API = 'up{job="erpgo-api"}'
_DATABASE = Cause(here=f"pg_up == 0 or {_lately('pg_up')}", in_production=_there("PostgreSQLDown", "pg_up"))
_CACHE = Cause(here=f"redis_up == 0 or {_lately('redis_up')}", in_production=_there("RedisDown", "redis_up"))
_API_WAS_AWAY = Cause(here=_lately(_API), in_production=_there("ApplicationDown", _API))

DATABASE_ANSWERS = (_DATABASE,)
"""A dead database is PostgreSQLDown's."""
CACHE_IS_WARM = (_CACHE, _DATABASE, _API_WAS_AWAY)
"""The same for a dead cache, for one that nothing can refill, and for one that cooled down without readers."""
NEIGHBOURS_ARE_WELL = (_CACHE, _DATABASE, _API_WAS_AWAY)
"""Answers that take longer than usual, though not long: what the API waits for has a page of its own."""
SHOP_IS_OPEN = (_DATABASE, _API_WAS_AWAY)
"""Nobody can order, or log in, without the database; and counts begin anew with a new process."""
