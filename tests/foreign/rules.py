"""Alert rules, as the public mixins render theirs."""

from typing import Any

from ruamel.yaml.scalarstring import LiteralScalarString

from tests.foreign.names import Names

Rule = dict[str, Any]


class Rulebook:
    """The rules of one company at one interval of scrapes and evaluations, in seconds."""

    def __init__(self, names: Names, interval_s: int) -> None:
        self._names = names
        self._window = f"{max(4 * interval_s, 12)}s"
        self._hold = f"{2 * interval_s}s"

    def groups(self) -> list[dict[str, Any]]:
        """What the rule file holds below `groups`."""
        company = self._names.company
        return [
            {"name": f"{company}-shop.rules", "rules": [self._recorded(), *self._shop()]},
            {"name": f"{company}-pay.rules", "rules": self._pay()},
            {"name": f"{company}-postgres.rules", "rules": self._postgres()},
            {"name": f"{company}-redis.rules", "rules": self._redis()},
            {"name": f"{company}-probes", "rules": self._probes()},
            {"name": "general.rules", "rules": self._general()},
        ]

    def _recorded(self) -> Rule:
        job, window = self._names.jobs.shop, self._window
        requests = f'flask_http_request_total{{job="{job}"'
        return {
            "record": "job:flask_http_request_errors:ratio_rate",
            "expr": LiteralScalarString(
                f'sum by (job) (rate({requests},status=~"5.."}}[{window}]))\n'
                f"  /\nsum by (job) (rate({requests}}}[{window}]))"
            ),
        }

    def _shop(self) -> list[Rule]:
        alerts, job = self._names.alerts, self._names.jobs.shop
        errors = f'job:flask_http_request_errors:ratio_rate{{job="{job}"}}'
        return [
            self._urgent(
                alerts.shop_down, f'up{{job="{job}"}} == 0', "shop", "{{ $labels.instance }} is down."
            ),
            self._urgent(
                alerts.shop_errors, f"{errors} > 0.2", "shop", "{{ $value | humanizePercentage }} fail."
            ),
            self._later(alerts.shop_errors_rising, f"{errors} > 0.02", "shop", "More fail than usual."),
        ]

    def _pay(self) -> list[Rule]:
        alerts, job, window = self._names.alerts, self._names.jobs.pay, self._window
        charges = f'http_requests_total{{job="{job}",handler="/charge"'
        failing = (
            f'(sum(rate({charges},status="5xx"}}[{window}])) or vector(0))'
            f"\n  /\nsum(rate({charges}}}[{window}])) > 0.1"
        )
        slow = (
            "histogram_quantile(0.95,\n  sum by (le, handler) (\n    "
            f'rate(http_request_duration_seconds_bucket{{job="{job}",handler="/charge"}}[{window}])\n  )\n) > 0.5'
        )
        return [
            self._urgent(alerts.pay_down, f'absent(up{{job="{job}"}} == 1)', "pay", "Pay has disappeared."),
            self._urgent(alerts.pay_errors, failing, "pay", "Charges fail."),
            self._later(alerts.pay_slow, slow, "pay", "{{ $labels.handler }} takes {{ $value }} s."),
        ]

    def _postgres(self) -> list[Rule]:
        alerts, job = self._names.alerts, self._names.jobs.postgres
        used = f'sum(pg_stat_activity_count{{job="{job}"}})\n  /\nmax(pg_settings_max_connections{{job="{job}"}})'
        oldest = (
            f'max by (instance) (pg_stat_activity_max_tx_duration{{job="{job}",'
            f'datname="{self._names.storage.database}"}}) > 3'
        )
        return [
            self._urgent(alerts.postgres_down, f'pg_up{{job="{job}"}} == 0', "db", "PostgreSQL is down."),
            self._later(alerts.connections_high, f"{used} > 0.7", "db", "Connections run out."),
            self._later(alerts.long_transaction, oldest, "db", "A transaction is {{ $value }} s old."),
        ]

    def _redis(self) -> list[Rule]:
        alerts, job = self._names.alerts, self._names.jobs.redis
        full = f'redis_memory_used_bytes{{job="{job}"}}\n  /\nredis_memory_max_bytes{{job="{job}"}} > 0.9'
        return [
            self._urgent(alerts.redis_down, f'redis_up{{job="{job}"}} == 0', "cache", "Redis is down."),
            self._later(alerts.redis_full, full, "cache", "Redis is full."),
        ]

    def _probes(self) -> list[Rule]:
        alerts, jobs = self._names.alerts, self._names.jobs
        failed = f'probe_success{{job="{jobs.probes}"}} == 0'
        return [
            self._later(alerts.probe_failed, failed, "edge", "{{ $labels.instance }} does not answer."),
            self._later(alerts.legacy_down, f'up{{job="{jobs.legacy}"}} == 0', "legacy", "As ever."),
        ]

    def _general(self) -> list[Rule]:
        alerts, label = self._names.alerts, self._names.severities.label
        severities = self._names.severities
        inhibitor = (
            f'ALERTS{{{label}="info"}} == 1 unless on (namespace) ALERTS{{alertname!="{alerts.info_inhibitor}", '
            f'{label}=~"{severities.urgent}|{severities.later}", alertstate="firing"}} == 1'
        )
        return [
            {
                "alert": alerts.watchdog,
                "expr": "vector(1)",
                "labels": {label: "none"},
                "annotations": _said("I live."),
            },
            {
                "alert": alerts.info_inhibitor,
                "expr": inhibitor,
                "labels": {label: "none"},
                "annotations": _said("Mutes what only informs."),
            },
        ]

    def _urgent(self, alert: str, expr: str, service: str, said: str) -> Rule:
        return self._rule(alert, expr, service, self._names.severities.urgent, said)

    def _later(self, alert: str, expr: str, service: str, said: str) -> Rule:
        return {**self._rule(alert, expr, service, self._names.severities.later, said), "for": self._hold}

    def _rule(self, alert: str, expr: str, service: str, severity: str, said: str) -> Rule:
        teams = self._names.teams
        team = teams.data if service in ("db", "cache") else teams.shop
        labels = {self._names.severities.label: severity, "service": service, "team": team}
        return {
            "alert": alert,
            "expr": LiteralScalarString(expr),
            "labels": labels,
            "annotations": _said(said),
        }


def _said(text: str) -> dict[str, str]:
    return {"summary": text, "description": text, "runbook_url": "https://runbooks.example.invalid/alerts"}
