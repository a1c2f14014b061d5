"""Healthy estates, drawn at random, as plain trees: the same for the same seed. What may be in one that has no defect."""

import json
import random
from dataclasses import dataclass, field
from typing import Any

Tree = dict[str, Any]


@dataclass
class Drawn:
    """One estate, before it is written."""

    prometheus: Tree
    alertmanager: Tree
    rules: list[Tree]
    """Groups."""
    boards: list[Tree]
    within: dict[str, float]
    jobs: list[str]
    alerts: list[Tree] = field(default_factory=list)
    """Those that compare something, in `rules` as well."""

    @property
    def files(self) -> dict[str, str]:
        """By name, as JSON, which is YAML too."""
        return {
            "prometheus.yml": json.dumps(self.prometheus, indent=1),
            "alertmanager.yml": json.dumps(self.alertmanager, indent=1),
            "rules.yml": json.dumps({"groups": self.rules}, indent=1),
            **{f"board{number}.json": json.dumps(board) for number, board in enumerate(self.boards)},
        }


def draw(seed: int) -> Drawn:
    """An estate that keeps every promise, by the formulas, and has nothing that is found."""
    chance = random.Random(seed)
    jobs = [f"job-{number}" for number in range(chance.randint(2, 4))]
    alerts = [alert for number in range(chance.randint(2, 5)) for alert in _family(chance, number, jobs)]
    groups = _groups(chance, [*alerts, *_down(chance, jobs), WATCHDOG])
    interval = chance.choice((1, 2))
    return Drawn(
        prometheus=_prometheus(chance, jobs, interval),
        alertmanager=_alertmanager(chance),
        rules=groups,
        boards=[_board(chance, number) for number in range(chance.randint(1, 3))],
        within={"page": 30.0, "ticket": 45.0, "none": 30.0},
        jobs=jobs,
        alerts=alerts,
    )


WATCHDOG: Tree = {"alert": "Watchdog", "expr": "vector(1)", "labels": {"severity": "none"}}


def _prometheus(chance: random.Random, jobs: list[str], interval: int) -> Tree:
    listed: list[Tree] = []
    for job in jobs:
        own = {"scrape_interval": "3s"} if chance.random() < 0.3 else {}
        listed.append({"job_name": job, **own, "static_configs": [{"targets": [f"{job}:9100"]}]})
    managers = [{"targets": ["alerts:9093"]}]
    everywhere = {
        "scrape_interval": f"{interval}s",
        "scrape_timeout": "1s",
        "evaluation_interval": f"{interval}s",
    }
    if chance.random() < 0.5:
        everywhere["external_labels"] = {"cluster": "one"}  # type: ignore[assignment]  # a tree
    return {
        "global": everywhere,
        "rule_files": ["rules.yml"],
        "alerting": {"alertmanagers": [{"static_configs": managers}]},
        "scrape_configs": listed,
    }


def _family(chance: random.Random, number: int, jobs: list[str]) -> list[Tree]:
    """A page and a ticket about the same thing, the ticket with a lower limit and a hold."""
    job, name = chance.choice(jobs), f"f{number}"
    kind = chance.choice((_ratio, _gauge, _quantile, _rate))
    page, ticket = (kind(name, job, 2 - level) for level in (0, 1))
    labels = {"family": name, **({"team": chance.choice("ab")} if chance.random() < 0.5 else {})}
    return [
        {"alert": f"F{number}Bad", "expr": page, "labels": {"severity": "page", **labels}},
        {
            "alert": f"F{number}Poor",
            "expr": ticket,
            "for": f"{chance.randint(1, 3) * 2}s",
            "labels": {"severity": "ticket", **labels},
            "annotations": {"summary": f"{name} is poor"},
        },
    ]


def _ratio(name: str, job: str, level: int) -> str:
    errors, everything = f'{name}_total{{job="{job}", code=~"5.."}}', f'{name}_total{{job="{job}"}}'
    return f"sum(rate({errors}[10s])) / sum(rate({everything}[10s])) > {0.05 * level}"


def _gauge(name: str, job: str, level: int) -> str:
    return f'{name}_queue{{job="{job}"}} > {10 * level}'


def _quantile(name: str, job: str, level: int) -> str:
    return f'histogram_quantile(0.9, sum by (le) (rate({name}_seconds_bucket{{job="{job}"}}[10s]))) > {level}'


def _rate(name: str, job: str, level: int) -> str:
    return f'sum by (instance) (rate({name}_errors_total{{job="{job}"}}[10s])) > {level}'


def _down(chance: random.Random, jobs: list[str]) -> list[Tree]:
    """An alert for each job, or one for all."""
    page = {"severity": "page"}
    if chance.random() < 0.5:
        return [{"alert": "TargetDown", "expr": "up == 0", "for": "2s", "labels": {**page, "family": "down"}}]
    return [
        {"alert": f"Down{number}", "expr": f'up{{job="{job}"}} == 0', "labels": {**page, "family": job}}
        for number, job in enumerate(jobs)
    ]


def _groups(chance: random.Random, rules: list[Tree]) -> list[Tree]:
    """In one group or several; some begin with a recording."""
    size = chance.randint(2, len(rules))
    found = []
    for number, start in enumerate(range(0, len(rules), size)):
        record = {"record": f"recorded:{number}", "expr": "sum(rate(recorded_total[10s]))"}
        before = [record] if chance.random() < 0.5 else []
        found.append({"name": f"group-{number}", "rules": [*before, *rules[start : start + size]]})
    return found


def _alertmanager(chance: random.Random) -> Tree:
    waits = {"group_wait": f"{chance.randint(0, 2)}s", "group_interval": f"{chance.randint(1, 3)}s"}
    by = chance.choice((["..."], ["alertname"], ["alertname", "team"], []))
    pages: Tree = {"receiver": "pager", "matchers": ['severity="page"']}
    if chance.random() < 0.5:
        pages["routes"] = [
            {"receiver": "team-a", "matchers": ['team="a"'], "continue": chance.random() < 0.5}
        ]
    tickets = {"receiver": "desk", "matchers": ["severity=~ticket|low"]}
    routes = [pages, tickets]
    if chance.random() < 0.5:
        routes.insert(0, {"receiver": "book", "continue": True, "mute_time_intervals": []})
    names = ("desk", "pager", "team-a", "book")
    return {
        "route": {"receiver": "desk", "group_by": by, "repeat_interval": "4h", **waits, "routes": routes},
        "receivers": [
            {"name": name, "webhook_configs": [{"url": f"http://{name}.example"}]} for name in names
        ],
        "inhibit_rules": [
            {
                "source_matchers": ["severity=page"],
                "target_matchers": ["severity=ticket"],
                "equal": ["family"],
            }
        ],
        "time_intervals": [
            {"name": "always", "time_intervals": [{"times": [{"start_time": "00:00", "end_time": "24:00"}]}]}
        ],
    }


def _board(chance: random.Random, number: int) -> Tree:
    queries = ("sum(rate(f0_total[10s]))", 'f1_queue{job="$job"}', "rate(f2_total[$__rate_interval])", "up")
    panels: list[Tree] = [
        {"title": f"Panel {at}", "targets": [{"expr": chance.choice(queries)}]}
        for at in range(chance.randint(1, 4))
    ]
    if chance.random() < 0.5:
        panels.append(
            {"type": "row", "title": "More", "panels": [{"title": "Inside", "targets": [{"expr": "up"}]}]}
        )
    if chance.random() < 0.3:
        panels.append(
            {"title": "Logs", "datasource": {"type": "loki"}, "targets": [{"expr": '{a="b"} |= "c"'}]}
        )
    return {"uid": f"board-{number}", "title": "Board", "panels": panels}
