"""Judges one expected alert: its chain of marks, its latency, and why it is not met."""

import math
from dataclasses import dataclass, replace

from simulator.journal.facts import AlertmanagerAlert, FaultRequested, Page, PrometheusAlert, RuleSeen
from simulator.judge.case import GAP_TOLERATED, Case, Interval
from simulator.judge.marks import POLL, marks_of, pages_of, stages_of
from simulator.judge.muted import muted_by
from simulator.judge.quiet import heard
from simulator.judge.rules import unwell
from simulator.judge.staying import Stay, stay, told
from simulator.judge.verdict import AlertVerdict, MarkAt, Outcome
from simulator.plan.models import AlertExpectation, Expect

CLOCK_STEP = 1.0
"""Seconds by which the receiver's stamp may contradict the engine's own, monotonic, clock."""


@dataclass(frozen=True)
class Finding:
    """What is said about an alert, and the latency it rests on."""

    outcome: Outcome
    reason: str
    latency: float | None = None
    uncertainty: float = 0.0


def judge_alert(case: Case, wanted: AlertExpectation) -> AlertVerdict:
    """The verdict on one expectation of an experiment whose faults were effective."""
    bites = case.bites
    if bites is None:
        finding = Finding("inconclusive", "the fault was not effective")
        return _verdict(case, wanted, finding, (), Stay(()))
    marks = marks_of(case, wanted, bites)
    judges = {"notified": _notified, "inhibited": _inhibited, "firing": _firing, "quiet": _quiet}
    finding = judges[wanted.expect](case, wanted, bites)
    stayed = stay(case, wanted, bites) if finding.latency is not None else Stay(())
    return _verdict(case, wanted, _if_it_stayed(finding, wanted, stayed, bites), marks, stayed)


def rule_of(case: Case, wanted: AlertExpectation) -> RuleSeen | None:
    """The rule as preflight saw it; where several can fire the alert, the one that promises least."""
    identity = case.identity(wanted)
    able = [fact for fact in case.history if isinstance(fact, RuleSeen) and identity.agrees(fact.identity)]
    return max(able, key=_promises_least, default=None)


def _promises_least(rule: RuleSeen) -> tuple[bool, bool, float]:
    return not rule.loaded, rule.health == "err", sum(stage.seconds for stage in rule.stages)


def _notified(case: Case, wanted: AlertExpectation, bites: Interval) -> Finding:
    before = _active_before(case, wanted, bites)
    if before:
        return Finding("inconclusive", before)
    pages = pages_of(case, wanted, bites.start)
    if not pages:
        return _missed(case, wanted, bites)
    page = pages[0]
    received = case.time.of(page.received_epoch, "receiver")
    if not -CLOCK_STEP <= page.at - received <= GAP_TOLERATED + CLOCK_STEP:
        return Finding(
            "inconclusive",
            f"a clock was set during the run: the receiver stamped the page {received - bites.start:.1f} s after"
            f" the fault, our own clock saw it after {page.at - bites.start:.1f} s",
        )
    latency = received - bites.start
    uncertainty = case.time.uncertainty("receiver")
    if page.severity != wanted.severity:
        return Finding(
            "breached",
            f"paged with severity {page.severity or 'none at all'!r}, expected {wanted.severity!r}",
            latency,
            uncertainty,
        )
    route = wanted.severity if wanted.by == "alertmanager" else wanted.by
    if page.route != route:
        return Finding("breached", f"paged by route {page.route!r}, expected {route!r}", latency, uncertainty)
    finding = _within(latency, uncertainty, wanted.within)
    muted = muted_by(case, [page], _accepted_at(case, page, bites), received)
    if finding.outcome != "breached" or not muted:
        return finding
    return Finding("inconclusive", f"{muted}; {finding.reason}", latency, uncertainty)


def _accepted_at(case: Case, page: Page, bites: Interval) -> float:
    """When Alertmanager had the alert of a page at the earliest: what was muted before delayed nothing."""
    held = (fact.at for fact in case.all(AlertmanagerAlert) if fact.fingerprint == page.fingerprint)
    at = next((at for at in held if at >= bites.start), None)
    return bites.start if at is None else at - _polled(case, "alertmanager", at)


def _if_it_stayed(finding: Finding, wanted: AlertExpectation, stayed: Stay, bites: Interval) -> Finding:
    """What it is worth that the alert came, if it then went although the fault lasted."""
    if stayed.gaps and wanted.clears:
        return replace(
            finding, reason=f"{finding.reason}; {told(stayed.gaps, bites)}; it may: {wanted.because}"
        )
    if stayed.gaps:
        outcome: Outcome = "inconclusive" if finding.outcome == "inconclusive" else "breached"
        return replace(finding, outcome=outcome, reason=f"{finding.reason}; but {told(stayed.gaps, bites)}")
    if stayed.doubt and finding.outcome == "met" and not wanted.clears:
        return replace(finding, outcome="inconclusive", reason=f"{finding.reason}; {stayed.doubt}")
    return finding


def _within(latency: float, uncertainty: float, limit: float) -> Finding:
    said = f"{latency:.1f} s ± {_rounded_up(uncertainty):.2f} s, limit {limit:g} s"
    if latency + uncertainty <= limit:
        return Finding("met", f"notified after {said}", latency, uncertainty)
    if latency - uncertainty > limit:
        return Finding("breached", f"late: notified after {said}", latency, uncertainty)
    return Finding("inconclusive", f"the uncertainty straddles the limit: {said}", latency, uncertainty)


def _inhibited(case: Case, wanted: AlertExpectation, bites: Interval) -> Finding:
    before = _active_before(case, wanted, bites)
    if before:
        return Finding("inconclusive", before)
    pages = pages_of(case, wanted, bites.start, aftermath=True)
    if pages:
        at = case.time.of(pages[0].received_epoch, "receiver") - bites.start
        return Finding("breached", f"should have been inhibited, but was paged after {at:.1f} s", at)
    hidden = [
        fact for fact in case.seen(AlertmanagerAlert, wanted) if fact.inhibited_by and fact.at >= bites.start
    ]
    if not hidden:
        return _missed(case, wanted, bites)
    latency, uncertainty = hidden[0].at - bites.start, _polled(case, "alertmanager", hidden[0].at)
    if hidden[0].severity != wanted.severity:
        said = f"fired with severity {hidden[0].severity!r}, expected {wanted.severity!r}"
        return Finding("breached", said, latency, uncertainty)
    finding = _within(latency, uncertainty, wanted.within)
    said = finding.reason.replace("notified", "inhibited")
    if finding.outcome == "met":
        said = f"inhibited by {', '.join(hidden[0].inhibited_by)} after {latency:.1f} s"
    return Finding(finding.outcome, said, latency, uncertainty)


def _firing(case: Case, wanted: AlertExpectation, bites: Interval) -> Finding:
    """For an alert of which nobody can be told while its fault lasts."""
    before = _active_before(case, wanted, bites)
    if before:
        return Finding("inconclusive", before)
    fired = next(
        (
            fact
            for fact in case.seen(PrometheusAlert, wanted)
            if fact.state == "firing" and fact.at >= bites.start
        ),
        None,
    )
    if fired is None:
        return _missed(case, wanted, bites)
    latency, uncertainty = fired.at - bites.start, _polled(case, "prometheus", fired.at)
    if fired.severity != wanted.severity:
        said = f"fired with severity {fired.severity!r}, expected {wanted.severity!r}"
        return Finding("breached", said, latency, uncertainty)
    finding = _within(latency, uncertainty, wanted.within)
    return Finding(finding.outcome, finding.reason.replace("notified", "fired"), latency, uncertainty)


def _quiet(case: Case, wanted: AlertExpectation, bites: Interval) -> Finding:
    loud = heard(case, wanted, bites.start)
    if loud:
        return Finding("breached", f"{loud} after the fault bit, expected quiet")
    unproven = _unproven_quiet(case, wanted)
    if unproven:
        return Finding("inconclusive", f"its quiet proves nothing: {unproven}")
    return Finding("met", "did not fire")


def _unproven_quiet(case: Case, wanted: AlertExpectation) -> str:
    """Why the alert might have been quiet although there was something to say; empty when it would have been heard."""
    if wanted.by == "receiver":
        return "no rule fires it, and nobody wrote down whether the receiver was on the watch for it"
    rule = rule_of(case, wanted)
    if rule is None or not rule.loaded or rule.health == "err":
        return "no working rule of this name is loaded"
    later = unwell(case, wanted)
    if later:
        return later
    long = [gap for gap in case.gaps("prometheus") if gap.end - gap.start > GAP_TOLERATED]
    return f"prometheus was lost for {long[0].end - long[0].start:.1f} s" if long else ""


def _polled(case: Case, source: str, at: float) -> float:
    """How long before it was seen, at `at`, something may have been so: a look, or the gap that had just ended."""
    gaps = [at - gap.start for gap in case.gaps(source) if gap.start <= at <= gap.end + 2 * POLL]
    return max([POLL, *gaps])


def _active_before(case: Case, wanted: AlertExpectation, bites: Interval) -> str:
    """Why the alert's page would prove nothing; empty when it was quiet before."""
    alert = wanted.alert
    earlier = [fact for fact in case.seen(PrometheusAlert, wanted) if fact.at < bites.start]
    last = {fact.instance: fact for fact in earlier}
    since_steady = [fact for fact in earlier if fact.at >= case.steady_since]
    if any(fact.state == "firing" for fact in [*last.values(), *since_steady]):
        return f"{alert} was already firing before the fault bit"
    # A fault that ramps up makes it pending before it bites; what is pending before it is asked for is not its doing.
    requested = case.first(FaultRequested)
    before = {fact.instance: fact for fact in earlier if requested and fact.at < requested.at}
    if any(fact.state == "pending" for fact in before.values()):
        return f"{alert} was already pending before the fault was requested"
    return ""


def _missed(case: Case, wanted: AlertExpectation, bites: Interval) -> Finding:
    """Not there: how far did it come?"""
    accepted = [fact for fact in case.seen(AlertmanagerAlert, wanted) if fact.at >= bites.start]
    # What silences, mutes or inhibits it only later, in the recovery, is not why it did not come.
    awaited_to = case.observed_to if case.observed_to is not None else case.ended
    in_time = [fact for fact in accepted if fact.at <= awaited_to]
    for fact in in_time:
        if fact.silenced_by:
            return Finding("inconclusive", f"silenced in Alertmanager by {', '.join(fact.silenced_by)}")
    if in_time and wanted.expect == "notified":
        since = in_time[0].at - _polled(case, "alertmanager", in_time[0].at)
        muted = muted_by(case, in_time, since, awaited_to)
        if muted:
            return Finding("inconclusive", muted)
    for fact in in_time:
        if wanted.expect == "notified" and fact.inhibited_by:
            return Finding("breached", f"missed: inhibited by {', '.join(fact.inhibited_by)}")
    for source in ("prometheus", "alertmanager", "receiver"):
        if source in case.experiment.blinds:
            continue  # its own fault: what is left must do
        long = [gap for gap in case.gaps(source) if gap.end >= bites.start and gap.start <= awaited_to]
        if long:
            gap = long[0]
            return Finding(
                "inconclusive", f"{source} was lost for {gap.end - gap.start:.1f} s while it was awaited"
            )
    if accepted:
        after = accepted[0].at - bites.start
        if wanted.expect == "inhibited":
            return Finding(
                "breached", f"Alertmanager accepted it after {after:.1f} s, and nothing inhibited it"
            )
        return Finding(
            "breached", f"missed: Alertmanager accepted it after {after:.1f} s, the receiver never got it"
        )
    return _never_accepted(case, wanted, bites)


def _never_accepted(case: Case, wanted: AlertExpectation, bites: Interval) -> Finding:
    states = [fact for fact in case.seen(PrometheusAlert, wanted) if fact.at >= bites.start]
    firing = next((fact for fact in states if fact.state == "firing"), None)
    if firing:
        after = firing.at - bites.start
        return Finding(
            "breached", f"missed: fired in Prometheus after {after:.1f} s, Alertmanager never accepted it"
        )
    later = unwell(case, wanted)
    pending = next((fact for fact in states if fact.state == "pending"), None)
    if pending:
        said = f"pending after {pending.at - bites.start:.1f} s, but it never fired"
        return Finding("breached", f"missed: {said}; {later}" if later else f"missed: {said}")
    rule = rule_of(case, wanted)
    if rule is not None and not rule.loaded:
        return Finding("breached", "missed: Prometheus has no rule of this name loaded")
    if rule is not None and rule.health == "err":
        return Finding("breached", "missed: Prometheus cannot evaluate the rule")
    if later:
        return Finding("breached", f"missed: {later}")
    return Finding("breached", "missed: the rule's expression never became true")


def _verdict(
    case: Case, wanted: AlertExpectation, finding: Finding, marks: tuple[MarkAt, ...], stayed: Stay
) -> AlertVerdict:
    rule = rule_of(case, wanted)
    return AlertVerdict(
        alert=wanted.alert,
        labels=dict(case.identity(wanted).labels),
        severity=wanted.severity,
        expect=wanted.expect,
        outcome=finding.outcome,
        reason=finding.reason,
        limit=wanted.within,
        latency=round(finding.latency, 3) if finding.latency is not None else None,
        uncertainty=_rounded_up(finding.uncertainty),
        predicted_worst=round(sum(stage.seconds for stage in rule.stages), 1)
        if rule and rule.stages
        else None,
        in_production=_in_production(case, rule, marks, wanted.expect),
        marks=marks,
        stages=stages_of(marks),
        gaps=stayed.gaps,
        clears=(wanted.because or "") if wanted.clears else "",
    )


def _in_production(
    case: Case, rule: RuleSeen | None, marks: tuple[MarkAt, ...], expect: Expect
) -> float | None:
    """The seconds this fault would take to page in production; None where that is not known.

    What was measured is how long the expression took to become true. Of that, one interval is waiting for a scrape and
    an evaluation (half of each on average); the rest is a window that fills, and grows with the window.
    """
    there = rule.production if rule else None
    first = next((mark for mark in marks if mark.mark in ("true", "pending", "firing")), None)
    bites = case.bites
    if rule is None or there is None or first is None or bites is None or expect != "notified":
        return None  # an inhibited alert pages nobody there either
    here = next((stage.seconds for stage in rule.stages if stage.name == "window"), 0.0)
    filling = max(0.0, first.at - bites.start - case.plan.stack.evaluation_interval)
    filling *= there.window / here if here and there.window else 1.0
    hold = math.ceil(there.hold / there.interval) * there.interval
    return round(there.interval + filling + hold + there.group_wait, 1)


def _rounded_up(uncertainty: float) -> float:
    """To hundredths of a second, never down: no measurement is exact."""
    return math.ceil(uncertainty * 100) / 100
