"""What a run is seen by besides alerts: dashboards, and traffic."""

import asyncio
import sys
from pathlib import Path

from simulator.attached.doctor.finding import Finding, fail, not_run, ok, warn
from simulator.attached.doctor.monitoring import denied
from simulator.attached.doctor.patient import Patient
from simulator.attached.settings import Api
from simulator.attached.survey import dashboards_of, drawn_by, scrape_interval
from simulator.base.names import brief, some
from simulator.doors.http import Refused
from simulator.doors.prometheus import numbers

LISTED_WITHIN = 30.0
"""Seconds for Locust to read a locustfile."""
MOST_LEFT_OUT = 5
"""Panels that are named one by one."""


async def dashboards(patient: Patient) -> list[Finding]:
    """They can be had, and are understood."""
    settings = patient.settings.dashboards
    if settings is None:
        return [not_run("none are named; no panel is watched")]
    try:
        trees = await dashboards_of(settings, patient.reach)
    except Refused as error:
        api = Api.model_construct(url=settings.grafana or "", auth=settings.auth)
        return [fail(denied(error, patient.settings, api))]
    targets = await patient.doors.prometheus.targets()
    drawn = drawn_by(trees, settings, scrape_interval(targets, patient.settings, patient.judged))
    if not trees:
        return [warn("there is none")]
    found = [warn(f"left out: {line}") for line in drawn.left_out[:MOST_LEFT_OUT]]
    if more := len(drawn.left_out) - len(found):
        found.append(warn(f"left out: and {more} more"))
    return [ok(f"{len(trees)} with {len(drawn.panels)} panels that can be watched"), *found]


async def traffic(patient: Patient) -> list[Finding]:
    """The locustfile is one, and the witness sees something."""
    settings = patient.settings.traffic
    if settings is None:
        return [not_run("none is sent, and nobody counts what is there anyway")]
    found = [] if settings.locustfile is None else [await _read_by_locust(settings.locustfile)]
    if settings.counted:
        seen = numbers(await patient.doors.prometheus.query(settings.counted))
        found.append(
            ok(f"counted: {sum(seen):.1f} requests/s now") if seen else warn("counted: has no value now")
        )
    return found or [not_run("neither a locustfile nor counted: is given")]


async def _read_by_locust(locustfile: Path) -> Finding:
    """Locust itself reads the file and names its users; none of them is started."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "locust", "-f", str(locustfile), "--list"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=locustfile.parent,
    )
    try:
        async with asyncio.timeout(LISTED_WITHIN):
            said, trouble = await process.communicate()
    except TimeoutError:
        return fail(f"{locustfile.name} could not be read within {LISTED_WITHIN:g} s")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        last = [line for line in trouble.decode(errors="replace").splitlines() if line.strip()][-1:]
        return fail(f"{locustfile} cannot be read: {brief(''.join(last))}")
    users = said.decode(errors="replace").partition(":")[2].split()
    return ok(f"{locustfile.name} has {some(users)}") if users else fail(f"{locustfile} has no user")
