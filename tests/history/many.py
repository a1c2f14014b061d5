"""Many runs, drawn by a seed: their records, and the verdicts that would leave such records."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime

from simulator.judge import judge
from simulator.judge.loaded import Programs, RuleSet
from simulator.judge.verdict import AlertVerdict, ExperimentVerdict, Outcome, RunVerdict
from simulator.plan.provenance import Provenance
from tests.fakes.journals import met_journal

NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
DAY = 86_400.0
RULES = ("aaaaaaaaaaaa", "bbbbbbbbbbbb", "")
PANEL = "system / Error Rate"
"""The one that moves in every run."""
ALERTS = ("Down", "HighErrors", 'Down{team="data"}')


def alert_of(
    name: str, outcome: Outcome, latency: float | None, *, rule: str = RULES[0], limit: float = 30.0
) -> AlertVerdict:
    """An alert that had to page, and whether it did."""
    return AlertVerdict(
        alert=name,
        severity="critical",
        expect="notified",
        outcome=outcome,
        reason="paged" if outcome == "met" else "it was not paged",
        limit=limit,
        latency=latency,
        uncertainty=0.1,
        predicted_worst=None,
        in_production=None if latency is None else latency * 6,
        marks=(),
        stages=(),
        rule_digest=rule,
    )


_TEMPLATE = judge(met_journal())


def run_of(
    number: int,
    alerts: tuple[AlertVerdict, ...],
    *,
    epoch: float = NOVEMBER,
    environment: str = "staging",
    simulator: str = "1.0",
    loaded: tuple[str, ...] = (),
    panels: tuple[str, ...] = (PANEL,),
) -> RunVerdict:
    """A run of one experiment, which moves one panel, where rules of these names were loaded (none: not recorded)."""
    first = _TEMPLATE.experiments[0]
    worst: Outcome = next(
        (one for one in ("breached", "inconclusive") if one in {alert.outcome for alert in alerts}), "met"
    )
    experiment: ExperimentVerdict = first.model_copy(
        update={"alerts": alerts, "unexpected": (), "outcome": worst, "tracks": ()}
    )
    return _TEMPLATE.model_copy(
        update={
            "run": f"run-{number:04d}",
            "environment": environment,
            "started_epoch": epoch,
            "outcome": worst,
            "experiments": (experiment,),
            "simulator_version": simulator,
            "rule_set": RuleSet(name="rules", digest="0", alerts=loaded) if loaded else None,
            "panels": panels,
            "programs": Programs(prometheus="2.42.0", alertmanagers=("0.25.0",)),
            "provenance": Provenance(who="ops", where="host", by="hand", commit="c0ffee"),
        }
    )


def drawn(seed: int, count: int, alerts: tuple[str, ...] = ALERTS) -> Iterator[RunVerdict]:
    """So many runs in and around November, the oldest first."""
    chance = random.Random(seed)
    epochs = sorted(chance.uniform(NOVEMBER - 10 * DAY, NOVEMBER + 40 * DAY) for _ in range(count))
    ordinary = tuple(name for name in alerts if "{" not in name)
    for number, epoch in enumerate(epochs):
        yield run_of(
            number,
            tuple(_drawn(chance, name) for name in alerts for _ in range(chance.choice((0, 1, 1, 2)))),
            epoch=epoch,
            environment=chance.choice(("staging", "embedded")),
            simulator=chance.choice(("1.0", "1.1")),
            loaded=(*ordinary, "Untried"),
            panels=(PANEL, *(f"system / Panel {at}" for at in range(len(ordinary)))),
        )


def _drawn(chance: random.Random, name: str) -> AlertVerdict:
    outcome: Outcome = chance.choices(("met", "breached", "inconclusive"), (8, 1, 1))[0]
    came = outcome == "met" or chance.random() < 0.5
    limit = chance.choice((30.0, 60.0))
    latency = round(chance.uniform(1.0, limit if outcome == "met" else 2 * limit), 3) if came else None
    return alert_of(name, outcome, latency, rule=chance.choice(RULES), limit=limit)
