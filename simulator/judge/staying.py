"""Whether an expected alert stayed until the undo: one that resolves while its fault lasts calls people off too early.

Three witnesses, of which each can see it go: Prometheus (no longer firing), Alertmanager (gone), and the receiver (a resolved
notification). One that went unseen is told by the moment since which it is there. An alert stays as long as any of its instances
does.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simulator.journal.facts import AlertmanagerAlert, FaultRequested, FaultUndone, PrometheusAlert
from simulator.judge.case import Case, Interval
from simulator.judge.healing import judge_healing
from simulator.judge.marks import pages_of
from simulator.judge.verdict import AlertGap
from simulator.plan.models import AlertExpectation


@dataclass(frozen=True)
class Change:
    """One instance of the alert came or went."""

    at: float
    instance: str
    is_there: bool


@dataclass(frozen=True)
class InstanceSeen:
    """One instance of the alert as a source shows it: there or not, and since which moment of Prometheus's clock."""

    at: float
    instance: str
    is_there: bool
    since: float | None


@dataclass(frozen=True)
class Stay:
    """When the alert was gone, and why that is not fully known; empty where it is."""

    gaps: tuple[AlertGap, ...]
    doubt: str = ""


def stay(case: Case, wanted: AlertExpectation, bites: Interval) -> Stay:
    """What became of the alert between its first sight and the undo."""
    able = [source for source in _witnesses(wanted) if source not in case.experiment.blinds]
    until = undo_began(case)
    sure: list[AlertGap] = []
    doubt = "" if able else "nobody was left to see whether it stayed: its own faults took them away"
    for source in able:
        seen = _SIGHTS[source](case, wanted, bites)
        changes = [change for change in _changes(case, source, seen) if change.at < until]
        if not changes:
            continue
        gaps = gaps_of(changes, until, source, case.policy.sight.polled_every)
        unsure = [gap for gap in gaps if _while_lost(case, source, gap)]
        sure += [gap for gap in gaps if gap not in unsure]
        if source == able[0]:  # what a later witness alone did not see, an earlier one did
            doubt = _doubt(case, source, Interval(changes[0].at, until), unsure)
    return Stay(merged(sure), doubt)


def undo_began(case: Case) -> float:
    """When what the alert stands for was first on its way out: at the first undo, or before it had healed by itself."""
    ends = [fact.requested for fact in case.all(FaultUndone)]
    if not ends:
        ends = [case.ended if case.observed_to is None else case.observed_to]
    for requested, fault in zip(case.all(FaultRequested), case.experiment.faults, strict=False):
        healing = judge_healing(case, requested, fault.must_heal_within)
        if healing and healing.healed is not None:
            ends.append(healing.healed - healing.uncertainty)
    return min(ends)


def gaps_of(changes: Sequence[Change], until: float, source: str, look: float) -> list[AlertGap]:
    """The times at which no instance was there, from the first that came on; what one look (seconds) reports is no gap."""
    there: set[str] = set()
    gone: float | None = None
    gaps: list[AlertGap] = []
    for change in sorted(changes, key=lambda change: change.at):
        was = bool(there)
        (there.add if change.is_there else there.discard)(change.instance)
        if was and not there:
            gone = change.at
        elif there and gone is not None:
            gaps.append(AlertGap(start=gone, end=change.at, came_back=True, seen_by=(source,)))
            gone = None
    if gone is not None:
        gaps.append(AlertGap(start=gone, end=until, came_back=False, seen_by=(source,)))
    return [gap for gap in gaps if gap.end - gap.start >= look or not gap.came_back]


def merged(gaps: Sequence[AlertGap]) -> tuple[AlertGap, ...]:
    """Gaps of several witnesses that overlap are one: from the first to see it go to the last to see it back."""
    found: list[AlertGap] = []
    for gap in sorted(gaps, key=lambda gap: gap.start):
        last = found[-1] if found else None
        if last is None or gap.start > last.end:
            found.append(gap)
            continue
        found[-1] = AlertGap(
            start=last.start,
            end=max(last.end, gap.end),
            came_back=last.came_back and gap.came_back,
            seen_by=tuple(dict.fromkeys((*last.seen_by, *gap.seen_by))),
        )
    return tuple(found)


def told(gaps: Sequence[AlertGap], bites: Interval) -> str:
    """The gaps in words: when the first began, and how long all of them lasted."""
    first, last = gaps[0], gaps[-1]
    away = sum(gap.end - gap.start for gap in gaps)
    often = "" if len(gaps) == 1 else f" the first of {len(gaps)} times,"
    end = "" if last.came_back else ", and was not back at the undo"
    return (
        f"resolved {first.start - bites.start:.1f} s after the fault bit, while it lasted:{often} gone for {away:.1f} s"
        f"{' in all' if often else ''} (seen by {', '.join(_seen_by(gaps))}){end}"
    )


def _seen_by(gaps: Sequence[AlertGap]) -> list[str]:
    return list(dict.fromkeys(source for gap in gaps for source in gap.seen_by))


def _witnesses(wanted: AlertExpectation) -> tuple[str, ...]:
    """Who can see the alert, the one that knows best first."""
    if wanted.by == "receiver":
        return ("receiver",)
    by_expectation = {
        "notified": ("prometheus", "alertmanager", "receiver"),
        "accepted": ("prometheus", "alertmanager"),
        "inhibited": ("prometheus", "alertmanager"),
        "firing": ("prometheus",),
    }
    return by_expectation.get(wanted.expect, ())


def _in_prometheus(case: Case, wanted: AlertExpectation, bites: Interval) -> list[InstanceSeen]:
    return [
        InstanceSeen(fact.at, fact.instance, fact.state == "firing", fact.active_epoch)
        for fact in case.seen(PrometheusAlert, wanted)
        if fact.at >= bites.start
    ]


def _in_alertmanager(case: Case, wanted: AlertExpectation, bites: Interval) -> list[InstanceSeen]:
    return [
        InstanceSeen(fact.at, fact.fingerprint, fact.state != "gone", fact.starts_epoch)
        for fact in case.seen(AlertmanagerAlert, wanted)
        if fact.at >= bites.start
    ]


def _at_the_receiver(case: Case, wanted: AlertExpectation, bites: Interval) -> list[InstanceSeen]:
    pages = [
        page
        for status in ("firing", "resolved")
        for page in pages_of(case, wanted, bites.start, status=status)
    ]
    return [
        InstanceSeen(
            case.time.of(page.received_epoch, "receiver"),
            page.fingerprint,
            page.status == "firing",
            page.starts_epoch,
        )
        for page in pages
    ]


_SIGHTS: dict[str, Callable[[Case, AlertExpectation, Interval], list[InstanceSeen]]] = {
    "prometheus": _in_prometheus,
    "alertmanager": _in_alertmanager,
    "receiver": _at_the_receiver,
}


def _changes(case: Case, source: str, seen: Sequence[InstanceSeen]) -> list[Change]:
    """What came and went; one that is there since a later moment than before has gone meanwhile, though nobody saw it.

    It was away for one evaluation at least. Of two stretches that overlap Alertmanager keeps the earlier start: a repeat
    never looks like that.
    """
    known: dict[str, InstanceSeen] = {}
    changes: list[Change] = []
    for now in sorted(seen, key=lambda sight: sight.at):
        before = known.get(now.instance)
        known[now.instance] = now
        if before and before.is_there and now.is_there and (now.since or 0.0) > (before.since or math.inf):
            back = case.time.of(now.since or 0.0, "prometheus")
            looked = [lost.start for lost in case.gaps(source) if lost.start <= back]
            gone = max(before.at, back - case.plan.stack.evaluation_interval, *looked)
            changes.append(Change(gone, now.instance, is_there=False))
        changes.append(Change(now.at, now.instance, now.is_there))
    return changes


def _while_lost(case: Case, source: str, gap: AlertGap) -> bool:
    """What a source no longer has when it answers again it may have forgotten; the receiver stamps what it got."""
    looks = 2 * case.policy.sight.polled_every
    return source != "receiver" and any(
        lost.start <= gap.start <= lost.end + looks for lost in case.gaps(source)
    )


def _doubt(case: Case, source: str, span: Interval, unsure: Sequence[AlertGap]) -> str:
    if unsure:
        return f"whether it stayed is not known: it had gone by the time {source}, which had been lost, answered again"
    for lost in case.gaps(source):
        away = min(lost.end, span.end) - max(lost.start, span.start)
        if away > case.policy.sight.gap_tolerated:
            return f"whether it stayed is not known: {source} was lost for {away:.1f} s"
    return ""
