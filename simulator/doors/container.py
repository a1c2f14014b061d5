"""What the Docker engine says of one container, as values."""

from collections.abc import Mapping

from docker.models.containers import Container

from simulator.doors.services import Address
from simulator.errors import DoorError
from simulator.values import Value

CPU_PERIOD = 100_000
"""Microseconds: the kernel's default, for which the engine says 0."""
SERVICE_LABEL = "com.docker.compose.service"


class ContainerState(Value):
    """What the engine says of one container."""

    id: str
    status: str
    """created, running, paused, restarting, exited, ..."""
    pid: int
    """Of its first process, on the host; 0 while nothing runs."""
    restarts: int
    """How often the restart policy has started it again since it was last started by somebody."""
    started_at: str
    exit_code: int
    oom_killed: bool


class Memory(Value):
    """How many bytes a container may use, and how many together with swap; 0 stands for no limit."""

    limit: int
    with_swap: int


class Cpu(Value):
    """How many microseconds of CPU a container may use in each period of so many; a quota of 0 stands for no limit."""

    period: int
    quota: int


class Attachment(Value):
    """One network that a container is on, and the names it is known by there."""

    network: str
    aliases: tuple[str, ...]


def state_of(container: Container) -> ContainerState:
    """Asked of the engine anew."""
    container.reload()
    state = container.attrs["State"]
    return ContainerState(
        id=str(container.id),
        status=state["Status"],
        pid=state["Pid"],
        restarts=container.attrs["RestartCount"],
        started_at=state["StartedAt"],
        exit_code=state["ExitCode"],
        oom_killed=state["OOMKilled"],
    )


def memory_of(container: Container) -> Memory:
    """As the container was last looked at, like those below."""
    host: Mapping[str, int] = container.attrs["HostConfig"]
    return Memory(limit=host["Memory"], with_swap=max(host["MemorySwap"], 0))


def cpu_of(container: Container) -> Cpu:
    """The engine says 0 for its default period."""
    host: Mapping[str, int] = container.attrs["HostConfig"]
    return Cpu(period=host["CpuPeriod"] or CPU_PERIOD, quota=max(host["CpuQuota"], 0))


def address_of(container: Container) -> Address:
    """Its own address, and the one port that it publishes.

    Raises:
        DoorError: it is on no network, or publishes no port, or more than one.
    """
    settings = container.attrs["NetworkSettings"]
    ports = [port for port, places in (settings["Ports"] or {}).items() if places and port.endswith("/tcp")]
    hosts = [network["IPAddress"] for network in settings["Networks"].values() if network["IPAddress"]]
    if len(ports) != 1 or not hosts:
        raise DoorError(
            f"container {container.name} has no address of its own that is clear:"
            f" it publishes {', '.join(ports) or 'no TCP port'} and has {len(hosts)} addresses"
        )
    return hosts[0], int(ports[0].partition("/")[0])


def attachments_of(container: Container) -> tuple[Attachment, ...]:
    """Compose's own alias is named even where the engine has lost it: the service's name is what neighbours ask for."""
    settings = container.attrs["NetworkSettings"]
    service = container.labels[SERVICE_LABEL]
    wanted: Mapping[str, object] = container.attrs["HostConfig"]["PortBindings"] or {}
    bound = {port for port, places in (settings["Ports"] or {}).items() if places}
    if container.attrs["State"]["Running"] and not bound.issuperset(wanted):
        return ()  # half connected: listed with an address, but no port is bound and no name known
    return tuple(
        Attachment(
            network=name,
            aliases=tuple(sorted({service, *(details["Aliases"] or [])} - {str(container.id)[:12]})),
        )
        for name, details in settings["Networks"].items()
    )
