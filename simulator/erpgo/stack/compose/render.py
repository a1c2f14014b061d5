"""What Prometheus and Alertmanager read in containers, from the same source as on the embedded stack.

`python -m simulator.erpgo.stack.compose.render` writes the committed files; a test fails when one is stale.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from simulator.erpgo.stack.alertmanager.config import AlertmanagerConfig
from simulator.erpgo.stack.prometheus import rules
from simulator.erpgo.stack.prometheus.config import PrometheusConfig, Targets

STACK = Path(__file__).resolve().parents[1]
UPSTREAM = Targets(
    prometheus="prometheus:9090",
    alertmanager="alertmanager:9093",
    api="api:8080",
    postgres_exporter="postgres-exporter:9187",
    redis_exporter="redis-exporter:9121",
    node_exporter="node-exporter:9100",
    receiver="receiver:9099",
    cadvisor="cadvisor:8080",
    grafana="grafana:3000",
    loki="loki:3100",
    promtail="promtail:9080",
)
DEBIAN = dataclasses.replace(UPSTREAM, grafana=None, loki=None, promtail=None)
"""Without what Debian does not package."""


def rendered() -> Iterator[tuple[Path, str]]:
    """Every file that is mounted into a container and made from Python, with its text."""
    yield (
        STACK / "alertmanager" / "alertmanager.yml",
        AlertmanagerConfig("http://receiver:9099", Path("/etc/alertmanager/receiver-token")).render(),
    )
    for suffix, targets in (("", UPSTREAM), (".debian", DEBIAN)):
        yield STACK / "prometheus" / f"prometheus{suffix}.yml", _scraping(targets)
        loaded = rules.STAGING.where_jobs_exist(("simulator", *(job for job, _ in targets.jobs())))
        yield STACK / "prometheus" / "rules" / f"staging{suffix}.yaml", rules.render(loaded)


def _scraping(targets: Targets) -> str:
    return PrometheusConfig(
        targets=targets,
        rule_file=Path("/etc/prometheus/rules/staging.yaml"),
        simulator_folder=Path("/etc/prometheus/targets"),
    ).render()


if __name__ == "__main__":
    for path, text in rendered():
        path.write_text(text, encoding="utf-8")
