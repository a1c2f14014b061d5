import argparse
import json
import sys
import urllib.request
from pathlib import Path

import pytest
from locust.env import Environment
from locust.event import Events
from locust.stats import RequestStats
from prometheus_client.parser import text_string_to_metric_families

from simulator.base.errors import ExitCode
from simulator.base.protocol import Canary, FaultState, Finished, FromEngine, Notified, Progress, Traffic
from simulator.load.tally import Tally
from simulator.locust.board import Board
from simulator.locust.engine_child import EngineChild
from simulator.locust.intended import IntendedLatency, p95
from simulator.locust.master import summed, traffic
from simulator.locust.metrics import MetricsServer, SimulatorCollector, buckets, listen
from simulator.locust.options import rate
from simulator.locust.recent import KEPT, forget_old_seconds


def no_events() -> Events:
    return Events()  # type: ignore[no-untyped-call]  # Locust's


def test_traffic_sums_the_workers_rates_over_their_own_periods() -> None:
    first = Tally(
        seconds=1.0, offered=10, achieved=8, counted={"orders": 4}, cpu_percent=20, users={"Shopper": 3}
    )
    second = Tally(
        seconds=2.0, offered=10, achieved=10, cpu_percent=70, users={"Shopper": 2}, switches={"surge": 6}
    )
    report = traffic([first, second], own_cpu_percent=5.0)
    assert (report.offered, report.achieved, report.counted) == (15.0, 13.0, {"orders": 4.0})
    assert (report.cpu_percent, report.users) == (70.0, 5)
    assert report.switches == {"surge": 3.0}


def test_counts_of_the_same_things_are_added_up() -> None:
    assert summed([{"a": 1, "b": 2}, {"b": 3}]) == {"a": 1, "b": 5}


def test_the_board_remembers_what_the_engine_told() -> None:
    board = Board()
    messages: list[FromEngine] = [
        Canary(on=True),
        Progress(at=1.0, experiment="api-killed", text="injecting"),
        FaultState(experiment="api-killed", fault="service-kill", id="1", active=True),
        Notified(experiment="api-killed", alert="ApplicationDown", detect=None, notify=2.0),
    ]
    for message in messages:
        board.heard(message)
    assert board.canary
    assert board.experiment == "api-killed"
    assert board.faults == [("api-killed", "service-kill")]
    board.heard(FaultState(experiment="api-killed", fault="service-kill", id="1", active=False))
    board.heard(Finished(code=0, report="r"))
    assert board.faults == []
    assert board.finished == Finished(code=0, report="r")
    board.begin("demo")
    assert board == Board(game_day="demo")


def test_what_locust_kept_of_every_second_is_forgotten_but_for_the_last_minute() -> None:
    stats = RequestStats()
    forget_old_seconds(stats)
    stats.log_request("GET", "/x", 10, 0)
    stats.log_error("GET", "/x", "refused")
    entry, last = stats.get("/x", "GET"), int(stats.total.last_request_timestamp or 0)
    stats.total.start_time = last - 600
    counted = [entry.num_reqs_per_sec, entry.num_fail_per_sec, stats.total.num_reqs_per_sec]
    for counts in counted:
        counts.clear()
        counts.update(dict.fromkeys(range(last - 600, last + 1), 1))
    rate = entry.current_rps
    forget_old_seconds(stats)
    assert [len(counts) for counts in counted] == [KEPT + 1] * 3
    assert entry.current_rps == rate > 0
    assert entry.num_requests == 1


def test_latency_from_the_intended_start_includes_how_late_the_session_began() -> None:
    intended = IntendedLatency(no_events())
    for response_time, late_ms in ((10.4, 0), (20.2, 3000.4)):
        intended._on_request("GET", "/x", response_time, {"late_ms": late_ms})
    intended._on_request("GET", "/x", None, {"late_ms": 1})
    intended._on_request("GET", "/x", 5, {})
    assert intended.requests["GET", "/x"] == ({10: 1, 20: 1, 5: 1}, {10: 1, 3021: 1})


def test_a_percentile_is_a_latency_that_was_measured_not_a_rounded_one() -> None:
    intended = IntendedLatency(no_events())
    for late_ms in range(1001, 1101):
        intended._on_request("GET", "/x", 0.0, {"late_ms": late_ms})
    assert p95(intended.requests["GET", "/x"].intended) == 1095
    assert p95({}) == 0


def test_what_lies_beside_the_bound_of_a_bucket_is_counted_on_its_own_side() -> None:
    # The two-second bucket is what "over 2 s" is asked of; Locust would have called 2040 ms two seconds.
    found = dict(buckets({2000: 1, 2001: 2, 2040: 4, 10_001: 8}))
    assert (found["1.0"], found["2.0"], found["2.5"], found["10.0"], found["+Inf"]) == (0, 1, 7, 7, 15)


def test_latency_from_the_intended_start_is_merged_over_workers() -> None:
    worker, master = IntendedLatency(no_events()), IntendedLatency(no_events())
    for _ in range(2):
        worker._on_request("GET", "/x", 10, {"late_ms": 90})
        data: dict[str, object] = {}
        worker._on_report_to_master(data)
        master._on_worker_report(data)
    master._on_worker_report({})
    assert master.requests == {("GET", "/x"): ({10: 2}, {100: 2})}
    assert worker.requests == {}


def test_statistics_that_are_reset_are_forgotten_here_too() -> None:
    events = no_events()
    intended = IntendedLatency(events)
    for event in (events.test_start, events.reset_stats):
        intended._on_request("GET", "/x", 10, {"late_ms": 90})
        event.fire(environment=None)  # type: ignore[no-untyped-call]  # Locust's
        assert intended.requests == {}


def test_metrics_are_served_announced_and_withdrawn(tmp_path: Path) -> None:
    environment = Environment(events=no_events())
    environment.stats.log_request("GET", "/x", 120, 10)
    intended = IntendedLatency(environment.events)
    intended._on_request("GET", "/x", 120, {"late_ms": 30})
    board = Board(canary=True)
    board.heard(FaultState(experiment="api-killed", fault="service-kill", id="1", active=True))
    board.heard(Notified(experiment="api-killed", alert="ApplicationDown", detect=1.5, notify=2.5))
    server = MetricsServer(SimulatorCollector(environment, intended, board), tmp_path)
    server.announce(game_day=False)
    try:
        target = json.loads((tmp_path / "simulator.json").read_text())
        text = scrape(target[0]["targets"][0])
    finally:
        server.close()
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert samples["simulator_canary",] == 1.0
    assert samples["simulator_traffic_began_timestamp_seconds",] == environment.stats.start_time
    assert samples["simulator_requests_total", "/x", "GET"] == 1.0
    assert samples["simulator_response_seconds_bucket", "/x", "0.1", "GET"] == 0.0
    assert samples["simulator_response_seconds_bucket", "/x", "0.25", "GET"] == 1.0
    assert samples["simulator_fault_active", "api-killed", "service-kill"] == 1.0
    assert samples["simulator_alert_notify_seconds", "ApplicationDown", "api-killed"] == 2.5
    assert list(tmp_path.iterdir()) == []


def scrape(address: str) -> str:
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
        text: str = answer.read().decode()
    return text


def test_a_taken_metrics_port_moves_to_a_free_one() -> None:
    with listen(0) as first:
        port = first.getsockname()[1]
        with listen(port) as second:
            assert second.getsockname()[1] not in {0, port}


@pytest.mark.parametrize("text", ["many", "-1", "nan", "inf", "10001"])
def test_a_rate_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is not a rate"):
        rate(text)


FINISHED = 'print(\'{"type": "finished", "code": %d, "report": ""}\')'


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (FINISHED % 3 + "; raise SystemExit(3)", ExitCode.INCONCLUSIVE),
        (FINISHED % 0, ExitCode.MET),
        ("raise SystemExit(2)", ExitCode.BAD_INPUT),
        ("pass", ExitCode.HARNESS),
        ("import os; os.kill(os.getpid(), 9)", ExitCode.HARNESS),
        ("raise SystemExit(99)", ExitCode.HARNESS),
        ("print('not a message')\n" + FINISHED % 0, ExitCode.MET),
    ],
)
def test_the_engines_end_becomes_one_of_our_exit_codes(script: str, code: ExitCode) -> None:
    said: list[str] = []
    engine = EngineChild([sys.executable, "-c", script], heard=lambda _: None, say=said.append)
    assert engine.wait().code == code
    assert bool(said) == ("not a message" in script)


def test_a_report_that_is_dropped_for_a_slow_engine_leaves_its_orders_to_the_next() -> None:
    heard: list[FromEngine] = []
    # It tells the second line's orders as its own last word.
    script = (
        "import json, sys; sys.stdin.readline(); told = json.loads(sys.stdin.readline());"
        " orders = ' '.join(one['id'] for one in told['receipts']);"
        " print(json.dumps({'type': 'finished', 'code': 0, 'report': orders}))"
    )
    engine = EngineChild([sys.executable, "-c", script], heard=heard.append, say=lambda _: None)
    engine.begin()
    with engine._writing:
        engine.tell(a_report("first"))
    engine.tell(a_report("second"))
    engine.wait()
    assert [message.report for message in heard if isinstance(message, Finished)] == ["first second"]


def a_report(order: str) -> Traffic:
    rates = dict.fromkeys(("offered", "achieved", "dropped", "requests", "failures", "cpu_percent"), 1.0)
    return Traffic.model_validate({**rates, "users": 1, "receipts": [{"id": order, "key": "k"}]})
