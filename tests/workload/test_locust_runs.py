"""Locust for real, a few times and briefly, against a tiny shop."""

import re
import signal
import urllib.request

import pytest

from tests.secrecy import fragments_in
from tests.workload.locust_process import announced, free_port, locust, taken_port
from tests.workload.small_shop import SmallShop

USERS = ("-u", "20", "-r", "20")


def distributed() -> tuple[str, ...]:
    port = free_port()
    return ("--processes", "2", "--master-bind-port", port, "--master-port", port)


def test_a_short_run_drives_every_kind_of_traffic_and_ends_with_0(shop: SmallShop) -> None:
    with locust("--host", shop.url, *USERS, "-t", "15s", "--arrivals-per-second", "12") as running:
        ended = running.end()
    assert ended.code == 0, ended.err
    assert shop.count("POST", "/orders") > 0
    assert shop.count("GET", "/orders/{id}") > 0
    assert shop.count("POST", "/auth/refresh") > 0
    assert len(shop.addresses) > 5
    assert "198.18.0.1" in shop.addresses


def test_who_gets_no_answer_to_an_order_asks_again_once_with_the_same_key(shop: SmallShop) -> None:
    shop.hangs_up = True
    with locust("--host", shop.url, *USERS, "-t", "15s", "--arrivals-per-second", "12") as running:
        running.end()
    assert len(shop.keys) > 5
    assert set(shop.keys.values()) <= {1, 2}  # 1: the run was over before it could ask again
    assert sum(times == 2 for times in shop.keys.values()) > len(shop.keys) / 2


def test_a_redirect_leads_no_traffic_to_another_host(shop: SmallShop, another_shop: SmallShop) -> None:
    shop.elsewhere = another_shop.url
    with locust("--host", shop.url, *USERS, "-t", "5s", "--arrivals-per-second", "12") as running:
        ended = running.end()
    assert {status for _, path, status in shop.asked if path != "/health"} == {307}
    assert not another_shop.asked
    assert "status 307" in ended.err + ended.out


def test_help_shows_our_options() -> None:
    with locust("--help", web=True) as running:
        ended = running.end()
    assert ended.code == 0
    options = set(re.findall(r"--[a-z-]+", ended.out))
    assert {
        "--gameday",
        "--environment",
        "--arrivals-per-second",
        "--shape",
        "--simulator-seed",
        "--reports",
    } <= options


def test_a_bad_rate_is_refused_before_anything_starts() -> None:
    with locust("--arrivals-per-second", "many") as running:
        ended = running.end()
    assert ended.code == 2
    assert "'many' is not a rate" in ended.err


@pytest.mark.parametrize("processes", [False, True], ids=["local", "two-workers"])
def test_a_game_day_switches_the_workload_and_locust_leaves_with_its_code(
    shop: SmallShop, processes: bool
) -> None:
    extra = distributed() if processes else ()
    with locust("--host", shop.url, *USERS, "--gameday", "met", *extra) as running:
        ended = running.end()
    assert ended.code == 0, ended.err
    assert f"{2 if processes else 1} workers" in ended.err
    assert re.search(r"stuffing: \d workers *$", ended.err, re.MULTILINE), ended.err
    assert "attempts/s seen" in ended.err
    assert shop.addresses["203.0.113.1"] > 0
    assert shop.addresses["203.0.113.2"] > 0


def test_a_worker_that_is_told_to_start_before_its_init_carries_traffic(shop: SmallShop) -> None:
    late = "tests/workload/locust_side/late_init.py,locustfile.py"
    with locust("--host", shop.url, *USERS, "--gameday", "met", *distributed(), locustfile=late) as running:
        ended = running.end()
    assert ended.code == 0, ended.err
    assert "2 workers" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(("script", "code"), [("refuses", 2), ("dies", 6), ("dies-of-two", 6)])
def test_an_engine_that_ends_early_ends_locust(shop: SmallShop, script: str, code: int) -> None:
    with locust("--host", shop.url, *USERS, "--gameday", script) as running:
        ended = running.end()
    assert ended.code == code, ended.err
    for said in (
        "undoing what it had injected: lock: held",
        "the embedded stack is not running",
        "run: simulator undo",
    ):
        # A line may be wrapped at the terminal's width.
        assert (said in " ".join((ended.err + ended.out).split())) == script.startswith("dies"), ended.err


@pytest.mark.parametrize(
    "signals",
    [(signal.SIGTERM,), (signal.SIGTERM, signal.SIGTERM), (signal.SIGINT,), (signal.SIGINT, signal.SIGINT)],
    ids=["term", "term-twice", "ctrl-c", "ctrl-c-twice"],
)
def test_an_early_end_undoes_and_is_aborted(shop: SmallShop, signals: tuple[signal.Signals, ...]) -> None:
    with locust("--host", shop.url, *USERS, "--gameday", "waits") as running:
        running.until("begun")
        for number in signals:
            running.signal(number)
        ended = running.end()
    assert ended.code == 4, ended.err
    assert "told to stop" in ended.err


def test_sigterm_with_worker_processes_waits_for_the_undo(shop: SmallShop) -> None:
    with locust("--host", shop.url, *USERS, "--gameday", "waits", *distributed()) as running:
        running.until("begun")
        running.signal(signal.SIGTERM)
        ended = running.end()
    assert ended.code == 4, ended.err
    assert "told to stop" in ended.err


def test_a_taken_web_port_is_one_clear_line(shop: SmallShop) -> None:
    with (
        taken_port() as port,
        locust("--host", shop.url, "--web-host", "127.0.0.1", "-P", str(port), web=True) as running,
    ):
        ended = running.end()
    assert ended.code == 2
    assert f"error: web port {port} cannot be used (Address already in use)" in ended.err
    assert "Traceback" not in ended.err


def test_a_host_where_nobody_listens_is_one_clear_line() -> None:
    with locust("--host", "http://127.0.0.1:9", *USERS) as running:
        ended = running.end()
    assert ended.code == 2
    assert "error: nothing answers at --host http://127.0.0.1:9 ([Errno 111] Connection refused)" in ended.err
    assert "Traceback" not in ended.err


def test_traffic_to_another_machine_is_refused_before_it_begins() -> None:
    with locust("--host", "http://192.0.2.1:8080", *USERS) as running:
        ended = running.end()
    assert ended.code == 4
    assert "error: --host http://192.0.2.1:8080 is not this machine; list 192.0.2.1 under hosts" in ended.err
    assert "Traceback" not in ended.err


def test_prometheus_is_told_of_a_game_day_whose_traffic_goes_to_a_host_that_was_given(
    shop: SmallShop,
) -> None:
    with locust("--host", shop.url, *USERS, "--gameday", "waits") as running:
        running.until("begun")
        assert announced()
        running.signal(signal.SIGTERM)
        assert running.end().code == 4
    assert not announced()


def test_a_host_where_nobody_listens_is_refused_in_a_game_day_too() -> None:
    with locust("--host", "http://127.0.0.1:9", *USERS, "--gameday", "waits") as running:
        ended = running.end()
    assert ended.code == 2
    assert "error: nothing answers at --host http://127.0.0.1:9" in ended.err


@pytest.mark.parametrize(
    "password", ["qz7x/jqzx", "qz7x@jqzx", "qz7x:jqzx", "qz7x#jqzx", "qz7x%jqzx", "qz7xjqzx"]
)
def test_a_password_in_the_host_is_refused_and_not_repeated(password: str) -> None:
    with locust("--host", f"http://me:{password}@127.0.0.1:9", *USERS) as running:
        ended = running.end()
    assert ended.code == 2
    assert "error: --host has an @ in it" in ended.err
    assert fragments_in(ended.err + ended.out, password) == []
    assert "Traceback" not in ended.err


def test_the_web_page_shows_the_game_day(shop: SmallShop) -> None:
    port = free_port()
    web = ("--web-host", "127.0.0.1", "-P", port, "--autostart")
    with locust("--host", shop.url, *USERS, *web, "--gameday", "met", web=True) as running:
        running.until("the web page stays")
        page = urllib.request.urlopen(f"http://127.0.0.1:{port}/gameday", timeout=10).read().decode()
        form = urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10).read().decode()
        running.signal(signal.SIGTERM)
        ended = running.end()
    assert "CriticalAuthFailureRate" in page
    assert "4.5 s" in page
    assert "exit code 0" in page
    assert "arrivals_per_second" in form
    assert ended.code == 0, ended.err
