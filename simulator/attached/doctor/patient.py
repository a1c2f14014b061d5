"""What is examined: one environment, through the doors that a run would have."""

import asyncio
from dataclasses import dataclass
from functools import cached_property

from simulator.attached.doors import doors_to
from simulator.attached.facts import judged_by
from simulator.attached.reach import Reach
from simulator.attached.settings import AttachedSettings
from simulator.attached.survey import is_mine
from simulator.base.clock import RunClock
from simulator.base.paths import state_home
from simulator.doors import Doors
from simulator.doors.prometheus import LoadedRule
from simulator.doors.workload import UnlinkedWorkload
from simulator.plan.identity import Identity
from simulator.plan.judged import Judged
from simulator.preflight.loaded import Alerting, alerting

ASKED_AT_ONCE = 8
"""Questions to somebody's Prometheus, which has others to answer."""


@dataclass(frozen=True)
class Patient:
    """One environment."""

    settings: AttachedSettings
    clock: RunClock

    @cached_property
    def reach(self) -> Reach:
        return Reach(self.settings)

    @cached_property
    def judged(self) -> Judged:
        return judged_by(self.settings, self.clock.clock.now().date())

    @cached_property
    def doors(self) -> Doors:
        """Opened once.

        Raises:
            BadInput: a secret or a certificate cannot be had.
        """
        state, workload = state_home() / self.settings.known_as, UnlinkedWorkload(self.clock)
        return doors_to(self.settings, self.reach, state, self.clock, workload, to_undo=False)

    async def rules(self) -> list[LoadedRule]:
        """Those of the environment's groups that can fire an alert which is judged.

        Raises:
            DoorError: Prometheus does not answer.
        """
        groups, ignored = self.settings.rules.groups, self.judged.ignored
        loaded = await self.doors.prometheus.rules()
        return [rule for rule in loaded if is_mine(rule, groups) and rule.alert not in ignored]

    async def alertings(self) -> list[Alerting]:
        """How each of these would reach Alertmanager, by the series that there are now.

        Raises:
            DoorError: Prometheus does not answer.
        """
        a_few = asyncio.Semaphore(ASKED_AT_ONCE)

        async def ask(rule: LoadedRule) -> Alerting:
            async with a_few:
                return await alerting(Identity.of(rule.alert, {}), rule, self.doors)

        return await asyncio.gather(*map(ask, await self.rules()))

    async def close(self) -> None:
        if "doors" in vars(self):
            await self.doors.close()
