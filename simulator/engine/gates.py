"""Gates: steady state before an experiment, quiet after it, and the canary before everything."""

from collections.abc import Awaitable, Callable, Iterable
from functools import partial

from simulator.base.errors import DoorError
from simulator.base.names import nearest
from simulator.doors import Doors
from simulator.doors.alertmanager import AcceptedAlert
from simulator.doors.canary import Canary
from simulator.doors.prometheus import ActiveAlert, numbers
from simulator.engine.sight import uncounted, unseen
from simulator.engine.watch import Watch
from simulator.journal.facts import (
    AlertmanagerAlert,
    FaultUndone,
    GateChecked,
    Page,
    RuleSeen,
    RunStarted,
)
from simulator.journal.file import Journal
from simulator.journal.fitness import RequestsCounted, TrafficSeen, counted_per_second
from simulator.judge.case import loaded
from simulator.judge.movement import baseline_bands, disturbed, undisturbed
from simulator.judge.panels import judge_panel
from simulator.judge.run import live_case
from simulator.judge.samples import apart
from simulator.plan.expected import expectations, expected_panels
from simulator.plan.models import Experiment, Plan

LOOK_EVERY = 0.5

Obstacle = Callable[[], Awaitable[str]]
"""Says what is still in the way; empty when nothing is."""


class Gates:
    """Waits for conditions, and writes down what it waited for."""

    def __init__(self, plan: Plan, doors: Doors, journal: Journal, watch: Watch) -> None:
        self._watch = watch
        self._plan = plan
        self._policy = plan.policy
        self._doors = doors
        self._journal = journal

    async def steady(self, experiment: Experiment) -> bool:
        """Everything is normal: targets up, alerts quiet, traffic flowing, baselines long enough."""

        async def obstacle() -> str:
            return (
                self._too_soon()
                or self._traffic_missing(experiment)
                or self._baseline_missing(experiment)
                or await self._unknown(experiment)
                or await self._targets_missing()
                or await self._alerts_active()
                or await self._unseen(experiment)
            )

        waits = self._policy.waits
        within = waits.steady + (waits.learned if experiment.needs.known else 0.0)
        # An alert in the way may itself only say that Prometheus sees too little.
        return await self._wait("steady", obstacle, within, cause=partial(self._unseen, experiment))

    async def recovered(self, experiment: Experiment) -> bool:
        """Quiet again: nothing active in Prometheus or Alertmanager, every page of ours resolved."""

        async def obstacle() -> str:
            return (
                await self._alerts_active() or self._unresolved(experiment) or self._panels_away(experiment)
            )

        return await self._wait("recovery", obstacle, experiment.recover_within)

    async def canary(self, canary: Canary) -> bool:
        """An alert of ours travels as far as the alerts that are judged: to the receiver, where there is one."""
        began = self._doors.clock.elapsed()
        await canary.send()

        async def obstacle() -> str:
            return "" if self._canary_arrived(began) else await canary.how_far()

        try:
            return await self._wait("canary", obstacle, self._policy.waits.canary)
        finally:
            await canary.call_back()

    def _canary_arrived(self, since: float) -> bool:
        ends = Page if self._plan.stack.judged.at == "notified" else AlertmanagerAlert
        return any(
            isinstance(fact, ends) and fact.alert == self._policy.canary and not fact.is_over
            for fact in self._journal.facts
            if fact.at >= since
        )

    async def _wait(
        self, gate: str, obstacle: Obstacle, within: float, cause: Obstacle | None = None
    ) -> bool:
        began = self._doors.clock.elapsed()
        last = ""

        async def look() -> bool | None:
            nonlocal last
            self._watch.stop_if_unsafe()
            try:
                last = await obstacle()
            except DoorError as error:
                last = str(error)
            return None if last else True

        passed = bool(await self._doors.clock.until(look, within=within, every=LOOK_EVERY))
        waited = self._doors.clock.elapsed() - began
        if not passed and cause:
            last = await _with_its_cause(last, cause)
        self._journal.write(
            GateChecked.model_validate(
                {
                    "gate": gate,
                    "passed": passed,
                    "waited": round(waited, 3),
                    "observed": last or "nothing in the way",
                }
            )
        )
        return passed

    def _too_soon(self) -> str:
        """Rates need a full window of normal traffic: after the start, and after the last undo."""
        facts = self._journal.facts
        began = next((fact.at for fact in facts if isinstance(fact, RunStarted)), 0.0)
        undone = next((fact.at for fact in reversed(facts) if isinstance(fact, FaultUndone)), began)
        settle = self._policy.window + 2 * self._plan.stack.scrape_interval
        since = self._doors.clock.elapsed() - undone
        return (
            ""
            if since >= settle
            else f"{since:.0f} s since the start or the last undo, {settle:g} s are needed"
        )

    def _recent_traffic(self) -> list[TrafficSeen]:
        return [fact for fact in self._journal.lately(self._policy.window) if isinstance(fact, TrafficSeen)]

    def _requests(self) -> float:
        """A second, lately; where nothing is sent, what the system's witness counts."""
        kind = TrafficSeen if self._plan.stack.sends_traffic else RequestsCounted
        recent = [
            fact.requests for fact in self._journal.lately(self._policy.window) if isinstance(fact, kind)
        ]
        return sum(recent) / max(1, len(recent))

    def _traffic_missing(self, experiment: Experiment) -> str:
        recent = self._recent_traffic()
        if not recent:
            return f"no report from the workload for {self._policy.window:g} s"
        needs = experiment.needs
        seen = {name: counted_per_second(recent, name) for name in needs.counted}
        unknown = [name for name, rate in seen.items() if rate is None and needs.counted[name]]
        if unknown:
            return f"the workload does not count {', '.join(unknown)}"
        rates = {"requests": self._requests(), **{name: rate or 0.0 for name, rate in seen.items()}}
        needed = {"requests": needs.requests, **needs.counted}
        if any(rates[name] < least for name, least in needed.items()):
            have = " and ".join(f"{rate:.1f} {name}/s" for name, rate in rates.items())
            return f"{have}; {' and '.join(f'{least:g}' for least in needed.values())} are needed"
        return ""

    def _baseline_missing(self, experiment: Experiment) -> str:
        # No further back than a baseline reaches: a long game day's journal is not read twice a second.
        policy = self._policy.panels
        facts = self._journal.lately(policy.looks_back)
        panels = {
            (panel.dashboard, panel.title): panel for panel in expected_panels([experiment], self._plan)
        }
        happened, samples = apart(facts)
        disturbances = disturbed(happened, facts[0].at if facts else None)
        for wanted in expectations(experiment, self._plan):
            panel = panels[wanted.dashboard, wanted.panel]
            drawn = samples.panel(wanted.dashboard, wanted.panel)
            normal = list(undisturbed(drawn, disturbances, panel.settles))
            if len(normal) < policy.baseline_least:
                return f"{len(normal)} baseline samples of panel {panel.title}, {policy.baseline_least} are needed"
            bands = baseline_bands(normal[-policy.baseline_most :], panel.unit, policy)
            if not bands or (wanted.series and wanted.series not in bands):
                what = f"no series {wanted.series!r}{nearest(wanted.series, bands)}" if bands else "nothing"
                return f"panel {panel.title} draws {what}: no data"
        return ""

    async def _unknown(self, experiment: Experiment) -> str:
        """What the experiment's alert must have learned first."""
        for expr in experiment.needs.known:
            if not numbers(await self._doors.prometheus.query(expr)):
                return f"Prometheus has no value yet for {expr}"
        return ""

    async def _unseen(self, experiment: Experiment) -> str:
        """What the experiment's alerts would not see."""
        known = loaded(self._journal.facts)
        wanted = [experiment.identity(alert, known) for alert in experiment.must]
        rules = [
            fact
            for fact in self._journal.facts
            if isinstance(fact, RuleSeen) and any(alert.agrees(fact.identity) for alert in wanted)
        ]
        prometheus, plan = self._doors.prometheus, self._plan
        witness = plan.system.witness if plan.system and plan.stack.sends_traffic else ""
        return await unseen(rules, prometheus, plan.stack.evaluation_interval) or await uncounted(
            self._requests(), witness, prometheus, self._policy
        )

    async def _targets_missing(self) -> str:
        targets = await self._doors.prometheus.targets()
        if not targets:
            return "Prometheus has no targets at all"
        down = [
            f"{target.job} ({target.error or target.health})"
            for target in targets
            if target.health != "up" and not self._plan.stack.judged.may_be_down(target.labels)
        ]
        return f"targets not up: {', '.join(sorted(down))}" if down else ""

    async def _alerts_active(self) -> str:
        pending = self._judged(await self._doors.prometheus.alerts())
        if pending:
            return f"active in Prometheus: {', '.join(sorted(pending))}"
        accepted = self._judged(await self._doors.alertmanager.alerts())
        return f"active in Alertmanager: {', '.join(sorted(accepted))}" if accepted else ""

    def _judged(self, alerts: Iterable[ActiveAlert | AcceptedAlert]) -> set[str]:
        """The names of those that are judged here."""
        concerns = self._plan.stack.judged.concerns
        return {one.alert for one in alerts if concerns(one.alert, one.labels)} - set(self._policy.exempt)

    def _unresolved(self, experiment: Experiment) -> str:
        """Pages since this experiment began for which no resolved notification has come."""
        last = {
            fact.fingerprint: fact
            for fact in live_case(self._plan, experiment, self._journal.facts).all(Page)
            if fact.alert not in self._policy.exempt
            and self._plan.stack.judged.concerns(fact.alert, fact.labels)
        }
        names = {page.alert for page in last.values() if page.status == "firing"}
        return f"no resolved notification yet for {', '.join(sorted(names))}" if names else ""

    def _panels_away(self, experiment: Experiment) -> str:
        """Panels that moved as they should and are not back yet, asked of the same judge that judges later."""
        case = live_case(self._plan, experiment, self._journal.facts)
        verdicts = [judge_panel(case, wanted) for wanted in experiment.panels]
        away = [
            verdict.panel for verdict in verdicts if verdict.moved_at is not None and verdict.back_at is None
        ]
        return f"panels not back yet: {', '.join(away)}" if away else ""


async def _with_its_cause(obstacle: str, cause: Obstacle) -> str:
    """What stood in the way, and what is behind it where that is another thing."""
    try:
        behind = await cause()
    except DoorError as error:
        behind = str(error)
    return f"{obstacle}; {behind}" if behind and behind != obstacle else obstacle
