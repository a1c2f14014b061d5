"""Pages: whether ours arrive, and whom else they would wake."""

from collections.abc import Iterable

from simulator.attached.doctor.finding import Finding, fail, not_run, ok, warn
from simulator.attached.doctor.monitoring import timed
from simulator.attached.doctor.patient import Patient
from simulator.attached.settings import ReceiverApi
from simulator.base.names import some
from simulator.base.secret import FILE
from simulator.doors.canary import Canary
from simulator.doors.http import DENIED, Refused
from simulator.doors.receiver import Receiver
from simulator.plan.policy import CANARY, GROUP_WAIT
from simulator.preflight.loaded import silences_of
from simulator.preflight.receivers import Told, read_receivers
from simulator.preflight.routing import Route, Routes
from simulator.receiver.snippet import snippet

CANARY_WITHIN = GROUP_WAIT + 10.0
"""Seconds: the doctor is done in a minute, also where a canary that joins a group would be held for longer."""
LOOK_EVERY = 0.2
TOKEN_ELSEWHERE = "/etc/alertmanager/simulator-token"  # noqa: S105  a path, and no token


async def receiver(patient: Patient) -> list[Finding]:
    """It lets us in, its clock is close to ours, and Alertmanager tells it."""
    door, api = patient.doors.receiver, patient.settings.pages.receiver
    if door is None or api is None:
        return [not_run("none is named; alerts are judged when Alertmanager has accepted them")]
    try:
        found = [await timed(door.clock, patient.clock, "the receiver")]
    except Refused as error:
        wrong = error.status in DENIED
        return [fail(f"{error.status}: {api.token} is not its token" if wrong else str(error))]
    return found + _told(api, patient.settings.pages.routes, await _receivers(patient))


async def people(patient: Patient) -> list[Finding]:
    """Nobody is woken who is not listed."""
    paged = _unlisted(patient, await _paged_by(patient), await _receivers(patient))
    found = [
        fail(f"{_and_more(by)} also page{'s' if len(by) == 1 else ''} {_shown(told)}; list or silence it")
        for told, by in paged
    ]
    listed = patient.settings.pages.people
    return found or [ok(f"only {some(list(listed))}" if listed else "nobody but us is paged")]


async def canary(patient: Patient) -> list[Finding]:
    """One alert of ours travels the whole way."""
    sent, door = patient.doors.canary, patient.doors.receiver
    if door is None:
        return [not_run("no receiver")]
    if sent is None:
        return [not_run("canary: none")]
    if patient.settings.pages.canary == "scrape":
        return [not_run("its gauge is there while a run is; a run sends it before it breaks anything")]
    routes = await _routes_of_the_canary(patient)
    by_us = {route.receiver: [CANARY] for route in routes}
    if wakes := _unlisted(patient, by_us, await _receivers(patient)):
        return [not_run(f"it would also page {some([_shown(told) for told, _ in wakes])}")]
    return [await _travel(sent, door, patient, max(route.longest_wait for route in routes))]


async def _travel(sent: Canary, door: Receiver, patient: Patient, held: float) -> Finding:
    last = max([page.sequence for page in await door.notifications(0, 0.0)], default=0)
    began = patient.clock.elapsed()

    async def arrived() -> bool | None:
        pages = await door.notifications(last, LOOK_EVERY)
        return any(page.alert == CANARY and page.status == "firing" for page in pages) or None

    try:
        await sent.send()
        if await patient.clock.until(arrived, within=CANARY_WITHIN, every=LOOK_EVERY):
            return ok(f"sent through Alertmanager, arrived within {patient.clock.elapsed() - began:.1f} s")
        return missed(await sent.how_far(), held)
    finally:
        await sent.call_back()


def missed(how_far: str, held: float) -> Finding:
    """What is to say of a canary that did not arrive, whose route may hold it for so many seconds."""
    may_be_held = held > CANARY_WITHIN
    # Alertmanager's default holds for five minutes: that excuses no receiver that is never told.
    hint = f"; its route may hold a group back for {held:g} s: look again after that" if may_be_held else ""
    return fail(f"did not arrive within {CANARY_WITHIN:g} s: {how_far}{hint}")


async def _receivers(patient: Patient) -> dict[str, Told]:
    configuration = await patient.doors.alertmanager.configuration()
    return read_receivers(configuration, patient.settings.pages.routes)


async def _routes(patient: Patient) -> Routes:
    return Routes.read(await patient.doors.alertmanager.configuration(), patient.judged)


async def _routes_of_the_canary(patient: Patient) -> list[Route]:
    labels = {**patient.settings.pages.canary_labels, "alertname": CANARY}
    return (await _routes(patient)).taken(labels)


async def _paged_by(patient: Patient) -> dict[str, list[str]]:
    """By Alertmanager's receiver, the alerts that would page it; one that is silenced pages nobody."""
    routes = await _routes(patient)
    silences = await patient.doors.alertmanager.silences()
    paged: dict[str, list[str]] = {}
    for would in await patient.alertings():
        alert = would.rule.alert
        loud = [
            one
            for one in would.instances
            if patient.judged.concerns(alert, one.labels) and not silences_of(one.labels, silences)
        ]
        ends = (route for one in loud for route in routes.ends(one.labels, all_known=one.all_known).routes)
        for name in dict.fromkeys(route.receiver for route in ends):
            paged.setdefault(name, []).append(alert)
    if patient.settings.pages.canary != "none":
        for route in await _routes_of_the_canary(patient):
            paged.setdefault(route.receiver, []).append("the canary")
    return paged


def _unlisted(
    patient: Patient, paged: dict[str, list[str]], known: dict[str, Told]
) -> list[tuple[Told, list[str]]]:
    listed = patient.settings.pages.people
    return [
        (known[name], list(dict.fromkeys(by)))
        for name, by in sorted(paged.items())
        if name in known and known[name].tells_others and name not in listed
    ]


def _told(api: ReceiverApi, routes: Iterable[str], known: dict[str, Told]) -> list[Finding]:
    """Whether Alertmanager tells our receiver, by each of its own that should."""
    meant = tuple(routes) or tuple(name for name, told in known.items() if told.tells_us)
    if not meant:
        return [
            fail(
                "no receiver of Alertmanager has its address; add to each whose pages are judged:", _add(api)
            )
        ]
    missing = [name for name in meant if name not in known]
    silent = [name for name in meant if name in known and known[name].tells_us is False]
    hidden = [name for name in meant if name in known and known[name].tells_us is None]
    found = [
        fail(f"pages: routes: Alertmanager has no receiver {name!r}; it has {some(sorted(known), 10)}")
        for name in missing
    ]
    found += [
        fail(f"Alertmanager's receiver {name!r} does not tell it; add there:", _add(api, name))
        for name in silent
    ]
    if hidden:
        found.append(
            warn(
                f"Alertmanager hides the address that {some(hidden)} tells; whether it is ours, the canary shows"
            )
        )
    return found or [ok(f"told by {some(list(meant))}")]


def _add(api: ReceiverApi, name: str | None = None) -> str:
    place = api.token.removeprefix(FILE) if api.token.startswith(FILE) else TOKEN_ELSEWHERE
    return snippet(api.url, place, receiver=name) if name else snippet(api.url, place)


def _shown(told: Told) -> str:
    return f"{told.name} ({', '.join(told.tells_others)})"


def _and_more(alerts: list[str]) -> str:
    return alerts[0] if len(alerts) == 1 else some(alerts, 2)
