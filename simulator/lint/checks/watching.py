"""Whether anybody would notice that the watching itself, or what is watched, has gone."""

import re
from collections import defaultdict
from collections.abc import Iterator

from simulator.lint.carried import Carried
from simulator.lint.estate import Estate
from simulator.lint.files.rules import Rule
from simulator.lint.finding import Found, check
from simulator.lint.noticing import misses
from simulator.lint.syntax import always_there

_DEAD_MAN = re.compile(r"dead.?man|watchdog|heartbeat", re.IGNORECASE)


@check(
    "alert/same-name",
    "warn",
    why="Two rules whose alerts have the same labels are one alert for Alertmanager: either hides that the other fires or ends.",
    needs="rules",
    heuristic=True,
)
def same_name(estate: Estate) -> Iterator[Found]:
    """Two alerts of one name that no label is known to tell apart."""
    by_name: dict[str, list[Rule]] = defaultdict(list)
    for rule in estate.alerts:
        for other in by_name[rule.name]:
            if not _told_apart(estate.labels[rule.place], estate.labels[other.place]):
                yield Found(
                    rule.place,
                    rule.name,
                    f"{rule.name} is an alert already, in {other.place}, and no label tells the two apart",
                    "rename one of them, or give each a label with a value of its own",
                )
                break
        by_name[rule.name].append(rule)


def _told_apart(one: Carried, other: Carried) -> bool:
    labels = one.sure.keys() | other.sure.keys()
    return any(_differ(one, other, label) for label in labels)


def _differ(one: Carried, other: Carried, label: str) -> bool:
    """Whether a label is sure to be another: where only one side knows it, whether the other cannot have it."""
    values = [side.sure.get(label) or ("" if not side.may_have(label) else None) for side in (one, other)]
    return None not in values and values[0] != values[1]


@check(
    "path/no-dead-man",
    "warn",
    why="When Prometheus, Alertmanager or the way to people breaks, every other alert is silent too.",
    needs="rules",
    heuristic=True,
)
def no_dead_man(estate: Estate) -> Iterator[Found]:
    """No alert that always fires, so that somebody outside can notice when it stops."""
    if not estate.knows_all_rules or not estate.alerts:
        return
    if not any(always_there(rule.tree) or _DEAD_MAN.search(rule.name) for rule in estate.alerts):
        first = estate.alerts[0]
        yield Found(
            first.place,
            "rules",
            f"none of {len(estate.alerts)} alerts always fires",
            "add one with expr: vector(1), and have something outside page when it stops",
        )


@check(
    "job/no-down-alert",
    "warn",
    why="When the job's targets are down its series end, and whatever compares them is silent.",
    needs="rules, Prometheus",
    heuristic=True,
)
def no_down_alert(estate: Estate) -> Iterator[Found]:
    """A job for which no alert fires when its `up` is 0, nor when something of it is absent."""
    if estate.prometheus is None or not estate.knows_all_rules:
        return
    missed = [one for rule in estate.alerts for one in misses(rule)]
    watched = [one for one in missed if one.name == "up" or one.asks_for("job")]
    for job in estate.prometheus.jobs:
        if job.keeps_its_name and not any(one.fits("job", job.name) for one in watched):
            yield Found(
                job.place,
                job.name,
                f"no alert says when targets of the job {job.name} are down",
                f'add an alert on up{{job="{job.name}"}} == 0',
            )
