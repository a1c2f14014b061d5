"""SIGTERM, a closed terminal and Ctrl-C, at any time: the game day is undone, reported and aborted."""

import signal
import socket

import pytest

from tests.workload.locust_process import free_port, locust
from tests.workload.small_shop import SmallShop

USERS = ("-u", "20", "-r", "20")
ALL = pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=lambda number: number.name
)
REPORT = "report: reports/run/report.html"


@ALL
def test_before_the_stack_is_found(number: signal.Signals) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with locust("--host", host, *USERS, "--gameday", "waits") as running:
            asked, _ = silent.accept()
            running.signal(number)
            end = running.end()
            asked.close()
    assert end.code == 4, end.err
    assert end.err.splitlines()[-1] == "error: Locust was ended before its test had begun; run it again"


@ALL
def test_before_the_engine_holds_the_stack(shop: SmallShop, number: signal.Signals) -> None:
    with locust("--host", shop.url, *USERS, "--gameday", "stalls") as running:
        running.until("waiting for the stack")
        running.signal(number)
        end = running.end()
    assert (end.code, end.out.splitlines()[-1]) == (4, REPORT), end.err


@ALL
def test_while_workers_are_waited_for(shop: SmallShop, number: signal.Signals) -> None:
    alone = ("--master", "--master-bind-port", free_port(), "--loglevel", "DEBUG")
    with locust("--host", shop.url, *USERS, "--gameday", "waits", *alone) as running:
        running.until("Waiting for workers to be ready")
        running.signal(number)
        end = running.end()
    assert (end.code, end.out.splitlines()[-1]) == (4, REPORT), end.err


@ALL
def test_during_a_load_shape(shop: SmallShop, number: signal.Signals) -> None:
    files = "tests/workload/locust_side/shaped.py,locustfile.py"
    with locust("--host", shop.url, "--gameday", "waits", locustfile=files) as running:
        running.until("begun")
        running.signal(number)
        end = running.end()
    assert (end.code, end.out.splitlines()[-1]) == (4, REPORT), end.err
    assert "told to stop: " in end.err


@ALL
def test_when_nobody_reads_the_terminal_any_more(shop: SmallShop, number: signal.Signals) -> None:
    with locust("--host", shop.url, *USERS, "--gameday", "waits") as running:
        running.until("begun")
        assert running.process.stderr is not None
        running.process.stderr.close()
        running.signal(number)
        assert running.process.stdout is not None
        said = running.process.stdout.read().splitlines()
        assert (running.process.wait(60), said[-1]) == (4, REPORT)
