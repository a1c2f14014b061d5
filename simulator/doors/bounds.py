"""What a container shares with others, and so how far a fault on it reaches. A fault reaches only what it names."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from docker.models.containers import Container

from simulator.base.values import Value

Act = Literal["ended", "crashed", "frozen", "limited", "cut off", "shaped"]
"""What becomes of a container: it stops; its processes are killed from inside; it is frozen; it gets less of a
resource, which its own control group bounds; it is taken off its networks; its traffic is dropped or slowed."""
Namespace = Literal["network", "process", "IPC"]
_MODES: Mapping[Namespace, str] = {"network": "NetworkMode", "process": "PidMode", "IPC": "IpcMode"}
_SHARED = "container:"


class Guest(Value):
    """Another container that lives in one of its namespaces."""

    name: str
    namespace: Namespace


class Bounds(Value):
    """How one container is set apart from the rest of the machine."""

    name: str
    network: str
    """Whose network namespace it uses: `host`, `none`, `container:...`, or else a network's name, for one of its own."""
    process: str
    """Whose process namespace: empty for one of its own."""
    guests: tuple[Guest, ...] = ()
    removed_when_stopped: bool = False
    chosen_ports: tuple[str, ...] = ()
    """Those for which the engine chooses another port of the machine with each start."""


def bounds_of(container: Container, others: Sequence[Container]) -> Bounds:
    """As the engine describes it and all the others that run."""
    host: Mapping[str, Any] = container.attrs["HostConfig"]
    return Bounds(
        name=str(container.name),
        network=_by_name(host["NetworkMode"], others),
        process=_by_name(host["PidMode"], others),
        guests=tuple(
            Guest(name=str(other.name), namespace=namespace)
            for other in others
            for namespace, mode in _MODES.items()
            if other.id != container.id and _is_in(container, other.attrs["HostConfig"].get(mode) or "")
        ),
        removed_when_stopped=host["AutoRemove"],
        chosen_ports=tuple(sorted(_chosen_ports(host))),
    )


def overreach(bounds: Bounds, act: Act) -> str:
    """Whom the act would harm besides this container, or what of it no undo could give back; empty: nothing."""
    found: list[str] = []
    if act in ("cut off", "shaped"):
        found += _borrowed("network", bounds.network)
        found += ["has no network to be cut off from"] if bounds.network == "none" else []
        found += _lent(bounds, ("network",))
    if act == "crashed":
        found += _borrowed("processes", bounds.process)
    if act in ("ended", "crashed"):
        found += _lent(bounds, ("network", "process", "IPC"))
        found += ["is removed as soon as it stops (--rm)"] if bounds.removed_when_stopped else []
    if act in ("ended", "crashed", "cut off") and bounds.chosen_ports:
        ports = ", ".join(bounds.chosen_ports)
        found.append(
            f"publishes {ports} on a port that the engine chooses anew each time; give it a fixed one"
        )
    return f"container {bounds.name} {', '.join(found)}" if found else ""


def _lent(bounds: Bounds, namespaces: Iterable[Namespace]) -> list[str]:
    """Whoever lives in its namespaces goes down or is cut off with it, and nobody would bring them back."""
    guests = [guest for guest in bounds.guests if guest.namespace in namespaces]
    return [f"lends its {guest.namespace} namespace to container {guest.name}" for guest in guests]


def _borrowed(what: str, mode: str) -> list[str]:
    if mode == "host":
        return [f"shares its {what} with the whole machine"]
    if mode.startswith(_SHARED):
        return [f"shares its {what} with container {mode.removeprefix(_SHARED)}"]
    return []


def _by_name(mode: str, others: Iterable[Container]) -> str:
    """Whose namespace it is in the words of people, where that container runs."""
    return next((f"{_SHARED}{other.name}" for other in others if _is_in(other, mode)), mode)


def _is_in(container: Container, mode: str) -> bool:
    whose = mode.removeprefix(_SHARED)
    return mode.startswith(_SHARED) and (whose == container.name or str(container.id).startswith(whose))


def _chosen_ports(host: Mapping[str, Any]) -> Iterable[str]:
    if host["PublishAllPorts"]:
        yield "all its ports"
    for port, places in (host["PortBindings"] or {}).items():
        if any((place.get("HostPort") or "0") == "0" for place in places or [{}]):
            yield port
