"""Whatever a locustfile, a signal or an option of Locust's does: the game day's exit code is never made better."""

import re
import signal
import time

import pytest

from tests.workload.locust_process import Ended, free_port, locust
from tests.workload.small_shop import SmallShop

USERS = ("-u", "20", "-r", "20")
HERS = "tests/workload/locust_side/misbehave.py"


def ended(shop: SmallShop, script: str, misbehaviour: str, *arguments: str, first: bool = True) -> Ended:
    files = f"{HERS},locustfile.py" if first else f"locustfile.py,{HERS}"
    given = ("--host", shop.url, *USERS, "--gameday", script, *arguments)
    with locust(*given, locustfile=files, MISBEHAVE=misbehaviour) as running:
        return running.end()


@pytest.mark.parametrize("first", [True, False], ids=["before-ours", "after-ours"])
@pytest.mark.parametrize(
    "misbehaviour",
    [
        "quitting:sets-0",
        "late-quitting:sets-0",
        "quitting:exits-0",
        "quitting:raises",
        "quit:exits-0",
        "test_stop:sets-0",
        "test_stop:exits-0",
    ],
)
def test_something_left_injected_is_6_whatever_listeners_do(
    shop: SmallShop, misbehaviour: str, *, first: bool
) -> None:
    end = ended(shop, "ends-6", misbehaviour, first=first)
    assert end.code == 6, end.err
    assert end.out.splitlines()[-1] == "report: reports/run/report.html"


@pytest.mark.parametrize(
    ("script", "misbehaviour", "code"),
    [
        ("ends-1", "quitting:sets-0", 1),
        ("ends-3", "quitting:sets-1", 1),
        ("ends-1", "quitting:sets-9", 1),
        ("ends-4", "quitting:sets-1", 4),
        ("ends-0", "quitting:sets-9", 9),
        ("ends-0", "quitting:sets-256", 1),
        ("ends-0", "test_stop:sets-1", 1),
        ("ends-0", "quitting:exits-9", 9),
        ("ends-0", "quit:exits-9", 9),
        ("ends-0", "quitting:raises", 70),
        ("ends-1", "quitting:raises", 1),
        ("ends-0", "test_stop:exits-0", 70),
        ("ends-0", "quitting:sets-0", 0),
    ],
)
def test_a_failure_of_the_users_only_makes_it_worse(
    shop: SmallShop, script: str, misbehaviour: str, code: int
) -> None:
    end = ended(shop, script, misbehaviour)
    assert end.code == code, end.err


def test_who_ends_locust_from_within_aborts_the_game_day(shop: SmallShop) -> None:
    end = ended(shop, "waits", "greenlet:exits-0")
    assert end.code == 4, end.err
    assert "told to stop: Locust was ended" in end.err


def test_without_a_game_day_a_users_exit_code_stays_the_users(shop: SmallShop) -> None:
    files = f"{HERS},locustfile.py"
    for misbehaviour, code in (("quitting:sets-0", 0), ("quitting:exits-9", 9)):
        given = ("--host", shop.url, *USERS, "-t", "2s")
        with locust(*given, locustfile=files, MISBEHAVE=misbehaviour) as running:
            end = running.end()
        assert end.code == code, end.err
        assert "exit code" not in end.out


def test_workers_that_never_come_end_the_game_day(shop: SmallShop) -> None:
    alone = ("--master", "--master-bind-port", free_port())
    with locust("--host", shop.url, *USERS, "--gameday", "refuses", *alone) as running:
        assert running.end().code == 2
    with locust(
        "--host", shop.url, *USERS, "--gameday", "waits", *alone, "--expect-workers-max-wait", "1"
    ) as running:
        assert running.end().code == 4


@pytest.mark.parametrize(("script", "code"), [("met", 0), ("ends-1", 1), ("refuses", 2)])
def test_autoquit_ends_locust_with_the_game_days_code(shop: SmallShop, script: str, code: int) -> None:
    web = ("--web-host", "127.0.0.1", "-P", free_port(), "--autostart", "--autoquit", "1")
    with locust("--host", shop.url, *USERS, *web, "--gameday", script, web=True) as running:
        end = running.end()
    assert end.code == code, end.err


def test_a_stop_timeout_is_not_waited_for_by_users_that_only_wait(shop: SmallShop) -> None:
    with locust("--host", shop.url, *USERS, "--gameday", "ends-0", "--stop-timeout", "60") as running:
        running.until("All users spawned")
        began = time.monotonic()
        end = running.end()
    assert end.code == 0, end.err
    assert "Not all users finished" not in end.err
    assert time.monotonic() - began < 50


@pytest.mark.parametrize(
    "option",
    [
        ("--list",),
        ("--show-task-ratio",),
        ("--show-task-ratio-json",),
        ("--tags", "x"),
        ("--equal-weights",),
        ("--headful",),
    ],
    ids=lambda option: option[0],
)
def test_an_option_that_does_not_fit_is_refused_at_the_start(option: tuple[str, ...]) -> None:
    with locust("--gameday", "met", *option) as running:
        end = running.end()
    assert end.code == 2, end.err
    assert f"error: {option[0]} cannot go with --gameday met: " in end.err
    assert "leave it out" in end.err


def test_it_is_refused_in_the_environment_too() -> None:
    with locust("--gameday", "met", LOCUST_MODE_WORKER="true") as running:
        end = running.end()
    assert end.code == 2, end.err
    assert "--worker cannot go with --gameday met: a worker carries traffic and runs no game day" in end.err


@pytest.mark.parametrize("script", ["ends-0", "ends-1", "ends-3", "ends-4", "ends-6", "refuses", "dies"])
def test_the_verdict_and_what_to_do_are_the_last_thing_there_is_to_read(shop: SmallShop, script: str) -> None:
    end = ended(shop, script, ":")
    assert "Aggregated" not in end.err
    assert "an exit handler of the user's" in end.out
    lines = end.out.splitlines()
    if script.startswith("ends-"):
        code = script.removeprefix("ends-")
        assert lines[-5:-3] == [f"headline of {code}", "  its table: ≥ 3 s"]
        assert lines[-2].startswith(f"exit code {code}: ")
        assert lines[-1] == "report: reports/run/report.html"
    else:
        assert lines[-1].startswith(f"exit code {end.code}: ")
        wanted = {"refuses": "no game day of this name", "dies": "may still be injected: lock: held"}
        assert wanted[script] in lines[-3]


@pytest.mark.parametrize("asked", ["--print-stats", "--only-summary"])
def test_locusts_tables_come_when_asked_for_and_before_the_verdict(shop: SmallShop, asked: str) -> None:
    end = ended(shop, "ends-0", ":", asked)
    assert end.code == 0, end.err
    assert "Aggregated" in end.err


def test_locusts_json_has_stdout_for_itself(shop: SmallShop) -> None:
    with locust("--host", shop.url, *USERS, "--gameday", "ends-0", "--json") as running:
        end = running.end()
    assert re.fullmatch(r"\[.*\]", end.out.strip(), re.DOTALL), end.out
    assert end.err.splitlines()[-1] == "report: reports/run/report.html"


def test_ctrl_c_shows_the_verdict_last(shop: SmallShop) -> None:
    with locust("--host", shop.url, *USERS, "--gameday", "waits") as running:
        running.until("begun")
        running.signal(signal.SIGINT)
        end = running.end()
    assert (end.code, end.out.splitlines()[-1]) == (4, "report: reports/run/report.html")


def test_a_page_that_takes_headless_back_is_refused_from_the_surroundings_too() -> None:
    with locust("--gameday", "met", LOCUST_HEADFUL="true") as running:
        end = running.end()
    assert end.code == 2, end.err
    assert "error: --headful cannot go with --gameday met: it takes --headless back" in end.err
