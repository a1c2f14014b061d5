"""Why an expected alert did not do what it must, and how far it came."""

from dataclasses import dataclass

from simulator.journal.facts import AlertmanagerAlert, PrometheusAlert, RuleSeen
from simulator.judge.case import Case, Interval
from simulator.judge.causes import AlertCause, Reached
from simulator.judge.muted import muted_by
from simulator.judge.rules import unwell
from simulator.judge.verdict import Outcome
from simulator.plan.models import AlertExpectation


@dataclass(frozen=True)
class Finding:
    """What became of an alert, the same in words, and the latency it rests on."""

    outcome: Outcome
    cause: AlertCause
    reason: str
    latency: float | None = None
    uncertainty: float = 0.0
    reached: Reached | None = None


def rule_of(case: Case, wanted: AlertExpectation) -> RuleSeen | None:
    """The rule as preflight saw it; where several can fire the alert, the one that promises least."""
    identity = case.identity(wanted)
    able = [fact for fact in case.history if isinstance(fact, RuleSeen) and identity.agrees(fact.identity)]
    return max(able, key=_promises_least, default=None)


def _promises_least(rule: RuleSeen) -> tuple[bool, bool, float]:
    return not rule.loaded, rule.health == "err", sum(stage.seconds for stage in rule.stages)


def polled(case: Case, source: str, at: float) -> float:
    """How long before it was seen, at `at`, something may have been so: a look, or the gap that had just ended."""
    every = case.policy.sight.polled_every
    gaps = [at - gap.start for gap in case.gaps(source) if gap.start <= at <= gap.end + 2 * every]
    return max([every, *gaps])


def missed(case: Case, wanted: AlertExpectation, bites: Interval) -> Finding:
    """Not there: how far did it come?"""
    accepted = [fact for fact in case.seen(AlertmanagerAlert, wanted) if fact.at >= bites.start]
    # What silences, mutes or inhibits it only later, in the recovery, is not why it did not come.
    awaited_to = case.observed_to if case.observed_to is not None else case.ended
    in_time = [fact for fact in accepted if fact.at <= awaited_to]
    found = _held_back(case, wanted, in_time, awaited_to) or _lost_sight(case, bites, awaited_to)
    if found:
        return found
    if not accepted:
        return _never_accepted(case, wanted, bites)
    after = accepted[0].at - bites.start
    if wanted.expect == "inhibited":
        said = f"Alertmanager accepted it after {after:.1f} s, and nothing inhibited it"
        return Finding("breached", "not-inhibited", said, reached="accepted")
    said = f"missed: Alertmanager accepted it after {after:.1f} s, the receiver never got it"
    return Finding("breached", "missed", said, reached="accepted")


def _held_back(
    case: Case, wanted: AlertExpectation, accepted: list[AlertmanagerAlert], awaited_to: float
) -> Finding | None:
    """What Alertmanager itself did to it: a silence, a mute, or an inhibition that nobody expects."""
    for fact in accepted:
        if fact.silenced_by:
            said = f"silenced in Alertmanager by {', '.join(fact.silenced_by)}"
            return Finding("inconclusive", "silenced", said, reached="accepted")
    if not accepted or wanted.expect != "notified":
        return None
    since = accepted[0].at - polled(case, "alertmanager", accepted[0].at)
    muted = muted_by(case, accepted, since, awaited_to)
    if muted:
        return Finding("inconclusive", "muted", muted, reached="accepted")
    for fact in accepted:
        if fact.inhibited_by:
            said = f"missed: inhibited by {', '.join(fact.inhibited_by)}"
            return Finding("breached", "held-back", said, reached="accepted")
    return None


def _lost_sight(case: Case, bites: Interval, awaited_to: float) -> Finding | None:
    for source in case.sources:
        if source in case.experiment.blinds:
            continue  # its own fault: what is left must do
        for gap in case.gaps(source):
            if gap.end >= bites.start and gap.start <= awaited_to:
                said = f"{source} was lost for {gap.end - gap.start:.1f} s while it was awaited"
                return Finding("inconclusive", "lost-sight", said)
    return None


def _never_accepted(case: Case, wanted: AlertExpectation, bites: Interval) -> Finding:
    states = [fact for fact in case.seen(PrometheusAlert, wanted) if fact.at >= bites.start]
    firing = next((fact for fact in states if fact.state == "firing"), None)
    if firing:
        after = firing.at - bites.start
        said = f"missed: fired in Prometheus after {after:.1f} s, Alertmanager never accepted it"
        return Finding("breached", "missed", said, reached="firing")
    later = unwell(case, wanted)
    pending = next((fact for fact in states if fact.state == "pending"), None)
    if pending:
        said = f"missed: pending after {pending.at - bites.start:.1f} s, but it never fired"
        return Finding("breached", "missed", f"{said}; {later}" if later else said, reached="pending")
    rule = rule_of(case, wanted)
    if rule is not None and not rule.loaded:
        said = "missed: Prometheus has no rule of this name loaded"
        return Finding("breached", "no-rule", said, reached="nothing")
    if rule is not None and rule.health == "err":
        said = "missed: Prometheus cannot evaluate the rule"
        return Finding("breached", "rule-broken", said, reached="nothing")
    if later:
        return Finding("breached", "rule-broken", f"missed: {later}", reached="nothing")
    said = "missed: the rule's expression never became true"
    return Finding("breached", "missed", said, reached="nothing")
