"""A kind of environment: one that is always closed."""

from collections.abc import Iterator, Mapping

from simulator.base.errors import StackError
from simulator.environments.contract import Environment, Find
from simulator.environments.settings import EnvironmentSettings
from simulator.environments.traffic import TrafficSource
from simulator.plan.models import Panel
from simulator.plan.rules import Rule


class Shops:
    """There is one, and nobody is in."""

    settings = EnvironmentSettings

    def find(self, settings: EnvironmentSettings) -> Environment:
        raise StackError(f"the {settings.name} is closed")

    def offers(self, _: EnvironmentSettings) -> Mapping[str, tuple[str, ...]]:
        return {"api": ("hold",)}

    def traffic(self, settings: EnvironmentSettings) -> TrafficSource:
        return TrafficSource(host=f"http://{settings.name}.test")

    def rules(self, _: EnvironmentSettings) -> tuple[Rule, ...]:
        return (Rule(alert="ShopClosed"),)

    def panels(self, _: EnvironmentSettings) -> tuple[Panel, ...]:
        return ()

    def remembered(self, _: str) -> Find | None:
        return None

    def everywhere(self) -> Iterator[Find]:
        return iter(())


PROVIDER = Shops()
