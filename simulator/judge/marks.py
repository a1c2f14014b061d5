"""The chain of marks of one expected alert, as far as it was seen, and how long each stage of it took."""

from itertools import pairwise

from simulator.journal.facts import AlertmanagerAlert, Evidence, FaultUndone, Page, PrometheusAlert
from simulator.judge.case import Case, Interval
from simulator.judge.verdict import Mark, MarkAt, StageTime
from simulator.plan.models import AlertExpectation


def pages_of(
    case: Case, wanted: AlertExpectation, since: float, *, status: str = "firing", aftermath: bool = False
) -> list[Page]:
    """Pages of alerts that began after the moment: a repeat of an older one never passes as new."""
    since -= case.policy.sight.began_before
    return [
        page
        for page in case.seen(Page, wanted, aftermath=aftermath)
        if page.status == status and case.time.of(page.starts_epoch, "prometheus") >= since
    ]


def marks_of(case: Case, wanted: AlertExpectation, bites: Interval) -> tuple[MarkAt, ...]:
    """Every mark of the chain that was seen, in the order of time."""
    marks: list[MarkAt] = [
        MarkAt(
            mark="effective",
            at=bites.start,
            uncertainty=bites.end - bites.start,
            source="the fault's own check",
        )
    ]
    marks += _prometheus_marks(case, wanted, bites)
    accepted = next((fact for fact in case.seen(AlertmanagerAlert, wanted) if fact.at >= bites.start), None)
    if accepted:
        polled = case.policy.sight.polled_every
        marks.append(MarkAt(mark="accepted", at=accepted.at, uncertainty=polled, source="Alertmanager"))
    pages = pages_of(case, wanted, bites.start)
    if pages:
        marks.append(_page_mark(case, "notified", pages[0]))
    marks += _closing_marks(case, wanted, bites)
    return tuple(sorted(marks, key=lambda mark: mark.at))


def _prometheus_marks(case: Case, wanted: AlertExpectation, bites: Interval) -> list[MarkAt]:
    marks: list[MarkAt] = []
    uncertainty = case.time.uncertainty("prometheus")
    known = dict(case.identity(wanted).labels)
    for evidence in case.all(Evidence):
        ours = evidence.alert == wanted.alert and evidence.labels in ({}, known)
        if ours and evidence.epoch is not None:
            at = case.time.of(evidence.epoch, "prometheus")
            marks.append(MarkAt(mark=evidence.mark, at=at, uncertainty=uncertainty, source="raw samples"))
    states = [fact for fact in case.seen(PrometheusAlert, wanted) if fact.at >= bites.start]
    held = next((fact for fact in states if fact.state == "pending" and fact.active_epoch is not None), None)
    if held and held.active_epoch is not None:
        at = case.time.of(held.active_epoch, "prometheus")
        marks.append(MarkAt(mark="pending", at=at, uncertainty=uncertainty, source="Prometheus activeAt"))
    firing = next((fact for fact in states if fact.state == "firing"), None)
    if firing and not any(mark.mark == "firing" for mark in marks):
        polled = case.policy.sight.polled_every
        marks.append(MarkAt(mark="firing", at=firing.at, uncertainty=polled, source="Prometheus"))
    return marks


def _closing_marks(case: Case, wanted: AlertExpectation, bites: Interval) -> list[MarkAt]:
    marks = [
        MarkAt(mark="undone", at=fact.at, uncertainty=0.0, source="the fault's own check")
        for fact in case.all(FaultUndone)[-1:]
        if fact.confirmed
    ]
    resolved = pages_of(case, wanted, bites.start, status="resolved")
    if resolved:
        marks.append(_page_mark(case, "resolved", resolved[-1]))
    return marks


def _page_mark(case: Case, mark: Mark, page: Page) -> MarkAt:
    at = case.time.of(page.received_epoch, "receiver")
    return MarkAt(mark=mark, at=at, uncertainty=case.time.uncertainty("receiver"), source="receiver")


def stages_of(marks: tuple[MarkAt, ...]) -> tuple[StageTime, ...]:
    """The time between each mark and the one before it, up to the page."""
    chain = [
        mark
        for mark in marks
        if mark.mark in ("effective", "true", "pending", "firing", "accepted", "notified")
    ]
    # Alertmanager is polled: the page may be seen before Alertmanager is seen to have the alert.
    paged = next((index for index, mark in enumerate(chain) if mark.mark == "notified"), len(chain))
    return tuple(
        StageTime(stage=f"{earlier.mark} → {later.mark}", took=round(later.at - earlier.at, 3))
        for earlier, later in pairwise(chain[: paged + 1])
    )
