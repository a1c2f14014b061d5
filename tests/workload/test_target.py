"""The one file that Prometheus reads: whose it is while several Locusts send traffic to a stack."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from simulator.base.errors import HarnessError
from simulator.locust.target import TargetFile
from tests.checkout import ROOT


class Locusts:
    """Locusts that run, as far as their metrics' ports show."""

    def __init__(self, folder: Path, ports: ExitStack) -> None:
        self._folder = folder
        self._ports = ports
        self._listening: dict[TargetFile, tuple[str, socket.socket]] = {}

    def start(self, *, game_day: bool = False) -> TargetFile:
        port = self._ports.enter_context(socket.create_server(("127.0.0.1", 0)))
        address = f"127.0.0.1:{port.getsockname()[1]}"
        target = TargetFile(self._folder, address)
        self._listening[target] = address, port
        target.announce(game_day=game_day)
        return target

    def kill(self, target: TargetFile) -> None:
        self._listening[target][1].close()

    def end(self, target: TargetFile) -> None:
        target.withdraw()
        self.kill(target)

    def scraped(self) -> TargetFile | None:
        """The Locust of which the file says where it is."""
        files = list(self._folder.iterdir())
        assert [file.name for file in files] in ([], ["simulator.json"])
        addresses = [address for file in files for address in json.loads(file.read_text())[0]["targets"]]
        return next((one for one, (at, _) in self._listening.items() if [at] == addresses), None)


@pytest.fixture
def locusts(tmp_path: Path) -> Iterator[Locusts]:
    with ExitStack() as ports:
        yield Locusts(tmp_path, ports)


def test_the_first_without_a_game_day_keeps_it(locusts: Locusts) -> None:
    first = locusts.start()
    second = locusts.start()
    assert locusts.scraped() is first
    locusts.end(second)
    assert locusts.scraped() is first
    locusts.end(first)
    assert locusts.scraped() is None


def test_a_game_day_takes_it_and_gives_it_back(locusts: Locusts) -> None:
    plain = locusts.start()
    game_day = locusts.start(game_day=True)
    late = locusts.start()
    assert locusts.scraped() is game_day
    locusts.end(late)
    assert locusts.scraped() is game_day
    locusts.end(game_day)
    assert locusts.scraped() is plain


def test_who_ends_during_a_game_day_is_not_given_it_back(locusts: Locusts) -> None:
    plain = locusts.start()
    game_day = locusts.start(game_day=True)
    locusts.end(plain)
    assert locusts.scraped() is game_day
    locusts.end(game_day)
    assert locusts.scraped() is None


def test_one_that_was_killed_has_nothing_to_keep(locusts: Locusts) -> None:
    locusts.kill(locusts.start(game_day=True))
    us = locusts.start()
    assert locusts.scraped() is us


@pytest.mark.parametrize(
    "content", ["", "[", "[]", "{}", '[{"targets": []}]', '[{"targets": ["here"]}]', "[1]"]
)
def test_what_nobody_announced_is_replaced(locusts: Locusts, tmp_path: Path, content: str) -> None:
    (tmp_path / "simulator.json").write_text(content)
    us = locusts.start()
    assert locusts.scraped() is us


def test_a_stack_that_is_gone_has_taken_the_file_along(tmp_path: Path) -> None:
    TargetFile(tmp_path / "gone", "127.0.0.1:1").withdraw()


@pytest.mark.parametrize("why", ["gone", "a file", "taken"])
def test_a_file_that_cannot_be_written_is_one_clear_line(tmp_path: Path, why: str) -> None:
    folder = tmp_path / "targets"
    if why == "a file":
        folder.touch()
    elif why == "taken":
        (folder / "simulator.json").mkdir(parents=True)
    target = TargetFile(folder, "127.0.0.1:1")
    with pytest.raises(
        HarnessError, match=r"simulator\.json, by which .* cannot be written \(.*simulator stack status"
    ):
        target.announce(game_day=True)
    target.withdraw()


# As Locust patches it, and without letting the loop run in between: two ends of one Locust do so.
TWICE = """
import gevent.monkey
gevent.monkey.patch_all()
import gevent, pathlib, sys
gevent.sleep(0)
from simulator.locust.target import TargetFile
for _ in range(2):
    target = TargetFile(pathlib.Path(sys.argv[1]), "127.0.0.1:9")
    target.announce(game_day=True)
    target.withdraw()
"""


def test_the_file_is_let_go_at_once_although_gevent_closes_late(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", TWICE, str(tmp_path)], cwd=ROOT, timeout=60, check=True)
    assert list(tmp_path.iterdir()) == []
