"""Sources of evidence that are blind, frozen, forgetful or wrong."""

import json
from typing import Any

from tests.fakes.engine_copy import instead
from tests.fakes.locust import FakeLocust
from tests.mutants.mutant import API_KILLED, mutant
from tests.mutants.sabotage import Sabotage
from tests.mutants.servers import frozen_page

REQUESTS = (
    API_KILLED
    + "panels: [{dashboard: erpgo-system-performance, panel: HTTP Request Rate, expect: disappear}]\n"
)
EXPORTER_KILLED = """\
title: An exporter is killed
faults: [{fault: service-kill, service: redis-exporter}]
must: [{alert: RedisExporterDown, severity: critical, within: 12s}]
observe: 12s
"""
DATABASE_KILLED = """\
title: The database is killed
faults: [{fault: service-kill, service: postgres}]
must: [{alert: PostgreSQLDown, severity: critical, within: 12s}]
may:
  - {alert: CriticalErrorRate, because: requests need the database}
  - {alert: HighErrorRate, because: requests need the database}
observe: 12s
"""
MEMORY = (
    DATABASE_KILLED
    + "panels: [{dashboard: erpgo-database-performance, panel: Database Memory Usage, expect: disappear}]\n"
)


@mutant(
    "inconclusive",
    "ApplicationDown reads up.erpgo-api., of which Prometheus has nothing",
)
def target_dropped(harm: Sabotage) -> None:
    harm.prometheus(lambda tree: _job(tree, "erpgo-api").update(static_configs=[]))


@mutant("inconclusive", "ApplicationDown reads what is scraped every 60 s")
def scrape_every_minute(harm: Sabotage) -> None:
    harm.prometheus(lambda tree: _job(tree, "erpgo-api").update(scrape_interval="60s"))


@mutant("inconclusive", "the workload sends .* requests/s, Prometheus counts 0.0 of them")
def api_metrics_frozen(harm: Sabotage) -> None:
    address = harm.until_the_end.enter_context(frozen_page(f"{harm.stack.url('api')}/metrics"))
    targets = [{"targets": [address]}]
    harm.prometheus(lambda tree: _job(tree, "erpgo-api").update(static_configs=targets))


@mutant("inconclusive", "targets not up: postgres-exporter", DATABASE_KILLED)
def exporter_dead(harm: Sabotage) -> None:
    harm.hold("postgres-exporter", "killed", lease=600.0)


@mutant("inconclusive", "prometheus: lost for")
def prometheus_paused(harm: Sabotage) -> None:
    harm.once_it_bites(lambda _: harm.hold("prometheus", "frozen"))


@mutant("inconclusive", "prometheus: lost for")
def prometheus_stopped(harm: Sabotage) -> None:
    harm.once_it_bites(lambda _: harm.hold("prometheus", "killed"))


@mutant("inconclusive", "prometheus was restarted meanwhile|prometheus was lost for")
def prometheus_restarted_without_its_data(harm: Sabotage) -> None:
    def restart(_: FakeLocust) -> None:
        harm.hold("prometheus", "killed")
        harm.prometheus_forgets()
        harm.let_go()

    harm.once_it_bites(restart)


@mutant("inconclusive", "receiver: lost for")
def receiver_stopped(harm: Sabotage) -> None:
    harm.once_it_bites(lambda _: harm.hold("receiver", "killed"))


@mutant(
    "inconclusive",
    "erpgo-api was restarted meanwhile",
    EXPORTER_KILLED.replace("observe: 12s", "observe: 30s"),
)
def counters_reset(harm: Sabotage) -> None:
    """The API is restarted in the midst of a fault that has nothing to do with it."""
    harm.once_it_bites(lambda _: harm.hold("api", "killed", lease=0.5))


@mutant(
    "inconclusive", "steady state not reached within .*: panel Database Memory Usage draws nothing", MEMORY
)
def recording_rule_broken(harm: Sabotage) -> None:
    def misspell(tree: dict[str, Any]) -> None:
        for group in tree["groups"]:
            for rule in group["rules"]:
                if rule.get("record") == "job:database_memory_bytes":
                    rule["expr"] = "a_metric_of_another_exporter"

    harm.rules(misspell)


@mutant("inconclusive", "steady state not reached within .*: panel HTTP Request Rate draws nothing", REQUESTS)
def panel_query_emptied(harm: Sabotage) -> None:
    harm.engine(*_with_query("vector(0) > 1"))


@mutant("breached", "HTTP Request Rate: did not disappear", REQUESTS)
def panel_on_a_wrong_metric(harm: Sabotage) -> None:
    harm.engine(*_with_query('process_resident_memory_bytes{job="prometheus"}'))


@mutant("inconclusive", "receiver's clock is 2.0 s ahead of ours")
def clock_skewed(harm: Sabotage) -> None:
    """Seen from the engine, every stamp of the receiver is two seconds ahead."""
    harm.engine("simulator/doors/receiver.py", instead("epoch(", "2.0 + epoch("))


def _job(tree: dict[str, Any], name: str) -> dict[str, Any]:
    return next(job for job in tree["scrape_configs"] if job["job_name"] == name)


def _with_query(expr: str) -> tuple[str, Any]:
    """The dashboard's file, and the change that makes every query of one panel another."""

    def change(text: str) -> str:
        dashboard = json.loads(text)
        panel = next(panel for panel in dashboard["panels"] if panel["title"] == "HTTP Request Rate")
        for target in panel["targets"]:
            target["expr"] = expr
        return json.dumps(dashboard)

    return "simulator/erpgo/stack/grafana/dashboards/erpgo-system-performance.json", change
