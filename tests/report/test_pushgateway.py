"""What a run leaves for Prometheus is taken by a real Pushgateway, and read back the same."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from simulator.base.errors import StackError
from simulator.base.paths import cache_home
from simulator.erpgo.stack.supervisor.binaries import exclusive, unpack
from simulator.report import formats
from tests.erpgo.servers import free_port
from tests.report.samples import SAMPLES
from tests.stack.waiting import eventually

PACKAGE = "prometheus-pushgateway"
FOLDER = cache_home() / "debian-for-tests"


def program() -> Path | None:
    """Debian's, from PATH or unpacked once; None where it is not to be had."""
    found = shutil.which(PACKAGE)
    unpacked = FOLDER / PACKAGE / "usr/bin" / PACKAGE
    if found:
        return Path(found)
    with exclusive(FOLDER):
        if not unpacked.exists():
            try:
                unpack([PACKAGE], FOLDER)
            except StackError:
                return None
    return unpacked


@pytest.fixture(scope="module")
def pushgateway() -> Iterator[str]:
    """Its address."""
    path = program()
    if path is None:
        pytest.skip(f"{PACKAGE} is not to be had here")
    address = f"127.0.0.1:{free_port()}"
    process = subprocess.Popen(
        [path, f"--web.listen-address={address}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )

    def answers() -> bool:
        try:
            return httpx.get(f"http://{address}/-/ready", trust_env=False).is_success
        except httpx.HTTPError:
            return False

    try:
        eventually("it is ready", answers)
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.parametrize("sample", sorted(SAMPLES))
def test_it_takes_every_gauge(pushgateway: str, sample: str) -> None:
    pushed = formats()["openmetrics"].render(SAMPLES[sample])
    answer = httpx.put(f"{pushgateway}/metrics/job/simulator", content=pushed, trust_env=False)
    assert answer.is_success, answer.text
    page = httpx.get(f"{pushgateway}/metrics", trust_env=False).text
    assert figures(pushed.decode()) == {
        name: value for name, value in figures(page).items() if name[0].startswith("simulator_")
    }


def figures(page: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Values by name and labels, without those that the Pushgateway adds."""
    return {
        (
            one.name,
            frozenset((key, said) for key, said in one.labels.items() if key not in ("job", "instance")),
        ): one.value
        for family in text_string_to_metric_families(page)
        for one in family.samples
    }
