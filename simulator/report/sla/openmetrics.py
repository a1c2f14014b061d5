"""For node exporter's textfile collector or a Pushgateway: the state of every alert as gauges."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.openmetrics.exposition import generate_latest

from simulator.history.sla import Attained, Sla

_LABELS = ("environment", "alert", "severity", "limit_seconds", "rule")


class _Collected:
    """What `prometheus_client` asks for families."""

    def __init__(self, sla: Sla) -> None:
        self._sla = sla

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Each figure of each alert that was tried."""
        alerts = self._sla.alerts
        yield _family("met", "Pages that came in time.", [(one, one.met) for one in alerts])
        yield _family(
            "tried", "Pages that had to come, and were judged.", [(one, one.tried) for one in alerts]
        )
        yield _family(
            "at_least_ratio",
            "Lower bound of the share of pages that come in time, 0 to 1.",
            [(one, one.at_least) for one in alerts],
        )
        yield _family(
            "attained",
            "1: the objective is proven to be kept, 0: it is not.",
            [(one, float(one.state == "attained")) for one in alerts],
        )


def _family(name: str, says: str, values: list[tuple[Attained, float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"simulator_sla_{name}", says, labels=_LABELS)
    for one, value in values:
        labels = [one.environment, one.alert, one.severity, f"{one.limit:g}", one.rule]
        family.add_metric(labels, value)
    return family


def openmetrics(sla: Sla) -> str:
    """The exposition, in OpenMetrics' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(sla))
    return str(generate_latest(registry).decode())  # type: ignore[no-untyped-call]  # prometheus-client leaves it untyped
