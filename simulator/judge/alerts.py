"""Judges one expected alert: its chain of marks, its latency, and why it is not met."""

import math
from dataclasses import replace

from simulator.journal.facts import AlertmanagerAlert, FaultRequested, Page, PrometheusAlert, RuleSeen
from simulator.journal.loaded import RouteSeen
from simulator.judge.case import Case, Interval
from simulator.judge.marks import marks_of, pages_of, stages_of
from simulator.judge.missed import Finding, missed, polled, rule_of
from simulator.judge.muted import muted_by
from simulator.judge.quiet import heard
from simulator.judge.rules import unwell
from simulator.judge.staying import Stay, stay, told
from simulator.judge.verdict import AlertVerdict, MarkAt
from simulator.plan.identity import Identity
from simulator.plan.models import AlertExpectation, Expect


def judge_alert(case: Case, wanted: AlertExpectation) -> AlertVerdict:
    """The verdict on one expectation of an experiment whose faults were effective."""
    bites = case.bites
    if bites is None:
        finding = Finding("inconclusive", "not-effective", "the fault was not effective")
        return _verdict(case, wanted, finding, (), Stay(()))
    marks = marks_of(case, wanted, bites)
    judges = {
        "notified": _notified,
        "accepted": _accepted,
        "inhibited": _inhibited,
        "firing": _firing,
        "quiet": _quiet,
    }
    finding = judges[wanted.expect](case, wanted, bites)
    stayed = stay(case, wanted, bites) if finding.latency is not None else Stay(())
    return _verdict(case, wanted, _if_it_stayed(finding, wanted, stayed, bites), marks, stayed)


def _notified(case: Case, wanted: AlertExpectation, bites: Interval) -> Finding:
    before = _active_before(case, wanted, bites)
    if before:
        return Finding("inconclusive", "already-active", before)
    pages = pages_of(case, wanted, bites.start)
    if not pages:
        return missed(case, wanted, bites)
    page = pages[0]
    received = case.time.of(page.received_epoch, "receiver")
    sight = case.policy.sight
    if not -sight.clock_step <= page.at - received <= sight.gap_tolerated + sight.clock_step:
        return Finding(
            "inconclusive",
            "clock-set",
            f"a clock was set during the run: the receiver stamped the page {received - bites.start:.1f} s after"
            f" the fault, our own clock saw it after {page.at - bites.start:.1f} s",
        )
    latency = received - bites.start
    uncertainty = case.time.uncertainty("receiver")
    if page.severity != wanted.severity:
        said = f"paged with severity {page.severity or 'none at all'!r}, expected {wanted.severity!r}"
        return Finding("breached", "wrong-severity", said, latency, uncertainty)
    route = _route(case, wanted)
    if page.route != (route or page.route):
        said = f"paged by route {page.route!r}, expected {route!r}"
        return Finding("breached", "wrong-route", said, latency, uncertainty)
    finding = _within(latency, uncertainty, wanted.within, "notified")
    muted = muted_by(case, [page], _accepted_at(case, page, bites), received)
    if finding.outcome != "breached" or not muted:
        return finding
    return Finding("inconclusive", "muted", f"{muted}; {finding.reason}", latency, uncertainty)


def _route(case: Case, wanted: AlertExpectation) -> str:
    """By which our receiver must have been told; empty where any will do."""
    if wanted.by == "receiver":
        return wanted.by
    return wanted.severity if case.plan.stack.judged.routes_by_severity else ""


def _accepted(case: Case, wanted: AlertExpectation, bites: Interval) -> Finding:
    """For a system that no receiver of ours could be added to: this is no proof that anybody is told."""
    before = _active_before(case, wanted, bites)
    if before:
        return Finding("inconclusive", "already-active", before)
    held = [fact for fact in case.seen(AlertmanagerAlert, wanted) if fact.at >= bites.start]
    accepted = next((fact for fact in held if fact.state != "gone"), None)
    if accepted is None or accepted.silenced_by:
        return missed(case, wanted, bites)
    latency, uncertainty = accepted.at - bites.start, polled(case, "alertmanager", accepted.at)
    if accepted.severity != wanted.severity:
        said = f"accepted with severity {accepted.severity!r}, expected {wanted.severity!r}"
        return Finding("breached", "wrong-severity", said, latency, uncertainty)
    return _within(latency, uncertainty, wanted.within, "accepted by Alertmanager")


def _accepted_at(case: Case, page: Page, bites: Interval) -> float:
    """When Alertmanager had the alert of a page at the earliest: what was muted before delayed nothing."""
    held = (fact.at for fact in case.all(AlertmanagerAlert) if fact.fingerprint == page.fingerprint)
    at = next((at for at in held if at >= bites.start), None)
    return bites.start if at is None else at - polled(case, "alertmanager", at)


def _if_it_stayed(finding: Finding, wanted: AlertExpectation, stayed: Stay, bites: Interval) -> Finding:
    """What it is worth that the alert came, if it then went although the fault lasted."""
    came = finding.cause == "arrived"
    if stayed.gaps and wanted.clears:
        said = f"{finding.reason}; {told(stayed.gaps, bites)}; it may: {wanted.because}"
        return replace(finding, reason=said)
    if stayed.gaps:
        return replace(
            finding,
            outcome="inconclusive" if finding.outcome == "inconclusive" else "breached",
            cause="flapped" if came else finding.cause,
            reason=f"{finding.reason}; but {told(stayed.gaps, bites)}",
        )
    if stayed.doubt and came and not wanted.clears:
        said = f"{finding.reason}; {stayed.doubt}"
        return replace(finding, outcome="inconclusive", cause="stay-unknown", reason=said)
    return finding


def _within(latency: float, uncertainty: float, limit: float, what: str) -> Finding:
    """Whether what it must do (`what`, as a participle) was done in time."""
    said = f"{latency:.1f} s ± {_rounded_up(uncertainty):.2f} s, limit {limit:g} s"
    if latency + uncertainty <= limit:
        return Finding("met", "arrived", f"{what} after {said}", latency, uncertainty)
    if latency - uncertainty > limit:
        return Finding("breached", "late", f"late: {what} after {said}", latency, uncertainty)
    straddles = f"the uncertainty straddles the limit: {said}"
    return Finding("inconclusive", "unsure", straddles, latency, uncertainty)


def _inhibited(case: Case, wanted: AlertExpectation, bites: Interval) -> Finding:
    before = _active_before(case, wanted, bites)
    if before:
        return Finding("inconclusive", "already-active", before)
    pages = pages_of(case, wanted, bites.start, aftermath=True)
    if pages:
        at = case.time.of(pages[0].received_epoch, "receiver") - bites.start
        return Finding("breached", "paged", f"should have been inhibited, but was paged after {at:.1f} s", at)
    hidden = [
        fact for fact in case.seen(AlertmanagerAlert, wanted) if fact.inhibited_by and fact.at >= bites.start
    ]
    if not hidden:
        return missed(case, wanted, bites)
    latency, uncertainty = hidden[0].at - bites.start, polled(case, "alertmanager", hidden[0].at)
    if hidden[0].severity != wanted.severity:
        said = f"fired with severity {hidden[0].severity!r}, expected {wanted.severity!r}"
        return Finding("breached", "wrong-severity", said, latency, uncertainty)
    finding = _within(latency, uncertainty, wanted.within, "inhibited")
    if finding.cause != "arrived":
        return finding
    return replace(finding, reason=f"inhibited by {', '.join(hidden[0].inhibited_by)} after {latency:.1f} s")


def _firing(case: Case, wanted: AlertExpectation, bites: Interval) -> Finding:
    """For an alert of which nobody can be told while its fault lasts."""
    before = _active_before(case, wanted, bites)
    if before:
        return Finding("inconclusive", "already-active", before)
    fired = next(
        (
            fact
            for fact in case.seen(PrometheusAlert, wanted)
            if fact.state == "firing" and fact.at >= bites.start
        ),
        None,
    )
    if fired is None:
        return missed(case, wanted, bites)
    latency, uncertainty = fired.at - bites.start, polled(case, "prometheus", fired.at)
    if fired.severity != wanted.severity:
        said = f"fired with severity {fired.severity!r}, expected {wanted.severity!r}"
        return Finding("breached", "wrong-severity", said, latency, uncertainty)
    return _within(latency, uncertainty, wanted.within, "fired")


def _quiet(case: Case, wanted: AlertExpectation, bites: Interval) -> Finding:
    loud = heard(case, wanted, bites.start)
    if loud:
        return Finding("breached", "loud", f"{loud} after the fault bit, expected quiet")
    unproven = _unproven_quiet(case, wanted)
    if unproven:
        return Finding("inconclusive", "unproven-quiet", f"its quiet proves nothing: {unproven}")
    return Finding("met", "quiet", "did not fire")


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
    tolerated = case.policy.sight.gap_tolerated
    long = [gap for gap in case.gaps("prometheus") if gap.end - gap.start > tolerated]
    return f"prometheus was lost for {long[0].end - long[0].start:.1f} s" if long else ""


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
        cause=finding.cause,
        reached=finding.reached,
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
        rule_digest=rule.digest if rule else "",
        route_digests=_told_by(case, wanted),
    )


def _told_by(case: Case, wanted: AlertExpectation) -> tuple[str, ...]:
    """The digests of the routes by which we are told of it."""
    identity = case.identity(wanted)
    ways = (fact for fact in case.history if isinstance(fact, RouteSeen))
    ours = (way for way in ways if way.ours and identity.agrees(Identity.of(way.alert, way.labels)))
    return tuple(sorted({way.digest for way in ours if way.digest}))


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
