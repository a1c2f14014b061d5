"""What can be typed: the `simulator` commands, and the options this project adds to Locust."""

import argparse
import inspect
import typing
from collections.abc import Callable, Iterator
from typing import Any

import typer
from typer.models import OptionInfo, ParameterInfo

from docs.parts.markdown import prose, table
from simulator.cli import app
from simulator.errors import ExitCode
from simulator.workload.options import add_options

_MEANINGS = {
    ExitCode.LEFT_INJECTED: "an undo could not be confirmed: something is left injected",
    ExitCode.BAD_INPUT: "bad input or usage",
    ExitCode.HARNESS: "the tool or the stack broke",
    ExitCode.ABORTED: "aborted or interrupted",
    ExitCode.BREACHED: "breached: an alert or a panel did not do what it must",
    ExitCode.INCONCLUSIVE: "inconclusive: nothing is proven",
    ExitCode.MET: "met",
}


def exit_codes() -> str:
    """All exit codes, in the order in which they apply."""
    return table(("exit code", "meaning"), ((str(int(code)), _MEANINGS[code]) for code in ExitCode))


def command_reference() -> str:
    """Every command with its arguments and options."""
    return "\n".join(_command(name, act) for name, act in commands(app))


def commands(group: typer.Typer, prefix: str = "simulator") -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every command below a group, by what is typed."""
    for command in group.registered_commands:
        if command.callback is not None:
            yield f"{prefix} {command.name or command.callback.__name__}", command.callback
    for inner in group.registered_groups:
        if inner.typer_instance is not None:
            yield from commands(inner.typer_instance, f"{prefix} {inner.name}")


def locust_options() -> str:
    """The options that `locust -f locustfile.py` has beyond Locust's own."""
    # The parser's class comes from the annotation, because only the workload may import Locust.
    parser = typing.get_type_hints(add_options)["parser"](add_help=False)
    before = len(parser._actions)  # noqa: SLF001  argparse has no other way to list what was added
    add_options(parser)
    return table(
        ("option", "environment variable", "default", "meaning"),
        (
            (_flag(action), f"`{getattr(action, 'env_var', '')}`", _shown(action.default), action.help or "")
            for action in parser._actions[before:]  # noqa: SLF001  as above
            if action.help != argparse.SUPPRESS
        ),
    )


def _flag(action: argparse.Action) -> str:
    takes = "{" + ",".join(action.choices) + "}" if action.choices else action.metavar
    return f"`{action.option_strings[0]} {takes}`"


def _command(name: str, act: Callable[..., Any]) -> str:
    parameters = [
        (parameter, info)
        for parameter in inspect.signature(act, eval_str=True).parameters.values()
        for info in typing.get_args(parameter.annotation)
        if isinstance(info, ParameterInfo) and not (isinstance(info, OptionInfo) and info.hidden)
    ]
    arguments = "".join(
        f" {parameter.name.upper()}" for parameter, info in parameters if not isinstance(info, OptionInfo)
    )
    rows = [
        (_typed(parameter, info), _shown(parameter.default), info.help or "")
        for parameter, info in parameters
    ]
    options = f"\n{table(('argument or option', 'default', 'meaning'), rows)}" if rows else ""
    return f"### {name}\n\n```sh\n{name}{arguments}\n```\n\n{prose(act.__doc__)}\n{options}"


def _typed(parameter: inspect.Parameter, info: ParameterInfo) -> str:
    if not isinstance(info, OptionInfo):
        return f"`{parameter.name.upper()}`"
    return f"`--{parameter.name}`"


def _shown(default: object) -> str:
    if default is inspect.Parameter.empty:
        return "required"
    return f"`{default}`" if str(default) else "none"
