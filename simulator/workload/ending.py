"""The last lines of a game day: what happened, and what to do next."""

import sys

from rich.console import Console
from rich.text import Text

from simulator.errors import ExitCode
from simulator.protocol import Finished

NEXT = {
    ExitCode.LEFT_INJECTED: "something may still be injected; now run: {undo}",
    ExitCode.BAD_INPUT: "nothing was injected; mend what the message names, and run it again",
    ExitCode.HARNESS: "the tool or the stack broke, and no verdict can be trusted; see the messages above, then: simulator stack status",
    ExitCode.ABORTED: "it was ended early, and everything was undone; run it again for a verdict",
    ExitCode.BREACHED: "an alert or a panel did not do what it must; the report shows which stage took the time",
    ExitCode.INCONCLUSIVE: "nothing is proven; mend what the reasons name, and run it again",
    ExitCode.MET: "nothing to do",
}
STYLES = {ExitCode.MET: "green", ExitCode.INCONCLUSIVE: "yellow"}


def last_lines(game_day: str, finished: Finished, code: int, undo: str) -> str:
    """What a person reads last, with the report's path at the very end where there is one."""
    said = finished.summary.rstrip("\n") or f"game day {game_day}: {finished.error or 'no verdict'}"
    lines = [said, ""]
    if finished.summary and finished.error:
        lines.append(f"error: {finished.error}")
    worse = "" if code == finished.code else _worse(finished.code)
    step = NEXT[ExitCode(code)].format(undo=undo) if code in set(ExitCode) else "see the locustfile"
    lines.append(f"exit code {code}{worse}: {step}")
    if finished.report:
        lines.append(f"report: {finished.report}")
    return "\n".join(lines)


def _worse(own: int) -> str:
    return f" (this game day's own is {own}; an earlier one, or the locustfile, asked for a worse one)"


def show(text: str, code: int, *, to_stderr: bool = False) -> None:
    """Print it, the first line in colour where a terminal reads."""
    console = Console(file=sys.stderr if to_stderr else sys.stdout, highlight=False)
    first, _, rest = text.partition("\n")
    style = STYLES[ExitCode(code)] if code in set(STYLES) else "bold red"
    console.print()
    console.print(Text(first, style=style), soft_wrap=True)
    console.print(Text(rest), soft_wrap=True)
