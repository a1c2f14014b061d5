"""Prometheus, Alertmanager and the blackbox exporter: their configuration, TLS, password and path."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import bcrypt
from ruamel.yaml import YAML

from tests.foreign.certificates import Certificates
from tests.foreign.names import Names
from tests.foreign.rules import Rulebook

Config = dict[str, Any]
CHEAP = 4
"""Rounds of bcrypt: the servers ask at every request."""


@dataclass(frozen=True)
class Webhook:
    """A webhook that is added to each receiver that pages or tells somebody."""

    url: str
    token: str | None = None
    """Sent as a bearer token."""
    ca: Path | None = None
    """Whom to believe that it is the webhook."""


@dataclass(frozen=True)
class Files:
    """What the two servers are started with."""

    prometheus: Path
    rules: Path
    alertmanager: Path
    blackbox: Path
    web: Path
    """TLS and passwords of both, for `--web.config.file`."""
    password: Path


def files(folder: Path) -> Files:
    return Files(
        prometheus=folder / "prometheus.yml",
        rules=folder / "rules" / "company.rules.yml",
        alertmanager=folder / "alertmanager.yml",
        blackbox=folder / "blackbox.yml",
        web=folder / "web.yml",
        password=folder / "password",
    )


class Monitoring:
    """Renders the files."""

    def __init__(self, folder: Path, names: Names, certificates: Certificates) -> None:
        self._files = files(folder)
        self._names = names
        self._certificates = certificates

    def write(self, interval_s: int, webhook: Webhook | None) -> None:
        """All of them."""
        names, at = self._names, self._files
        at.rules.parent.mkdir()
        at.password.write_text(names.secrets.web, encoding="utf-8")
        _write(at.web, self._web())
        _write(at.rules, {"groups": Rulebook(names, interval_s).groups()})
        _write(at.prometheus, self._prometheus(interval_s))
        _write(at.alertmanager, self._alertmanager(webhook))
        _write(at.blackbox, {"modules": {"http_2xx": {"prober": "http", "timeout": "900ms"}}})

    def _web(self) -> Config:
        hashed = bcrypt.hashpw(self._names.secrets.web.encode(), bcrypt.gensalt(CHEAP)).decode()
        made = self._certificates
        return {
            "tls_server_config": {"cert_file": str(made.certificate), "key_file": str(made.key)},
            "basic_auth_users": {self._names.web_user: hashed},
        }

    def _client(self) -> Config:
        """How the two speak to each other."""
        return {
            "scheme": "https",
            "tls_config": {"ca_file": str(self._certificates.ca)},
            "basic_auth": {"username": self._names.web_user, "password_file": str(self._files.password)},
        }

    def _prometheus(self, interval_s: int) -> Config:
        names, ports = self._names, self._names.ports
        manager = {
            **self._client(),
            "path_prefix": names.paths.alertmanager,
            "static_configs": [{"targets": [f"127.0.0.1:{ports.alertmanager}"]}],
        }
        return {
            "global": {
                "scrape_interval": f"{interval_s}s",
                "scrape_timeout": f"{min(interval_s, 10)}s",
                "evaluation_interval": f"{interval_s}s",
                "external_labels": {"region": "eu-1", names.identity.key: names.identity.value},
            },
            "rule_files": [str(self._files.rules.parent / "*.yml")],
            "alerting": {"alertmanagers": [manager]},
            "scrape_configs": [*self._scrapes(), self._database(max(interval_s, 2)), self._probes()],
        }

    def _scrapes(self) -> list[Config]:
        jobs, ports, paths = self._names.jobs, self._names.ports, self._names.paths
        own = {
            jobs.monitoring: (ports.prometheus, paths.prometheus),
            jobs.alerting: (ports.alertmanager, paths.alertmanager),
        }
        plain = {
            jobs.shop: ports.shop,
            jobs.pay: ports.pay,
            jobs.redis: ports.redis_exporter,
            jobs.legacy: ports.legacy,
        }
        return [
            *({"job_name": job, **self._targets(f"127.0.0.1:{port}")} for job, port in plain.items()),
            *(
                {
                    "job_name": job,
                    "metrics_path": f"{path}/metrics",
                    **self._client(),
                    **self._targets(f"127.0.0.1:{port}"),
                }
                for job, (port, path) in own.items()
            ),
        ]

    def _database(self, interval_s: int) -> Config:
        """Of PostgreSQL, whose exporter tries for a second before it says that the database is down."""
        patience = {"scrape_interval": f"{interval_s}s", "scrape_timeout": f"{min(interval_s, 10)}s"}
        at = self._targets(f"127.0.0.1:{self._names.ports.postgres_exporter}")
        return {"job_name": self._names.jobs.postgres, **patience, **at}

    def _probes(self) -> Config:
        ports = self._names.ports
        probed = [f"http://127.0.0.1:{port}/healthz" for port in (ports.shop, ports.pay)]
        return {
            "job_name": self._names.jobs.probes,
            "metrics_path": "/probe",
            "params": {"module": ["http_2xx"]},
            **self._targets(*probed),
            "relabel_configs": [
                {"source_labels": ["__address__"], "target_label": "__param_target"},
                {"source_labels": ["__param_target"], "target_label": "instance"},
                {"target_label": "__address__", "replacement": f"127.0.0.1:{ports.blackbox}"},
            ],
        }

    def _targets(self, *addresses: str) -> Config:
        labels = {"namespace": self._names.company, "env": self._names.identity.value}
        return {"static_configs": [{"targets": list(addresses), "labels": labels}]}

    def _alertmanager(self, webhook: Webhook | None) -> Config:
        receivers = self._names.receivers
        closed = {"name": "stocktaking", "time_intervals": [{"weekdays": [_day_far_from_now()]}]}
        return {
            "route": self._routes(),
            "inhibit_rules": self._inhibitions(),
            "time_intervals": [closed],
            "receivers": [
                {"name": "null"},
                self._receiver(receivers.snitch, None),
                *(
                    self._receiver(name, webhook)
                    for name in (receivers.oncall, receivers.chat, receivers.data)
                ),
            ],
        }

    def _routes(self) -> Config:
        """What wakes somebody does so at once; the rest waits to be inhibited."""
        names, receivers = self._names, self._names.receivers
        at_once = {"group_wait": "0s"}
        watchdog, inhibitor = (
            f'alertname="{one}"' for one in (names.alerts.watchdog, names.alerts.info_inhibitor)
        )
        shop, data = (f'team="{one}"' for one in (names.teams.shop, names.teams.data))
        return {
            "receiver": receivers.chat,
            "group_by": ["alertname", "job"],
            "group_wait": "5s",
            "group_interval": "2s",
            "repeat_interval": "4h",
            "routes": [
                {"matchers": [watchdog], "receiver": receivers.snitch, **at_once},
                {"matchers": [inhibitor], "receiver": "null"},
                {
                    "matchers": [self._severity(names.severities.urgent)],
                    "receiver": receivers.oncall,
                    **at_once,
                },
                {"matchers": [data], "receiver": receivers.data},
                {"matchers": [shop], "receiver": receivers.chat, "mute_time_intervals": ["stocktaking"]},
            ],
        }

    def _inhibitions(self) -> list[Config]:
        names = self._names
        urgent, later, informs = map(
            self._severity, (names.severities.urgent, names.severities.later, "info")
        )
        inhibitor = f'alertname="{names.alerts.info_inhibitor}"'
        return [
            {"source_matchers": [urgent], "target_matchers": [later], "equal": ["service"]},
            {"source_matchers": [inhibitor], "target_matchers": [informs], "equal": ["namespace"]},
        ]

    def _severity(self, severity: str) -> str:
        return f'{self._names.severities.label}="{severity}"'

    def _receiver(self, name: str, webhook: Webhook | None) -> Config:
        witness = {"url": f"http://127.0.0.1:{self._names.ports.witness}/{quote(name, safe='')}"}
        return {"name": name, "webhook_configs": [witness, *([_added(webhook)] if webhook else [])]}


def _added(webhook: Webhook) -> Config:
    http: Config = {}
    if webhook.token is not None:
        http["authorization"] = {"type": "Bearer", "credentials": webhook.token}
    if webhook.ca is not None:
        http["tls_config"] = {"ca_file": str(webhook.ca)}
    return {"url": webhook.url, "send_resolved": True, "http_config": http}


def _day_far_from_now() -> str:
    return (datetime.now(UTC) + timedelta(days=3)).strftime("%A").lower()


def _write(path: Path, config: Config) -> None:
    with path.open("w", encoding="utf-8") as file:
        YAML().dump(config, file)
