"""The last lines of a game day: they tell its own story, they come wherever they can, and never change the code."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO

import pytest

from simulator.base.protocol import Finished
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from simulator.locust.ending import Leaving, last_lines
from tests.workload.locust_process import Ended, free_port, locust
from tests.workload.small_shop import SmallShop

USERS = ("-u", "20", "-r", "20")
HERS = "tests/workload/locust_side"
REPORT = "report: reports/run/report.html"


@contextmanager
def nobody() -> Iterator[IO[bytes]]:
    """A pipe whose reader has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        yield pipe


@contextmanager
def full_disk() -> Iterator[IO[bytes]]:
    with Path("/dev/full").open("wb") as file:
        yield file


def ended(
    shop: SmallShop,
    script: str,
    *arguments: str,
    out: IO[bytes] | None = None,
    misbehave: str = ":",
    encoding: str = "utf-8",
) -> Ended:
    files = f"{HERS}/misbehave.py,locustfile.py"
    given = ("--host", shop.url, *USERS, "--gameday", script, *arguments)
    with locust(*given, locustfile=files, out=out, MISBEHAVE=misbehave, PYTHONIOENCODING=encoding) as running:
        return running.end()


@pytest.mark.parametrize("place", [nobody, full_disk], ids=["no-reader", "full-disk"])
@pytest.mark.parametrize("code", [0, 3, 6])
def test_where_stdout_cannot_be_written_the_code_stays_and_stderr_has_the_lines(
    shop: SmallShop, place: Callable[[], AbstractContextManager[IO[bytes]]], code: int
) -> None:
    with place() as out:
        end = ended(shop, f"ends-{code}", out=out)
    assert end.code == code, end.err
    assert end.err.splitlines()[-1] == REPORT
    with place() as out:
        cut_short = ended(shop, f"ends-{code}", out=out, misbehave="test_stop:exits-0")
    assert cut_short.code == (code or 70), cut_short.err
    assert cut_short.err.splitlines()[-1] == REPORT


def test_autoquit_ends_locust_although_the_disk_is_full(shop: SmallShop) -> None:
    web = ("--web-host", "127.0.0.1", "-P", free_port(), "--autostart", "--autoquit", "1")
    with (
        full_disk() as out,
        locust("--host", shop.url, *USERS, *web, "--gameday", "ends-3", web=True, out=out) as running,
    ):
        end = running.end()
    assert end.code == 3, end.err


def test_progress_that_nobody_reads_does_not_end_the_game_day(shop: SmallShop) -> None:
    with locust("--host", shop.url, *USERS, "--gameday", "met") as running:
        assert running.process.stderr is not None
        running.process.stderr.close()
        assert running.process.stdout is not None
        said = running.process.stdout.read().splitlines()
        assert running.process.wait(60) == 0
    assert said[-1] == REPORT


def test_a_poor_encoding_loses_no_verdict(shop: SmallShop) -> None:
    end = ended(shop, "ends-1", encoding="ascii")
    assert end.code == 1, end.err
    assert end.out.splitlines()[-5:-3] == ["headline of 1", r"  its table: \u2265 3 s"]
    assert end.out.splitlines()[-1] == REPORT


@pytest.mark.parametrize(
    ("script", "misbehaviour", "wanted"),
    [
        (
            "ends-0",
            "quitting:sets-1",
            "exit code 1: the locustfile asked for it; this game day's own is 0: nothing to do",
        ),
        (
            "ends-1",
            "quitting:sets-2",
            "exit code 2: the locustfile asked for it; this game day's own is 1: an alert or a panel did not",
        ),
        (
            "ends-0",
            "quitting:raises",
            "exit code 70: a listener of the locustfile broke, as its traceback above says; this game day's own is 0",
        ),
        (
            "ends-0",
            "test_stop:exits-0",
            "exit code 70: Locust did not come to its own end; this game day's own is 0",
        ),
        (
            "ends-6",
            "quitting:sets-1",
            "exit code 6: something may still be injected; now run: simulator undo",
        ),
        ("ends-1", "quitting:sets-1", "exit code 1: an alert or a panel did not"),
    ],
)
def test_a_code_that_is_not_the_game_days_own_is_told_apart(
    shop: SmallShop, script: str, misbehaviour: str, wanted: str
) -> None:
    end = ended(shop, script, misbehave=misbehaviour)
    assert end.out.splitlines()[-2].startswith(wanted), end.out


def test_what_to_do_follows_from_what_happened() -> None:
    finished = Finished(code=1, report="", summary="breached")
    lines = last_lines("demo", finished, Leaving(2, 1, "somebody asked for it"), "undo").splitlines()
    assert lines[-1].startswith(
        "exit code 2: somebody asked for it; this game day's own is 1: an alert or a panel"
    )
    assert "nothing was injected" not in lines[-1]


def test_an_engine_that_holds_the_stack_is_ended_when_the_page_cannot_be_added(shop: SmallShop) -> None:
    files = f"{HERS}/takes_the_page.py,locustfile.py"
    web = ("--web-host", "127.0.0.1", "-P", free_port(), "--autostart")
    with locust(
        "--host", shop.url, *USERS, *web, "--gameday", "waits", web=True, locustfile=files
    ) as running:
        end = running.end()
    assert end.code == 70, end.err
    assert "error: the tool broke: ValueError" in end.err
    assert end.out.splitlines()[-2].startswith("exit code 70: the error above; this game day's own is 4: "), (
        end.out
    )


@pytest.mark.stack
def test_an_engine_that_holds_the_stack_is_ended_when_prometheus_cannot_be_told(
    stack: StackInfo, state_home: Path
) -> None:
    taken = stack.targets / "simulator.json"
    taken.mkdir()
    try:
        with locust(*USERS, "--gameday", "waits", XDG_STATE_HOME=str(state_home)) as running:
            end = running.end()
    finally:
        taken.rmdir()
    assert end.code == 70, end.err
    assert f"error: {taken}, by which Prometheus finds" in end.err
    assert "Traceback" not in end.err
    assert end.out.splitlines()[-2].startswith("exit code 70: the error above; this game day's own is 4: "), (
        end.out
    )
