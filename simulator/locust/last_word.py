"""How a game day's Locust ends: with its exit code, whatever else runs in the process, and with its last lines.

Locust decides its code after the listeners of `quitting`, and any of them may set another, or leave by `sys.exit`. So
may a task, a listener of `test_stop`, a signal, an exception in Locust. What is decided here can only be made worse.
"""

import atexit
import logging
import os
import sys
from collections.abc import Callable
from functools import cache, reduce
from typing import Any, NoReturn

from gevent import GreenletExit
from gevent.event import Event
from locust.env import Environment
from locust.event import EventHook

from simulator.base.errors import ExitCode, exit_code, worst
from simulator.locust.ending import Leaving

_log = logging.getLogger(__name__)
DECIDED_WITHIN = 1000.0
"""Seconds that a second call of Locust's own end waits for the first: longer than any undo."""
Listener = Callable[..., Any]
Show = Callable[[Leaving], None]
"""Prints a game day's last lines."""
LOCUSTFILE = "the locustfile asked for it"
EARLIER = "an earlier game day here ended with it, as its own last lines say"
REFUSED = "the error above"
BROKE = "a listener of the locustfile broke, as its traceback above says"
CUT_SHORT = "Locust did not come to its own end"


class LastWord:
    """One a process. It is silent until a game day begins."""

    def __init__(self) -> None:
        self._process = os.getpid()
        self._settled: int | None = None
        self._meanwhile: int | None = None
        self._asked: dict[int, str] = {}
        """Codes that others asked for, and who they are."""
        self._merged: int | None = None
        self._broken = False
        self._cut_short = False
        self._settle: Callable[[], None] = _nothing
        self._close: Callable[[], None] = _nothing
        self._show: Show | None = None
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

    def begin(self, show: Show) -> None:
        """A game day begins: `show` prints its last lines. Of several in one Locust the worst code counts."""
        if self._settled is not None:
            self.failed(self._settled, EARLIER)
        self._show, self._settled = show, None
        self._meanwhile = int(ExitCode.HARNESS)

    def meanwhile(self, code: int) -> None:
        """The code to leave with, should anything end the process now."""
        self._meanwhile = code

    def settled(self, code: int) -> None:
        """The game day has ended with this code."""
        self._settled, self._meanwhile = code, None

    def refuse(self, code: int, say: Callable[[], None]) -> NoReturn:
        """Leave before Locust's own work has begun; what is said comes after what others still print.

        A game day that had begun, and was settled since, has its last lines all the same.

        Raises:
            SystemExit: always.
        """
        if self._show is None:
            self._show, self._settled = lambda _: say(), code
        else:
            say()
            self.failed(code, REFUSED)
        self.leave()

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
        own = self.own
        if own is None:
            return None
        code = reduce(worst, self._asked, own)
        # A verdict of ours says more than that somebody's listener broke; only good news must not hide it.
        return int(ExitCode.HARNESS) if code == ExitCode.MET and self._spoilt else code

    @property
    def own(self) -> int | None:
        """What the latest game day says by itself, or would, should it end now; None while there was none."""
        return self._settled if self._meanwhile is None else self._meanwhile

    @property
    def _spoilt(self) -> str:
        """Why a code that is good news is not to be trusted."""
        if self._broken:
            return BROKE
        return CUT_SHORT if self._cut_short else ""

    def _leaving(self) -> Leaving:
        code, own = self.code or 0, self.own or 0
        return Leaving(code, own, "" if code == own else self._asked.get(code, self._spoilt))

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
        if environment.process_exit_code != self._merged:  # else it is what we have put there
            self.failed(environment.process_exit_code)
        environment.process_exit_code = self._merged = self.code

    def _reached(self, environment: Environment) -> None:
        """Locust leaves with this next."""
        self._reached_end = True
        if self.code is not None and self.code != environment.process_exit_code:
            sys.exit(self.code)

    def failed(self, code: object, because: str = LOCUSTFILE) -> None:
        """Somebody else's code, or failure."""
        self._asked.setdefault(exit_code(code), because)

    def broke(self) -> None:
        """Somebody's listener raised."""
        self._broken = True

    def at_exit(self) -> None:
        """The very last: end what still runs, show the last lines, and leave with the code."""
        if os.getpid() != self._process or self._show is None:
            return
        self.leaving.set()
        # An exception that reached the top, or an end that was not Locust's own: its code may be anything.
        self._cut_short = not self._reached_end or getattr(sys, "last_value", None) is not None
        if self._cut_short:
            self.end_it()
        said = self.say()
        if self._cut_short or not said:  # Python would leave with 120 where something could not be written
            try:
                logging.shutdown()
            finally:
                os._exit(self.code or 0)

    def end_it(self) -> None:
        """End a game day that runs, and let go of what the process holds; raises nothing."""
        for act in (self._settle, self._close):
            for _ in range(2):  # Ctrl-C raises once
                try:
                    act()
                except KeyboardInterrupt:
                    continue
                except BaseException:  # noqa: BLE001  the code to leave with comes first
                    _log.exception("while ending")
                break

    def say(self) -> bool:
        """Show the last lines. False where that did not succeed, and it never ends anything."""
        try:
            if self._show is not None:
                self._show(self._leaving())
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()
        except BaseException:  # noqa: BLE001  the code to leave with comes first
            return False
        return True


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


def _nothing() -> None:
    pass


@cache
def last_word() -> LastWord:
    """This process's. Asked for as early as possible: what is registered first runs last."""
    word = LastWord()
    atexit.register(word.at_exit)
    return word
