"""Where programs come from, with a fake apt-get on an otherwise empty PATH."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.base.errors import BadInput, StackError
from simulator.erpgo.stack.supervisor import binaries
from simulator.erpgo.stack.supervisor.relocate import relocate


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The only folder on PATH; empty. Others may enter it: root's servers run as another user."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="simulator-tests-") as place:  # see conftest
        Path(place).chmod(0o755)
        folder = Path(place, "bin")
        folder.mkdir()
        monkeypatch.setenv("PATH", str(folder))
        monkeypatch.setenv("XDG_CACHE_HOME", str(Path(place, "cache")))
        yield folder


def script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadInput, match="known are prometheus, promtool"):
        binaries.find("promtol")


def test_without_apt_one_message_says_what_to_install(programs: Path) -> None:
    assert list(programs.iterdir()) == []
    with pytest.raises(
        StackError, match=r"run: apt install prometheus prometheus-alertmanager .*-redis-exporter"
    ):
        binaries.find("prometheus")


def test_a_failing_download_is_tried_again_with_fresh_lists_and_its_last_words_are_told(
    programs: Path,
) -> None:
    script(
        programs / "apt-get",
        f'echo "$@" >> {programs}/calls; echo "E: Unable to locate package" >&2; exit 100',
    )
    with pytest.raises(StackError, match="E: Unable to locate package"):
        binaries.find("amtool")
    first, second = (programs / "calls").read_text().splitlines()
    assert first.startswith("download")
    assert second.endswith("update")


def test_a_downloaded_package_is_found_from_then_on_and_nothing_half_done_is_left(programs: Path) -> None:
    script(programs / "apt-get", 'for p in "$@"; do : > "${p}_1_all.deb"; done')
    script(programs / "dpkg-deb", '/bin/mkdir -p "$3/usr/bin"; : > "$3/usr/bin/prometheus-node-exporter"')
    found = binaries.find("node_exporter")
    assert found.exists()
    for program in programs.iterdir():
        program.unlink()
    assert binaries.find("node_exporter") == found
    assert [left for left in found.parents[3].iterdir() if left.name.startswith(".unpack")] == []


@pytest.mark.parametrize(("version", "taken"), [("2.31.2+ds1", False), ("2.42.0+ds", True), ("3.1.0", True)])
def test_a_prometheus_on_path_is_used_unless_it_is_too_old(programs: Path, version: str, taken: bool) -> None:
    script(programs / "prometheus", f"echo 'prometheus, version {version} (branch: x)'")
    if taken:
        assert binaries.find("prometheus") == programs / "prometheus"
    else:
        with pytest.raises(StackError, match="apt install"):
            binaries.find("prometheus")


def test_the_servers_from_wheels_run() -> None:
    for name, version in (
        ("postgres", "(PostgreSQL) 18"),
        ("initdb", "(PostgreSQL) 18"),
        ("valkey-server", " v="),
    ):
        said = subprocess.run([binaries.find(name), "--version"], capture_output=True, text=True, check=True)
        assert version in said.stdout


def test_a_relocated_program_finds_its_files_from_anywhere(tmp_path: Path) -> None:
    package = tmp_path / "package"
    (package / "usr/bin").mkdir(parents=True)
    (package / "usr/share/prometheus/alertmanager").mkdir(parents=True)
    (package / "usr/share/prometheus/alertmanager/default.tmpl").write_text("a template")
    script(package / "usr/bin/server", "exec /bin/cat /usr/share/prometheus/alertmanager/default.tmpl")
    script(package / "usr/bin/other", "exec /bin/echo untouched")
    untouched = (package / "usr/bin/other").read_bytes()
    relocate(package)
    said = subprocess.run(
        [package / "usr/bin/server"], capture_output=True, text=True, check=True, cwd=os.sep
    )
    assert said.stdout == "a template"
    assert (package / "usr/bin/other").read_bytes() == untouched
