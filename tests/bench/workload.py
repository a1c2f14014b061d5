"""What our personas cost beside a bare Locust user who sends the same requests.

`python -m tests.bench.workload` prints the figures; it takes about 40 seconds. Both run at the same moderate rate
against the same API, the real one, in turns, so that a busy machine bothers both.
"""

import statistics
from dataclasses import dataclass

from tests.bench.api import real_api
from tests.bench.locust_child import Cost, run_locust

USERS = 20
SESSIONS_PER_SECOND = 60.0
"""Of three requests each; the bare users are 20 with 3 sessions a second."""
FEW = 0.1
"""The share of requests that may fail: a machine may be busy, and cost no less for it. A wrong contract fails them all."""


@dataclass(frozen=True)
class WorkloadCost:
    """CPU per request of the Locust process, in microseconds, medians over the turns."""

    scenario_us: float
    bare_us: float

    @property
    def ratio(self) -> float:
        return self.scenario_us / self.bare_us


def measure(turns: int = 2, seconds: int = 8) -> WorkloadCost:
    """Run both in turns.

    Raises:
        RuntimeError: Locust failed, or a request did.
    """
    with real_api() as api:
        asked = ["--host", api.url, "-u", str(USERS), "-r", str(USERS)]
        rate = ["--arrivals-per-second", str(SESSIONS_PER_SECOND)]
        took = [
            (_cost("Orderer", seconds, [*asked, *rate]), _cost("Bare", seconds, asked)) for _ in range(turns)
        ]
    return WorkloadCost(
        scenario_us=statistics.median(scenario for scenario, _ in took),
        bare_us=statistics.median(bare for _, bare in took),
    )


def _cost(user: str, seconds: int, arguments: list[str]) -> float:
    cost = run_locust("workload_locustfile.py", user, seconds, arguments, Cost)
    if cost.failures > FEW * cost.requests or not cost.requests:
        raise RuntimeError(f"{user}: {cost.failures} of {cost.requests} requests failed: {cost.reasons}")
    return cost.cpu_seconds / cost.requests * 1e6


if __name__ == "__main__":
    print(measure())  # noqa: T201  the figures are what this is run for
