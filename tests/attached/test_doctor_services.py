"""`simulator doctor` on services that are containers or units, and on two peers of an Alertmanager."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.base.errors import ExitCode
from tests.cli.commands import Left, simulator
from tests.fakes.docker_engine import engine_with
from tests.fakes.doors import NOWHERE
from tests.fakes.monitoring import (
    ROUTE,
    Monitoring,
    alertmanager_of,
    prometheus_of,
    rule,
    serving,
)
from tests.fakes.shop import written
from tests.fakes.units import UNIT, Fake

SEVERAL = (
    "WARN Alertmanager 1 is 0.27.0, Alertmanager 2 is 0.28.1: their configurations are the same in what both know;"
    " bring all to one version"
)
ANOTHER = (
    "FAIL Alertmanager 2: another configuration is loaded than by Alertmanager 1 (route.group_interval);"
    " load the same everywhere"
)


@pytest.fixture
def prometheus() -> Iterator[Monitoring]:
    with serving(prometheus_of(rule("ShopDown"), env="staging")) as there:
        yield there


@pytest.fixture
def alertmanager() -> Iterator[Monitoring]:
    with serving(alertmanager_of()) as there:
        yield there


@pytest.fixture
def units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Those of the machine on which the doctor is asked: its `systemctl` is a fake one."""
    folder = tmp_path / "units"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return Fake(folder)


def examined(folder: Path, prometheus: Monitoring, *peers: Monitoring, **tree: Any) -> Left:
    apis = [{"url": peer.url} for peer in peers]
    file = written(folder, prometheus={"url": prometheus.url}, alertmanagers=apis, **tree)
    return simulator("doctor", str(file), state=folder / "state")


def lines(left: Left, what: str) -> list[str]:
    """What is said of one thing, each line with its state."""
    assert "Traceback" not in left.out + left.err, left.err
    told = (line.split(maxsplit=2) for line in left.out.splitlines()[:-1])
    return [f"{state} {text}" for state, about, text in told if about == what]


@pytest.mark.parametrize(
    ("engine", "code", "said"),
    [
        (
            engine_with("shop-web", "shop-web-2"),
            ExitCode.MET,
            ["ok probe: /healthz answered", "ok web (container 0123456789ab, running)"],
        ),
        (
            engine_with("shop-web", status="paused"),
            ExitCode.MET,
            ["ok probe: /healthz answered", "ok web (container 0123456789ab, paused)"],
        ),
        (
            engine_with("shop-web-2"),
            ExitCode.BAD_INPUT,
            ["FAIL no container of 'web' runs (looked for name shop-web)"],
        ),
        ({}, ExitCode.BAD_INPUT, ["FAIL Docker: "]),
    ],
    ids=["running", "paused", "another one", "no engine of Docker's"],
)
def test_a_service_that_is_a_container(
    tmp_path: Path,
    prometheus: Monitoring,
    alertmanager: Monitoring,
    monkeypatch: pytest.MonkeyPatch,
    engine: dict[str, Any],
    code: ExitCode,
    said: list[str],
) -> None:
    with serving({"/healthz": "well"}) as web, serving(engine) as docker:
        monkeypatch.setenv("DOCKER_HOST", docker.url.replace("http", "tcp"))
        service = {"docker": {"container": "shop-web"}, "probe": f"{web.url}/healthz"}
        left = examined(tmp_path, prometheus, alertmanager, services={"web": service}, touch=["web"])
    told = lines(left, "web")
    assert [line.startswith(start) for line, start in zip(told, said, strict=True)] == [True] * len(said), (
        told
    )
    assert left.code == code, left.out


def test_an_engine_that_is_away(
    tmp_path: Path, prometheus: Monitoring, alertmanager: Monitoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", NOWHERE.replace("http", "tcp"))
    service = {"docker": {"container": "shop-web"}, "probe": f"{prometheus.url}/api/v1/rules"}
    left = examined(tmp_path, prometheus, alertmanager, services={"web": service}, touch=["web"])
    (told,) = lines(left, "web")
    assert told.startswith("FAIL Docker: ")
    assert (left.code, left.out.splitlines()[-1]) == (2, "1 failure (exit 2); nothing was injected")


@pytest.mark.parametrize(
    ("properties", "code", "said"),
    [
        (
            {"MainPID": "4711"},
            ExitCode.MET,
            [f"ok probe: {UNIT} is active", f"ok worker ({UNIT}, active, process 4711)"],
        ),
        (
            {"ActiveState": "failed"},
            ExitCode.BAD_INPUT,
            [f"FAIL probe: {UNIT} is failed", f"ok worker ({UNIT}, failed, process 0)"],
        ),
        (
            {"FreezerState": "frozen", "MainPID": "4711"},
            ExitCode.BAD_INPUT,
            [f"FAIL probe: {UNIT} is frozen", f"ok worker ({UNIT}, active, process 4711)"],
        ),
        (None, ExitCode.BAD_INPUT, [f"FAIL systemd has no unit {UNIT}: it is not-found"]),
    ],
    ids=["active", "failed", "frozen", "not there"],
)
def test_a_service_that_is_a_unit(
    tmp_path: Path,
    prometheus: Monitoring,
    alertmanager: Monitoring,
    units: Fake,
    properties: dict[str, str] | None,
    code: ExitCode,
    said: list[str],
) -> None:
    if properties is not None:
        units.unit(**properties)
    left = examined(
        tmp_path, prometheus, alertmanager, services={"worker": {"systemd": UNIT}}, touch=["worker"]
    )
    assert lines(left, "worker")[-len(said) :] == said
    assert left.code == code, left.out
    assert units.asked == [], "a doctor only looks"


@pytest.mark.parametrize(
    ("configuration", "version", "code", "said"),
    [
        (ROUTE, "0.27.0", ExitCode.MET, []),
        (
            f"{ROUTE}global: {{telegram_api_url: x}}\n",
            "0.28.1",
            ExitCode.MET,
            [SEVERAL],
        ),
        (
            ROUTE.replace("5s", "5m"),
            "0.28.1",
            ExitCode.BAD_INPUT,
            [ANOTHER],
        ),
        (
            ROUTE.replace("5s", "5m"),
            "0.27.0",
            ExitCode.BAD_INPUT,
            [ANOTHER],
        ),
    ],
    ids=["alike", "another version", "another configuration and version", "another configuration"],
)
def test_two_peers(
    tmp_path: Path,
    prometheus: Monitoring,
    alertmanager: Monitoring,
    configuration: str,
    version: str,
    code: ExitCode,
    said: list[str],
) -> None:
    with serving(alertmanager_of(configuration, version)) as other:
        left = examined(tmp_path, prometheus, alertmanager, other, services={}, touch=[])
    assert [line for line in lines(left, "alertmanager") if not line.startswith("ok")] == said
    assert left.code == code, left.out
