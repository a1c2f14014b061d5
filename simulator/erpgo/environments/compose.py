"""The stack as containers, as an environment."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from simulator.base.clock import RunClock
from simulator.base.errors import StackError
from simulator.doors import Doors
from simulator.doors.containers import ContainerServices
from simulator.doors.docker import Docker, touchable_services
from simulator.doors.services import Probe, Services
from simulator.doors.whereabouts import composed
from simulator.doors.workload import Workload
from simulator.environments.contract import Environment, Find
from simulator.environments.settings import EnvironmentSettings
from simulator.environments.system import System
from simulator.environments.traffic import TrafficSource
from simulator.erpgo.environments.doors import doors_to, facts_of, hosts_of, offered, touchable
from simulator.erpgo.files import DASHBOARDS, LOCUSTFILE, RULES
from simulator.erpgo.stack.compose import client as compose
from simulator.erpgo.stack.compose.client import NETTOOLS, SCRAPE_INTERVAL_S
from simulator.erpgo.stack.compose.info import ComposeInfo
from simulator.erpgo.system import ERPGO
from simulator.plan.models import Panel, StackFacts
from simulator.plan.panels import read_panels
from simulator.plan.rules import Rule, read_rules

OFFERS = offered("hold", "container", "shaping")


@dataclass(frozen=True)
class Composed:
    """The stack as containers."""

    stack: ComposeInfo
    settings: EnvironmentSettings
    facts: StackFacts
    system: System = ERPGO

    @property
    def state(self) -> Path:
        return self.stack.folder

    @property
    def hosts(self) -> frozenset[str]:
        return hosts_of(self.stack) | self.stack.engine.hosts

    def rules(self) -> tuple[Rule, ...]:
        return read_rules(RULES)

    def panels(self) -> tuple[Panel, ...]:
        return read_panels(DASHBOARDS, self.facts.scrape_interval)

    def claim(self, doors: Doors, run: str) -> AbstractAsyncContextManager[None]:  # noqa: ARG002  it is this machine's alone
        return nullcontext()

    def over(self) -> bool:
        return False  # containers that are gone say so themselves

    def open(self, clock: RunClock, workload: Workload, *, to_undo: bool = False) -> Doors:
        listed = None if to_undo else self.settings.touch or ()
        docker = Docker(partial(composed, self.stack.project), NETTOOLS, listed, self.stack.engine)

        def services(probes: Mapping[str, Probe]) -> Services:
            return ContainerServices(docker, probes)

        return doors_to(
            self.stack, services, clock, workload, docker, self.stack.folder / compose.CONFIGURATION
        )


class ComposeStacks:
    """Finds the one there is."""

    settings = EnvironmentSettings

    def find(self, settings: EnvironmentSettings) -> Environment:
        stack = compose.running()
        if stack is None:
            raise StackError(
                "the compose stack is not running; start it with: simulator stack up --environment compose"
            )
        return _at(stack, settings)

    def offers(self, settings: EnvironmentSettings) -> dict[str, tuple[str, ...]]:  # noqa: ARG002  all have the same
        return OFFERS

    def traffic(self, settings: EnvironmentSettings) -> TrafficSource:  # noqa: ARG002  the same for all
        return TrafficSource(LOCUSTFILE)

    def rules(self, settings: EnvironmentSettings) -> tuple[Rule, ...]:  # noqa: ARG002  as above
        return read_rules(RULES)

    def panels(self, settings: EnvironmentSettings) -> tuple[Panel, ...]:  # noqa: ARG002  as above
        return read_panels(DASHBOARDS, SCRAPE_INTERVAL_S)

    def remembered(self, name: str) -> Find | None:  # noqa: ARG002  it is found by its kind
        return None

    def everywhere(self) -> Iterator[Find]:
        yield self._if_it_runs

    def _if_it_runs(self) -> Environment | None:
        stack = compose.running()
        settings = EnvironmentSettings(name="compose", stack="compose")
        return None if stack is None else _at(stack, settings)


def _at(stack: ComposeInfo, settings: EnvironmentSettings) -> Composed:
    labelled = touchable_services(stack.project, stack.engine)
    return Composed(
        stack, settings, facts_of(settings, stack, touchable(settings, labelled, set(stack.services)), OFFERS)
    )


PROVIDER = ComposeStacks()
