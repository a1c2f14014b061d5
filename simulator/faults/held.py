"""The checks that faults on a held service share."""

from simulator.doors import Doors
from simulator.errors import DoorError
from simulator.faults.contract import Check


async def held_and_silent(owner: str, service: str, doors: Doors) -> Check:
    """Our hold is in force, and the service does not answer its own probe."""
    if not await doors.services.is_held(owner):
        return Check(ok=False, observed=f"{service} is not held by {owner}")
    try:
        answer = await doors.services.probe(service)
    except DoorError as silence:
        return Check(ok=True, observed=str(silence))
    return Check(ok=False, observed=f"{service} still answers: {answer}")


async def released_and_green(owner: str, service: str, doors: Doors) -> Check:
    """Nothing of ours is held, and the service answers its own probe."""
    if await doors.services.is_held(owner):
        return Check(ok=False, observed=f"{service} is still held by {owner}")
    try:
        return Check(ok=True, observed=await doors.services.probe(service))
    except DoorError as error:
        return Check(ok=False, observed=str(error))
