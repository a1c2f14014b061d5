"""`simulator stack`: start, stop and show the stacks that are ours."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator.base.errors import BadInput, ExitCode
from simulator.base.names import nearest, shown
from simulator.environments.site import OwnStack, Shown, own_stack, own_stacks

app = typer.Typer(
    help="A system and its monitoring, started here on loopback, as processes or as containers.",
    no_args_is_help=True,
)

StackOption = Annotated[
    str, typer.Option("--environment", help=f"Which: {' or '.join(own_stacks())}.", metavar="NAME")
]


@app.command("up")
def up(
    environment: StackOption = "embedded",
    images: Annotated[
        str | None,
        typer.Option(
            help="compose: upstream images or debian packages; by default upstream where they can be had."
        ),
    ] = None,
) -> None:
    """Start the stack; it stays until `simulator stack down`."""
    _print(_named(environment).up(_say, images))


@app.command("down")
def down(environment: StackOption = "embedded") -> None:
    """Stop the stack and everything in it; its data goes with it."""
    print("stopped" if _named(environment).down(_say) else f"the {environment} stack is not running")


@app.command("status")
def status(environment: StackOption = "embedded") -> None:
    """Show the services of the stack, and what is held."""
    running = _named(environment).status()
    if running is None:
        up = "simulator stack up" + ("" if environment == "embedded" else f" --environment {environment}")
        print(f"the {environment} stack is not running; start it with: {up}")
        raise typer.Exit(ExitCode.INCONCLUSIVE)
    _print(running)


def _named(name: str) -> OwnStack:
    stack = own_stack(name)
    if stack is None:
        raise BadInput(f"unknown stack {shown(name)}{nearest(name, own_stacks())}")
    return stack


def _say(text: str) -> None:
    print(text, flush=True)


def _print(running: Shown) -> None:
    rows = Table(box=None, pad_edge=False, show_header=False)
    for name, address in running.services.items():
        rows.add_row(*map(Text, (name, address, running.states.get(name, ""))))
    Console().print(rows)
    for note in running.notes:
        print(note)
