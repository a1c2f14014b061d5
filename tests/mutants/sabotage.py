"""The hands of a mutant: what it may do to a stack and a run. All of it is taken back when the run is over."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
from ruamel.yaml import YAML

from simulator.base.protocol import FaultState, FromEngine, Progress
from simulator.erpgo.stack.supervisor.client import Connection
from simulator.erpgo.stack.supervisor.protocol import How, StackInfo
from tests.checkout import ROOT
from tests.fakes.engine_copy import EngineCopy
from tests.fakes.locust import FakeLocust
from tests.stack.waiting import eventually

Change = Callable[[dict[str, Any]], None]
"""Changes a configuration in place."""
Act = Callable[[], None]


class Sabotage:
    """Does one mutant's harm, before the run or at a moment of it."""

    def __init__(self, stack: StackInfo, folder: Path, until_the_end: ExitStack) -> None:
        self.stack = stack
        self.folder = folder
        self.root = ROOT
        """Where the engine's own code is taken from."""
        self.until_the_end = until_the_end
        self.for_locust: Callable[[FakeLocust], None] = lambda _: None
        """Done to the workload before it starts."""
        self.for_the_journal: Callable[[list[str]], list[str]] | None = None
        """Done to the lines of the journal once it is closed."""
        self._once: list[tuple[Callable[[FromEngine], bool], Callable[[FakeLocust], None]]] = []

    def once_injected(self, act: Callable[[FakeLocust], None]) -> None:
        """Do it as soon as the fault is said to be injected."""
        self._once.append((lambda message: isinstance(message, FaultState) and message.active, act))

    def once_it_bites(self, act: Callable[[FakeLocust], None]) -> None:
        """Do it as soon as the engine has seen the fault bite, and watches."""
        self._once.append((_bites, act))

    def react(self, message: FromEngine, locust: FakeLocust) -> None:
        """Do what is due at this message, each thing once."""
        due = [act for moment, act in self._once if moment(message)]
        self._once = [(moment, act) for moment, act in self._once if act not in due]
        for act in due:
            act(locust)

    def rules(self, change: Change) -> None:
        """Change the loaded rules."""
        self._edit("staging.yaml", "prometheus", change)

    def rule(self, name: str, /, **changed: Any) -> None:
        """Change parts of the alerting rule of this name; labels are merged."""

        def change(tree: dict[str, Any]) -> None:
            rule = rule_named(tree, name)
            labels = {**rule["labels"], **changed.get("labels", {})}
            rule.update(changed, labels=labels)

        self.rules(change)

    def prometheus(self, change: Change) -> None:
        """Change what Prometheus scrapes."""
        self._edit("prometheus.yml", "prometheus", change)

    def alertmanager(self, change: Change) -> None:
        """Change where Alertmanager sends what."""
        self._edit("alertmanager.yml", "alertmanager", change)

    def hold(self, service: str, how: How, lease: float = 120.0) -> None:
        """Kill or freeze a service; it comes back when the lease (seconds) ends, at the latest with the run."""
        connection = self.until_the_end.enter_context(Connection(self.stack))
        connection.hold(service, how, "a mutant", lease_s=lease)

    def let_go(self) -> None:
        """What is held comes back now."""
        with Connection(self.stack) as connection:
            connection.release("a mutant")

    def prometheus_forgets(self) -> None:
        """Once Prometheus is held, its data go: it starts without any."""
        for part in (self.stack.folder / "stack" / "data" / "prometheus").iterdir():
            shutil.rmtree(part) if part.is_dir() else part.unlink()

    def teaches_nothing(self) -> None:
        """When the run is over, Prometheus starts anew: what was usual in it must not be missed in the next."""
        self.until_the_end.callback(self._unlearn)

    def _unlearn(self) -> None:
        with Connection(self.stack) as connection:
            connection.hold("prometheus", "killed", "a mutant", lease_s=30.0)
            self.prometheus_forgets()
        ready = f"{self.stack.url('prometheus')}/-/ready"
        eventually("Prometheus is back", lambda: _answers(ready), within_s=30.0)

    def engine(self, path: str, change: Callable[[str], str]) -> None:
        """Run an engine of which one file (by its path in the repository) is another."""
        copy = EngineCopy(self.folder / "copy")
        copy.change(path, change)
        self.root = copy.root

    def _edit(self, name: str, program: str, change: Change) -> None:
        self.until_the_end.enter_context(
            _changed(self.stack.targets.parent / name, f"{self.stack.url(program)}/-/reload", change)
        )


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=1, trust_env=False).is_success
    except httpx.TransportError:
        return False


def rule_named(tree: dict[str, Any], alert: str) -> dict[str, Any]:
    """The alerting rule of that name in a rule file."""
    return next(rule for group in tree["groups"] for rule in group["rules"] if rule.get("alert") == alert)


def _bites(message: FromEngine) -> bool:
    return isinstance(message, Progress) and message.text == "the fault bites; watching"


@contextmanager
def _changed(path: Path, reload_url: str, change: Change) -> Iterator[None]:
    """A configuration file that was changed, loaded; the original again afterwards."""
    original = path.read_text()
    yaml = YAML(typ="safe", pure=True)
    tree = yaml.load(original)
    change(tree)
    with path.open("w") as file:
        yaml.dump(tree, file)
    assert path.read_text() != original
    try:
        httpx.post(reload_url, timeout=10, trust_env=False).raise_for_status()
        yield
    finally:
        path.write_text(original)
        httpx.post(reload_url, timeout=10, trust_env=False).raise_for_status()
