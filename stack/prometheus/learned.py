"""Bands learned from history: what is usual for orders, revenue, response times and failed logins.

ERPGo's document calls them dynamic thresholds. Time in which the simulator had a fault active is left out, and so
is the time after it in which a rate still shows it: what was broken on purpose is not what is usual.
Neither is a shop in which nobody orders.

A band is drawn around the median, three times as far as the nine tenths that are nearer than the rest: a minute of
ramping up moves neither much, where it would move a mean and its deviation.
"""

from dataclasses import dataclass

from stack.prometheus.model import DAY, RecordingRule, RuleGroup


@dataclass(frozen=True)
class Learning:
    """How a rule set learns; seconds.

    `pace` is the window of frequent events, `rare` that of rare ones. The set looks at the `history` that ended `ago`.
    Fewer than `samples` of the recorded rate in it are no history, and there is no band.
    """

    pace: int
    rare: int
    history: int
    samples: int
    ago: int = 0

    @property
    def range(self) -> str:
        """The history as a range of PromQL."""
        return f"[{self.history}s]{f' offset {self.ago}s' if self.ago else ''}"


STAGING = Learning(pace=15, rare=60, history=600, samples=30)
"""A minute of normal traffic is enough for a game day, and the last ten minutes count."""
PRODUCTION = Learning(pace=300, rare=300, history=3600, samples=120, ago=DAY - 1800)
"""The same hour of yesterday: a night is compared with a night."""


def _undisturbed(rate: int) -> str:
    """Not while a fault of the simulator is active, nor until a rate no longer shows it."""
    return f" unless on () (max(max_over_time(simulator_fault_active[{rate + 15}s])) > 0)"


def learned(learning: Learning) -> RuleGroup:
    """The recorded rates, and the bands drawn around them; no series before there is enough history."""
    pace, rare = f"[{learning.pace}s]", f"[{learning.rare}s]"
    often, seldom = _undisturbed(learning.pace), _undisturbed(learning.rare)
    return RuleGroup(
        "learned",
        (
            RecordingRule("learned:orders:rate", f"sum(rate(erpgo_orders_created_total{pace})) > 0{often}"),
            RecordingRule("learned:revenue:rate", f"sum(rate(erpgo_revenue_total{pace})) > 0{often}"),
            RecordingRule(
                "learned:response_time:p95",
                "histogram_quantile(0.95, sum by (le)"
                f" (rate(erpgo_http_request_duration_seconds_bucket{pace}))){often}",
            ),
            RecordingRule(
                "learned:login_failures:rate",
                f'sum(rate(erpgo_user_logins_total{{status="failure"}}{rare})){seldom}',
            ),
            RecordingRule("band:orders:low", _low("learned:orders:rate", learning)),
            RecordingRule("band:revenue:low", _far_below("learned:revenue:rate", learning)),
            RecordingRule("band:response_time:high", _high("learned:response_time:p95", learning)),
            RecordingRule("band:login_failures:high", _high("learned:login_failures:rate", learning)),
        ),
    )


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
