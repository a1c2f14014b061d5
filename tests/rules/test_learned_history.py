"""Bands learned from a real Prometheus's history: what the simulator broke on purpose is not what is usual."""

import asyncio
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from simulator.base.clock import RunClock, SystemClock
from simulator.erpgo.stack.prometheus import learned
from simulator.erpgo.stack.prometheus.learned import Learning
from simulator.erpgo.stack.prometheus.model import RecordingRule, RuleSet
from simulator.erpgo.stack.prometheus.rules import render
from simulator.erpgo.stack.supervisor.binaries import find
from simulator.erpgo.stack.supervisor.ports import Ports
from tests.rules.real_path import running

STEP = 10
USUAL, BROKEN = 10.0, 1.0
"""Orders a second."""
FAULT = 240
"""Seconds that orders were broken: most of the history, so that a median of all of it would be wrong."""


def promtool(*arguments: object) -> None:
    done = subprocess.run(
        [find("promtool"), "tsdb", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def openmetrics(end: int, history: int) -> Iterator[str]:
    """Orders at the usual rate, and broken for `FAULT` seconds in the middle, with the simulator saying so or not."""
    begin = end - history
    broken = range(begin + (history - FAULT) // 2, begin + (history + FAULT) // 2)
    yield "# TYPE erpgo_orders_created counter"
    total = 0.0
    for at in range(begin, end, STEP):
        total += STEP * (BROKEN if at in broken else USUAL)
        yield f'erpgo_orders_created_total{{job="erpgo-api"}} {total:g} {at}'
    yield "# TYPE simulator_fault_active gauge"
    for at in range(begin, end, STEP):
        if at in broken:
            yield f'simulator_fault_active{{fault="workload"}} 1 {at}'
    yield "# EOF"


class History:
    """A Prometheus whose past was written afterwards."""

    def __init__(self, folder: Path, address: str) -> None:
        self._folder = folder
        self._address = address

    def write(self, lines: Iterator[str]) -> None:
        raw = self._folder / "history.txt"
        raw.write_text("\n".join(lines) + "\n", encoding="utf-8")
        promtool("create-blocks-from", "openmetrics", raw, self._folder / "tsdb")

    def record(self, rules: list[RecordingRule], start: int, end: int) -> None:
        """What the recording rules would have written then."""
        group = learned.learned(learned.STAGING)
        file = self._folder / "learned.yaml"
        file.write_text(
            render(RuleSet("learned", (type(group)(group.name, tuple(rules)),))), encoding="utf-8"
        )
        window = (
            "--start",
            start,
            "--end",
            end,
            "--eval-interval",
            f"{STEP}s",
            "--url",
            f"http://{self._address}",
        )
        promtool("create-blocks-from", "rules", *window, "--output-dir", self._folder / "tsdb", file)

    @property
    def command(self) -> list[str]:
        (self._folder / "empty.yml").write_text("{}\n", encoding="utf-8")
        return [
            *(str(find("prometheus")), f"--config.file={self._folder / 'empty.yml'}"),
            *(f"--storage.tsdb.path={self._folder / 'tsdb'}", f"--web.listen-address={self._address}"),
            *("--storage.tsdb.retention.time=10d", "--log.level=warn"),
        ]

    async def value(self, expr: str, at: int) -> float | None:
        async with httpx.AsyncClient(base_url=f"http://{self._address}", timeout=5) as client:

            async def answer() -> list[dict[str, list[float | str]]] | None:
                try:
                    asked = await client.get("/api/v1/query", params={"query": expr, "time": at})
                except httpx.HTTPError:
                    return None
                return list(asked.json()["data"]["result"]) if asked.status_code == 200 else None

            found = await RunClock(SystemClock()).until(answer, within=20, every=0.1)
        assert found is not None
        return float(found[0]["value"][1]) if found else None


def recordings(learning: Learning) -> dict[str, RecordingRule]:
    return {rule.name: rule for rule in learned.learned(learning).rules if isinstance(rule, RecordingRule)}


@pytest.mark.parametrize("told", [True, False], ids=["the simulator was there", "a real incident"])
async def test_time_under_a_fault_is_not_learned(tmp_path: Path, told: bool) -> None:
    learning = learned.STAGING
    end = int(time.time()) // STEP * STEP - 60
    begin = end - learning.history
    rules = recordings(learning)
    # Samples 10 s apart need a wider rate than the 15 s of a scrape every 2 s.
    rate = rules["learned:orders:rate"].expr.replace("[15s]", "[40s]")
    if not told:
        rate = rate.partition(" unless ")[0]
    with Ports({"prometheus": 0}) as ports:
        history = History(tmp_path, f"127.0.0.1:{ports['prometheus']}")
        history.write(openmetrics(end, learning.history + 120))
        async with running(history.command, tmp_path):
            assert await history.value("vector(1)", end) == 1
            await asyncio.to_thread(history.record, [RecordingRule("learned:orders:rate", rate)], begin, end)
        async with running(history.command, tmp_path):  # blocks are read at the start
            band = await history.value(rules["band:orders:low"].expr, end)
            lowest = await history.value(f"min_over_time(learned:orders:rate[{learning.history}s])", end)
    assert lowest is not None
    assert band is not None
    if told:
        assert lowest == pytest.approx(USUAL, rel=0.05)
        assert band == pytest.approx(USUAL / 2, rel=0.05)
    else:
        assert lowest == pytest.approx(BROKEN, rel=0.05)
        assert band < USUAL / 2  # an incident that lasted makes the band wide


async def test_a_night_is_compared_with_a_night(tmp_path: Path) -> None:
    """Production looks at the same hour of yesterday, whatever the hours since were like."""
    learning = learned.PRODUCTION
    now = int(time.time()) // 60 * 60 - 60
    night = range(now - learning.ago - learning.history, now - learning.ago)
    day = range(now - learning.ago + 3600, now - 3600)

    def lines() -> Iterator[str]:
        yield "# TYPE learned:orders:rate gauge"
        yield from (f"learned:orders:rate 2 {at}" for at in night[::15])
        yield from (f"learned:orders:rate 20 {at}" for at in day[::60])
        yield "# EOF"

    with Ports({"prometheus": 0}) as ports:
        history = History(tmp_path, f"127.0.0.1:{ports['prometheus']}")
        history.write(lines())
        async with running(history.command, tmp_path):
            band = await history.value(recordings(learning)["band:orders:low"].expr, now)
            later = await history.value(recordings(learning)["band:orders:low"].expr, now - 43_200)
    assert band == pytest.approx(1.0)
    assert later is None, "half a day earlier there was no yesterday"
