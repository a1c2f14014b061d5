"""What can be typed: the `simulator` commands, and the options this project adds to Locust."""

import argparse
import typing
from collections.abc import Iterator

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from docs.parts.markdown import prose, table
from simulator.base.errors import ExitCode
from simulator.cli import app
from simulator.locust.fit import LOCUST_OPTIONS, spellings
from simulator.locust.options import add_options

_MEANINGS = {
    ExitCode.LEFT_INJECTED: "an undo could not be confirmed: something is left injected",
    ExitCode.BAD_INPUT: "bad input or usage",
    ExitCode.HARNESS: "the tool or the stack broke",
    ExitCode.ABORTED: "aborted or interrupted",
    ExitCode.BREACHED: "breached: an alert or a panel did not do what it must",
    ExitCode.INCONCLUSIVE: "inconclusive: nothing is proven",
    ExitCode.NOT_RUN: "of `simulator schedule run-due`: a slot was due, and did not run",
    ExitCode.MET: "met",
}


def exit_codes() -> str:
    """All exit codes, in the order in which they apply."""
    return table(("exit code", "meaning"), ((str(int(code)), _MEANINGS[code]) for code in ExitCode))


def command_reference() -> str:
    """Every command with its arguments and options."""
    return "\n".join(_command(name, command) for name, command in commands())


def commands() -> Iterator[tuple[str, TyperCommand]]:
    """Every command, as it is parsed, by what is typed."""
    yield from _below(typer.main.get_command(app), "simulator")


def _below(command: object, typed: str) -> Iterator[tuple[str, TyperCommand]]:
    if isinstance(command, TyperCommand):
        yield typed, command
    elif isinstance(command, TyperGroup):
        for name, inner in command.commands.items():
            yield from _below(inner, f"{typed} {name}")


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


def game_day_options() -> str:
    """What each of Locust's own options does in a game day."""
    typed = spellings()
    return table(
        ("option", "in a game day"), ((typed[name], fit.does) for name, fit in LOCUST_OPTIONS.items())
    )


def _command(name: str, command: TyperCommand) -> str:
    parameters = [
        one
        for one in command.params
        if isinstance(one, TyperArgument) or (isinstance(one, TyperOption) and not one.hidden)
    ]
    arguments = "".join(
        f" {_name(one)}" if one.required else f" [{_name(one)}]"
        for one in parameters
        if isinstance(one, TyperArgument)
    )
    context = typer.Context(command)
    rows = [(_typed(one, context), _default(one), one.help or "") for one in parameters]
    options = f"\n{table(('argument or option', 'default', 'meaning'), rows)}" if rows else ""
    return f"### {name}\n\n```sh\n{name}{arguments}\n```\n\n{prose(command.help)}\n{options}"


def _name(argument: TyperArgument) -> str:
    return (argument.name or "").upper()


def _default(one: TyperArgument | TyperOption) -> str:
    if one.required or (isinstance(one, TyperOption) and one.is_flag):
        return "required" if one.required else "off"
    return _shown("" if one.default is None else one.default)


def _typed(one: TyperArgument | TyperOption, context: typer.Context) -> str:
    """Every spelling, and what it takes."""
    if isinstance(one, TyperArgument):
        return f"`{_name(one)}`"
    takes = "" if one.is_flag else f" {one.metavar or one.display_type(context)}"
    return ", ".join(f"`{spelling}{takes}`" for spelling in (*one.opts, *one.secondary_opts))


def _shown(default: object) -> str:
    return f"`{default}`" if str(default) else "none"
