"""One cause, one page: what silences an alert on a symptom while the cause pages by itself.

Each is an `unless` on a service that is down now, or was lately for long enough that its own alert has paged; one lost
scrape is neither. The 30 s cover the failures that stay in a 15 s window after the return, and a cache's warming up.
"""


def _down(selector: str) -> str:
    return f"{selector} == 0 or avg_over_time({selector}[30s]) < 0.85"


_DATABASE, _CACHE = _down("pg_up"), _down("redis_up")
_API_WAS_AWAY = 'avg_over_time(up{job="erpgo-api"}[30s]) < 0.85'

DATABASE_ANSWERS = f" unless on () ({_DATABASE})"
"""A dead database is PostgreSQLDown's."""
CACHE_IS_WARM = f" unless on () ({_CACHE} or {_DATABASE} or {_API_WAS_AWAY})"
"""The same for a dead cache, for one that nothing can refill, and for one that cooled down without readers."""
SHOP_IS_OPEN = f" unless on () ({_DATABASE} or {_API_WAS_AWAY})"
"""Nobody can order, or log in, without the database; and counts begin anew with a new process."""
