"""Prometheus and every Alertmanager: whether they answer, how fast, and by which clock."""

import asyncio
from collections.abc import Awaitable, Callable

from simulator.attached.doctor.finding import Finding, fail, ok, warn
from simulator.attached.doctor.patient import Patient
from simulator.attached.settings import Api, AttachedSettings
from simulator.base.clock import RunClock
from simulator.base.errors import DoorError
from simulator.doors.alertmanager import Alertmanager
from simulator.doors.http import DENIED, Refused
from simulator.plan.policy import TODAY
from simulator.preflight.clocks import Apart, clock_offset, clock_offsets

WHOLE_MS = 10.0
"""Milliseconds from which on no fraction is told."""


async def prometheus(patient: Patient) -> list[Finding]:
    """It lets us in, and its clock is close to ours."""
    door = patient.doors.prometheus
    try:
        return [await timed(door.clock, patient.clock, "Prometheus")]
    except Refused as error:
        return [fail(denied(error, patient.settings, patient.settings.prometheus))]


async def alertmanagers(patient: Patient) -> list[Finding]:
    """Each of them lets us in, all have one configuration, and none that Prometheus tells is missing."""
    settings = patient.settings
    found = list(await asyncio.gather(*(_peer(one, patient) for one in settings.alertmanagers)))
    if all(one.state == "ok" for one in found):
        await patient.doors.alertmanager.configuration()  # complains of peers that differ
        found += [*await _versions(patient), *await _missing_peers(patient)]
    return found


async def timed(ask: Callable[[], Awaitable[float]], clock: RunClock, whose: str) -> Finding:
    """How fast somebody's clock is told, and how far it is from ours.

    Raises:
        DoorError: no answer.
    """
    offset, uncertainty = await clock_offset(ask, clock)
    return _compared(2 * uncertainty, (offset, uncertainty), whose)


def _compared(took: float, theirs: Apart, whose: str) -> Finding:
    offset, uncertainty = theirs
    apart = TODAY.sight.clocks_apart
    text = f"{_milliseconds(took)}, clock {offset:+.2f} ±{max(uncertainty, 0.01):.2f} s"
    if abs(offset) - uncertainty > apart:
        return fail(f"{text}: {whose}'s clock and ours may be {apart:g} s apart; set the wrong one")
    return ok(text)


def _milliseconds(seconds: float) -> str:
    took = seconds * 1000
    return f"{took:.0f} ms" if took >= WHOLE_MS else f"{took:.1f} ms"


def denied(error: Refused, settings: AttachedSettings, api: Api) -> str:
    """Which credentials it was that somebody did not accept."""
    if error.status not in DENIED:
        return str(error)
    if api.auth is None:
        return f"{error.status}: it wants to know who asks; name credentials with auth:"
    given = settings.auth[api.auth]
    reference = given.basic.password if given.basic else given.bearer
    who = f" of user {given.basic.user}" if given.basic else ""
    return f"{error.status}: auth {api.auth}: {reference}{who} is not accepted"


async def _peer(api: Api, patient: Patient) -> Finding:
    door = Alertmanager(patient.reach.api(api))
    try:
        await door.configuration()  # the first question pays for the connection
        asked = patient.clock.elapsed()
        await door.configuration()
        took = patient.clock.elapsed() - asked
        clocks = await clock_offsets(door.clocks, patient.clock)
        compared = [_compared(took, theirs, "Alertmanager") for theirs in clocks.values()]
        return compared[0] if compared else ok(_milliseconds(took))
    except Refused as error:
        return fail(denied(error, patient.settings, api))
    except DoorError as error:
        return fail(str(error))
    finally:
        await door.close()


async def _versions(patient: Patient) -> list[Finding]:
    """Peers of several versions work together; that somebody left off half-way is worth a word."""
    versions = await patient.doors.alertmanager.versions()
    if len(set(versions.values())) < 2:  # noqa: PLR2004  several
        return []
    said = ", ".join(f"{peer} is {version or 'of none that it tells'}" for peer, version in versions.items())
    return [warn(f"{said}: their configurations are the same in what both know; bring all to one version")]


async def _missing_peers(patient: Patient) -> list[Finding]:
    told = await patient.doors.prometheus.alertmanagers()
    listed = len(patient.settings.alertmanagers)
    if len(told) <= listed:
        return []
    return [
        warn(
            f"Prometheus tells {len(told)}, and {listed} of them is listed: list every peer under alertmanagers"
        )
    ]
