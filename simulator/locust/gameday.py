"""A game day inside Locust: the engine started, fed and ended, its exit code made Locust's."""

import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import Any

import gevent
from gevent.event import Event
from locust.env import Environment
from locust.runners import STATE_RUNNING, STATE_SPAWNING, LocalRunner, MasterRunner

from simulator.base.errors import ExitCode, SimulatorError
from simulator.base.protocol import Finished, FromEngine, Generators, Held, SwitchOff, SwitchOn, Traffic
from simulator.locust import options as our_options
from simulator.locust.ending import Leaving, last_lines, show
from simulator.locust.engine_child import Ended, EngineChild, engine_command
from simulator.locust.fit import unfit
from simulator.locust.hooks import on
from simulator.locust.interrupts import Interrupts
from simulator.locust.last_word import LastWord
from simulator.locust.master import Master
from simulator.locust.options import Options
from simulator.locust.terminal import Terminal
from simulator.locust.undo import UNDONE_WITHIN, confirm_undone
from simulator.safety.stopsign import stop_sign

STARTED_WITHIN = 15.0
"""Seconds for Locust to start its test, before an engine that has ended makes it quit all the same."""

LEAVES_WITHIN = 30.0
"""Seconds for Locust to begin its own end once it was asked to; it never does while it waits for workers."""

SETTLED_WITHIN = UNDONE_WITHIN + 5.0
"""Seconds for what comes after the engine's end: an undo in its place, should it have died."""


class GameDayRun:
    """From starting the engine to quitting Locust with its code.

    `make_ready` takes what a game day needs that is chosen on the page; it raises SimulatorError where there is none.
    """

    def __init__(
        self,
        environment: Environment,
        runner: LocalRunner | MasterRunner,
        terminal: Terminal,
        last: LastWord,
        interrupts: Interrupts,
        make_ready: Callable[[], None],
    ) -> None:
        self._environment = environment
        self._runner = runner
        self._board = terminal.board
        self._terminal = terminal
        self._last = last
        self._interrupts = interrupts
        self._say = terminal.say
        self._make_ready = make_ready
        self._preparing = False
        """Somebody has started a game day on the page, and it is not yet certain that there will be one."""
        self._awaits_traffic = False
        """An engine waits for the first start of the traffic since it was started."""
        self._test_started = Event()
        self._settled = Event()
        self._interrupted = False
        self._where = ""
        self._engine: EngineChild | None = None
        self._master: Master | None = None
        on(environment.events.test_start, self._on_test_start)
        on(environment.events.spawning_complete, self._on_spawning_complete)
        on(environment.events.test_stop, self._on_test_stop)

    def relay(self, master: Master) -> None:
        """Hand the engine's switches to this master from now on."""
        self._master = master
        master.changed = self._generators_changed

    def start(self, options: Options) -> bool:
        """Start the engine; returns once it holds the stack. The game day begins when all users run.

        False: it has ended before that, and its exit code is Locust's. Then nobody must notice that we were here.
        """
        self._board.begin(options.request.gameday)
        our_options.hide_tables(self._environment)
        self._last.begin(self._show)
        self._where = options.request.environment
        self._settled.clear()
        self._awaits_traffic = True
        self._engine = EngineChild(engine_command(options.engine, options.request), self._heard, self._say)
        gevent.spawn(self._finish, self._engine)
        gevent.signal_handler(signal.SIGUSR1, self._set_stop_sign)
        self._interrupts.heed(signal.SIGINT)
        try:
            held = self._engine.await_hold()
        except KeyboardInterrupt:
            self._interrupted, held = True, False
            self._engine.stop("Locust was ended")
        if not held:
            self._settled.wait()
        return held

    @property
    def under_way(self) -> bool:
        """Whether an engine runs."""
        return self._engine is not None and not self._engine.over

    def traffic(self, report: Traffic) -> None:
        """Pass the second's report on."""
        if self._engine is not None and not self._engine.over:
            self._engine.tell(report)

    def _generators_changed(self, change: Generators) -> None:
        if self._engine is not None and not self._engine.over:
            self._engine.tell(change)

    def _heard(self, message: FromEngine) -> None:
        self._board.heard(message)
        self._terminal.heard(message)
        match message:
            case Held():
                self._where = message.known_as
            case SwitchOn() | SwitchOff():
                gevent.spawn(self._switch, message)
            case _:
                pass

    def _switch(self, wanted: SwitchOn | SwitchOff) -> None:
        if self._engine is not None and self._master is not None:
            self._engine.tell(self._master.switch(wanted))

    def _set_stop_sign(self) -> None:
        """SIGUSR1, as to the engine, which heeds the sign."""
        self._say("signal SIGUSR1: stopping everything; runs begin again after: simulator stop --clear")
        stop_sign().set("signal SIGUSR1")

    def _on_test_start(self, **_: Any) -> None:
        self._test_started.set()
        if self._environment.web_ui is None or self._awaits_traffic:
            self._awaits_traffic = False
            return
        options, given = Options.of(self._environment), self._environment.parsed_options
        if given is not None and (why := self._refused(given)):
            self._say(why)
            raise gevent.GreenletExit  # ends the greenlet that would start the users
        if options.request.gameday and not self._started_on_page(options):
            raise gevent.GreenletExit

    def _started_on_page(self, options: Options) -> bool:
        self._preparing = True
        self._board.begin(options.request.gameday)
        try:
            self._make_ready()
            return self.start(options)
        except SimulatorError as error:
            self._come_to_nothing(options, error)
            return False
        except gevent.GreenletExit:  # Stop was pressed meanwhile
            self._on_test_stop()
            raise
        finally:
            self._preparing = self._awaits_traffic = False

    def _come_to_nothing(self, options: Options, error: SimulatorError) -> None:
        """No engine could be started: say so where its own last word would stand."""
        self._where = options.request.environment
        self._board.begin(options.request.gameday)
        self._last.begin(self._show)
        self._board.heard(Finished(code=error.exit_code, report="", error=str(error)))
        self._last.settled(int(error.exit_code))
        self._last.say()

    def refused_start(self, form: Mapping[str, str]) -> str:
        """Why no test can start with this form now; where it can, what an earlier one left is out of its way."""
        given = self._environment.parsed_options
        if given is None:
            return ""
        chosen = form.get("gameday", given.gameday)
        runs = self._runner.state in {STATE_RUNNING, STATE_SPAWNING}
        why = self._refused(Namespace(**{**vars(given), "gameday": chosen}))
        if not why and runs and form.get("gameday"):
            why = f"game day {chosen} cannot start: there is traffic already; stop it first"
        if not why:
            given.run_time = None  # an empty field means none; Locust would keep the last one's
        return why

    def _refused(self, given: Namespace) -> str:
        if self._preparing or self._engine is not None:
            return (
                f"game day {self._board.game_day} is not over: after Stop it undoes and reports, for up to a minute;"
                " start again once the page /gameday shows its exit code"
            )
        return unfit(given)

    def _on_spawning_complete(self, **_: Any) -> None:
        if self._engine is not None:
            self._engine.begin()

    def _on_test_stop(self, **_: Any) -> None:
        # Without traffic there is nothing left to prove; the engine undoes while Locust stays.
        if self._engine is not None and not self._engine.over:
            gevent.spawn(self._engine.stop, "the traffic was stopped")

    def _finish(self, engine: EngineChild) -> None:
        """Once the engine has ended: stop the traffic, and leave with its code; a web page stays, unless told otherwise."""
        self._conclude(engine.wait())
        self._settled.set()
        if self._interrupted:
            return
        given = self._environment.parsed_options
        if self._environment.web_ui is None:
            # Locust starts its test after `init`: quitting before that would leave it waiting for workers for good.
            self._test_started.wait(STARTED_WITHIN)
            self._leave()
            return
        self._runner.stop()
        self._engine = None
        self._last.say()
        if given is None or not given.autostart or given.autoquit < 0:
            self._say("the game day has ended; the web page stays, Ctrl-C ends Locust")
            return
        self._say(f"the game day has ended; Locust ends in {given.autoquit} s (--autoquit)")
        gevent.sleep(given.autoquit)
        self._leave()

    def _leave(self) -> None:
        """Have Locust end as it ends by itself, and where it does not, end it.

        Raises:
            SystemExit: raised here, gevent hands it to the main greenlet.
        """
        self._runner.quit()
        if self._environment.web_ui is not None:
            self._environment.web_ui.stop()  # type: ignore[no-untyped-call]
        if not self._last.leaving.wait(LEAVES_WITHIN):
            sys.exit(self._last.code)

    def _show(self, leaving: Leaving) -> None:
        finished, given = self._board.finished, self._environment.parsed_options
        if finished is None:
            error = "Locust was ended, and the engine did not answer in time"
            finished = Finished(code=leaving.own, report="", error=error)
        undo = f"simulator undo --environment {self._where}"
        text = last_lines(self._board.game_day, finished, leaving, undo)
        show(text, leaving.code, to_stderr=given is not None and given.json)

    def _conclude(self, ended: Ended) -> None:
        code = ended.code
        if code == ExitCode.HARNESS and self._board.faults:
            # Before the undo: should anybody else end the process meanwhile, this is the code it must leave with.
            self._last.meanwhile(int(ExitCode.LEFT_INJECTED))
            code = self._undo_in_its_place(ended)
        if self._board.finished is None:
            self._board.heard(Finished(code=code, report="", error=ended.reason))
        self._last.settled(int(code))

    def _undo_in_its_place(self, ended: Ended) -> int:
        """The engine died with faults injected. Its guard undoes them; see to it, and return the exit code."""
        named = ", ".join(f"{experiment}: {fault}" for experiment, fault in self._board.faults)
        self._say(f"{ended.reason}; undoing what it had injected: {named}")
        if confirm_undone(self._where, self._say):
            code, how = ExitCode.HARNESS, "everything was undone"
        else:
            code, how = ExitCode.LEFT_INJECTED, f"may still be injected: {named}"
        self._board.heard(Finished(code=code, report="", error=f"{ended.reason}; {how}"))
        return code

    def settle(self) -> None:
        """Locust ends: have the engine undo, report and leave. Called again it waits for the same end."""
        engine = self._engine
        if engine is None or self._settled.is_set():
            return
        self._interrupted = True
        if not engine.over:
            # Before waiting: should anybody else end the process meanwhile, this is the code it must leave with.
            self._last.meanwhile(int(ExitCode.ABORTED))
            engine.stop("Locust was ended")
        self._settled.wait(SETTLED_WITHIN)
