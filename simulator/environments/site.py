"""Stacks that are started here: for people by `simulator stack`, for a run by Locust."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from simulator.base.installed import load, names

STACKS = "simulator.stacks"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Site:
    """Where the traffic goes, and where Prometheus looks for the simulator's own metrics if the stack is ours."""

    host: str
    targets: Path | None = None
    metrics_host: str = "127.0.0.1"
    """The address of this machine at which that Prometheus can reach us."""


class Lease(Protocol):
    """Keeps a stack up for a run."""

    renew_every: float | None
    """Seconds between two renewals; None: it holds without."""

    def renew(self) -> None:
        """Raises StackError when it is lost."""
        ...

    def close(self, *, left_injected: bool) -> None:
        """Let a stack that the run has started end; one in which something is left injected may have to stay."""
        ...


@dataclass(frozen=True)
class Shown:
    """A running stack, for people."""

    services: Mapping[str, str]
    """Addresses by name."""
    states: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class OwnStack(Protocol):
    """A kind of environment that is started here, found by the entry point of its name in the group `simulator.stacks`."""

    def up(self, say: Say, images: str | None) -> Shown:
        """Start it; it stays.

        Raises:
            BadInput: it takes no such images.
            StackError: it did not start.
        """
        ...

    def down(self, say: Say) -> bool:
        """Stop it; False when it did not run."""
        ...

    def status(self) -> Shown | None:
        """None when it does not run."""
        ...

    def site(self, *, game_day: bool, host: str, say: Say) -> tuple[Site, Lease | None]:
        """Where a run's traffic goes (to `host`, if that is given), started where need be, and what keeps it.

        Raises:
            StackError: it did not start.
        """
        ...

    def would_load(self) -> Path | None:
        """The rules that it would load, while it does not run; None where that cannot be said, or it runs."""
        ...


def own_stack(kind: str) -> OwnStack | None:
    """The stack of this kind, where it is one that is started here."""
    if kind not in own_stacks():
        return None
    stack: OwnStack = load(STACKS, kind)
    return stack


def own_stacks() -> tuple[str, ...]:
    """The kinds that are started here."""
    return names(STACKS)
