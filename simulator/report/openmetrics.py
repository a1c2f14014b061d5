"""metrics.prom: the verdict as gauges, for node exporter's textfile collector or a Pushgateway."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.openmetrics.exposition import generate_latest

from simulator.judge.verdict import AlertVerdict, Outcome, RunVerdict
from simulator.report.contract import Format

_OUTCOMES: tuple[Outcome, ...] = ("met", "breached", "inconclusive")
_RUN = ("game_day", "environment")
_ALERT = (*_RUN, "experiment", "alert", "severity", "expect")


class _Collected:
    """What `prometheus_client` asks for families."""

    def __init__(self, verdict: RunVerdict) -> None:
        self._verdict = verdict

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The run's own figures, then those of every experiment, and of every alert that was put to the test."""
        verdict = self._verdict
        run = [verdict.game_day, verdict.environment]
        yield _family(
            "run_outcome", "1 for what the run was.", (*_RUN, "outcome"), _said(run, verdict.outcome)
        )
        yield _family("run_exit_code", "What it left with.", _RUN, [(run, verdict.exit_code)])
        yield _family("run_started_timestamp_seconds", "When it began.", _RUN, [(run, verdict.started_epoch)])
        yield _family("run_duration_seconds", "How long it took.", _RUN, [(run, verdict.duration)])
        experiments = {one.name: one.outcome for one in verdict.experiments}
        yield _family(
            "experiment_outcome",
            "1 for what the experiment was, in its last round.",
            (*_RUN, "experiment", "outcome"),
            [pair for name, outcome in experiments.items() for pair in _said([*run, name], outcome)],
        )
        alerts = _alerts(verdict)
        worst = [([*run, *key], _worst(ones)) for key, ones in alerts.items()]
        yield _family(
            "alert_outcome",
            "1 for what the alert was, in the worst of its rounds.",
            (*_ALERT, "outcome"),
            [pair for labels, one in worst for pair in _said(labels, one.outcome)],
        )
        yield _family(
            "alert_latency_seconds",
            "From the fault's first effect to the page; absent where it never came.",
            _ALERT,
            [(labels, one.latency) for labels, one in worst if one.latency is not None],
        )
        limits = [(labels, one.limit) for labels, one in worst]
        yield _family("alert_limit_seconds", "How long that may take.", _ALERT, limits)


def _family(
    name: str, says: str, labels: Iterable[str], values: Iterable[tuple[list[str], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"simulator_{name}", says, labels=list(labels))
    for label_values, value in values:
        family.add_metric(label_values, float(value))
    return family


def _said(labels: list[str], outcome: Outcome) -> list[tuple[list[str], float]]:
    return [([*labels, one], float(one == outcome)) for one in _OUTCOMES]


def _alerts(verdict: RunVerdict) -> dict[tuple[str, ...], list[AlertVerdict]]:
    """By experiment, name, severity and what was expected; one for each round."""
    found: dict[tuple[str, ...], list[AlertVerdict]] = defaultdict(list)
    for experiment in verdict.experiments:
        for alert in experiment.alerts:
            found[experiment.name, alert.shown, alert.severity, alert.expect].append(alert)
    return found


def _worst(rounds: list[AlertVerdict]) -> AlertVerdict:
    """A breach before what is not proven, before the slowest."""
    order = ("breached", "inconclusive", "met")
    return min(
        rounds, key=lambda one: (order.index(one.outcome), one.latency is not None, -(one.latency or 0.0))
    )


def render(verdict: RunVerdict) -> bytes:
    """In OpenMetrics' text format, which of gauges is Prometheus' own."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(verdict))
    return bytes(generate_latest(registry))  # type: ignore[no-untyped-call]  # prometheus-client leaves it untyped


FORMAT = Format(name="openmetrics", filename="metrics.prom", render=render)
