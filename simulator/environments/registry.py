"""Finds environments: each kind is an entry point, of this package or of any other that is installed."""

from collections.abc import Iterator, Mapping

from simulator.base.errors import StackError
from simulator.base.installed import load
from simulator.environments.contract import Environment, Find, Provider
from simulator.environments.settings import (
    GROUP,
    EnvironmentSettings,
    before_a_run,
    environment_settings,
    kinds,
)
from simulator.environments.site import own_stacks
from simulator.environments.traffic import TrafficSource
from simulator.plan.models import Panel
from simulator.plan.rules import Rule


def resolve(name: str) -> Environment:
    """The environment of this name, or of this file; or one that was run on, by the name that its undo goes by.

    Raises:
        BadInput: the name is not known, the file does not validate, or lists what is not there.
        StackError: its stack is not running.
    """
    find = _remembered(name)
    place = find() if find is not None else None
    if place is not None:
        return place
    settings = environment_settings(name)
    return _provider(settings.stack).find(settings)


def to_undo(name: str) -> Environment | None:
    """The same for an undo; None where a run has begun under this name, and never came so far as to inject.

    Raises:
        BadInput, StackError: as `resolve`.
    """
    find = _remembered(name)
    return resolve(name) if find is None else find()


def begun(settings: EnvironmentSettings) -> Environment | None:
    """Where these settings lead, if a run has begun there, or it is a stack of ours that runs; None: nothing can be injected.

    Raises:
        BadInput: what was kept of it cannot be read.
    """
    find = _remembered(settings.known_as)
    if find is not None:
        return find()
    if settings.stack not in own_stacks():
        return None
    try:
        return _provider(settings.stack).find(settings)
    except StackError:
        return None


def _remembered(name: str) -> Find | None:
    return next((find for kind in kinds() if (find := _provider(kind).remembered(name))), None)


def offers(name: str) -> Mapping[str, tuple[str, ...]]:
    """What the services of such an environment offer to faults, as far as that is known while nothing runs.

    Raises:
        BadInput: the name is not known, or the file does not validate.
    """
    settings = environment_settings(name)
    return _provider(settings.stack).offers(settings)


def traffic(name: str) -> TrafficSource:
    """Who sends requests to the environment of this name, or of this file.

    Raises:
        BadInput: the name is not known, or the file does not validate.
    """
    settings = environment_settings(name)
    return _provider(settings.stack).traffic(settings)


def rules(name: str) -> tuple[Rule, ...]:
    """The alerting rules that watch the environment of this name, or of this file, running or not.

    Raises:
        BadInput: the name is not known, a file cannot be used, or whoever knows them does not answer.
    """
    settings = environment_settings(name)
    with before_a_run(settings):
        return _provider(settings.stack).rules(settings)


def panels(name: str) -> tuple[Panel, ...]:
    """The same of its panels."""
    settings = environment_settings(name)
    with before_a_run(settings):
        return _provider(settings.stack).panels(settings)


def everywhere() -> Iterator[Find]:
    """Every environment of this user that may run, of any kind."""
    for kind in kinds():
        yield from _provider(kind).everywhere()


def _provider(kind: str) -> Provider:
    provider: Provider = load(GROUP, kind)
    return provider
