"""What the owners of the foreign stack write down for game days: an environment file, and experiments.

Both are trees as YAML reads them, for tests to spoil.
"""

from typing import Any

from tests.foreign.foreign import Foreign
from tests.foreign.receiving import Receiving

Tree = dict[str, Any]
KEPT = ["alertname", "team", "job", "instance", "service"]


def secrets_of(foreign: Foreign, receiving: Receiving) -> dict[str, str]:
    """Those that the environment file refers to, by the variable of whoever starts a run."""
    known = foreign.names.secrets
    return {
        "OPS_PASSWORD": known.web,
        "RECEIVER_TOKEN": receiving.token,
        "DATABASE": foreign.dsn,
        "CACHE": foreign.redis_url,
        "PAY_TOKEN": known.pay_admin,
        "GRAFANA_TOKEN": known.grafana,
    }


def environment(foreign: Foreign, receiving: Receiving) -> Tree:
    """The environment file, with every service under touch."""
    names = foreign.names
    services = Services(foreign).all()
    return {
        "stack": "attached",
        "identity": {
            "url": f"{foreign.shop_url}/healthz",
            "json": names.identity.key,
            "equals": names.identity.value,
        },
        "auth": {
            "ops": {"basic": {"user": names.web_user, "password": "env:OPS_PASSWORD"}},
            "grafana": {"bearer": "env:GRAFANA_TOKEN"},
            "pay": {"bearer": "env:PAY_TOKEN"},
        },
        "tls": {"ca": str(foreign.ca)},
        "prometheus": {"url": foreign.prometheus.url, "auth": "ops"},
        "alertmanagers": [{"url": foreign.alertmanager.url, "auth": "ops"}],
        "pages": _pages(foreign, receiving),
        "alerts": _alerts(foreign),
        "labels": {"keep": KEPT},
        "dashboards": {"grafana": foreign.grafana_url, "auth": "grafana", "variables": {"interval": "30s"}},
        "traffic": {"locustfile": "their_locustfile.py", "host": foreign.shop_url, "users": 12},
        "exclude": {"targets": [f'job="{names.jobs.legacy}"']},
        "services": services,
        "touch": list(services),
    }


def witness(foreign: Foreign) -> str:
    """PromQL of the requests a second that the shop counts."""
    return f'sum(rate(flask_http_request_total{{job="{foreign.names.jobs.shop}"}}[12s]))'


def _pages(foreign: Foreign, receiving: Receiving) -> Tree:
    names = foreign.names
    return {
        "receiver": {"url": receiving.url, "token": "env:RECEIVER_TOKEN"},
        "routes": [names.receivers.oncall, names.receivers.chat, names.receivers.data],
        "canary_labels": {
            "team": names.teams.shop,
            names.severities.label: names.severities.later,
            "service": "canary",
        },
    }


def _alerts(foreign: Foreign) -> Tree:
    names = foreign.names
    ticket = {"alert": names.alerts.legacy_down, "until": "2099-12-31", "because": "ticket 812"}
    return {
        "severity_label": names.severities.label,
        "within": {names.severities.urgent: "30s", names.severities.later: "60s"},
        "judge": f'team=~"{names.teams.shop}|{names.teams.data}"',
        "ignore": [names.alerts.watchdog, names.alerts.info_inhibitor],
        "firing_already": [ticket],
    }


class Services:
    """Everything that may be broken, and by which means."""

    def __init__(self, foreign: Foreign) -> None:
        self._foreign = foreign
        self._names = foreign.names

    def all(self) -> Tree:
        """By name."""
        jobs, kept = self._names.jobs, self._names.storage
        return {
            "shop": {
                "probe": f"{self._foreign.shop_url}/healthz",
                "jobs": [jobs.shop],
                "command": self._killed("shop"),
            },
            "db": {
                "postgres": "env:DATABASE",
                "application": kept.application,
                "table": kept.table,
                "jobs": [jobs.postgres],
                "command": self._killed("postgres"),
            },
            "cache": {
                "redis": "env:CACHE",
                "prefix": kept.key_prefix,
                "jobs": [jobs.redis],
                "command": self._killed("redis"),
            },
            "pay": {**self._pay(), "http": self._failing("errors")},
            "pay-slow": {**self._pay(), "http": self._failing("slow")},
        }

    def _pay(self) -> Tree:
        return {"probe": f"{self._foreign.pay_url}/healthz", "jobs": [self._names.jobs.pay]}

    def _killed(self, server: str) -> Tree:
        foreign = self._foreign
        scripts = {"inject": foreign.down, "check": foreign.is_down, "undo": foreign.up}
        return {**{act: [str(script), server] for act, script in scripts.items()}, "timeout": "3s"}

    def _failing(self, mode: str) -> Tree:
        admin = f"{self._foreign.pay_url}/admin"
        return {
            "inject": {"url": f"{admin}/fail", "auth": "pay", "body": {"mode": mode}},
            "check": {"url": f"{admin}/state", "auth": "pay"},
            "undo": {"url": f"{admin}/heal", "auth": "pay"},
            "timeout": "3s",
        }
