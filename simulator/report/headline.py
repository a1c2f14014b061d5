"""The verdict in one sentence."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from simulator.base.percentile import percentile
from simulator.judge.verdict import AlertVerdict, ExperimentVerdict, RunVerdict
from simulator.plan.judged import Severity
from simulator.plan.models import Expect
from simulator.report.standing import groups, slowest_page, standing
from simulator.report.words import count, seconds

_ENOUGH_FOR_P95 = 20
"""Pages; of fewer the 95th percentile by nearest rank is the slowest."""
_MISSED = {
    "notified": "paged",
    "accepted": "accepted by Alertmanager",
    "inhibited": "inhibited",
    "firing": "seen firing",
}
_ARRIVED: dict[Expect, str] = {
    "notified": "every expected page arrived",
    "accepted": "every expected alert was accepted by Alertmanager",
}


def headline(verdict: RunVerdict) -> str:
    """What a reader must know even when they read nothing else, and by which rules that is so."""
    if verdict.left_injected:
        return f"Still injected: {', '.join(verdict.left_injected)}. Run {verdict.undo} now."
    if verdict.status != "completed":
        return f"{verdict.status.capitalize()}: {_reached(verdict)}"
    if not verdict.experiments:
        return "Nothing proven: no experiment ran"
    for outcome in ("breached", "inconclusive"):
        hit = [experiment for experiment in verdict.experiments if experiment.outcome == outcome]
        if hit:
            tried = len(verdict.experiments)
            rules = _rules(verdict) if outcome == "breached" else ""
            return f"{rules}{len(hit)} of {tried} {outcome}: {_cause(hit[0])}"
        beside = [reason.text for reason in verdict.reasons if reason.outcome == outcome]
        if outcome == "breached" and beside:
            return f"Breached, though no experiment was: {beside[0]}"
    if verdict.outcome != "met":
        return f"Nothing proven: {verdict.reasons[0].text if verdict.reasons else 'not every experiment ran'}"
    return _all_met(verdict)


def subline(verdict: RunVerdict) -> str:
    """The sentence after it: the slowest page when all is well, else how the alerts stand."""
    if verdict.outcome == "met":
        slowest = slowest_page(verdict.experiments)
        control = any(not experiment.faults for experiment in verdict.experiments)
        parts = ["The control stayed quiet."] if control else []
        if slowest:
            parts.append(f"Slowest page: {slowest.shown}, {seconds(slowest.latency)} after the fault bit.")
        return " ".join(parts)
    stands = Counter(row.standing for group in groups(verdict) for row in group.rows)
    if not stands:
        return ""
    said = ", ".join(f"{number} {name}" for name, number in stands.items())
    return f"{count(stands.total(), 'alert')} put to the test: {said}."


def pace(verdict: RunVerdict) -> tuple[str, ...]:
    """How fast the pages of each severity came, a line each: what an agreement on alerts asks."""
    pages: dict[Severity, list[AlertVerdict]] = defaultdict(list)
    for experiment in verdict.experiments:
        for alert in experiment.alerts:
            if alert.expect == "notified" and alert.outcome != "inconclusive":
                pages[alert.severity].append(alert)
    return tuple(f"{severity}: {_pace(asked)}" for severity, asked in sorted(pages.items()))


def _pace(asked: list[AlertVerdict]) -> str:
    """`25 pages, median 7.6 s, p95 14.4 s, slowest 14.6 s`; what never came has no time, and is counted."""
    took = sorted(alert.latency for alert in asked if alert.latency is not None)
    missed = len(asked) - len(took)
    said = [count(len(took), "page"), *([f"{missed} missed"] if missed else [])]
    if len(took) > 1:
        said.append(f"median {seconds(percentile(50, took))}")
    if len(took) >= _ENOUGH_FOR_P95:
        said.append(f"p95 {seconds(percentile(95, took))}")
    if took:
        said.append(f"slowest {seconds(took[-1])}")
    return ", ".join(said)


def _all_met(verdict: RunVerdict) -> str:
    """A control has no fault: it is told apart, for it proves that nothing fires by itself."""
    tried = [experiment for experiment in verdict.experiments if experiment.faults]
    if not tried:
        watched = any(panel.expect == "stay" for one in verdict.experiments for panel in one.panels)
        return f"The control stayed quiet: no alert fired{', no panel moved' if watched else ''}"
    said = " and ".join(
        f"{what} within {_within(limits)}"
        for expect, what in _ARRIVED.items()
        if (limits := _limits(tried, expect))
    )
    said = said or "all went as expected"
    return f"{_rules(verdict)}{len(tried)} of {count(len(tried), 'experiment')} met: {said}"


def _limits(tried: Sequence[ExperimentVerdict], expect: Expect) -> set[float]:
    return {alert.limit for experiment in tried for alert in experiment.alerts if alert.expect == expect}


def _rules(verdict: RunVerdict) -> str:
    """By which rules that is so: production's may be others."""
    loaded = verdict.rule_set.name if verdict.rule_set else ""
    return f"By the {loaded or 'loaded'} rules, "


def _within(limits: set[float]) -> str:
    low, high = min(limits), max(limits)
    return f"{low:g} s" if low == high else f"its limit of {low:g} to {high:g} s"


def _reached(verdict: RunVerdict) -> str:
    planned = len(verdict.experiments) + len(verdict.not_run)
    done = sum(experiment.status == "completed" for experiment in verdict.experiments)
    return f"{done} of {count(planned, 'experiment')} ran to the end"


def _cause(experiment: ExperimentVerdict) -> str:
    """The first thing that went wrong, as short as it can be said."""
    if experiment.outcome == "breached":
        for alert in experiment.alerts:
            if alert.outcome == "breached":
                return _said(alert)
        if experiment.unexpected:
            return experiment.unexpected[0].text
    fitting = [reason.text for reason in experiment.reasons if reason.outcome == experiment.outcome]
    return fitting[0] if fitting else experiment.name


def _said(alert: AlertVerdict) -> str:
    stands = standing(alert)
    if stands == "missed":
        return f"{alert.shown} was never {_MISSED[alert.expect]}"
    if stands == "late":
        return f"{alert.shown} took {seconds(alert.latency)}, limit {alert.limit:g} s"
    if stands == "flapped":
        away = sum(gap.end - gap.start for gap in alert.gaps)
        return f"{alert.shown} resolved while its fault lasted, and was gone for {seconds(away)}"
    return f"{alert.shown}: {alert.reason}"
