"""Somebody else's system as an environment: nothing of it is started here, and only what is listed is touched."""

import asyncio
import hashlib
import re
import socket
from collections.abc import Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

from simulator.attached.claim import claimed
from simulator.attached.doors import doors_to
from simulator.attached.facts import facts_of, judged_by, offers_of, system_of
from simulator.attached.reach import Reach
from simulator.attached.saved import save, saved
from simulator.attached.settings import AttachedSettings
from simulator.attached.survey import Found, survey
from simulator.base.clock import RunClock, SystemClock
from simulator.base.errors import BadInput
from simulator.base.paths import state_home
from simulator.doors import Doors
from simulator.doors.workload import Workload
from simulator.environments.contract import Environment, Find
from simulator.environments.settings import EnvironmentSettings
from simulator.environments.system import System
from simulator.environments.traffic import TrafficSource
from simulator.plan.judged import Judged
from simulator.plan.models import Panel, StackFacts
from simulator.plan.rules import Rule

T = TypeVar("T")
_KNOWN_AS = re.compile(r"attached-[0-9a-f]{8}")


@dataclass(frozen=True)
class Attached:
    """One target, as one file describes it."""

    settings: AttachedSettings

    @property
    def state(self) -> Path:
        return state_home() / self.settings.known_as

    @property
    def hosts(self) -> frozenset[str]:
        return self._reach.hosts

    @property
    def facts(self) -> StackFacts:
        return facts_of(self.settings, self._judged, self.found)

    @property
    def system(self) -> System:
        return system_of(self.settings)

    def rules(self) -> tuple[Rule, ...]:
        return self.found.rules

    def panels(self) -> tuple[Panel, ...]:
        return self.found.panels

    @cached_property
    def found(self) -> Found:
        """What is there, asked once: a plan is made of one answer; raises as `survey`."""
        return _at_once(survey(self.settings, self._judged, self._reach))

    def over(self) -> bool:
        return False  # it is not ours to end

    def open(self, clock: RunClock, workload: Workload, *, to_undo: bool = False) -> Doors:
        if to_undo:  # what is left was injected by what was said then
            before = saved(self.state) or self.settings
            return doors_to(before, Reach(before), self.state, clock, workload, to_undo=True)
        return doors_to(self.settings, self._reach, self.state, clock, workload, to_undo=False)

    def claim(self, doors: Doors, run: str) -> AbstractAsyncContextManager[None]:
        # Before anything is injected: guard and undo go by this copy, whatever becomes of the file.
        save(self.settings, self.state)
        return claimed(doors.alertmanager, run, self._who, doors.clock)

    @cached_property
    def _judged(self) -> Judged:
        return judged_by(self.settings, SystemClock().now().date())

    @property
    def _who(self) -> str:
        """As others know us; another state home on this machine is somebody else."""
        home = hashlib.sha256(str(self.state).encode()).hexdigest()[:6]
        return f"{socket.gethostname()}/{home}"

    @property
    def _reach(self) -> Reach:
        return Reach(self.settings)


class Attachments:
    """Finds what a file describes; to undo, what any file once described."""

    settings = AttachedSettings

    def find(self, settings: EnvironmentSettings) -> Environment:
        return Attached(_of_a_file(settings))

    def offers(self, settings: EnvironmentSettings) -> Mapping[str, tuple[str, ...]]:
        return offers_of(_of_a_file(settings))

    def traffic(self, settings: EnvironmentSettings) -> TrafficSource:
        traffic = _of_a_file(settings).traffic
        if traffic is None or traffic.locustfile is None:
            return TrafficSource()
        return TrafficSource(traffic.locustfile, traffic.host or "", traffic.users)

    def rules(self, settings: EnvironmentSettings) -> tuple[Rule, ...]:
        return Attached(_of_a_file(settings)).rules()

    def panels(self, settings: EnvironmentSettings) -> tuple[Panel, ...]:
        return Attached(_of_a_file(settings)).panels()

    def remembered(self, name: str) -> Find | None:
        folder = state_home() / name
        return partial(_in, folder) if _KNOWN_AS.fullmatch(name) and folder.is_dir() else None

    def everywhere(self) -> Iterator[Find]:
        for folder in sorted(state_home().glob("attached-*")):
            if folder.is_dir():
                yield partial(_in, folder)


def _in(folder: Path) -> Environment | None:
    settings = saved(folder)
    return None if settings is None else Attached(settings)


def _of_a_file(settings: EnvironmentSettings) -> AttachedSettings:
    if not isinstance(settings, AttachedSettings):
        raise BadInput(
            "an attached environment needs a file that says where it is: simulator init URL proposes one;"
            " then --environment FILE"
        )
    return settings


def _at_once(question: Coroutine[Any, Any, T]) -> T:
    """Asked before a run begins, where nothing waits for the loop; a loop that runs already takes no second one."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, question).result()


PROVIDER = Attachments()
"""Somebody else's system."""
