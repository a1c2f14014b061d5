"""Whether a run would be let begin: secrets, hosts, blackouts, another run, and the right system at the other end."""

from simulator.attached.claim import holder
from simulator.attached.doctor.finding import Finding, fail, ok, warn
from simulator.attached.doctor.patient import Patient
from simulator.base.errors import BadInput
from simulator.safety.stopsign import stop_sign


async def secrets(patient: Patient) -> list[Finding]:
    """Every reference can be had, and every certificate be read."""
    found: list[Finding] = []
    for reference, where in patient.reach.references.items():
        try:
            patient.reach.revealed(reference)
        except BadInput as error:
            found.append(fail(f"{error} ({', '.join(where)})"))
    if not found:
        patient.reach.certificates.context()
    return found or [ok(f"{len(patient.reach.references)} can be had")]


async def hosts(patient: Patient) -> list[Finding]:
    """The tier allows every host that a run would reach."""
    settings = patient.settings
    there = patient.reach.hosts
    foreign = sorted(host for host in there if not settings.allows(host))
    if foreign and settings.tier == "production":
        return [warn(f"production: {', '.join(foreign)} only with --without loopback and --confirm")]
    if foreign:
        return [fail(f"{', '.join(foreign)}: not this machine; list what may be reached under hosts")]
    return [ok(", ".join(sorted(there)))]


async def blackouts(patient: Patient) -> list[Finding]:
    """No run is refused because of the time of day."""
    blackout = patient.settings.nets.blackout(patient.clock.clock.now(), 0.0)
    if blackout is not None:
        return [
            warn(f"no run may begin now: {blackout.because}, until {blackout.end} in {blackout.zone}"),
        ]
    return [ok(f"{len(patient.settings.blackouts)} listed, none now")]


async def claim(patient: Patient) -> list[Finding]:
    """Nobody else breaks the target now, and nobody has stopped all runs."""
    if why := stop_sign().read():
        return [fail(f"all runs are stopped: {why}; simulator stop --clear lets them begin again")]
    if held := await holder(patient.doors.alertmanager):
        return [fail(f"another run holds this target: {held}; wait for its end")]
    return [ok("no other run holds this target")]


async def identity(patient: Patient) -> list[Finding]:
    """The system says of itself that it is the one that is meant."""
    wanted = patient.settings.who.equals
    said = await patient.doors.identity() if patient.doors.identity else ""
    if said != wanted:
        return [fail(f"it calls itself {said!r}; {wanted!r} is expected")]
    return [ok(f"it calls itself {said!r}")]
