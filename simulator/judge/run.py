"""Judges a whole run."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from simulator.base.digest import digest
from simulator.base.errors import ExitCode
from simulator.journal.earlier import EarlierRuns
from simulator.journal.facts import (
    Altered,
    AnyFact,
    ClockOffset,
    ExperimentEnded,
    ExperimentStarted,
    FaultRequested,
    GateChecked,
    LedgerChecked,
    Planned,
    RuleSetSeen,
    RunEnded,
    RunStarted,
)
from simulator.journal.fitness import GeneratorsChanged, counted_per_second
from simulator.journal.loaded import PlanRefused, ProgramsSeen
from simulator.judge.blindness import blind_conditions
from simulator.judge.case import Case, RunTime
from simulator.judge.causes import RunCause
from simulator.judge.experiment import judge_experiment
from simulator.judge.ledger import judge_ledger
from simulator.judge.left_out import left_out, unasked
from simulator.judge.loaded import Programs, RuleSet
from simulator.judge.preconditions import loop_lag_p99
from simulator.judge.samples import Samples, apart
from simulator.judge.verdict import (
    ExperimentVerdict,
    GeneratorChange,
    LedgerVerdict,
    Outcome,
    Reason,
    RunVerdict,
    TrafficSummary,
)
from simulator.plan.models import Experiment, Plan

EARLY = 200
"""Facts, the first of a run, among which its start and the clocks' offsets are."""


def judge(journal: Iterable[AnyFact]) -> RunVerdict:
    """The verdict on a journal's facts, of which the first is the plan. They are taken one by one: a long journal need not fit in memory."""
    facts, samples = apart(journal)
    planned = facts[0]
    if not isinstance(planned, Planned):
        raise TypeError("a journal begins with its plan")
    plan = planned.plan
    end = _ended(facts)
    experiments = tuple(judge_experiment(case) for case in _cases(plan, facts, samples))
    ledger = tuple(
        judge_ledger(fact, plan.stack.scrape_interval, plan.policy.books)
        for fact in facts
        if isinstance(fact, LedgerChecked)
    )
    reasons = [*_reasons(facts, end), *_unbalanced(ledger)]
    if end.status == "completed":
        reasons += unasked(plan, facts)
    not_run = _not_run(plan, experiments)
    outcome = _outcome(experiments, reasons, not_run)
    canary = next((fact for fact in facts if isinstance(fact, GateChecked) and fact.gate == "canary"), None)
    return RunVerdict(
        run=plan.run,
        game_day=plan.game_day,
        environment=plan.stack.name,
        started_epoch=_time(facts).epoch,
        duration=facts[-1].at,
        status=end.status,
        status_reason=end.reason,
        outcome=outcome,
        exit_code=_exit_code(facts, end, outcome),
        reasons=tuple(reasons),
        canary_seconds=round(canary.waited, 3) if canary and canary.passed else None,
        left_injected=end.left_injected,
        experiments=experiments,
        not_run=not_run,
        traffic=_traffic(samples),
        generators=_generators(facts),
        simulator_version=plan.simulator_version,
        seed=plan.seed,
        rule_set=_rule_set(facts),
        provenance=plan.provenance,
        programs=_programs(facts),
        identity=plan.stack.identity,
        scrape_interval=plan.stack.scrape_interval,
        evaluation_interval=plan.stack.evaluation_interval,
        waves=plan.waves,
        apart=plan.apart,
        lower_bound=plan.lower_bound,
        ledger=ledger,
        left_out=left_out(plan, facts),
        speaks_of_production=plan.stack.judged.speaks_of_production,
        undo=plan.stack.undo,
        earlier=next((fact for fact in facts if isinstance(fact, EarlierRuns)), None),
        without=plan.stack.nets.without,
        blind=blind_conditions(facts, plan),
        panels=tuple(f"{panel.dashboard} / {panel.title}" for panel in plan.panels),
        panel_digests=tuple(digest(*((one.ref, one.expr) for one in panel.targets)) for panel in plan.panels),
    )


def _generators(facts: Sequence[AnyFact]) -> tuple[GeneratorChange, ...]:
    return tuple(
        GeneratorChange(since=round(fact.since, 3), text=fact.text)
        for fact in facts
        if isinstance(fact, GeneratorsChanged)
    )


def _not_run(plan: Plan, experiments: Sequence[ExperimentVerdict]) -> tuple[str, ...]:
    """What never began, by name, and by round where there are several."""
    began = Counter(experiment.name for experiment in experiments)
    return tuple(
        experiment.name if plan.repeat == 1 else f"{experiment.name} #{round_ + 1}"
        for round_ in range(plan.repeat)
        for experiment in plan.experiments
        if began[experiment.name] <= round_
    )


def _ended(facts: Sequence[AnyFact]) -> RunEnded:
    """How the run ended; a journal that just stops is a run that failed."""
    last = facts[-1]
    return (
        last
        if isinstance(last, RunEnded)
        else RunEnded(status="failed", reason="the journal ends unfinished")
    )


def _time(facts: Sequence[AnyFact]) -> RunTime:
    epoch = next((fact.epoch for fact in facts if isinstance(fact, RunStarted)), 0.0)
    offsets: dict[str, ClockOffset] = {fact.program: fact for fact in facts if isinstance(fact, ClockOffset)}
    return RunTime(epoch, offsets)


def _cases(plan: Plan, facts: Sequence[AnyFact], samples: Samples) -> Iterator[Case]:
    """The facts of each experiment, in the order in which they ran."""
    time = _time(facts)
    for index, fact in enumerate(facts):
        if not isinstance(fact, ExperimentStarted):
            continue
        ends = (
            later + 1
            for later in range(index, len(facts))
            if isinstance(other := facts[later], ExperimentEnded) and other.experiment == fact.experiment
        )
        stop = next(ends, len(facts))
        name = fact.experiment
        # A neighbour that never asked for its fault cannot have done anything.
        harmed = {one.experiment for one in facts[index:stop] if isinstance(one, FaultRequested)}
        wave = next((wave for wave in plan.waves if name in wave), (name,))
        yield Case(
            plan,
            plan.experiment(name),
            facts=_own(facts[index:stop], name),
            history=facts[:stop],
            samples=samples,
            time=time,
            beside=tuple(plan.experiment(other) for other in wave if other != name and other in harmed),
            aftermath=_until_steady(facts, stop),
        )


def _own(facts: Sequence[AnyFact], experiment: str) -> list[AnyFact]:
    """The experiment's own facts, and those that are nobody's: what was seen."""
    return [fact for fact in facts if fact.experiment in ("", experiment)]


def _until_steady(facts: Sequence[AnyFact], since: int) -> Sequence[AnyFact]:
    steady = (
        index
        for index in range(since, len(facts))
        if isinstance(fact := facts[index], GateChecked) and fact.gate == "steady"
    )
    return facts[since : next(steady, len(facts))]


def live_case(plan: Plan, experiment: Experiment, facts: Sequence[AnyFact]) -> Case:
    """An experiment that is still under way, as far as the facts go."""
    began = next(
        index
        for index in range(len(facts) - 1, -1, -1)
        if isinstance(fact := facts[index], ExperimentStarted) and fact.experiment == experiment.name
    )
    # No further back than any baseline reaches: asked twice a second, a long game day would be read twice a second.
    back = facts[began].at - plan.policy.panels.looks_back
    since = bisect_left(facts, back, key=lambda fact: fact.at)
    history, samples = apart(facts[since:])
    start = next(index for index, fact in enumerate(history) if fact is facts[began])
    own = _own(history[start:], experiment.name)
    return Case(plan, experiment, own, history, samples, _time(facts[:EARLY]))


def _reasons(facts: Sequence[AnyFact], end: RunEnded) -> list[Reason]:
    found: list[tuple[RunCause, str]] = []
    found += [
        ("no-canary", f"the canary did not arrive within {fact.waited:.0f} s: {fact.observed}")
        for fact in facts
        if isinstance(fact, GateChecked) and fact.gate == "canary" and not fact.passed
    ]
    found += [
        ("altered", f"line {fact.line} of the journal is not as it was written, or one before it is gone")
        for fact in facts
        if isinstance(fact, Altered)
    ]
    refused = [one for fact in facts if isinstance(fact, PlanRefused) for one in fact.objections]
    found += [("refused", f"refused: {one}") for one in refused]
    if end.status != "completed" and not refused:  # else it would only say so again
        found.append((end.status, f"{end.status}: {end.reason}" if end.reason else end.status))
    return [Reason.of("inconclusive", "run", cause, said) for cause, said in found]


def _unbalanced(ledger: Sequence[LedgerVerdict]) -> list[Reason]:
    return [
        Reason.of(
            books.outcome,
            "books",
            books.cause,
            books.reason,
            f"{books.what} of {', '.join(books.experiments)}",
        )
        for books in ledger
        if books.outcome != "met"
    ]


def _outcome(
    experiments: tuple[ExperimentVerdict, ...], reasons: list[Reason], not_run: tuple[str, ...]
) -> Outcome:
    outcomes = {*(one.outcome for one in experiments), *(reason.outcome for reason in reasons)}
    if "breached" in outcomes:
        return "breached"
    if outcomes - {"met"} or not_run or not experiments:
        return "inconclusive"
    return "met"


def _exit_code(facts: Sequence[AnyFact], end: RunEnded, outcome: Outcome) -> ExitCode:
    """The first that applies, in the order of `ExitCode`."""
    if end.left_injected:
        return ExitCode.LEFT_INJECTED
    if any(isinstance(fact, PlanRefused) for fact in facts):
        return ExitCode.BAD_INPUT
    if end.status == "failed":
        return ExitCode.HARNESS
    if end.status in ("aborted", "interrupted"):
        return ExitCode.ABORTED
    return {"met": ExitCode.MET, "breached": ExitCode.BREACHED, "inconclusive": ExitCode.INCONCLUSIVE}[
        outcome
    ]


def _rule_set(facts: Sequence[AnyFact]) -> RuleSet | None:
    seen = next((fact for fact in facts if isinstance(fact, RuleSetSeen)), None)
    if seen is None:
        return None
    return RuleSet(
        name=seen.name, digest=seen.digest, alerts=seen.alerts, rules=seen.rules, digests=seen.digests
    )


def _programs(facts: Sequence[AnyFact]) -> Programs | None:
    seen = next((fact for fact in facts if isinstance(fact, ProgramsSeen)), None)
    return Programs(prometheus=seen.prometheus, alertmanagers=seen.alertmanagers) if seen else None


def _traffic(samples: Samples) -> TrafficSummary:
    seen = samples.traffic()
    count = max(1, len(seen))
    names = sorted({name for fact in seen for name in fact.counted})
    return TrafficSummary(
        seconds=float(len(seen)),
        requests=round(sum(fact.requests for fact in seen) / count, 2),
        counted={name: round(counted_per_second(seen, name) or 0.0, 2) for name in names},
        offered=round(sum(fact.offered for fact in seen) / count, 2),
        achieved=round(sum(fact.achieved for fact in seen) / count, 2),
        dropped=round(sum(fact.dropped for fact in seen) / count, 3),
        busiest_cpu_percent=max((fact.cpu_percent for fact in seen), default=0.0),
        loop_lag_p99=round(loop_lag_p99(samples.lags()), 4),
    )
