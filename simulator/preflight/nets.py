"""The nets, held before anything is touched. A refusal says which net it was, and so how to do without it."""

from collections.abc import Iterable
from datetime import datetime

from simulator.base.errors import BadInput, DoorError, Unsafe
from simulator.doors import Doors
from simulator.doors.prometheus import Series, numbers
from simulator.environments.settings import EnvironmentSettings
from simulator.plan.models import Plan
from simulator.plan.sight import rests_on
from simulator.safety.nets import NetName


def check_place(
    settings: EnvironmentSettings, hosts: Iterable[str], confirmed: str, without: Iterable[NetName]
) -> None:
    """Refuse to reach for another machine, and to run in production by mistake.

    Raises:
        BadInput: production was not confirmed.
        Unsafe: a host is neither this machine nor listed.
    """
    if settings.tier == "production" and confirmed != settings.name:
        raise BadInput(
            f"environment {settings.name} is production; if you mean it, type its name once more:"
            f" --confirm {settings.name}"
        )
    foreign = sorted(host for host in hosts if not settings.allows(host))
    if foreign and "loopback" not in without:
        raise _refused(
            "loopback",
            f"environment {settings.name} would reach {', '.join(foreign)}, which is not this machine;"
            " an environment of tier staging may list it under hosts",
        )


def check_nets(plan: Plan, now: datetime) -> None:
    """Hold the nets that need nobody's answer.

    Raises:
        Unsafe: one of them refuses.
    """
    check_run_time(plan, plan.lower_bound)
    if plan.stack.nets.hold("caps"):
        _check_caps(plan)
    check_blackout(plan, now, plan.lower_bound)


def check_blackout(plan: Plan, now: datetime, seconds: float) -> None:
    """Refuse to begin what would last so many seconds from now, if a blackout is in the way.

    Raises:
        Unsafe: one is.
    """
    nets = plan.stack.nets
    blackout = nets.blackout(now, seconds) if nets.hold("blackout") else None
    if blackout is not None:
        raise _refused(
            "blackout",
            f"{seconds / 60:.0f} minutes from {now:%Y-%m-%d %H:%M} UTC meet the blackout of {blackout.told}",
        )


async def check_identity(plan: Plan, doors: Doors) -> None:
    """Refuse an API that says it belongs to another environment.

    Raises:
        DoorError: it does not answer.
        Unsafe: it is another one.
    """
    wanted = plan.stack.identity
    if wanted and doors.identity and plan.stack.nets.hold("identity"):
        said = await doors.identity()
        if said != wanted:
            raise _refused(
                "identity",
                f"environment {plan.stack.name} expects an API that calls itself {wanted!r};"
                f" this one calls itself {said!r}",
            )


async def check_shares(plan: Plan, names: Iterable[str], doors: Doors) -> None:
    """Refuse experiments of which a fault would take more of a service than it may.

    Raises:
        DoorError: how many containers a service has cannot be asked.
        Unsafe: one would.
    """
    nets = plan.stack.nets
    if not nets.hold("caps") or nets.limits.share >= 1.0:
        return
    for experiment in map(plan.experiment, names):
        for fault in experiment.faults:
            there = await doors.services.replicas(fault.touches) if fault.touches else 0
            taken = fault.takes(there)
            if taken > there * nets.limits.share:
                raise _refused(
                    "caps",
                    f"{experiment.name}: {fault.fault} would take {taken} of {there} of {fault.touches};"
                    f" a share of {nets.limits.share:g} is allowed",
                )


async def conditions_blind_now(plan: Plan, doors: Doors) -> list[str]:
    """Abort conditions that cannot be true now, because what they compare has no value; one line each.

    Raises:
        Unsafe: Prometheus does not answer one of them: then it is no net.
    """
    nets = plan.stack.nets
    blind = []
    for condition in nets.abort_when if nets.hold("abort") else ():
        await _answer(condition.name, condition.expr, doors)
        for query in rests_on(condition.expr):
            if not numbers(await _answer(condition.name, query, doors)):
                shown = " ".join(query.split())
                blind.append(
                    f"abort condition {condition.name} sees nothing: Prometheus has no value for {shown};"
                    " it aborts nothing until there is one"
                )
    return blind


async def _answer(condition: str, query: str, doors: Doors) -> list[Series]:
    try:
        return await doors.prometheus.query(query)
    except DoorError as error:
        raise _refused("abort", f"abort condition {condition} cannot be answered: {error}") from None


def check_run_time(plan: Plan, elapsed: float) -> None:
    """Refuse to go on for longer than a run may last: so many seconds.

    Raises:
        Unsafe: it is longer.
    """
    nets = plan.stack.nets
    if nets.hold("caps") and elapsed > nets.limits.run:
        raise _refused("caps", f"the run would last {elapsed:.0f} s; {nets.limits.run:g} s are allowed")


def _check_caps(plan: Plan) -> None:
    limits = plan.stack.nets.limits
    for wave in plan.waves:
        experiments = [plan.experiment(name) for name in wave]
        faults = sum(len(experiment.faults) for experiment in experiments)
        if faults > limits.faults:
            raise _refused(
                "caps", f"{', '.join(wave)}: {faults} faults at a time; {limits.faults} are allowed"
            )
        for experiment in experiments:
            if experiment.faults and experiment.lasts > limits.fault:
                raise _refused(
                    "caps",
                    f"{experiment.name}: a fault of up to {experiment.lasts:g} s; {limits.fault:g} s are allowed",
                )


def _refused(net: NetName, why: str) -> Unsafe:
    return Unsafe(f"{why}. Net: {net}; to do without it: --without {net}")
