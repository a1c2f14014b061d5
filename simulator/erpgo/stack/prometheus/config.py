"""prometheus.yml and the command line, for a stack whose addresses are only known when it starts."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

_EXPORTER_PATIENCE = 2.0
_CADVISOR_EVERY = 10.0


@dataclass(frozen=True)
class Intervals:
    """How often Prometheus looks, in seconds."""

    scrape: float = 2.0
    evaluation: float = 2.0

    @property
    def timeout(self) -> float:
        """A hung target costs this much on top of an interval, so it is short; never above the interval."""
        return min(1.0, self.scrape)


@dataclass(frozen=True)
class Targets:
    """The `host:port` of everything that is scraped; None leaves a job out."""

    prometheus: str
    alertmanager: str
    api: str
    postgres_exporter: str
    redis_exporter: str
    node_exporter: str
    receiver: str | None = None
    cadvisor: str | None = None
    grafana: str | None = None
    loki: str | None = None
    promtail: str | None = None

    def jobs(self) -> Iterator[tuple[str, str]]:
        """ERPGo's job names, each with its address."""
        yield "prometheus", self.prometheus
        yield "alertmanager", self.alertmanager
        yield "erpgo-api", self.api
        yield "postgres-exporter", self.postgres_exporter
        yield "redis-exporter", self.redis_exporter
        yield "node-exporter", self.node_exporter
        for job in ("receiver", "cadvisor", "grafana", "loki", "promtail"):
            address: str | None = getattr(self, job)
            if address is not None:
                yield job, address


@dataclass(frozen=True)
class PrometheusConfig:
    """What one Prometheus scrapes, evaluates and notifies.

    `rule_file` is read again on `POST /-/reload`. `simulator_folder` may hold `*.json` files in file_sd's format
    for the job `simulator`; they come and go while Prometheus runs.
    """

    targets: Targets
    rule_file: Path
    simulator_folder: Path
    intervals: Intervals = Intervals()

    def render(self) -> str:
        """The text of prometheus.yml."""
        yaml = YAML()
        text = io.StringIO()
        yaml.dump(self._document(), text)
        return text.getvalue()

    def _document(self) -> dict[str, object]:
        discovered = {"files": [str(self.simulator_folder / "*.json")], "refresh_interval": "1s"}
        return {
            "global": {
                "scrape_interval": _duration(self.intervals.scrape),
                "scrape_timeout": _duration(self.intervals.timeout),
                "evaluation_interval": _duration(self.intervals.evaluation),
            },
            "rule_files": [str(self.rule_file)],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [self.targets.alertmanager]}]}]},
            "scrape_configs": [
                *(
                    {"job_name": job, "static_configs": [{"targets": [address]}], **self._patience(job)}
                    for job, address in self.targets.jobs()
                ),
                {"job_name": "simulator", "file_sd_configs": [discovered]},
            ],
        }

    def _patience(self, job: str) -> dict[str, object]:
        """Without its database the PostgreSQL exporter retries for a second and answers after 1.02 s (measured).

        Given only a second, it would look down itself, and `pg_up` would never be seen at 0. cAdvisor looks at
        every container of the host for an answer, and no alert waits for it.
        """
        if job == "postgres-exporter":
            interval = max(_EXPORTER_PATIENCE, self.intervals.scrape)
        elif job == "cadvisor":
            interval = max(_CADVISOR_EVERY, self.intervals.scrape)
        else:
            return {}
        return {"scrape_interval": _duration(interval), "scrape_timeout": _duration(interval)}


def flags(config: Path, data: Path, address: str) -> list[str]:
    """Prometheus's command line, without the program: it listens on `address` and stores under `data`.

    The admin API stays off. A short resend delay lets Alertmanager forget a dead Prometheus's alerts within
    seconds (it keeps them for four times the larger of this and the evaluation interval).
    """
    return [
        f"--config.file={config}",
        f"--web.listen-address={address}",
        "--web.enable-lifecycle",
        f"--storage.tsdb.path={data}",
        "--storage.tsdb.retention.time=1d",
        "--storage.tsdb.retention.size=1GB",
        "--rules.alert.resend-delay=2s",
        "--log.level=warn",
    ]


def _duration(seconds: float) -> str:
    return f"{round(seconds * 1000)}ms"
