"""Finds the faults: every module that holds a `FAULT`, of this package and of those that others bring."""

from functools import cache
from typing import Annotated, Any

from pydantic import SerializeAsAny, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticCustomError

import simulator.faults as package
from simulator.base.errors import BadInput, HarnessError
from simulator.base.installed import modules
from simulator.base.names import nearest, shown
from simulator.faults.contract import Fault, FaultRecord, FaultSettings

AnyFault = Fault[Any, Any]
GROUP = "simulator.faults"
"""The entry points of other packages of faults."""


@cache
def faults() -> dict[str, AnyFault]:
    """All faults by name.

    Raises:
        HarnessError: two files claim one name, or a fault does not say what it needs.
    """
    found: dict[str, AnyFault] = {}
    for module in modules(package, GROUP):
        fault = getattr(module, "FAULT", None)
        if not isinstance(fault, Fault):
            continue
        if not getattr(fault, "needs", ""):
            raise HarnessError(
                f"fault {fault.name!r} does not say what it needs of the service it touches: needs = ..."
            )
        if fault.name in found:
            raise HarnessError(f"two faults are called {fault.name!r}; the second is in {module.__name__}")
        found[fault.name] = fault
    return found


def fault_named(name: str) -> AnyFault:
    """The fault of this name.

    Raises:
        BadInput: there is none; the message lists the known ones.
    """
    try:
        return faults()[name]
    except KeyError:
        raise BadInput(f"unknown fault {shown(name)}{nearest(name, faults())}") from None


def read_record(text: str) -> FaultRecord:
    """A fault's own record from its JSON.

    Raises:
        BadInput: the fault is unknown.
        pydantic.ValidationError: the record is damaged.
    """
    plain = FaultRecord.model_validate_json(text)
    record: FaultRecord = fault_named(plain.fault).record.model_validate_json(text)
    return record


def _own_settings(value: object, handler: ValidatorFunctionWrapHandler) -> FaultSettings:
    """Hand the value to the settings of the fault it names, so that each error points at its own key."""
    if isinstance(value, FaultSettings):
        return value
    if not isinstance(value, dict) or "fault" not in value:
        return handler(value)  # type: ignore[no-any-return]  # raises pydantic's own error: wrong shape or missing key
    name = value["fault"]
    if not isinstance(name, str) or name not in faults():
        raise PydanticCustomError(
            "unknown_fault",
            "unknown fault {name}{hint}",
            {"name": shown(name), "hint": nearest(str(name), faults())},
        )
    settings: FaultSettings = faults()[name].settings.model_validate(value)
    return settings


AnyFaultSettings = Annotated[SerializeAsAny[FaultSettings], WrapValidator(_own_settings)]
"""A fault's own settings, chosen by the value of `fault`."""
