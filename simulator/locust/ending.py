"""The last lines of a game day: what happened, and what to do next."""

import sys
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from simulator.base.errors import ExitCode
from simulator.base.outlet import Outlet
from simulator.base.protocol import Finished

NEXT = {
    ExitCode.LEFT_INJECTED: "something may still be injected; now run: {undo}",
    ExitCode.BAD_INPUT: "nothing was injected; mend what the message names, and run it again",
    ExitCode.HARNESS: "the tool or the stack broke, and no verdict can be trusted; see the messages above, then: simulator stack status, or for a system of your own: simulator doctor FILE",
    ExitCode.ABORTED: "it was ended early, and everything was undone; run it again for a verdict",
    ExitCode.BREACHED: "an alert or a panel did not do what it must; the report shows which stage took the time",
    ExitCode.INCONCLUSIVE: "nothing is proven; mend what the reasons name, and run it again",
    ExitCode.MET: "nothing to do",
}
STYLES = {ExitCode.MET: "green", ExitCode.INCONCLUSIVE: "yellow"}


@dataclass(frozen=True)
class Leaving:
    """With what Locust leaves."""

    code: int
    own: int
    """What the game day itself says; the code may be worse."""
    because: str = ""
    """Who asked for a worse one."""


def last_lines(game_day: str, finished: Finished, leaving: Leaving, undo: str) -> str:
    """What a person reads last, with the report's path at the very end where there is one."""
    said = finished.summary.rstrip("\n") or f"game day {game_day}: {finished.error or 'no verdict'}"
    lines = [said, ""]
    if finished.summary and finished.error:
        lines.append(f"error: {finished.error}")
    # What to do follows from what happened: a locustfile's 2 does not mean that nothing was injected.
    step = NEXT[ExitCode(leaving.own)].format(undo=undo)
    if leaving.code == leaving.own:
        lines.append(f"exit code {leaving.code}: {step}")
    else:
        lines.append(
            f"exit code {leaving.code}: {leaving.because}; this game day's own is {leaving.own}: {step}"
        )
    if finished.report:
        lines.append(f"report: {finished.report}")
    return "\n".join(lines)


def show(text: str, code: int, *, to_stderr: bool = False) -> None:
    """Print it, the first line in colour where a terminal reads; what cannot go to stdout goes to stderr."""
    for stream in (sys.stderr,) if to_stderr else (sys.stdout, sys.stderr):
        outlet = Outlet(stream)
        _print(text, code, outlet)
        outlet.flush()
        if outlet.lost is None:
            return


def _print(text: str, code: int, outlet: Outlet) -> None:
    console = Console(file=outlet.text, highlight=False)
    first, _, rest = text.partition("\n")
    style = STYLES[ExitCode(code)] if code in set(STYLES) else "bold red"
    console.print()
    console.print(Text(first, style=style), soft_wrap=True)
    console.print(Text(rest), soft_wrap=True)
