"""Services that may be broken: whether each is there and well, and whether it can be given back."""

from simulator.attached.doctor.finding import Finding, fail, ok, warn
from simulator.attached.doctor.patient import Patient
from simulator.base.errors import DoorError
from simulator.base.names import some
from simulator.doors.acts import Acts
from simulator.doors.postgres import Postgres
from simulator.doors.redis import Redis
from simulator.faults.base.acted import rehearse


async def touch(patient: Patient) -> list[Finding]:
    """Something may be broken at all."""
    listed = patient.settings.touch
    return [ok(some(listed, 10)) if listed else warn("nothing may be broken: no service is listed")]


async def service(name: str, patient: Patient) -> list[Finding]:
    """All that a fault on it would go by."""
    doors, settings = patient.doors, patient.settings.services[name]
    is_held = bool(settings.docker or settings.systemd)
    found: list[Finding] = []
    if settings.probe or settings.postgres or settings.redis or is_held:
        found.append(await _probed(name, patient))
    if is_held:
        found.append(ok(await doors.services.target(name)))
    if settings.postgres:
        found += await _database(doors.database(name))
    if settings.redis:
        found += await _cache(doors.cache(name))
    found += [await _rehearsed(acts) for acts in _acts(name, patient)]
    return found or [warn("no fault can be injected there: say what it is, and how it is reached")]


async def _probed(name: str, patient: Patient) -> Finding:
    try:
        return ok(f"probe: {await patient.doors.services.probe(name)}")
    except DoorError as error:
        return fail(f"probe: {error}")


async def _database(door: Postgres) -> list[Finding]:
    """Who would be struck, and what would be locked."""
    found: list[Finding] = []
    if application := door.client.name:
        sessions = (await door.sessions(application)).total
        found.append(
            ok(f"application {application}: {sessions} sessions")
            if sessions
            else warn(f"application {application} has no session now: faults on sessions would strike nobody")
        )
    if door.client.table:
        found.append(await _lockable(door))
    return found


async def _lockable(door: Postgres) -> Finding:
    """Whether a fault could lock its table, and be seen to bite."""
    try:
        return ok(f"table {await door.aimed('')} is there, and can be locked")
    except DoorError as error:
        return fail(str(error))


async def _cache(door: Redis) -> list[Finding]:
    """Which keys would be deleted."""
    if not door.prefix:
        return []
    keys = await door.count(door.prefix)
    if keys:
        return [ok(f"prefix {door.prefix}: {keys} keys")]
    return [warn(f"prefix {door.prefix}: no key begins with it now; a flush would delete nothing")]


def _acts(name: str, patient: Patient) -> list[Acts]:
    doors = patient.doors
    given: list[Acts] = [doors.programs[name]] if name in doors.programs else []
    return given + ([doors.hooks[name]] if name in doors.hooks else [])


async def _rehearsed(acts: Acts) -> Finding:
    check = await rehearse(acts)
    return ok(check.observed) if check.ok else fail(check.observed)
