"""What the open model is worth: its spread, its faithfulness to the rate, and what a stall looks like to it.

`python -m tests.bench.arrivals` prints the figures; it takes about 30 seconds. The truth about the stall comes from a
prober that shares no code with Locust: it sends a request every 10 ms, as many at once as it takes. What each of our
sessions would have waited, had it been sent when it was due, is what the probe sent nearest to that moment waited. Two
draws of arrivals are not compared: their percentiles differ by several percent, however well both are measured. What is
left between the two is what Locust's process itself came late: little on an idle machine, more where it waits for the processor.
"""

import asyncio
import statistics
import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from simulator.base.percentile import percentile
from tests.bench.locust_child import Arrivals, run_locust
from tests.bench.tiny_server import TinyServer, tiny_server

RATE = 50.0
USERS = 20
PROBE_EVERY = 0.01
WINDOW = 0.1
FIRST_SESSION_WITHIN = 90.0
SESSION = "/api/v1/anything"
"""What a session asks for. Locust asks for more before: whether there is an API at all."""


@dataclass(frozen=True)
class ArrivalsBench:
    """Arrivals at 50 a second; a variance-to-mean ratio of 1 (in windows of 0.1 s) is a Poisson process."""

    variance_to_mean: float
    constant_pacing_variance_to_mean: float
    offered: int
    achieved: int
    actual_p95_s: float
    """With a stall in the middle, from the actual start: what Locust measures."""
    intended_p95_s: float
    """From the intended start, as the plugin's own page shows it."""
    true_p95_s: float
    """What the same sessions would have waited, sent when they were due."""


class Probe(NamedTuple):
    """One request of the prober; seconds on the machine's monotonic clock, which Locust's process shares."""

    sent: float
    took: float


def measure(seconds: int = 15, stall: float = 3.0) -> ArrivalsBench:
    """Run Locust twice: with our arrivals, through a stall, and half as long with constant pacing.

    Raises:
        RuntimeError: Locust failed, or sent nothing.
    """
    came = threading.Event()

    def answer(_method: str, path: str) -> bytes:
        if path == SESSION:
            came.set()
        return b"{}"

    with tiny_server(answer) as server, ThreadPoolExecutor(1) as pool:
        asked = ["--host", server.url, "-u", str(USERS), "-r", str(USERS)]
        rate = ["--arrivals-per-second", str(RATE)]
        locust = pool.submit(
            run_locust, "arrivals_locustfile.py", "Visitor", seconds, [*asked, *rate], Arrivals
        )
        probes = asyncio.run(_probe_through_a_stall(server, came, stall, locust))
        ours = locust.result()
        paced_users = ["--host", server.url, "-u", str(int(RATE)), "-r", str(int(RATE))]
        paced = run_locust("arrivals_locustfile.py", "Paced", seconds // 2, paced_users, Arrivals)
    return ArrivalsBench(
        variance_to_mean=variance_to_mean(ours.starts),
        constant_pacing_variance_to_mean=variance_to_mean(paced.starts),
        offered=ours.offered,
        achieved=ours.achieved,
        actual_p95_s=ours.actual_p95_ms / 1000,
        intended_p95_s=ours.intended_p95_ms / 1000,
        true_p95_s=percentile(95, waits_at(ours.starts, probes)),
    )


def variance_to_mean(times: Iterable[float]) -> float:
    """Of the counts in windows of `WINDOW` seconds between the first and the last event."""
    counts = Counter(int(at / WINDOW) for at in times)
    windows = [counts[index] for index in range(min(counts) + 1, max(counts))]
    return statistics.pvariance(windows) / statistics.mean(windows)


def waits_at(moments: Iterable[float], probes: Sequence[Probe]) -> list[float]:
    """What a request sent at each of these moments would have taken: as the probe that was sent nearest to it."""
    sent = [probe.sent for probe in probes]
    waits = []
    for moment in moments:
        after = bisect_left(sent, moment)
        nearest = min(probes[max(0, after - 1) : after + 1], key=lambda probe: abs(probe.sent - moment))
        waits.append(nearest.took)
    return waits


async def _probe_through_a_stall(
    server: TinyServer, came: threading.Event, stall: float, locust: "Future[Arrivals]"
) -> list[Probe]:
    """Probe for as long as Locust runs. The server stalls once traffic flows: as long after its start as it will stall."""
    loop = asyncio.get_running_loop()
    began, probes, stalled = loop.time(), list[asyncio.Task[Probe]](), False
    while not locust.done():
        if came.is_set() and not stalled:
            stalled = True
            loop.call_later(stall, server.stall)
            loop.call_later(2 * stall, server.resume)
        if not stalled and loop.time() > began + FIRST_SESSION_WITHIN:
            raise RuntimeError(f"Locust began no session within {FIRST_SESSION_WITHIN:g} s")
        probes.append(asyncio.create_task(_probe(server.url)))
        await asyncio.sleep(PROBE_EVERY)  # the bench is about time itself
    server.resume()
    return sorted(await asyncio.gather(*probes))


async def _probe(url: str) -> Probe:
    loop, address = asyncio.get_running_loop(), urlsplit(url)
    sent = loop.time()
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n")
    await reader.readuntil(b"{}")
    writer.close()
    return Probe(sent, loop.time() - sent)


if __name__ == "__main__":
    print(measure())  # noqa: T201  the figures are what this is run for
