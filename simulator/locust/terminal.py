"""Tells people what happens, on stderr: in colour with a status line in a terminal, as plain lines when piped."""

import sys

from rich.console import Console
from rich.live import Live
from rich.text import Text

from simulator.base.outlet import Outlet
from simulator.base.protocol import Finished, FromEngine, Progress, Traffic
from simulator.locust.board import Board

STYLES = {"info": "", "good": "green", "bad": "bold red"}


class Terminal:
    """Prints what the engine tells, and keeps a status line where there is a terminal."""

    def __init__(self, board: Board) -> None:
        self.board = board
        # Its reader may go, as with `2>&1 | head`; that must not end the game day.
        self._console = Console(file=Outlet(sys.stderr).text, highlight=False)
        self._live: Live | None = None

    def say(self, text: str) -> None:
        """One line of our own."""
        self._console.print(Text(text), soft_wrap=True)  # a piped line stays one line

    def heard(self, message: FromEngine) -> None:
        """Show what is meant for people."""
        match message:
            case Progress():
                where = f"{message.experiment}: " if message.experiment else ""
                line = Text(f"{message.at:7.1f}s  {where}{message.text}", style=STYLES[message.level])
                self._console.print(line, soft_wrap=True)
            case Finished():
                self.close()
            case _:
                pass

    def traffic(self, report: Traffic) -> None:
        """Refresh the status line; only where it can be overwritten, and only during a game day."""
        if not self._console.is_terminal or not self.board.game_day or self.board.finished:
            return
        if self._live is None:
            self._live = Live(console=self._console, auto_refresh=False, transient=True)
            self._live.start()
        faults = ", ".join(sorted(fault for _, fault in self.board.faults)) or "none"
        counted = {"requests": report.requests, **report.counted}
        rates = [f"{rate:.0f} {name}/s" for name, rate in counted.items()]
        status = (
            f"{self.board.game_day}  {self.board.experiment or 'between experiments'}   "
            f"{'  '.join(rates)}   faults: {faults}"
        )
        self._live.update(Text(status, style="reverse"), refresh=True)

    def close(self) -> None:
        """Remove the status line."""
        if self._live is not None:
            self._live.stop()
            self._live = None
