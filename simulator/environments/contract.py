"""What an environment is: where a run takes place, what may be touched there, and the doors to it."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Protocol

from simulator.base.clock import RunClock
from simulator.doors import Doors
from simulator.doors.workload import Workload
from simulator.environments.settings import EnvironmentSettings, before_a_run
from simulator.environments.system import System
from simulator.environments.traffic import TrafficSource
from simulator.plan.build import Surroundings
from simulator.plan.models import Panel, StackFacts
from simulator.plan.rules import Rule


class Environment(Protocol):
    """A place to run in."""

    @property
    def state(self) -> Path:
        """The folder of its open faults and run lock."""
        ...

    @property
    def settings(self) -> EnvironmentSettings: ...

    @property
    def hosts(self) -> frozenset[str]:
        """Where its services are reached."""
        ...

    @property
    def facts(self) -> StackFacts: ...

    @property
    def system(self) -> System:
        """What runs there and is to be watched."""
        ...

    def rules(self) -> tuple[Rule, ...]:
        """The alerting rules that watch it.

        Raises:
            BadInput: a file of them cannot be used.
            DoorError: whoever knows them does not answer.
        """
        ...

    def panels(self) -> tuple[Panel, ...]:
        """The panels on which people watch it; raises as `rules` does."""
        ...

    def claim(self, doors: Doors, run: str) -> AbstractAsyncContextManager[None]:
        """Hold the place against runs of other machines while the block runs; the run lock is this machine's alone.

        Raises:
            DoorError: it cannot be holding.
            Unsafe: another run has it.
        """
        ...

    def over(self) -> bool:
        """Whether it has ended in order since, and all that was injected into it with it."""
        ...

    def open(self, clock: RunClock, workload: Workload, *, to_undo: bool = False) -> Doors:
        """The doors to everything in it; `to_undo` also to what no longer may be touched."""
        ...


def surroundings(environment: Environment) -> Surroundings:
    """What a plan needs to know of it.

    Raises:
        BadInput: a file cannot be used, or somebody else's system cannot be asked.
        DoorError: a stack of ours does not answer.
    """
    with before_a_run(environment.settings):
        return Surroundings(
            environment.facts, environment.system.facts, environment.rules(), environment.panels()
        )


@asynccontextmanager
async def holding(environment: Environment, doors: Doors, run: str) -> AsyncIterator[None]:
    """Its claim, held while the block runs; raises as `surroundings`, and Unsafe where another run has it."""
    async with AsyncExitStack() as held:
        with before_a_run(environment.settings):
            await held.enter_async_context(environment.claim(doors, run))
        yield


Find = Callable[[], Environment | None]
"""Finds a place: None when it does not run; raises StackError when it does not answer."""


class Provider(Protocol):
    """One kind of environment, found by the entry point of its name in the group `simulator.environments`."""

    @property
    def settings(self) -> type[EnvironmentSettings]:
        """What a file of this kind may hold."""
        ...

    def find(self, settings: EnvironmentSettings) -> Environment:
        """The environment that these settings mean.

        Raises:
            BadInput: they list what is not there.
            StackError: it is not running.
        """
        ...

    def offers(self, settings: EnvironmentSettings) -> Mapping[str, tuple[str, ...]]:
        """What each service offers to faults, as far as that is known while nothing runs."""
        ...

    def traffic(self, settings: EnvironmentSettings) -> TrafficSource:
        """Who sends requests to it while something is broken."""
        ...

    def rules(self, settings: EnvironmentSettings) -> tuple[Rule, ...]:
        """Those of the environment that these settings mean, also while nothing of it runs that we could start.

        Raises:
            BadInput: a file of them cannot be used.
            DoorError: whoever knows them does not answer.
        """
        ...

    def panels(self, settings: EnvironmentSettings) -> tuple[Panel, ...]:
        """The same of its panels."""
        ...

    def remembered(self, name: str) -> Find | None:
        """Finds what a run has begun on, by the name that its undo goes by (`known_as`); no file is needed for it.

        It finds nothing where that run never came so far as to inject. None: no run has begun under this name.
        """
        ...

    def everywhere(self) -> Iterator[Find]:
        """Every environment of this kind and user, for `simulator undo --all`. Asked for one by one."""
        ...
