"""The panels that a plan names: whether there is anything to watch in them."""

import difflib
from collections.abc import Iterator, Sequence

from simulator.base.names import nearest
from simulator.base.templates import is_template
from simulator.doors import Doors
from simulator.doors.prometheus import Series
from simulator.journal.loaded import Objection
from simulator.plan.models import Experiment, Panel, Plan, Target
from simulator.plan.panels import LONGEST_WINDOW, legend
from simulator.plan.promql import metrics

OWN = "simulator_"
"""How the names of the simulator's own metrics begin; without a run there are none."""

Drawn = list[tuple[Target, list[Series]]]
"""What each query of a panel gives now."""


async def blank_panels(plan: Plan, doors: Doors) -> list[Objection]:
    """Every panel that is expected to do something and draws nothing now, or not the series that is meant.

    A run waits for data before it injects. What the simulator measures itself comes with a run, and is left out here; so is
    what is drawn as not a number, for want of traffic.

    Raises:
        DoorError: Prometheus does not answer.
    """
    known: list[str] | None = None
    found: list[Objection] = []
    for experiment in plan.experiments:
        for panel in named_panels(experiment, plan):
            drawn = [(target, await doors.prometheus.query(target.expr)) for target in panel.targets]
            if any(series or _is_own(target) for target, series in drawn):
                texts = list(_unknown_series(experiment, panel, drawn))
            else:
                known = await doors.prometheus.metrics() if known is None else known
                texts = [f"the panel draws nothing: {_blank(panel, known)}"]
            about = f"{panel.dashboard} / {panel.title}"
            found += [Objection(of=experiment.name, about=about, text=text) for text in texts]
    return found


def named_panels(experiment: Experiment, plan: Plan) -> list[Panel]:
    """The panels that an experiment names."""
    named = {(wanted.dashboard, wanted.panel) for wanted in experiment.panels}
    return [panel for panel in plan.panels if (panel.dashboard, panel.title) in named]


def _unknown_series(experiment: Experiment, panel: Panel, drawn: Drawn) -> Iterator[str]:
    legends = {legend(target, series.labels) for target, found in drawn for series in found}
    own = [target for target, _ in drawn if _is_own(target)]
    if any(not target.legend or is_template(target.legend) for target in own):
        return  # what they draw is known once a run has begun
    legends |= {target.legend for target in own}
    for wanted in experiment.panels:
        meant = (wanted.dashboard, wanted.panel) == (panel.dashboard, panel.title)
        if meant and wanted.series and wanted.series not in legends:
            yield f"the panel draws no series {wanted.series!r}{nearest(wanted.series, legends)}"


def _blank(panel: Panel, known: Sequence[str]) -> str:
    if not panel.targets:
        return f"none of its queries is watched, they draw learned bands or look back further than {LONGEST_WINDOW:g} s"
    missing = sorted({name for target in panel.targets for name in _metrics(target)} - set(known))
    if missing:
        return f"Prometheus has no {missing[0]}{nearest(missing[0], _like(missing[0], known))}"
    return "Prometheus has all metrics of its queries; do their labels fit?"


def _is_own(target: Target) -> bool:
    reads = _metrics(target)
    return bool(reads) and all(name.startswith(OWN) for name in reads)


def _metrics(target: Target) -> set[str]:
    return {name.partition("{")[0] or name for name in metrics(target.expr)}


def _like(name: str, known: Sequence[str]) -> list[str]:
    """Of some hundred metrics, those that are worth reading."""
    return difflib.get_close_matches(name, known, n=3, cutoff=0.5)
