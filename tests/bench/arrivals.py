"""What the open model is worth: its spread, its faithfulness to the rate, and what a stall looks like to it.

`python -m tests.bench.arrivals` prints the figures; it takes about 30 seconds. The truth about the stall comes from a
prober that shares no code with Locust: it sends requests at random times, as many at once as it takes.
"""

import asyncio
import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.bench.locust_child import Arrivals, run_locust
from tests.bench.tiny_server import TinyServer, tiny_server

RATE = 50.0
USERS = 20
SECONDS, PACED_SECONDS = 15, 8
STALL_AFTER, STALL_SECONDS, WATCHED_SECONDS = 3.0, 3.0, 10.0
WINDOW = 0.1
FIRST_REQUEST_WITHIN = 30.0


@dataclass(frozen=True)
class ArrivalsBench:
    """Arrivals at 50 a second; a variance-to-mean ratio of 1 (in windows of 0.1 s) is a Poisson process."""

    variance_to_mean: float
    constant_pacing_variance_to_mean: float
    offered: int
    achieved: int
    actual_p95_s: float
    """With a stall of 3 s among the 10 watched, from the actual start: what Locust reports."""
    intended_p95_s: float
    true_p95_s: float
    """What the prober's requests, sent at the same time, took."""


def measure() -> ArrivalsBench:
    """Run Locust twice, with our arrivals and with constant pacing.

    Raises:
        RuntimeError: Locust failed, or sent nothing.
    """
    came = threading.Event()

    def answer(_method: str, _path: str) -> bytes:
        came.set()
        return b"{}"

    with tiny_server(answer) as server, ThreadPoolExecutor(1) as pool:
        asked = ["--host", server.url, "-u", str(USERS), "-r", str(USERS)]
        rate = ["--arrivals-per-second", str(RATE)]
        locust = pool.submit(
            run_locust, "arrivals_locustfile.py", "Visitor", SECONDS, [*asked, *rate], Arrivals
        )
        if not came.wait(FIRST_REQUEST_WITHIN):
            raise RuntimeError(f"Locust sent no request within {FIRST_REQUEST_WITHIN:g} s")
        began = time.monotonic()
        truth = asyncio.run(_probe_through_a_stall(server))
        ours = locust.result()
        paced_users = ["--host", server.url, "-u", str(int(RATE)), "-r", str(int(RATE))]
        paced = run_locust("arrivals_locustfile.py", "Paced", PACED_SECONDS, paced_users, Arrivals)
    watched = [one for one in ours.samples if began <= one.intended < began + WATCHED_SECONDS]
    return ArrivalsBench(
        variance_to_mean=variance_to_mean(one.intended for one in ours.samples),
        constant_pacing_variance_to_mean=variance_to_mean(paced.starts),
        offered=ours.offered,
        achieved=ours.achieved,
        actual_p95_s=p95(one.actual_s for one in watched),
        intended_p95_s=p95(one.intended_s for one in watched),
        true_p95_s=p95(truth),
    )


def variance_to_mean(times: Iterable[float]) -> float:
    """Of the counts in windows of `WINDOW` seconds between the first and the last event."""
    counts = Counter(int(at / WINDOW) for at in times)
    windows = [counts[index] for index in range(min(counts) + 1, max(counts))]
    return statistics.pvariance(windows) / statistics.mean(windows)


def p95(values: Iterable[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


async def _probe_through_a_stall(server: TinyServer) -> list[float]:
    """Latencies in seconds of requests at random times, through a stall in the middle."""
    chance = random.Random(2)
    loop = asyncio.get_running_loop()
    loop.call_later(STALL_AFTER, server.stall)
    loop.call_later(STALL_AFTER + STALL_SECONDS, server.resume)
    began = loop.time()
    due, probes = began + chance.expovariate(RATE), []
    while due < began + WATCHED_SECONDS:
        await asyncio.sleep(due - loop.time())  # the bench is about time itself
        probes.append(asyncio.create_task(_probe(server.url, due)))
        due += chance.expovariate(RATE)
    return await asyncio.gather(*probes)


async def _probe(url: str, due: float) -> float:
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n")
    await reader.readuntil(b"{}")
    writer.close()
    return asyncio.get_running_loop().time() - due


if __name__ == "__main__":
    print(measure())  # noqa: T201  the figures are what this is run for
