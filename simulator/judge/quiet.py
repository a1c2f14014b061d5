"""Whether an alert that must not come did not: nobody saw it, and its rule could have fired it."""

from simulator.journal.facts import AlertmanagerAlert, Page, PrometheusAlert
from simulator.judge.case import Case
from simulator.plan.models import AlertExpectation


def heard(case: Case, wanted: AlertExpectation, since: float) -> str:
    """In which ways the alert was seen although it had to be quiet, and how long after `since`; empty when in none."""
    fired = [fact.at for fact in case.seen(PrometheusAlert, wanted, aftermath=True) if fact.state == "firing"]
    accepted = [
        fact.at for fact in case.seen(AlertmanagerAlert, wanted, aftermath=True) if fact.state != "gone"
    ]
    paged = [fact.at for fact in case.seen(Page, wanted, aftermath=True) if fact.status == "firing"]
    ways = (("fired", fired), ("was accepted by Alertmanager", accepted), ("was paged", paged))
    told = []
    for way, moments in ways:
        first = next((at for at in moments if at >= case.steady_since), None)
        if first is not None:
            told.append(f"{way} {first - since:.1f} s")
    return ", ".join(told)
