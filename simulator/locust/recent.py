"""Locust keeps how many requests every second had, of every name, for ever; it only ever shows the last twelve seconds.

In a soak that is most of what Locust's own process grows by: about 6 MiB an hour, computed for a sweep's rates.
"""

from locust.stats import RequestStats

KEPT = 60
"""Seconds; Locust's `current_rps` looks back twelve."""


def forget_old_seconds(stats: RequestStats) -> None:
    """Let go of the counts of seconds so long ago that no rate is computed from them any more."""
    if stats.last_request_timestamp is None:
        return
    oldest = int(stats.last_request_timestamp) - KEPT
    for entry in (stats.total, *stats.entries.values()):
        for counts in (entry.num_reqs_per_sec, entry.num_fail_per_sec):
            while counts and (first := next(iter(counts))) < oldest:
                del counts[first]
