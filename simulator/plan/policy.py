"""What decides a verdict or a gate besides the experiments themselves: every threshold, in one value, recorded in the plan.

The judge and the gates read it from the plan and from nowhere else. So a journal is judged by the policy under which it was
recorded, whatever newer code thinks.

The defaults of the fields are what a journal that does not say was judged by. They never change: not in an hour, not in ten
years. A number that new runs are to have otherwise is changed in `TODAY`, and a new field gets as its default what held
before there was such a field.
"""

from typing import Annotated

from pydantic import Field

from simulator.base.values import Number, Value

CANARY = "SimulatorCanary"
"""The alert that travels the whole way before anything is injected."""

Span = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
"""Seconds, at most a day."""
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Times = Annotated[int, Field(ge=1, le=1_000_000)]
"""How often, or how many."""
Factor = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class Sight(Value):
    """How well things are seen: clocks, polls and gaps."""

    gap_tolerated: Span = 5.0
    """Seconds for which Prometheus or the receiver may be lost, or the workload silent: more than two scrapes of 2 s."""
    polled_every: Span = 0.25
    """Seconds between two looks at an API that cannot push (the observers' pace): the uncertainty of what it shows."""
    began_before: Span = 1.0
    """Seconds by which an alert may have begun before its fault bit, and still be caused by it: clock error."""
    clock_step: Span = 1.0
    """Seconds by which the receiver's stamp may contradict the engine's own, monotonic, clock."""
    clocks_apart: Span = 0.5
    """Seconds that clocks may be apart in preflight, and this machine's from where it began.

    A smaller difference is corrected, a larger one is a clock that nobody keeps.
    """


class Fitness(Value):
    """When the harness and its traffic are fit to prove anything."""

    loop_lag: Span = 0.25
    """Seconds that the engine's loop may be late at p99: one look of the observers."""
    longest_stall: Span = 2.0
    """Seconds: a lease of 3 s that is renewed every 0.5 s survives no more."""
    locust_cpu: Factor = 90.0
    """Percent of one core that the busiest Locust process may use: at 100 arrivals queue in it."""
    achieved: Share = 0.95
    """The share of the offered arrivals that must start."""
    counted: Share = 0.5
    """The share of the requests sent that Prometheus must count: a sick counter counts none, a busy one lags by a scrape or two."""


class Panels(Value):
    """When a panel has moved. Units are Grafana's."""

    looks_back: Span = 300.0
    """Seconds before an experiment that are enough for the baseline of its panels; no engine remembers more."""
    baseline_least: Times = 15
    """Samples that say what normal is: half a minute at a scrape of 2 s."""
    baseline_most: Times = 30
    """A minute of samples: more would remember what normal was, not what it is."""
    relative: Factor = 0.30
    """The share of its median that a series must leave it by."""
    relative_by_unit: dict[str, Number] = {"currencyUSD": 0.50}
    """Where 30 % is chance: a few large baskets make most of the revenue."""
    deviations: Factor = 4.0
    """Median absolute deviations that it must leave it by; by chance once in some ten thousand samples."""
    in_a_row: Times = 2
    """Samples for which it must be away."""
    in_a_row_to_stay: Times = 5
    """The same of a panel that must stay: samples 8 s apart share no event (the window is 8 s), so this is twice by chance.

    An hour holds 1,800 samples of a hundred series: two in a row would call chance a movement.
    """
    least_step: dict[str, Number] = {
        "percentunit": 0.05,
        "percent": 5.0,
        "s": 0.5,
        "ms": 500.0,
        "reqps": 5.0,
        "cps": 1.0,
        "cpm": 60.0,
        "bytes": 64e6,
        "decbytes": 64e6,
        "short": 5.0,
    }
    """The least movement worth a look, by unit.

    Seconds are half of what HighResponseTime pages at: on a busy machine p99 swung from 0.04 to 0.22 s (measured).
    Percent is Locust's CPU, in points of a core: three times the traffic once took it from 7 to 16, and after Locust's
    part had become cheaper from 8.5 to 13: see `TODAY`.
    """
    counted_in: dict[str, Number] = {"cps": 1.0, "reqps": 1.0, "cpm": 60.0}
    """Units that count events, and what a second's event is in them."""
    counted_over: Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)] = 8.0
    """Seconds: $__rate_interval at a scrape of 2 s. So many seconds of n events a second differ by sqrt(n x 8) by chance
    alone (Poisson): 4.5 logins and tokens a second swung by 2.7 in a quiet minute, where four deviations are 3.0.
    """
    stay_limit: Span = 30.0
    """Seconds: what reports show as the limit of a panel that must stay because every panel must."""


class Waits(Value):
    """How long gates wait."""

    steady: Span = 120.0
    """Seconds for everything to be normal before an experiment is given up: windows, baselines and alerts that linger."""
    learned: Span = 300.0
    """Seconds more for what has to be learned from normal traffic first."""
    canary: Span = 15.0
    """Seconds for the canary's page; it needs two scrapes, an evaluation and no group wait."""


class Books(Value):
    """How far Prometheus may count other than the system's own records say."""

    under_way: Span = 1.0
    """Seconds' worth of what is recorded and not yet counted when the system is scraped, or the other way round."""
    lost_scrapes: Factor = 2.0
    """Intervals' worth of the count that each restart of the system loses: what it had counted since its last scrape."""
    burst: Factor = 2.0
    """How many times the mean pace the busiest second has."""


class Policy(Value):
    """All of it."""

    positive_checks: Times = 3
    """A fault is effective from the first of this many positive checks in a row: one alone may be chance."""
    exempt: tuple[str, ...] = ("DeadMansSwitch", CANARY)
    """Alerts of severity none that are part of the measuring, by name."""
    canary: str = CANARY
    """The alert of the canary, by name."""
    window: Span = 15.0
    """Seconds: the widest window of a ratio or percentile rule. So long traffic must have been enough, and undisturbed."""
    sight: Sight = Sight()
    fitness: Fitness = Fitness()
    panels: Panels = Panels()
    waits: Waits = Waits()
    books: Books = Books()


_STEPS = {**Panels().least_step, "percent": 3.0}
"""Of 700 samples of Locust's CPU in a sweep of 28 minutes, two in a row left the median of the minute before by at most 2.5
points with the traffic as usual, and by 4.1 to 5.8 with three times as much (one machine)."""
TODAY = Policy(panels=Panels(least_step=_STEPS))
"""What new runs are judged by, at the pace of the stacks that we start ourselves."""
OUR_PACE = 2.0
"""Seconds between two scrapes, and two evaluations, that the numbers of `TODAY` reckon with."""
FEWEST_SAMPLES = 8
"""Of a panel that is scraped more seldom: half a minute of samples would be minutes, and eight still have a median."""
GROUP_WAIT = 30.0
"""Seconds: Alertmanager's own default, in which the canary may be held."""


def patient(policy: Policy, told_within: float) -> Policy:
    """The same for an Alertmanager that may hold what joins a group for so many seconds: the canary may join one."""
    canary = policy.waits.canary + told_within
    return policy.model_copy(update={"waits": policy.waits.model_copy(update={"canary": canary})})


def paced(interval: float, window: float) -> Policy:
    """What new runs are judged by where things are scraped and evaluated every `interval` seconds.

    `window` is the widest that a judged rule has to fill, in seconds.
    """
    if interval <= OUR_PACE:
        return TODAY
    window = max(TODAY.window, window)
    samples = FEWEST_SAMPLES * interval
    panels = TODAY.panels.model_copy(
        update={
            "baseline_least": FEWEST_SAMPLES,
            "baseline_most": 2 * FEWEST_SAMPLES,
            "looks_back": max(TODAY.panels.looks_back, 3 * samples + window),
            "counted_over": max(TODAY.panels.counted_over, 4 * interval),
        }
    )
    waits = TODAY.waits.model_copy(
        update={
            "steady": max(TODAY.waits.steady, window + samples + 4 * interval),
            "canary": TODAY.waits.canary + 4 * interval,
        }
    )
    return TODAY.model_copy(update={"window": window, "panels": panels, "waits": waits})
