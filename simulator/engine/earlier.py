"""Looks up what earlier runs of the same kind measured, before a run begins."""

import asyncio
from pathlib import Path

from simulator.base.errors import SimulatorError
from simulator.history.earlier import earlier
from simulator.history.index import runs_below
from simulator.journal.earlier import EarlierRuns
from simulator.plan.models import Plan
from simulator.report.json import KEPT

WITHIN = 10.0
"""Seconds; the first run in a folder of thousands whose index is gone goes without."""


async def earlier_runs(plan: Plan, reports: Path) -> EarlierRuns | None:
    """What there is beside this run's own folder; None where it cannot be read in time."""

    def look() -> EarlierRuns:
        records = runs_below(reports, KEPT).records
        return earlier(records, plan.game_day, plan.stack.name)

    try:
        async with asyncio.timeout(WITHIN):
            return await asyncio.to_thread(look)
    except (TimeoutError, OSError, SimulatorError):  # no run fails for want of what was before it
        return None
