"""The game day of the foreign stack's owners: one experiment for each way in which something of theirs may fail."""

from tests.foreign.foreign import Foreign
from tests.foreign.names import Alerts
from tests.foreign.owners import Tree

SCRAPE_TIMEOUT, GROUP_WAIT = 10, 5
"""Seconds, as monitoring.py has them."""
SLACK = 9
"""Seconds for everything else, on a busy machine; what has to wait for its group is given that wait once more."""


class Experiments:
    """By name, as YAML reads them; each page is expected as soon as scrapes and evaluations, a hold and a group wait allow."""

    def __init__(self, foreign: Foreign) -> None:
        self._alerts: Alerts = foreign.names.alerts
        self._severities = foreign.names.severities
        scraped = 2 * foreign.interval_s + min(foreign.interval_s, SCRAPE_TIMEOUT)
        self._urgent_within = scraped + SLACK
        self._later_within = scraped + 2 * foreign.interval_s + 2 * GROUP_WAIT

    def all(self) -> dict[str, Tree]:
        """Those of the game day, in its order."""
        return {
            "shop-dead": self.shop_dead(),
            "pay-fails": self.pay_fails(),
            "db-dead": self.db_dead(),
            "quiet": self.quiet(),
            "cache-dead": self.cache_dead(),
            "db-locked": self.db_locked(),
            "pay-slow": self.pay_slow(),
            "cache-full": self.cache_full(),
            "db-timeouts": self.db_timeouts(),
        }

    def quiet(self) -> Tree:
        """Nothing is broken, so nobody is told of anything."""
        return {"title": "Nothing is broken", "observe": "8s"}

    def shop_dead(self) -> Tree:
        alerts = self._alerts
        may = [alerts.probe_failed, alerts.shop_errors, alerts.shop_errors_rising]
        return self._experiment(
            "The shop is dead", [_by_command("shop")], [self._urgent(alerts.shop_down)], may
        )

    def pay_fails(self) -> Tree:
        fault = {"fault": "http-hook", "service": "pay"}
        return self._experiment(
            "Payments fail", [fault], [self._urgent(self._alerts.pay_errors)], [self._alerts.pay_slow]
        )

    def pay_dead(self, fault: str) -> Tree:
        """By the manager that runs it, which the caller has seen to."""
        killed = {"fault": fault, "service": "pay"}
        must, may = [self._urgent(self._alerts.pay_down)], [self._alerts.probe_failed]
        return self._experiment("Payments are dead", [killed], must, may)

    def pay_slow(self) -> Tree:
        fault = {"fault": "http-hook", "service": "pay-slow"}
        return self._experiment("Payments are slow", [fault], [self._later(self._alerts.pay_slow)])

    def db_dead(self) -> Tree:
        alerts = self._alerts
        may = [alerts.shop_errors, alerts.shop_errors_rising]
        return self._experiment(
            "The database is dead", [_by_command("db")], [self._urgent(alerts.postgres_down)], may
        )

    def cache_dead(self) -> Tree:
        return self._experiment(
            "The cache is dead", [_by_command("cache")], [self._urgent(self._alerts.redis_down)]
        )

    def db_locked(self) -> Tree:
        """Writers queue behind a transaction that does not end."""
        alerts = self._alerts
        fault = {"fault": "db-pool-exhaust", "service": "db", "pool": 3}
        must = [self._later(alerts.long_transaction)]
        may = [alerts.shop_errors, alerts.shop_errors_rising]
        return self._experiment("A table is locked", [fault], must, may)

    def db_timeouts(self) -> Tree:
        alerts = self._alerts
        fault = {"fault": "db-timeouts", "service": "db", "victims": 3}
        must = [self._later(alerts.shop_errors_rising)]
        return self._experiment("Statements time out", [fault], must, [alerts.shop_errors])

    def cache_full(self) -> Tree:
        fault = {"fault": "cache-flood", "service": "cache", "rate": 400, "hit_rate_below": 0.9}
        return self._experiment("The cache is full", [fault], [self._later(self._alerts.redis_full)])

    def _experiment(
        self, title: str, faults: list[Tree], must: list[Tree], may: list[str] | None = None
    ) -> Tree:
        because = "it depends on what was asked just then"
        return {
            "title": title,
            "faults": faults,
            "must": must,
            "may": [{"alert": alert, "because": because} for alert in may or ()],
            "observe": max(one["within"] for one in must),
            "needs": {"requests": 1},
        }

    def _urgent(self, alert: str) -> Tree:
        return {"alert": alert, "severity": self._severities.urgent, "within": f"{self._urgent_within}s"}

    def _later(self, alert: str) -> Tree:
        return {"alert": alert, "severity": self._severities.later, "within": f"{self._later_within}s"}


def _by_command(service: str) -> Tree:
    return {"fault": "command", "service": service}
