"""Ctrl-C, SIGTERM and a terminal that is closed: all end Locust in one way, from before the stack is looked for."""

import signal
from collections.abc import Callable
from types import FrameType

import gevent


class Interrupts:
    """Raises KeyboardInterrupt where Locust expects it, in the main greenlet; once.

    Python would raise in whichever greenlet runs, and so kill the one that listens to the engine. What follows, the
    undo first of all, ends by itself and must not be cut short. Locust takes SIGTERM for itself when it is about to
    wait for the test's end, and ends as it does here.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._came = False

    def heed(self, *numbers: signal.Signals) -> None:
        """Heed these from now on, but for those that whoever started us has us ignore: nohup, a job in the background."""
        for number in numbers:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._on_signal)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """Python calls this in whichever greenlet runs, which may hold a lock: only note it there."""
        gevent.spawn(self._interrupt)

    def _interrupt(self) -> None:
        if self._came:
            self._say("ending; this takes a moment")
            return
        self._came = True
        # Raised here, gevent would print it first; on a terminal that is gone that fails, and nothing else would happen.
        gevent.get_hub().handle_system_error(KeyboardInterrupt, KeyboardInterrupt())
