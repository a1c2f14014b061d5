"""What must hold for an experiment to prove anything. Each gives its reason when it does not.

The limits stand in docs/numbers.md: starved harness, too little traffic, Prometheus or receiver lost.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from simulator.base import former
from simulator.base.percentile import percentile
from simulator.journal.facts import ExperimentEnded, FaultChecked, FaultRequested, GateChecked, RuleSetSeen
from simulator.journal.fitness import (
    ClockStepped,
    GeneratorsChanged,
    ProcessSeen,
    RequestsCounted,
    counted_per_second,
)
from simulator.judge.case import Case
from simulator.judge.causes import Broken
from simulator.judge.rules import unwell_besides
from simulator.judge.samples import Lags, Second
from simulator.plan.identity import told_apart


def failed_preconditions(case: Case) -> list[Broken]:
    """Why nothing can be concluded; empty when something can. The deepest cause comes first."""
    return [
        broken
        for check in (
            _gate,
            _rules,
            _effective,
            _still,
            _sources,
            _restarts,
            _clock,
            _harness,
            _generators,
            _traffic,
            _ended,
        )
        for broken in check(case)
    ]


def loop_lag_p99(lags: Lags) -> float:
    """How late the engine's loop was, in seconds; 0 where nobody looked."""
    return percentile(99, lags.ticks) if lags.reports else 0.0


def _gate(case: Case) -> Iterator[Broken]:
    for gate in case.all(GateChecked):
        if gate.gate == "steady" and not gate.passed:
            yield Broken(
                cause="not-steady",
                text=f"steady state not reached within {gate.waited:.0f} s: {gate.observed}",
            )


def _rules(case: Case) -> Iterator[Broken]:
    """That nothing else fired says nothing of rules that could not."""
    yield from unwell_besides(case)
    seen = next((fact for fact in case.history if isinstance(fact, RuleSetSeen)), None)
    if seen is None:
        return
    if not set(seen.alerts) - set(case.policy.exempt):
        yield Broken(
            cause="no-rules",
            text="Prometheus has no alerting rules loaded but those of the measuring: quiet proves nothing",
        )
    awaited = [case.identity(wanted) for wanted in case.experiment.must]
    judged = {
        str(short)
        for rule, short in zip(seen.identities, told_apart(seen.identities), strict=True)
        if any(wanted.agrees(rule) for wanted in awaited)
    }
    broken = sorted(set(seen.failing) - judged)
    if broken:
        yield Broken(
            cause="rules-failing",
            text=f"Prometheus cannot evaluate {', '.join(broken)}: that they did not fire proves nothing",
        )


def _effective(case: Case) -> Iterator[Broken]:
    for requested in case.all(FaultRequested):
        if case.effective(requested.id) is None:
            checks = [
                fact
                for fact in case.all(FaultChecked)
                if fact.id == requested.id and fact.question == "effective"
            ]
            seen = checks[-1].observed if checks else "no check was answered"
            limit = case.experiment.effective_within
            yield Broken(
                cause="not-effective",
                text=f"fault {requested.fault} was not effective within {limit:g} s: {seen}",
            )


def _still(case: Case) -> Iterator[Broken]:
    """A lease that ran out unnoticed gives the service back in the middle of the watch."""
    for requested in case.all(FaultRequested):
        later = [
            fact
            for fact in case.all(FaultChecked)
            if fact.id == requested.id
            and fact.question == "effective"
            and case.observed_from is not None
            and fact.at >= case.observed_from
        ]
        if later and not later[-1].ok:
            yield Broken(
                cause="no-longer-effective",
                text=f"fault {requested.fault} no longer bit at the end of the watch: {later[-1].observed}",
            )


def _sources(case: Case) -> Iterator[Broken]:
    tolerated = case.policy.sight.gap_tolerated
    for source in _stamping(case):
        if source in case.experiment.blinds:
            continue  # judged from the sources that are left
        for gap in case.gaps(source):
            if gap.end - gap.start > tolerated:
                yield Broken(
                    cause="lost-sight",
                    text=f"{source} was lost for {gap.end - gap.start:.1f} s; at most {tolerated:g} s are tolerated",
                )


def _stamping(case: Case) -> list[str]:
    """Whose stamps the evidence rests on, and who must not be lost."""
    return [source for source in case.sources if source != "alertmanager"]


def _restarts(case: Case) -> Iterator[Broken]:
    """What is restarted forgets what it counted, and Prometheus which alerts were pending."""
    if case.observed_to is None:
        return
    experiments = (case.experiment, *case.beside)
    touched = {fault.touches for one in experiments for fault in one.faults}
    known: dict[str, float] = {}
    for fact in case.history:
        if not isinstance(fact, ProcessSeen):
            continue
        another = known.setdefault(fact.job, fact.started_epoch) != fact.started_epoch
        known[fact.job] = fact.started_epoch
        observed = case.steady_since <= fact.at <= case.observed_to
        if another and observed and _is_ours(case, fact.job) and _service(case, fact.job) not in touched:
            yield Broken(
                cause="restarted", text=f"{fact.job} was restarted meanwhile, by no fault of this experiment"
            )


def _is_ours(case: Case, job: str) -> bool:
    system = case.plan.system
    return system is None or not system.has_strangers or job in system.jobs


def _service(case: Case, job: str) -> str:
    return former.service(job) if case.plan.system is None else case.plan.system.jobs.get(job, job)


def _clock(case: Case) -> Iterator[Broken]:
    """What others stamp is told by the clock as it was when the run began; one that is set and set back lied in between."""
    for program in _stamping(case):
        if program not in case.time.offsets:
            yield Broken(
                cause="clock-unknown",
                text=f"{program}'s clock was never compared with this machine's: its stamps prove nothing",
            )
    stepped = max(_offsets(case), key=abs)
    if abs(stepped) > case.policy.sight.clocks_apart:
        yield Broken(
            cause="clock-set",
            text=f"this machine's clock was set {abs(stepped):.1f} s {'ahead' if stepped > 0 else 'back'} during the run",
        )


def _offsets(case: Case) -> Iterator[float]:
    """How far this machine's clock was from where it began: as the steady state was reached, and after each step since."""
    steps = [fact for fact in case.history if isinstance(fact, ClockStepped)]
    before = [fact.by for fact in steps if fact.at < case.steady_since]
    yield from accumulate((fact.by for fact in steps[len(before) :]), initial=sum(before))


def _harness(case: Case) -> Iterator[Broken]:
    fit = case.policy.fitness
    if case.observed_from is not None and not case.lags.reports:
        yield Broken(
            cause="harness-unmeasured",
            text="nobody measured whether the harness was starved: the engine's loop reported nothing",
        )
    lag = loop_lag_p99(case.lags)
    if lag > fit.loop_lag:
        yield Broken(
            cause="harness-starved",
            text=f"harness starved: the engine's loop was {lag:.2f} s late (p99), limit {fit.loop_lag:g} s",
        )
    worst = case.lags.worst
    if worst > fit.longest_stall:
        yield Broken(
            cause="harness-starved",
            text=f"harness starved: the engine stood still for {worst:.1f} s, limit {fit.longest_stall:g} s",
        )
    seen = _observed_traffic(case)
    if not seen:
        return
    cpu = sum(fact.cpu_percent for fact in seen) / len(seen)
    if cpu > fit.locust_cpu:
        yield Broken(
            cause="harness-starved",
            text=f"harness starved: Locust used {cpu:.0f} % of a core, limit {fit.locust_cpu:g} %",
        )
    offered, achieved = sum(fact.offered for fact in seen), sum(fact.achieved for fact in seen)
    if achieved < fit.achieved * offered:
        yield Broken(
            cause="harness-starved",
            text=f"harness starved: {achieved / offered:.0%} of the offered arrivals started, {fit.achieved:.0%} needed",
        )


def _traffic(case: Case) -> Iterator[Broken]:
    needs = case.experiment.needs
    if case.bites is None:
        return
    bites = case.bites.start
    before = [fact for fact in case.traffic(bites - case.policy.window, bites) if fact.at < bites]
    during = _observed_traffic(case)
    silent, tolerated = _longest_silence(case, during), case.policy.sight.gap_tolerated
    if silent > tolerated:
        yield Broken(
            cause="workload-silent",
            text=f"the workload did not report for {silent:.1f} s; at most {tolerated:g} s are tolerated",
        )
    for when, requests in _requests(case, before, during):
        if requests < needs.requests:
            yield Broken(
                cause="too-little-traffic",
                text=f"too little traffic {when}: {requests:.1f} requests/s, {needs.requests:g} needed",
            )
    for name, least in needs.counted.items():
        rate = counted_per_second(before, name)
        if rate is None and least:
            yield Broken(
                cause="too-little-traffic",
                text=f"nobody counted {name} before the fault; {least:g} {name}/s needed",
            )
        elif rate is not None and rate < least:
            yield Broken(
                cause="too-little-traffic",
                text=f"too little traffic before the fault: {rate:.1f} {name}/s, {least:g} needed",
            )


def _requests(case: Case, before: list[Second], during: list[Second]) -> list[tuple[str, float]]:
    """A second: what is sent; where nothing is, what the witness counts, which its own service's fault takes away."""
    if not case.plan.stack.sends_traffic:
        start = case.bites.start if case.bites else case.ended
        lately = start - case.policy.window - case.plan.stack.scrape_interval
        counted = [fact for fact in case.samples.counted(lately, start) if fact.at < start]
        return [("before the fault", _mean(counted))]
    return [("before the fault", _mean(before)), ("under observation", _mean(during))]


def _mean(seen: Sequence[Second] | Sequence[RequestsCounted]) -> float:
    return sum(fact.requests for fact in seen) / len(seen) if seen else 0.0


def _generators(case: Case) -> Iterator[Broken]:
    """Another number of load generators is another workload: users start anew, and logins come in a heap."""
    if not case.experiment.needs.traffic:
        return
    bites = case.bites.start if case.bites else case.ended
    since = min(case.steady_since, bites - case.policy.window)
    for fact in case.history:
        if not isinstance(fact, GeneratorsChanged) or not since <= fact.at or fact.since > case.ended:
            continue
        if fact.change == "joined" or fact.share >= 1 - case.policy.fitness.achieved:
            yield Broken(
                cause="generators-changed",
                text=f"{fact.text}: the workload changed {fact.since - bites:+.1f} s from the fault",
            )


def _ended(case: Case) -> Iterator[Broken]:
    end = case.first(ExperimentEnded)
    if end is None:
        yield Broken(cause="cut-off", text="the journal ends in the middle of the experiment")
    elif end.status != "completed":
        said = f"{end.status}: {end.reason}" if end.reason else end.status
        yield Broken(cause=end.status, text=said)


def _longest_silence(case: Case, seen: list[Second]) -> float:
    if case.observed_from is None or case.observed_to is None:
        return 0.0
    moments = [case.observed_from, *(fact.at for fact in seen), case.observed_to]
    return max(later - earlier for earlier, later in pairwise(moments))


def _observed_traffic(case: Case) -> list[Second]:
    start, end = case.observed_from, case.observed_to
    if start is None:
        return []
    return case.traffic(start, end if end is not None else case.ended)
