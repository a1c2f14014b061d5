"""Undoes what an earlier engine left: the sweep at every start, and `simulator undo`."""

import contextlib
from collections.abc import Callable

from simulator.base.errors import HarnessError, LeftInjected
from simulator.doors import Doors
from simulator.engine.injection import patience_of, undo
from simulator.engine.openfaults import OpenFaults
from simulator.faults import Check
from simulator.safety.audit import AuditTrail, Deed


def takes(open_faults: OpenFaults, doors: Doors) -> float:
    """Seconds that whoever undoes them may take."""
    seconds = 0.0
    for path in open_faults.paths():
        with contextlib.suppress(HarnessError):  # a damaged record is not undone
            if record := open_faults.read(path):
                seconds += patience_of(record, doors).within
    return seconds


async def sweep(
    open_faults: OpenFaults,
    doors: Doors,
    say: Callable[[str], None],
    audit: AuditTrail,
    over: Callable[[], bool] = lambda: False,
) -> int:
    """Undo every open fault, the latest first; returns how many there were. Call it under the run lock.

    What could not be undone is gone all the same where the place is `over`, ended in order, by then.

    Raises:
        LeftInjected: an undo could not be confirmed, or a record is damaged; it stays for the next sweep.
    """
    paths = open_faults.paths()
    left: list[str] = []
    for path in paths:
        try:
            record = open_faults.read(path)
        except HarnessError as error:  # one damaged record must not keep the others injected
            left.append(str(error))
            continue
        if record is None:
            continue
        check = await undo(record, doors)
        if not check.ok and over():
            check = Check(ok=True, observed="what it was injected into has ended, and it with that")
        if check.ok:
            open_faults.remove(record)
            say(f"undone: {record.fault} {record.id} ({check.observed})")
        else:
            left.append(f"{record.fault} {record.id} could not be undone: {check.observed}")
        try:
            deed: Deed = "undone" if check.ok else "not undone"
            audit.write(deed, f"{record.fault} {record.id}", check.observed)
        except HarnessError as error:  # the undo was what mattered
            say(str(error))
    if left:
        raise LeftInjected(f"{'; '.join(left)}. Try again with: {open_faults.by_hand}")
    return len(paths)
