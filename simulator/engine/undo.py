"""Undoes what an earlier engine left: the sweep at every start, and `simulator undo`."""

from collections.abc import Callable

from simulator.doors import Doors
from simulator.engine.injection import undo
from simulator.engine.openfaults import OpenFaults
from simulator.errors import LeftInjected


async def sweep(open_faults: OpenFaults, doors: Doors, say: Callable[[str], None]) -> int:
    """Undo every open fault, the latest first; returns how many there were. Call it under the run lock.

    Raises:
        LeftInjected: an undo could not be confirmed; its record stays for the next sweep.
        HarnessError: a record is damaged.
    """
    records = open_faults.all()
    left: list[str] = []
    for record in records:
        check = await undo(record, doors)
        if check.ok:
            open_faults.remove(record)
            say(f"undone: {record.fault} {record.id} ({check.observed})")
        else:
            left.append(f"{record.fault} {record.id} could not be undone: {check.observed}")
    if left:
        raise LeftInjected("; ".join(left) + ". Try again with: simulator undo")
    return len(records)
