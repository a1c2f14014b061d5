"""The examination: independent checks side by side, each in its time, told one after the other."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from simulator.attached.doctor.finding import Finding, fail, not_run
from simulator.attached.doctor.patient import Patient
from simulator.base.errors import SimulatorError

WITHIN = 55.0
"""Seconds for all of it."""

Look = Callable[[Patient], Awaitable[list[Finding]]]
"""May raise a SimulatorError, which is a failure."""
Examined = tuple[str, Finding]
"""What was looked at, and one thing that was found."""


@dataclass(frozen=True)
class Check:
    """One thing that is looked at."""

    what: str
    look: Look
    needs: tuple[str, ...] = ()
    """Checks before it without which there is nothing to look at."""
    rehearses: str = ""
    """What it does besides looking."""


async def examine(patient: Patient, checks: Sequence[Check]) -> AsyncIterator[Examined]:
    """What is found, in the sequence of the checks. Secrets are in none of it."""
    under_way: dict[str, asyncio.Task[list[Finding]]] = {}
    deadline = asyncio.get_running_loop().time() + WITHIN
    tasks: list[asyncio.Task[list[Finding]]] = []
    try:
        for check in checks:
            before = {name: under_way[name] for name in check.needs}
            task = asyncio.create_task(_carry_out(check, patient, before, deadline))
            if check.what not in under_way:  # a service may be called like a check
                under_way[check.what] = task
            tasks.append(task)
        for check, task in zip(checks, tasks, strict=True):
            for found in await task:
                yield check.what, _without_secrets(found, patient)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await patient.close()


async def _carry_out(
    check: Check, patient: Patient, before: dict[str, asyncio.Task[list[Finding]]], deadline: float
) -> list[Finding]:
    for name, task in before.items():
        # Shielded: whoever needs a check does not end it.
        if any(found.state in ("FAIL", "--") for found in await asyncio.shield(task)):
            return [not_run(f"see {name}")]
    try:
        async with asyncio.timeout_at(deadline):
            return await check.look(patient)
    except TimeoutError:
        return [fail(f"no answer while the {WITHIN:g} s of an examination lasted")]
    except SimulatorError as error:
        return [fail(str(error))]


def _without_secrets(found: Finding, patient: Patient) -> Finding:
    hidden = {name: patient.reach.hidden(getattr(found, name)) for name in ("text", "more")}
    return found.model_copy(update=hidden)
