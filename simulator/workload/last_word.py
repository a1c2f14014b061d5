"""How a game day's Locust ends: with its exit code, whatever else runs in the process, and with its last lines.

Locust decides its code after the listeners of `quitting`, and any of them may set another, or leave by `sys.exit`. So
may a task, a listener of `test_stop`, a signal, an exception in Locust. What is decided here can only be made worse.
"""

import atexit
import contextlib
import logging
import os
import sys
from collections.abc import Callable
from functools import cache
from typing import Any, NoReturn

from gevent import GreenletExit
from gevent.event import Event
from locust.env import Environment
from locust.event import EventHook

from simulator.errors import ExitCode

_log = logging.getLogger(__name__)
DECIDED_WITHIN = 300.0
"""Seconds that a second call of Locust's own end waits for the first: longer than any undo."""
Listener = Callable[..., Any]


class LastWord:
    """One a process. It is silent until a game day begins."""

    def __init__(self) -> None:
        self._process = os.getpid()
        self._final: int | None = None
        self._meanwhile: int | None = None
        self._theirs = 0
        self._broken = False
        self._settle: Callable[[], None] = _nothing
        self._close: Callable[[], None] = _nothing
        self._show: Callable[[int], None] | None = None
        self._reached_end = False
        self.leaving = Event()
        """Locust has begun to end."""
        self._decided = Event()

    def attach(self, environment: Environment, settle: Callable[[], None], close: Callable[[], None]) -> None:
        """Come before and after everybody who listens to Locust's end.

        `settle` ends a game day that runs, `close` what the process holds; both may be called twice.
        """
        self._settle, self._close = settle, close
        events = environment.events
        events.quitting = _Guarded(
            events.quitting, self, lambda: self._before(environment), lambda: self._after(environment)
        )
        events.quit = _Guarded(events.quit, self, _nothing, lambda: self._reached(environment))

    def begin(self, show: Callable[[int], None]) -> None:
        """A game day begins: `show` prints its last lines, given the code that Locust leaves with."""
        self._show = show
        self._meanwhile = int(ExitCode.HARNESS)

    def meanwhile(self, code: int) -> None:
        """The code to leave with, should anything end the process now."""
        self._meanwhile = code

    def settled(self, code: int) -> None:
        """A game day has ended with this code. Of several in one Locust the worst counts."""
        self._final = code if self._final is None else worst(self._final, code)
        self._meanwhile = None

    def refuse(self, code: int, show: Callable[[int], None]) -> NoReturn:
        """Leave before anything has begun; what `show` prints comes after what others still print.

        Raises:
            SystemExit: always.
        """
        self._show = show
        self._final, self._reached_end = code, True
        sys.exit(code)

    def leave(self) -> NoReturn:
        """Leave with what was settled before Locust's own work has begun.

        Raises:
            SystemExit: always.
        """
        self._reached_end = True
        sys.exit(self.code)

    @property
    def code(self) -> int | None:
        """The code to leave with; None while there was no game day."""
        ours = [code for code in (self._final, self._meanwhile) if code is not None]
        if not ours:
            return None
        code = worst(ours[0] if len(ours) == 1 else worst(*ours), self._theirs)
        # A verdict of ours says more than that somebody's listener broke; only good news must not hide it.
        return int(ExitCode.HARNESS) if code == ExitCode.MET and self._broken else code

    def _before(self, environment: Environment) -> None:
        if self.leaving.is_set():
            self._decided.wait(DECIDED_WITHIN)
            return
        self.leaving.set()
        self._settle()
        self._merge(environment)

    def _after(self, environment: Environment) -> None:
        self._merge(environment)
        self._decided.set()

    def _merge(self, environment: Environment) -> None:
        self.failed(environment.process_exit_code)
        environment.process_exit_code = self.code

    def _reached(self, environment: Environment) -> None:
        """Locust leaves with this next."""
        self._reached_end = True
        if self.code is not None and self.code != environment.process_exit_code:
            sys.exit(self.code)

    def failed(self, code: object) -> None:
        """Somebody else's code, or failure."""
        self._theirs = worst(self._theirs, exit_code(code))

    def broke(self) -> None:
        """Somebody's listener raised."""
        self._broken = True

    def at_exit(self) -> None:
        """The very last: end what still runs, show the last lines, and leave with the code."""
        if os.getpid() != self._process or self._show is None:
            return
        self.leaving.set()
        # An exception that reached the top, or an end that was not Locust's own: its code may be anything.
        forced = not self._reached_end or getattr(sys, "last_value", None) is not None
        if forced:
            self._end_it()
        code = self.code or 0
        if forced and code == ExitCode.MET:
            code = ExitCode.HARNESS
        forced = not self._say(code) or forced
        if forced:
            logging.shutdown()
            os._exit(code)

    def _end_it(self) -> None:
        for act in (self._settle, self._close):
            for _ in range(2):  # Ctrl-C raises once
                try:
                    act()
                except KeyboardInterrupt:
                    continue
                except Exception:  # noqa: BLE001  the code to leave with comes first
                    _log.exception("while ending")
                break

    def _say(self, code: int) -> bool:
        """Show the last lines. False where they cannot be written: Python would leave with 120 then."""
        with contextlib.suppress(OSError, ValueError):
            if self._show is not None:
                self._show(code)
            sys.stdout.flush()
            sys.stderr.flush()
            return True
        return False


class _Guarded(EventHook):
    """The listeners of an event, none of which can end the process, with something before and after them all."""

    def __init__(
        self,
        hook: EventHook,
        word: LastWord,
        before: Callable[[], None],
        after: Callable[[], None],
    ) -> None:
        self._handlers = hook._handlers  # noqa: SLF001  the same list: who holds the old hook still adds to it
        self._word, self._before, self._after = word, before, after

    def fire(self, *, reverse: bool = False, **arguments: Any) -> None:
        if self._word.code is None:  # no game day: as Locust does it
            super().fire(reverse=reverse, **arguments)  # type: ignore[no-untyped-call]
            return
        self._before()
        for listener in self._handlers[::-1] if reverse else self._handlers[:]:
            self._call(listener, arguments)
        self._after()

    def _call(self, listener: Listener, arguments: dict[str, Any]) -> None:
        try:
            listener(**arguments)
        except GreenletExit:
            raise
        except SystemExit as end:
            self._word.failed(end.code)
        except KeyboardInterrupt:
            pass  # Locust ends already
        except BaseException:  # noqa: BLE001  a time-out of gevent is one, and any would end Locust with another code
            _log.exception("uncaught exception in a listener")
            self._word.broke()


def worst(ours: int, theirs: int) -> int:
    """Of two exit codes the first that applies; a code that is none of ours counts only where there is nothing else."""
    order = [int(code) for code in ExitCode]
    ranked = [code for code in (ours, theirs) if code in order and code != ExitCode.MET]
    if ranked:
        return min(ranked, key=order.index)
    return ours or theirs


def exit_code(given: object) -> int:
    """What the system makes of a code that Python leaves with, but never 0 of one that is not."""
    if given is None:
        return 0
    if not isinstance(given, int):
        return 1
    return given & 0xFF or int(given != 0)


def _nothing() -> None:
    pass


@cache
def last_word() -> LastWord:
    """This process's. Asked for as early as possible: what is registered first runs last."""
    word = LastWord()
    atexit.register(word.at_exit)
    return word
