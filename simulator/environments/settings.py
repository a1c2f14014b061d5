"""What an environment file says: which stack, what may be touched there, and the nets."""

import contextlib
import ipaddress
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field

from simulator.base.errors import BadInput, DoorError, SimulatorError
from simulator.base.installed import load, names
from simulator.base.loader import load_as
from simulator.base.names import nearest, shown
from simulator.base.values import Value
from simulator.safety.nets import Blackout, Condition, Limits, Nets

GROUP = "simulator.environments"
"""The entry points of the kinds."""
Tier = Literal["laptop", "staging", "production"]


def kinds() -> tuple[str, ...]:
    """The kinds of environments that are installed here, by name."""
    return names(GROUP)


def _known(kind: str) -> str:
    if kind not in kinds():
        raise ValueError(f"unknown stack {shown(kind)}{nearest(kind, kinds())}")
    return kind


def _name_them(schema: dict[str, Any]) -> None:
    schema["enum"] = list(kinds())


class EnvironmentSettings(Value):
    """One environment; for the two that need no file, what they are by default."""

    name: str
    stack: Annotated[str, AfterValidator(_known), Field(json_schema_extra=_name_them)]
    """Which kind of environment it is: one of `kinds()`."""
    calls_itself: str = ""
    """What its API says it is; empty: the environment's own name."""
    tier: Tier = "laptop"
    """`staging` may list hosts besides this machine; `production` runs only when its name is typed once more."""
    hosts: tuple[str, ...] = ()
    """The hosts it may reach besides this machine, without ports."""
    touch: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """The services that may be touched; without it those that carry the opt-in label."""
    limits: Limits = Limits()
    blackouts: tuple[Blackout, ...] = ()
    abort_when: tuple[Condition, ...] = Nets().abort_when

    def beside(self, folder: Path) -> Self:  # noqa: ARG002  most kinds name no files
        """With every path that it names taken from a folder: that of its file."""
        return self

    def unusable(self, error: DoorError) -> SimulatorError:
        """What it means that somebody there is not to be had before anything was begun.

        Of a stack that is started here that it broke. Of somebody else's system, that this environment cannot be used.
        """
        return error

    @property
    def identity(self) -> str:
        """What its API must say it is."""
        return self.calls_itself or self.name

    @property
    def known_as(self) -> str:
        """What `--environment` of an undo takes: the stack's name, for which no file is needed."""
        return self.stack

    @property
    def undo(self) -> str:
        """What has to be typed to undo by hand what is left injected there."""
        return f"simulator undo --environment {self.known_as}"

    def allows(self, host: str) -> bool:
        """Whether traffic may go there: to this machine, or to a host that a staging environment lists."""
        return is_this_machine(host) or (self.tier == "staging" and host in self.hosts)

    @property
    def nets(self) -> Nets:
        """All its nets, none opted out of."""
        return Nets(
            limits=self.limits,
            blackouts=self.blackouts,
            abort_when=self.abort_when,
        )


@contextlib.contextmanager
def before_a_run(settings: EnvironmentSettings) -> Iterator[None]:
    """Around whatever is asked there before anything is begun.

    Raises:
        SimulatorError: in the place of a door's error, what that means in this environment.
    """
    try:
        yield
    except DoorError as error:
        raise settings.unusable(error) from None


def is_this_machine(host: str) -> bool:
    """Whether a host name or address is a loopback one.

    `localhost` is one where it stands for nothing else here; other names are not asked of anybody.
    """
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" and _stands_for_loopback(host)


def _stands_for_loopback(name: str) -> bool:
    try:
        found = socket.getaddrinfo(name, None)
    except OSError:
        return False
    return all(ipaddress.ip_address(address[0]).is_loopback for *_, address in found)


def environment_settings(name: str) -> EnvironmentSettings:
    """An environment by its name, or by the path of its file.

    Raises:
        BadInput: the name is not known, or the file does not validate.
    """
    if name in kinds():
        return EnvironmentSettings(name=name, stack=name)
    if not name.endswith((".yaml", ".yml")):
        raise BadInput(
            f"unknown environment {shown(name)}{nearest(name, kinds())}, or the path of a .yaml file"
        )
    path = Path(name)
    return load_as(path, _settings_of).beside(path.resolve().parent)


def settings_of(kind: str) -> type[EnvironmentSettings]:
    """What a file of a kind that is installed may hold."""
    settings: type[EnvironmentSettings] = load(GROUP, kind).settings
    return settings


def _settings_of(tree: Mapping[str, Any]) -> type[EnvironmentSettings]:
    """Of a kind that is not known it is complained."""
    kind = tree.get("stack")
    return settings_of(kind) if kind in kinds() else EnvironmentSettings
