"""Alerts that an experiment does not name, and that fired all the same: a breach where they are judged here, else only told."""

from collections.abc import Iterable, Iterator
from typing import Literal

from simulator.journal.facts import Page, PrometheusAlert
from simulator.judge.case import Case
from simulator.judge.verdict import OtherAlert
from simulator.plan.identity import Identity, differing

Seen = PrometheusAlert | Page


def unexpected(case: Case) -> tuple[OtherAlert, ...]:
    """Alerts that are judged here and that nobody allowed, each as it was seen first."""
    judged = case.plan.stack.judged
    return _first(case, (fact for fact in _unnamed(case) if judged.concerns(fact.alert, fact.labels)))


def strangers(case: Case) -> tuple[OtherAlert, ...]:
    """Alerts of others, which are not judged here, each as it was seen first."""
    judged = case.plan.stack.judged
    return _first(case, (fact for fact in _unnamed(case) if judged.is_strange(fact.alert, fact.labels)))


def _unnamed(case: Case) -> Iterator[Seen]:
    """What fired or paged since the steady state, and is no alert that this experiment, or one beside it, names."""
    for fact in (*case.facts, *case.aftermath):
        if fact.at < case.steady_since or not isinstance(fact, Seen):
            continue
        state = fact.status if isinstance(fact, Page) else fact.state
        if state == "firing" and fact.alert not in case.policy.exempt and not _is_named(case, fact):
            yield fact


def _is_named(case: Case, fact: Seen) -> bool:
    """Whether anybody expects or tolerates this alert: of one that is expected with labels, no other instance."""
    identity = fact.identity
    return any(
        named.covers(identity)
        for one in (case.experiment, *case.beside)
        for named in one.names(case.loaded)
        if named.alert == fact.alert
    )


def _first(case: Case, facts: Iterable[Seen]) -> tuple[OtherAlert, ...]:
    start = case.bites.start if case.bites else case.steady_since
    found: dict[Identity, OtherAlert] = {}
    for fact in facts:
        which = fact.identity.only(_telling(case, fact.alert))
        how: Literal["fired", "paged"] = "paged" if isinstance(fact, Page) else "fired"
        if which not in found:
            found[which] = OtherAlert(
                alert=which.alert,
                labels=dict(which.labels),
                severity=fact.severity,
                seen=how,
                at=fact.at,
                after=round(fact.at - start, 6),
                since="the fault" if case.experiment.faults else "the watch",
            )
    return tuple(found.values())


def _telling(case: Case, alert: str) -> frozenset[str]:
    """The labels by which alerts of this name are told apart: those in which rules differ, and those that entries name."""
    entries = case.experiment.names(case.loaded)
    named = {label for one in entries if one.alert == alert for label, _ in one.labels}
    return differing(alert, case.loaded) | named
