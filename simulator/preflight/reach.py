"""A fault reaches only what it names: whatever shares a namespace with its target would be harmed as well."""

import contextlib
from collections.abc import Iterable

from simulator.base.errors import DoorError, Unsafe
from simulator.doors import Doors
from simulator.faults import fault_named
from simulator.plan.build import plan_faults
from simulator.plan.models import Plan


async def check_reach(plan: Plan, names: Iterable[str], doors: Doors) -> None:
    """Refuse experiments of which a fault would harm more than it names, or what no undo could give back.

    Raises:
        Unsafe: one would; the message names whom.
    """
    for experiment in map(plan.experiment, names):
        for record in plan_faults(plan, experiment, round_=0):
            # A target that cannot be looked at is not refused here: it is asked again before anything is injected.
            with contextlib.suppress(DoorError):
                if further := await fault_named(record.fault).overreach(record, doors):
                    raise Unsafe(
                        f"experiment {experiment.name}: {record.fault} would reach further than it says: {further}"
                    )
