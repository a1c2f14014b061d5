"""Faults: what we inject. One file each; dropping a file into this folder is all it takes to add one.

A module of this package that holds a `FAULT` is a fault. The registry refuses two faults of one name
and, for an unknown name, lists the known ones.
"""

from simulator.faults.contract import (
    GUARD_ONLY,
    OFFERS,
    Check,
    Fault,
    FaultRecord,
    FaultSettings,
    Patience,
    SoleService,
)
from simulator.faults.registry import AnyFaultSettings, fault_named, faults, read_record

__all__ = [
    "GUARD_ONLY",
    "OFFERS",
    "AnyFaultSettings",
    "Check",
    "Fault",
    "FaultRecord",
    "FaultSettings",
    "Patience",
    "SoleService",
    "fault_named",
    "faults",
    "read_record",
]
