"""What can be asked for: experiments with their keys, faults, personas, workload switches."""

import ast
import inspect
import sys
import textwrap
import typing
from collections.abc import Callable, Mapping
from typing import Any

from docs.parts.markdown import key_table, part_of, prose, sentence, table
from simulator.base.loader import load
from simulator.doors import Doors
from simulator.environments.settings import EnvironmentSettings
from simulator.erpgo.files import SCENARIOS
from simulator.erpgo.personas import personas
from simulator.faults import OFFERS, FaultSettings, faults
from simulator.load.switches import registry
from simulator.locust.persona import Persona
from simulator.plan.catalogue import Catalogue
from simulator.plan.models import AlertExpectation, Experiment, GameDay
from simulator.safety.nets import NETS, Blackout, Condition, Limits

_ACTS = {"inject": "inject", "is_effective": "effective", "undo": "undo", "is_undone": "undone"}


def experiment_table() -> str:
    """Every game day and experiment of the catalogue."""
    catalogue = Catalogue.of(SCENARIOS)
    days = [load(path, GameDay) for path in catalogue.game_days.values()]
    rows = [(f"`{day.name}`", day.title, ", ".join(f"`{part}`" for part in day.experiments)) for day in days]
    experiments = [load(path, Experiment) for path in catalogue.experiments.values()]
    return (
        table(("game day", "title", "experiments"), rows)
        + "\n"
        + table(
            ("experiment", "title", "faults", "must", "may", "panels"),
            (
                (
                    f"`{one.name}`",
                    one.title,
                    ", ".join(f"`{fault.fault}`" for fault in one.faults) or "none",
                    ", ".join(_must(one, alert) for alert in one.must) or "nothing",
                    ", ".join(str(alert.named) for alert in one.may) or "nothing else",
                    ", ".join(f"{panel.panel} {panel.expect}" for panel in one.panels) or _others(one),
                )
                for one in experiments
            ),
        )
    )


def _must(experiment: Experiment, alert: AlertExpectation) -> str:
    clears = ", may clear" if alert.clears else ""
    return f"{experiment.identity(alert)} {alert.expect}{clears}"


def _others(experiment: Experiment) -> str:
    return "all stay" if experiment.panels_stay else ""


def experiment_keys() -> str:
    """Every key of both kinds of file."""
    parts = [f"### An experiment\n\n{key_table(Experiment, without=['name'])}"]
    for name, field in Experiment.model_fields.items():
        part = part_of(field)
        if part is not None and part is not FaultSettings:
            parts.append(f"### `{name}`\n\n{prose(part.__doc__)}\n\n{key_table(part)}")
    parts.append(f"### A game day\n\n{key_table(GameDay, without=['name'])}")
    return "\n".join(parts)


def environment_keys() -> str:
    """Every key of an environment's file."""
    parts = [key_table(EnvironmentSettings, without=["name"])]
    for name, model in (("limits", Limits), ("blackouts", Blackout), ("abort_when", Condition)):
        parts.append(f"### `{name}`\n\n{prose(model.__doc__)}\n\n{key_table(model)}")
    return "\n".join(parts)


def net_table() -> str:
    """Every net, and what it holds."""
    return table(("net", "what it holds"), ((f"`{net}`", holds) for net, holds in NETS.items()))


def fault_reference() -> str:
    """Every fault: what it is, its settings, and its four acts as the code carries them out."""
    parts = []
    for name, fault in sorted(faults().items()):
        module = sys.modules[type(fault).__module__]
        what = sentence(module.__doc__).split(": ", 1)[-1]
        acts = [(act, _act(getattr(type(fault), method))) for method, act in _ACTS.items()]
        settings = key_table(fault.settings, without=["fault"])
        where = f"Needs {OFFERS.get(fault.needs, f'a service that offers `{fault.needs}`')}.\n\n"
        parts.append(
            f"## {name}\n\n{what[0].upper()}{what[1:]}\n\n{prose(type(fault).__doc__)}\n\n{where}"
            f"{settings}\n{table(('act', 'how'), acts)}"
        )
    return "\n".join(parts)


def persona_table() -> str:
    """Who makes the traffic, and how much of it."""
    return table(
        ("persona", "what a session is", "how often"),
        ((f"`{kind.__name__}`", prose(kind.__doc__), _how_often(kind)) for kind in personas().values()),
    )


def switch_table() -> str:
    """What an experiment can change in the traffic."""
    parts = []
    for name, switch in sorted(registry().items()):
        settings = f"\n{key_table(switch)}" if switch.model_fields else "\nNo settings.\n"
        parts.append(f"### {name}\n\n{prose(switch.__doc__)}\n{settings}")
    return "\n".join(parts)


def _how_often(persona: type[Persona]) -> str:
    if persona.quota.share:
        return f"{persona.quota.share:.0%} of the arrivals"
    if persona.quota.per_minute:
        return f"{persona.quota.per_minute:g} a minute in all"
    return "only while its switch is on"


def _act(method: Callable[..., Any]) -> str:
    """What an act does: in its own words if it has a docstring, else in those of what it calls, and of its evidence.

    Raises:
        ValueError: nothing of all that says anything.
    """
    if method.__doc__:
        return prose(method.__doc__)
    tree = ast.parse(textwrap.dedent(inspect.getsource(method)))
    said = " ".join(dict.fromkeys([*_called(tree, method), *_observed(tree)]))
    if not said:
        raise ValueError(f"{method.__qualname__} needs a docstring: the reference has nothing to say of it")
    return said


def _called(tree: ast.AST, method: Callable[..., Any]) -> list[str]:
    """The first paragraphs of the doors' methods and the shared checks that an act calls."""
    names = inspect.unwrap(method).__globals__
    said = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=asked, attr=name)) if door := _door(asked, names):
                said.append(sentence(getattr(door, name).__doc__))
            case ast.Call(func=ast.Name(id=name)) if inspect.iscoroutinefunction(helper := names.get(name)):
                said.append(sentence(helper.__doc__))
    return [text.split("; raises ")[0].rstrip(".") + "." for text in said if text]


def _door(asked: ast.expr, names: Mapping[str, Any]) -> Any:
    """The class of a door that is asked, as in `doors.services`, `doors.database(...)` or `doors.of(Erpgo)`; else None."""
    match asked:
        case ast.Attribute(value=ast.Name(id="doors"), attr=door) if door != "clock":
            asked_of = getattr(Doors, door, None)
            if isinstance(asked_of, property):
                return typing.get_type_hints(asked_of.fget)["return"]
            return typing.get_type_hints(Doors)[door]
        case ast.Call(func=ast.Attribute(value=ast.Name(id="doors"), attr="of"), args=[ast.Name(id=kind)]):
            return names[kind]
        case ast.Call(func=ast.Attribute(value=ast.Name(id="doors"), attr=one)):
            return typing.get_type_hints(getattr(Doors, one))["return"]
    return None


def _observed(tree: ast.AST) -> list[str]:
    """How the evidence of an act's check reads."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Check":
            parts = {keyword.arg: keyword.value for keyword in node.keywords}
            if isinstance(parts["ok"], ast.Constant):
                continue  # one of several ways out, and not the one that says what is asked
            words = [text for text in evidence(parts["observed"]) if text.strip("… ")]
            return [f"Evidence: {' or '.join(f'“{text}”' for text in words)}."] if words else []
    return []


def evidence(text: ast.expr) -> list[str]:
    """What an expression may read as, with each value left out: never Python."""
    match text:
        case ast.Constant(value=str(said)):
            return [said]
        case ast.JoinedStr():
            return [
                "".join(part.value if isinstance(part, ast.Constant) else "…" for part in text.values)  # type: ignore[misc]  # text here
            ]
        case ast.IfExp():
            return [*evidence(text.body), *evidence(text.orelse)]
    return ["…"]
