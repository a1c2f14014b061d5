"""The embedded stack of this checkout as an environment: supervised processes on loopback."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from simulator.base.clock import RunClock
from simulator.base.errors import StackError
from simulator.base.paths import state_home
from simulator.doors import Doors
from simulator.doors.services import Probe, Services
from simulator.doors.workload import Workload
from simulator.environments.contract import Environment, Find
from simulator.environments.settings import EnvironmentSettings
from simulator.environments.system import System
from simulator.environments.traffic import TrafficSource
from simulator.erpgo.environments.doors import doors_to, facts_of, hosts_of, offered, touchable
from simulator.erpgo.environments.supervised import SupervisedServices
from simulator.erpgo.files import DASHBOARDS, LOCUSTFILE, RULES
from simulator.erpgo.stack.supervisor.client import Connection, StackOptions, has_ended, running
from simulator.erpgo.stack.supervisor.paths import embedded_folder
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from simulator.erpgo.system import ERPGO
from simulator.plan.models import Panel, StackFacts
from simulator.plan.panels import read_panels
from simulator.plan.rules import Rule, read_rules

OFFERS = offered("hold")


@dataclass(frozen=True)
class Embedded:
    """The supervised stack of this checkout."""

    stack: StackInfo
    settings: EnvironmentSettings
    facts: StackFacts
    system: System = ERPGO

    @property
    def state(self) -> Path:
        return self.stack.folder

    @property
    def hosts(self) -> frozenset[str]:
        return hosts_of(self.stack)

    def rules(self) -> tuple[Rule, ...]:
        return read_rules(RULES)

    def panels(self) -> tuple[Panel, ...]:
        return read_panels(DASHBOARDS, self.facts.scrape_interval)

    def claim(self, doors: Doors, run: str) -> AbstractAsyncContextManager[None]:  # noqa: ARG002  it is this machine's alone
        return nullcontext()

    def over(self) -> bool:
        return has_ended(self.stack)

    def open(self, clock: RunClock, workload: Workload, *, to_undo: bool = False) -> Doors:  # noqa: ARG002  nothing changes here
        def services(probes: Mapping[str, Probe]) -> Services:
            return SupervisedServices(self.stack, probes, clock.clock)

        return doors_to(self.stack, services, clock, workload, None, self.stack.targets.parent)


class EmbeddedStacks:
    """Finds the one of this checkout, and to undo those of all checkouts."""

    settings = EnvironmentSettings

    def find(self, settings: EnvironmentSettings) -> Environment:
        stack = running(embedded_folder())
        if stack is None:
            raise StackError("the embedded stack is not running; start it with: simulator stack up")
        return _at(stack, settings)

    def offers(self, settings: EnvironmentSettings) -> dict[str, tuple[str, ...]]:  # noqa: ARG002  all have the same
        return OFFERS

    def traffic(self, settings: EnvironmentSettings) -> TrafficSource:  # noqa: ARG002  the same for all
        return TrafficSource(LOCUSTFILE)

    def rules(self, settings: EnvironmentSettings) -> tuple[Rule, ...]:  # noqa: ARG002  as above
        return read_rules(RULES)

    def panels(self, settings: EnvironmentSettings) -> tuple[Panel, ...]:  # noqa: ARG002  as above
        return read_panels(DASHBOARDS, StackOptions().scrape_interval_s)

    def remembered(self, name: str) -> Find | None:  # noqa: ARG002  it is found by its kind
        return None

    def everywhere(self) -> Iterator[Find]:
        settings = EnvironmentSettings(name="embedded", stack="embedded")
        for folder in sorted(state_home().glob("embedded-*")):
            if folder.is_dir():
                yield partial(_in, folder, settings)


def _in(folder: Path, settings: EnvironmentSettings) -> Environment | None:
    stack = running(folder)
    return None if stack is None else _at(stack, settings)


def _at(stack: StackInfo, settings: EnvironmentSettings) -> Embedded:
    connection = Connection(stack)
    try:
        services = connection.status().services
    finally:
        connection.close()
    # The supervisor itself touches no other service, whatever an environment lists.
    labelled = {service for service, status in services.items() if status.chaos}
    return Embedded(
        stack, settings, facts_of(settings, stack, touchable(settings, labelled, labelled), OFFERS)
    )


PROVIDER = EmbeddedStacks()
