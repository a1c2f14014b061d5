"""An undo gives back all that its fault changed: the engine's whole description of the container, before and after.

And its packet rules. In between the fault must have changed something, or there would be nothing to give back.
"""

import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from docker.models.containers import Container

from simulator.base.errors import DoorError
from simulator.engine.injection import undo
from simulator.erpgo.stack.compose.info import ComposeInfo
from simulator.faults import FaultRecord, fault_named, faults, read_record
from simulator.faults.base.shaped import ShapedTraffic
from tests.containers.oddities import (
    SERVICE,
    Workshop,
    by_period,
    described,
    fully_set,
    in_project,
    unlimited_cpu,
    workshop,
)
from tests.contract.minimal import settings_from

MAY_CHANGE = {
    r"/State/(Pid|StartedAt|FinishedAt|ExitCode)": "another process, started when the undo started it",
    r"/State/Health/.*": "asked anew by the engine",
    r"/RestartCount": "the engine counts anew from each start that somebody asked for",
    r"/NetworkSettings/Sandbox(ID|Key)": "another network namespace with each start",
    r"/NetworkSettings(/Networks/[^/]+)?/EndpointID": "another end of the same kind with each connection",
    r"/HostConfig/CpuQuota: 0 -> -1": "both mean no limit, to the kernel and to `docker update --cpus`; 0 cannot be set",
}
"""What an undo need not give back, with the reason."""
ADDRESSES = r"/NetworkSettings(/Networks/[^/]+)?/(IPAddress|MacAddress)"
"""May change where the engine chose them: as with each start."""
MAKERS: dict[str, Callable[[Workshop], Container]] = {
    "everything set": fully_set,
    "a period of its own": by_period,
    "no limit on CPU": unlimited_cpu,
}
HARMS = {
    "container-oom": "limit_bytes: 8000000",
    "cpu-throttle": "cores: 0.02",
    "network-loss": "share: 0.5",
    "bandwidth-limit": "kilobits: 64",
}
"""Settings, where the defaults do not suit a container that sleeps."""
BY_ITSELF = [r"/State/Health/.*"]
"""What changes without any fault."""
PACKETS = "tc qdisc show dev eth0; iptables -S 2>/dev/null"
"""How the kernel treats the container's packets, of which the engine knows nothing."""
HARM_WITHIN = 10.0
"""Seconds for the engine to notice what was done from inside the container."""
ON_CONTAINERS = sorted(
    {name for name, fault in faults().items() if fault.needs in ("container", "shaping")}
    | {"service-kill", "service-hang"}
)


@pytest.fixture
async def shop(compose: ComposeInfo) -> AsyncIterator[Workshop]:
    async with workshop(compose) as opened:
        yield opened


async def aimed(shop: Workshop, name: str, folder: Path) -> FaultRecord:
    more = f", {HARMS[name]}" if name in HARMS else ""
    settings = settings_from(f"{{fault: {name}, service: {SERVICE}{more}}}", folder)
    fault = fault_named(name)
    record: FaultRecord = await fault.aim(fault.plan(settings, f"{shop.project}-{name}"), shop.doors)
    return record


async def undone_elsewhere(shop: Workshop, record: FaultRecord) -> None:
    """From what is on disk, through doors of its own, as another process does; and once more."""
    again = read_record(record.model_dump_json())
    assert again == record
    doors = in_project(shop.doors, shop.project)
    try:
        for _ in range(2):
            check = await undo(again, doors)
            assert check.ok, check.observed
    finally:
        await doors.docker.close()


def differences(before: dict[str, object], after: dict[str, object], may: list[str]) -> list[str]:
    changed = [
        f"{path}: {before.get(path, 'absent')!r} -> {after.get(path, 'absent')!r}"
        for path in sorted(before.keys() | after.keys())
        if before.get(path, "absent") != after.get(path, "absent")
    ]
    return [line for line in changed if not any(re.match(f"{pattern}(: |$)", line) for pattern in may)]


async def looked_at(shop: Workshop, container: Container, name: str) -> dict[str, object]:
    """All that the fault could have changed of it."""
    seen = described(container)
    if isinstance(fault_named(name), ShapedTraffic):
        seen["packets"] = await shop.doors.docker.beside(SERVICE, f"{shop.project}-look", PACKETS)
    return seen


async def harmed(shop: Workshop, container: Container, name: str, before: dict[str, object]) -> list[str]:
    """What the fault has changed."""

    async def look() -> list[str] | None:
        return differences(before, await looked_at(shop, container, name), BY_ITSELF) or None

    return await shop.doors.clock.until(look, within=HARM_WITHIN, every=0.1) or []


@pytest.mark.parametrize("made", MAKERS)
@pytest.mark.parametrize("name", ON_CONTAINERS)
async def test_it_gives_back_all_that_its_fault_changed(
    shop: Workshop, tmp_path: Path, name: str, made: str
) -> None:
    container = MAKERS[made](shop)
    record = await aimed(shop, name, tmp_path)
    before = await looked_at(shop, container, name)
    try:
        await fault_named(name).inject(record, shop.doors)
    except DoorError as refusal:
        assert name == "network-delay", refusal  # noqa: PT017  for what the kernel lacks; the undo runs all the same
    else:
        assert await harmed(shop, container, name, before) != []
    may = [*MAY_CHANGE, *([] if made == "everything set" else [ADDRESSES])]
    await undone_elsewhere(shop, record)
    assert differences(before, await looked_at(shop, container, name), may) == []
