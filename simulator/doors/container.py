"""What the Docker engine says of one container, as values."""

from collections.abc import Mapping
from typing import Any

from docker.models.containers import Container

from simulator.base.errors import DoorError
from simulator.base.values import Value
from simulator.doors.services import Address

CPU_PERIOD = 100_000
"""Microseconds: the kernel's default, for which the engine says 0."""


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
    """How many microseconds of CPU a container may use in each period of so many; a quota of 0 stands for no limit.

    Or how many billionths of a core, which is the other way to say it: then `nano` is not 0, and the quota is.
    """

    period: int
    quota: int
    nano: int = 0

    @property
    def cores(self) -> float:
        """How many it may use; 0 stands for no limit."""
        return self.nano / 1e9 if self.nano else self.quota / self.period


class Attachment(Value):
    """One network that a container is on: the names it is known by there, and what somebody has chosen for it.

    What the engine chose by itself, it chooses again.
    """

    network: str
    aliases: tuple[str, ...]
    ipv4: str = ""
    ipv6: str = ""
    link_local: tuple[str, ...] = ()
    mac: str = ""
    links: tuple[str, ...] = ()
    """As `container:name`."""
    driver_options: dict[str, str] = {}
    gateway_priority: int = 0
    """The network with the highest is the way out (API 1.48)."""

    def has_all_of(self, other: "Attachment") -> bool:
        """Whether it is the same in all that the other says; the record of an older version says less."""
        chosen = other.model_dump(exclude={"aliases"}, exclude_defaults=True)
        return set(other.aliases) <= set(self.aliases) and chosen.items() <= self.model_dump().items()


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
    return Cpu(period=host["CpuPeriod"] or CPU_PERIOD, quota=max(host["CpuQuota"], 0), nano=host["NanoCpus"])


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
    """In the order in which they were joined, as far as the engine says: it numbers the interfaces by it."""
    settings = container.attrs["NetworkSettings"]
    host: Mapping[str, Any] = container.attrs["HostConfig"]
    bound = {port for port, places in (settings["Ports"] or {}).items() if places}
    if container.attrs["State"]["Running"] and not bound.issuperset(host["PortBindings"] or {}):
        return ()  # half connected: listed with an address, but no port is bound and no name known
    found = [
        _attachment(name, details, str(container.id)[:12]) for name, details in settings["Networks"].items()
    ]
    first = "bridge" if host["NetworkMode"] == "default" else host["NetworkMode"]
    return tuple(sorted(found, key=lambda one: one.network != first))


def _attachment(network: str, details: Mapping[str, Any], own_name: str) -> Attachment:
    chosen: Mapping[str, Any] = details["IPAMConfig"] or {}
    return Attachment(
        network=network,
        # The engine adds a name of its own by itself.
        aliases=tuple(sorted({*(details["Aliases"] or [])} - {own_name})),
        ipv4=chosen.get("IPv4Address") or "",
        ipv6=chosen.get("IPv6Address") or "",
        link_local=tuple(chosen.get("LinkLocalIPs") or ()),
        mac=_chosen_mac(details["MacAddress"], details["IPAddress"]),
        links=tuple(sorted(details["Links"] or [])),
        driver_options=details["DriverOpts"] or {},
        gateway_priority=details.get("GwPriority", 0),
    )


def _chosen_mac(mac: str, address: str) -> str:
    """Empty for one that the engine has made from the IPv4 address."""
    made = ":".join(["02", "42", *(f"{int(part):02x}" for part in address.split("."))]) if address else ""
    return "" if mac == made else mac


def endpoint(attachment: Attachment) -> dict[str, Any]:
    """As the engine's API takes it; what is empty is left to the engine."""
    chosen = {
        "IPv4Address": attachment.ipv4,
        "IPv6Address": attachment.ipv6,
        "LinkLocalIPs": list(attachment.link_local),
    }
    config = {
        "IPAMConfig": {key: value for key, value in chosen.items() if value},
        "Aliases": list(attachment.aliases),
        "MacAddress": attachment.mac,
        "Links": list(attachment.links),
        "DriverOpts": attachment.driver_options,
        "GwPriority": attachment.gateway_priority,
    }
    return {key: value for key, value in config.items() if value}
