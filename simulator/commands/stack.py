"""`simulator stack`: start, stop and show the stacks that are ours."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator.base.errors import BadInput, ExitCode
from simulator.base.names import nearest, shown
from simulator.environments.settings import STACKS
from simulator.erpgo.stack.compose import client as compose
from simulator.erpgo.stack.compose.info import ComposeInfo, Images
from simulator.erpgo.stack.supervisor import client as stacks
from simulator.erpgo.stack.supervisor.paths import embedded_folder
from simulator.erpgo.stack.supervisor.protocol import Endpoint

app = typer.Typer(
    help="The stack: ERPGo and its monitoring, on loopback, as processes or as containers.",
    no_args_is_help=True,
)

StackOption = Annotated[
    str, typer.Option("--environment", help="Which: embedded or compose.", metavar="NAME")
]


@app.command("up")
def up(
    environment: StackOption = "embedded",
    images: Annotated[
        Images | None,
        typer.Option(
            help="compose: upstream images or Debian's packages; by default upstream where they can be had."
        ),
    ] = None,
) -> None:
    """Start the stack; it stays until `simulator stack down`."""
    _check(environment)
    if environment == "compose":
        _print_services(compose.up(_say, images).info.services)
    elif images is not None:
        raise BadInput("--images goes with --environment compose")
    else:
        _print_services(stacks.up(embedded_folder(), say=_say).services)


@app.command("down")
def down(environment: StackOption = "embedded") -> None:
    """Stop the stack and everything in it; its data goes with it."""
    _check(environment)
    stopped = compose.down(_say) if environment == "compose" else stacks.down(embedded_folder())
    print("stopped" if stopped else f"the {environment} stack is not running")


@app.command("status")
def status(environment: StackOption = "embedded") -> None:
    """Show the services of the stack, and what is held."""
    _check(environment)
    info = compose.running() if environment == "compose" else stacks.running(embedded_folder())
    if info is None:
        up = "simulator stack up" + (" --environment compose" if environment == "compose" else "")
        print(f"the {environment} stack is not running; start it with: {up}")
        raise typer.Exit(ExitCode.INCONCLUSIVE)
    if isinstance(info, ComposeInfo):
        _print_services(info.services, compose.states(info))
        return
    with stacks.Connection(info) as connection:
        status = connection.status()
        holds = connection.holds()
    _print_services(info.services, {name: service.state for name, service in status.services.items()})
    for hold in holds:
        print(f"{hold.service} is held {hold.how} by {hold.owner}")


def _check(name: str) -> None:
    if name not in STACKS:
        raise BadInput(f"unknown stack {shown(name)}{nearest(name, STACKS)}")


def _say(text: str) -> None:
    print(text, flush=True)


def _print_services(services: dict[str, Endpoint], states: dict[str, str] | None = None) -> None:
    rows = Table(box=None, pad_edge=False, show_header=False)
    for name, endpoint in services.items():
        rows.add_row(*map(Text, (name, f"{endpoint.host}:{endpoint.port}", (states or {}).get(name, ""))))
    Console().print(rows)
