"""Bands learned from history: what is usual for orders, revenue, response times and failed logins.

ERPGo's document calls them dynamic thresholds. Time in which the simulator had a fault active is left out, and so
is the time after it in which a rate still shows it: what was broken on purpose is not what is usual.
Neither is a shop in which nobody orders.

A band is drawn around the median, three times as far as the nine tenths that are nearer than the rest: a minute of
ramping up moves neither much, where it would move a mean and its deviation.

In staging each run of the simulator learns for itself. It is the only customer there, so half as many users as in the
run before are no loss of customers, and what somebody ran an hour ago must not decide what pages now.
"""

from dataclasses import dataclass

from simulator.erpgo.stack.prometheus.model import DAY, RecordingRule, RuleGroup

# The moment at which the simulator's traffic began, as a label; without a simulator a series without one.
_RUN = 'count_values("run", max(simulator_traffic_began_timestamp_seconds)) or on () vector(1)'


@dataclass(frozen=True)
class Learning:
    """How a rule set learns; seconds.

    `pace` is the window of frequent events, `rare` that of rare ones. The set looks at the `history` that ended `ago`.
    Fewer than `samples` of the recorded rate in it are no history, and there is no band. With `each_run` a run of the
    simulator looks at its own history only.
    """

    pace: int
    rare: int
    history: int
    samples: int
    ago: int = 0
    each_run: bool = False

    @property
    def range(self) -> str:
        """The history as a range of PromQL."""
        return f"[{self.history}s]{f' offset {self.ago}s' if self.ago else ''}"


STAGING = Learning(pace=15, rare=60, history=600, samples=30, each_run=True)
"""A minute of normal traffic is enough for a game day, and the last ten minutes count."""
PRODUCTION = Learning(pace=300, rare=300, history=3600, samples=120, ago=DAY - 1800)
"""The same hour of yesterday: a night is compared with a night."""


def learned(learning: Learning) -> RuleGroup:
    """The recorded rates, and the bands drawn around them; no series before there is enough history."""
    pace, rare = f"[{learning.pace}s]", f"[{learning.rare}s]"
    orders, revenue = f"sum(rate(erpgo_orders_created_total{pace}))", f"sum(rate(erpgo_revenue_total{pace}))"
    times = f"histogram_quantile(0.95, sum by (le) (rate(erpgo_http_request_duration_seconds_bucket{pace})))"
    failures = f'sum(rate(erpgo_user_logins_total{{status="failure"}}{rare}))'
    return RuleGroup(
        "learned",
        (
            _usual("learned:orders:rate", f"{orders} > 0", learning.pace, learning),
            _usual("learned:revenue:rate", f"{revenue} > 0", learning.pace, learning),
            # Without requests it is NaN, which would be learned as a very short time.
            _usual("learned:response_time:p95", f"{times} >= 0", learning.pace, learning),
            _usual("learned:login_failures:rate", failures, learning.rare, learning),
            _band("band:orders:low", _low("learned:orders:rate", learning), learning),
            _band("band:revenue:low", _far_below("learned:revenue:rate", learning), learning),
            _band("band:response_time:high", _high("learned:response_time:p95", learning), learning),
            _band("band:login_failures:high", _high("learned:login_failures:rate", learning), learning),
        ),
    )


def _usual(name: str, expr: str, window: int, learning: Learning) -> RecordingRule:
    """Not while a fault of the simulator is active, nor until a rate over `window` no longer shows it."""
    expr = f"({expr}) * on () group_left (run) ({_RUN})" if learning.each_run else expr
    faults = f"max(max_over_time(simulator_fault_active[{window + 15}s])) > 0"
    return RecordingRule(name, f"{expr} unless on () ({faults})")


def _band(name: str, expr: str, learning: Learning) -> RecordingRule:
    """The one of the present run, where each run learns for itself."""
    return RecordingRule(name, f"({expr}) and on (run) ({_RUN})" if learning.each_run else expr)


def _low(series: str, learning: Learning) -> str:
    """Three times the usual distance below the median, and never nearer to it than half: a calm series has none."""
    half, usual = f"0.5 * {_share(series, 0.5, learning)}", _share(series, 0.1, learning)
    low = f"3 * {usual} - 2 * {_share(series, 0.5, learning)}"
    return f"(({low} < {half}) or {half}) and {_enough(series, learning)}"


def _far_below(series: str, learning: Learning) -> str:
    """A fifth of the median: baskets differ so much that a distance would say little.

    Where the history has a night and a day in it, a quarter of what nine tenths exceed: forty baskets in a window bring
    less than half of their mean once in 150 windows, and less than a quarter once in 20,000 at most.
    """
    fifth, quarter = f"0.2 * {_share(series, 0.5, learning)}", f"0.25 * {_share(series, 0.1, learning)}"
    return f"(({quarter} < {fifth}) or {fifth}) and {_enough(series, learning)}"


def _high(series: str, learning: Learning) -> str:
    """Three times the usual distance above the median, and at least three times the median."""
    thrice, usual = f"3 * {_share(series, 0.5, learning)}", _share(series, 0.9, learning)
    high = f"3 * {usual} - 2 * {_share(series, 0.5, learning)}"
    return f"(({high} > {thrice}) or {thrice}) and {_enough(series, learning)}"


def _share(series: str, share: float, learning: Learning) -> str:
    """The value that this share of the history does not exceed."""
    return f"quantile_over_time({share}, {series}{learning.range})"


def _enough(series: str, learning: Learning) -> str:
    return f"count_over_time({series}{learning.range}) >= {learning.samples}"
