"""`make bench`: ratios, each measured side by side in one run. It reports; it never judges.

`BENCH=short make bench` only shows that everything still works: its figures are of too few seconds to mean much.
"""

import os

from rich.console import Console
from rich.table import Table

from tests.bench import arrivals, history, long_journal, order_path, workload


def main() -> None:
    """Run every bench, one after the other: two minutes in all, or half a minute in short."""
    short = os.environ.get("BENCH") == "short"
    rows = Table(
        "what", "measured", "against", "ratio", box=None, pad_edge=False, title="Side by side, in one run"
    )
    order = order_path.measure(turns=1, seconds=0.5) if short else order_path.measure()
    rows.add_row(
        "orders a second: the API / a minimal handler",
        f"{order.api_per_second:.0f}",
        f"{order.minimal_per_second:.0f}",
        f"{order.ratio:.2f}",
    )
    cost = workload.measure(turns=1, seconds=3) if short else workload.measure()
    rows.add_row(
        "CPU a request, µs: order scenario / bare FastHttpUser",
        f"{cost.scenario_us:.0f}",
        f"{cost.bare_us:.0f}",
        f"{cost.ratio:.2f}",
    )
    came = arrivals.measure(seconds=6, stall=1.0) if short else arrivals.measure()
    rows.add_row(
        "variance to mean of arrivals: ours / constant_pacing (Poisson is 1)",
        f"{came.variance_to_mean:.2f}",
        f"{came.constant_pacing_variance_to_mean:.2f}",
        f"{came.variance_to_mean / came.constant_pacing_variance_to_mean:.3f}",
    )
    rows.add_row(
        "arrivals: achieved / offered",
        str(came.achieved),
        str(came.offered),
        f"{came.achieved / came.offered:.3f}",
    )
    for name, seconds in (("intended", came.intended_p95_s), ("actual", came.actual_p95_s)):
        rows.add_row(
            f"p95 with a stall, s: from the {name} start / the truth",
            f"{seconds:.2f}",
            f"{came.true_p95_s:.2f}",
            f"{seconds / came.true_p95_s:.2f}",
        )
    told = history.measure(runs=20, alerts=5) if short else history.measure()
    rows.add_row(
        "an SLA report of all runs, s: every report read / by the index",
        f"{told.scanned_s:.2f}",
        f"{told.indexed_s:.2f}",
        f"{told.ratio:.2f}",
    )
    _add_long_journal(rows, short=short)
    Console().print(rows)


def _add_long_journal(rows: Table, *, short: bool) -> None:
    day = long_journal.measure(hours=0.2, beside=0.1) if short else long_journal.measure()
    rows.add_row(
        "judged again, s: a day's journal / an hour's",
        f"{day.long.seconds:.2f}",
        f"{day.short.seconds:.2f}",
        f"{day.long.seconds / day.short.seconds:.2f}",
    )
    rows.add_row(
        "the same, MiB of memory",
        f"{day.long.mebibytes:.0f}",
        f"{day.short.mebibytes:.0f}",
        f"{day.long.mebibytes / day.short.mebibytes:.2f}",
    )
    rows.add_row(
        "a day's journal, MB: as it is written / at rest",
        f"{day.long.plain / 1e6:.1f}",
        f"{day.long.packed / 1e6:.1f}",
        f"{day.long.plain / day.long.packed:.2f}",
    )


if __name__ == "__main__":
    main()
