"""Which panels are watched: those that an experiment says something about."""

from collections.abc import Iterable

from simulator.plan.models import Experiment, Panel, PanelExpectation, Plan


def expectations(experiment: Experiment, plan: Plan) -> list[PanelExpectation]:
    """Those of the experiment, and `stay` for every other panel where it asks for that."""
    wanted = list(experiment.panels)
    if not experiment.panels_stay:
        return wanted
    named = {(panel.dashboard, panel.panel) for panel in wanted}
    limit = plan.policy.panels.stay_limit
    return wanted + [
        PanelExpectation(dashboard=panel.dashboard, panel=panel.title, expect="stay", within=limit)
        for panel in plan.panels
        if (panel.dashboard, panel.title) not in named
    ]


def expected_panels(experiments: Iterable[Experiment], plan: Plan) -> list[Panel]:
    """The panels that these experiments say something about, each once, in the plan's order."""
    named = {
        (wanted.dashboard, wanted.panel)
        for experiment in experiments
        for wanted in expectations(experiment, plan)
    }
    return [panel for panel in plan.panels if (panel.dashboard, panel.title) in named]
