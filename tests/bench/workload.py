"""What our personas cost beside a bare Locust user who sends the same bytes.

`python -m tests.bench.workload` prints the figures; it takes about 40 seconds. Both run at the same moderate rate
against the same trivial server, in turns, so that a busy machine bothers both.
"""

import json
import statistics
from dataclasses import dataclass

from tests.bench.locust_child import Cost, run_locust
from tests.bench.tiny_server import tiny_server

USERS = 20
SESSIONS_PER_SECOND = 120.0
"""Of three requests each; the bare users are 20 with 6 sessions a second."""
SECONDS = 8
TURNS = 2
PRODUCTS = [
    {"id": f"6f1f7a52-6f5e-4c0e-9d0a-5a1d7c2b{n:04d}", "name": "Desk Lamp", "price": 9.99} for n in range(50)
]


@dataclass(frozen=True)
class WorkloadCost:
    """CPU per request of the Locust process, in microseconds, medians over the turns."""

    scenario_us: float
    bare_us: float

    @property
    def ratio(self) -> float:
        return self.scenario_us / self.bare_us


def measure() -> WorkloadCost:
    """Run both in turns.

    Raises:
        RuntimeError: Locust failed, or a request did.
    """
    with tiny_server(_answer) as server:
        asked = ["--host", server.url, "-u", str(USERS), "-r", str(USERS)]
        rate = ["--arrivals-per-second", str(SESSIONS_PER_SECOND)]
        turns = [(_cost("Orderer", [*asked, *rate]), _cost("Bare", asked)) for _ in range(TURNS)]
    return WorkloadCost(
        scenario_us=statistics.median(scenario for scenario, _ in turns),
        bare_us=statistics.median(bare for _, bare in turns),
    )


def _cost(user: str, arguments: list[str]) -> float:
    cost = run_locust("workload_locustfile.py", user, SECONDS, arguments, Cost)
    if cost.failures or not cost.requests:
        raise RuntimeError(f"{user}: {cost.failures} of {cost.requests} requests failed")
    return cost.cpu_seconds / cost.requests * 1e6


def _answer(method: str, path: str) -> bytes:
    if path.startswith("/api/v1/products"):
        return json.dumps({"products": PRODUCTS}).encode()
    if path.startswith("/api/v1/auth"):
        return b'{"access_token":"token","refresh_token":"r","user":{"id":"1"}}'
    return b'{"id":"1"}' if method == "POST" else b'{"id":"1","orders":[]}'


if __name__ == "__main__":
    print(measure())  # noqa: T201  the figures are what this is run for
