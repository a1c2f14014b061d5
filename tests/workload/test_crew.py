"""Load generators that are lost or join: told with when, how much they carried, and once."""

import signal

from simulator.protocol import WorkerChange
from simulator.workload.crew import SILENT_AFTER, Crew
from tests.workload.locust_process import free_port, locust
from tests.workload.small_shop import SmallShop


def crew() -> Crew:
    """Three workers that report once a second up to second 10; the third carries half."""
    made = Crew()
    made.begin(["a", "b", "c"], 0.0)
    report(made, "abc", range(1, 11))
    return made


def report(made: Crew, names: str, seconds: range) -> None:
    for second in seconds:
        for name in names:
            made.heard(name, 10.0 if name == "c" else 5.0, float(second))
        assert made.changes(float(second)) == ()


def test_workers_that_report_are_no_news() -> None:
    made = crew()
    made.begin(["a", "b", "c"], 10.0)  # Locust says so again after each rebalancing
    report(made, "abc", range(11, 20))


def test_a_lost_worker_is_told_once_with_when_and_what_it_carried() -> None:
    made = crew()
    report(made, "ab", range(11, 14))
    assert made.changes(10.0 + SILENT_AFTER) == ()
    assert made.changes(13.75) == (WorkerChange(worker=3, change="lost", ago=3.75, share=0.5, left=2),)
    report(made, "ab", range(14, 20))


def test_one_that_comes_back_has_joined() -> None:
    made = crew()
    report(made, "ab", range(11, 14))
    assert [change.change for change in made.changes(14.0)] == ["lost"]
    made.heard("c", 5.0, 14.5)
    assert made.changes(15.0) == (WorkerChange(worker=3, change="joined", ago=0.0, share=1 / 3, left=3),)


def test_a_new_one_gets_a_number_of_its_own() -> None:
    made = crew()
    made.heard("late", 5.0, 10.5)
    assert made.changes(10.5) == (WorkerChange(worker=4, change="joined", ago=0.0, share=0.25, left=4),)


def test_one_that_never_reported_is_lost() -> None:
    made = Crew()
    made.begin(["a", "b"], 0.0)
    made.heard("a", 5.0, 4.0)
    assert made.changes(4.0) == (WorkerChange(worker=2, change="lost", ago=4.0, share=0.0, left=1),)


def test_who_comes_before_the_workload_runs_is_no_news() -> None:
    made = Crew()
    made.heard("a", 5.0, 1.0)
    assert made.changes(60.0) == ()


def test_a_real_worker_that_is_killed_and_one_that_joins_are_told_to_the_engine(shop: SmallShop) -> None:
    port = free_port()
    worker = ("--worker", "--master-port", port)
    master = ("--host", shop.url, "-u", "20", "-r", "20", "--gameday", "crew")
    bind = ("--master", "--master-bind-port", port, "--expect-workers", "2")
    with (
        locust(*master, *bind) as running,
        locust(*worker, web=True),
        locust(*worker, web=True) as second,
    ):
        running.until("waiting for changes")
        second.signal(signal.SIGKILL)
        running.until(": lost, 1 left")
        with locust(*worker, web=True):
            running.until("worker 3: joined, 2 left")
            ended = running.end()
    assert ended.code == 0, ended.err
