"""An undo gives back all that its fault changed: the engine's whole description of the container, before and after."""

import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from docker.models.containers import Container

from simulator.engine.injection import undo
from simulator.errors import DoorError
from simulator.faults import FaultRecord, fault_named, faults, read_record
from stack.compose.info import ComposeInfo
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
ON_CONTAINERS = sorted(
    {name for name, fault in faults().items() if fault.kinds == ("compose",)}
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


@pytest.mark.parametrize("made", MAKERS)
@pytest.mark.parametrize("name", ON_CONTAINERS)
async def test_it_gives_back_all_that_its_fault_changed(
    shop: Workshop, tmp_path: Path, name: str, made: str
) -> None:
    container = MAKERS[made](shop)
    record = await aimed(shop, name, tmp_path)
    before = described(container)
    try:
        await fault_named(name).inject(record, shop.doors)
    except DoorError as refusal:
        assert name == "network-delay", refusal  # noqa: PT017  for what the kernel lacks; the undo runs all the same
    may = [*MAY_CHANGE, *([] if made == "everything set" else [ADDRESSES])]
    await undone_elsewhere(shop, record)
    assert differences(before, described(container), may) == []
