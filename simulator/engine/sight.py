"""Whether alerts have anything to see: their series are there, fresh, and count the traffic that is sent."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable

from simulator.doors.prometheus import Prometheus
from simulator.journal.facts import RuleSeen
from simulator.plan.policy import Policy
from simulator.plan.promql import metrics

LONGEST_INTERVAL = 2.0
"""Seconds: the interval that every promise here reckons with, however fast a stack of tests may be."""
_UP = re.compile(r"up\{(?P<job>.*)\}")


async def unseen(rules: Iterable[RuleSeen], prometheus: Prometheus, interval: float) -> str:
    """What one of the rules reads that is not there, or is scraped more seldom than promised (seconds); empty if none.

    Raises:
        DoorError: Prometheus does not answer.
    """
    reads = [(rule.alert, _reads(rule)) for rule in rules if rule.loaded]
    jobs = await _jobs(prometheus, set().union(*(names for _, names in reads)))
    scraped: dict[str, float] = {}
    for target in await prometheus.targets():
        scraped[target.job] = min(target.interval, scraped.get(target.job, target.interval))
    for alert, names in reads:
        there = {job for name in names for job in jobs[name]}
        if names and not there:
            return (
                f"{alert} reads {', '.join(sorted(names))}, of which Prometheus has nothing; is it scraped?"
            )
        every = min((scraped[job] for job in there if job in scraped), default=interval)
        if every > max(interval, LONGEST_INTERVAL):
            return f"{alert} reads what is scraped every {every:g} s; {interval:g} s are promised"
    return ""


def _reads(rule: RuleSeen) -> set[str]:
    try:
        return set(metrics(rule.expr))
    except ValueError:  # newer PromQL than we can read: nothing is known to be missing
        return set()


async def uncounted(sent: float, witness: str, prometheus: Prometheus, policy: Policy) -> str:
    """Whether Prometheus counts the requests that are sent, so many a second; empty if it does, or if nothing bears witness.

    Raises:
        DoorError: Prometheus does not answer.
    """
    if not witness:
        return ""
    series = await prometheus.query(witness)
    counted = series[0].samples[-1][1] if series else 0.0
    if counted >= policy.fitness.counted * sent:
        return ""
    return f"the workload sends {sent:.1f} requests/s, Prometheus counts {counted:.1f} of them"


async def _jobs(prometheus: Prometheus, names: set[str]) -> dict[str, set[str]]:
    """The jobs that a metric comes from, by the names that `metrics` gives."""
    jobs: dict[str, set[str]] = defaultdict(set)
    ups = {name: found["job"] for name in names if (found := _UP.fullmatch(name))}
    selectors = {name for name in names if name.startswith("{")}
    for selector in selectors:
        for series in await prometheus.query(f"count by (job) ({selector})"):
            jobs[selector].add(series.labels.get("job", ""))
    plain = "|".join(re.escape(name) for name in sorted(names - ups.keys() - selectors))
    if plain:
        for series in await prometheus.query(f"count by (__name__, job) ({{__name__=~{json.dumps(plain)}}})"):
            jobs[series.labels["__name__"]].add(series.labels.get("job", ""))
    if ups:
        scraped = [series.labels.get("job", "") for series in await prometheus.query("count by (job) (up)")]
        for up, pattern in ups.items():
            jobs[up] = {job for job in scraped if not pattern or re.fullmatch(pattern, job)}
    return jobs
