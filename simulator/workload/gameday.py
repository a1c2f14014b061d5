"""A game day inside Locust: the engine started, fed and ended, its exit code made Locust's."""

import signal
from typing import Any

import gevent
from gevent.event import Event
from locust.env import Environment
from locust.runners import LocalRunner, MasterRunner

from simulator.errors import ExitCode
from simulator.protocol import Finished, FromEngine, SwitchOff, SwitchOn, Traffic
from simulator.stopsign import StopSign
from simulator.workload.board import Board
from simulator.workload.engine_child import Ended, EngineChild, engine_command
from simulator.workload.hooks import on
from simulator.workload.master import Master
from simulator.workload.options import Options
from simulator.workload.terminal import Terminal
from simulator.workload.undo import UNDONE_WITHIN, confirm_undone
from stack.supervisor.paths import stop_file

STARTED_WITHIN = 60.0
"""Seconds for Locust to start its test, before an engine that has ended makes it quit all the same."""

SETTLED_WITHIN = UNDONE_WITHIN + 5.0
"""Seconds for what comes after the engine's end: an undo in its place, should it have died."""


class GameDayRun:
    """From starting the engine to quitting Locust with its code."""

    def __init__(
        self,
        environment: Environment,
        runner: LocalRunner | MasterRunner,
        board: Board,
        terminal: Terminal,
    ) -> None:
        self._environment = environment
        self._runner = runner
        self._board = board
        self._terminal = terminal
        self._say = terminal.say
        self._test_started = Event()
        self._settled = Event()
        self._interrupted = False
        self._ctrl_c = False
        self._where = ""
        self._engine: EngineChild | None = None
        self._master: Master | None = None
        on(environment.events.test_start, self._on_test_start)
        on(environment.events.spawning_complete, self._on_spawning_complete)
        on(environment.events.test_stop, self._on_test_stop)
        on(environment.events.quitting, self._on_quitting)

    def relay(self, master: Master) -> None:
        """Hand the engine's switches to this master from now on."""
        self._master = master

    def start(self, options: Options) -> bool:
        """Start the engine; returns once it holds the stack. The game day begins when all users run.

        False: it has ended before that, and its exit code is Locust's. Then nobody must notice that we were here.
        """
        given = self._environment.parsed_options
        run_time = given.run_time if given is not None else None
        arguments = [
            *("--gameday", options.game_day),
            *("--environment", options.environment),
            *("--reports", str(options.reports)),
            *("--seed", str(options.seed)),
            *("--repeat", str(options.repeat)),
            *(("--for", str(options.observe)) if options.observe else ()),
            *("--without", options.without),
            *("--confirm", options.confirm),
            *(("--run-time", str(run_time)) if run_time else ()),
        ]
        self._board.begin(options.game_day)
        self._where = options.environment
        self._settled.clear()
        self._engine = EngineChild(engine_command(options.engine, arguments), self._heard, self._say)
        gevent.spawn(self._finish, self._engine)
        gevent.signal_handler(signal.SIGUSR1, self._set_stop_sign)
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # a background job stays deaf to Ctrl-C
            gevent.signal_handler(signal.SIGINT, self._on_interrupt)
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

    def _heard(self, message: FromEngine) -> None:
        self._board.heard(message)
        self._terminal.heard(message)
        if isinstance(message, SwitchOn | SwitchOff):
            gevent.spawn(self._switch, message)

    def _switch(self, wanted: SwitchOn | SwitchOff) -> None:
        if self._engine is not None and self._master is not None:
            self._engine.tell(self._master.switch(wanted))

    def _set_stop_sign(self) -> None:
        """SIGUSR1, as to the engine, which heeds the sign."""
        self._say("signal SIGUSR1: stopping everything; runs begin again after: simulator stop --clear")
        StopSign(stop_file()).set("signal SIGUSR1")

    def _on_interrupt(self) -> None:
        """Ctrl-C. Python would raise in whichever greenlet runs, and so kill the one that listens to the engine.

        Raised here, gevent hands it to the main greenlet, where Locust expects it; once. What follows, the undo
        first of all, ends by itself and must not be cut short.
        """
        if self._ctrl_c:
            self._say("ending; this takes a moment")
            return
        self._ctrl_c = True
        raise KeyboardInterrupt

    def _on_test_start(self, **_: Any) -> None:
        self._test_started.set()
        if self._engine is None and self._environment.web_ui is not None:
            options = Options.of(self._environment)
            if options.game_day and not self.start(options):  # chosen in the web form
                raise gevent.GreenletExit  # ends the greenlet that would start the users

    def _on_spawning_complete(self, **_: Any) -> None:
        if self._engine is not None:
            self._engine.begin()

    def _on_test_stop(self, **_: Any) -> None:
        # Without traffic there is nothing left to prove; the engine undoes while Locust stays.
        if self._engine is not None and self._environment.web_ui is not None and not self._engine.over:
            gevent.spawn(self._engine.stop, "the traffic was stopped")

    def _finish(self, engine: EngineChild) -> None:
        """Once the engine has ended: stop the traffic, and without a web page leave with its code."""
        ended = engine.wait()
        self._settle(ended)
        self._settled.set()
        if self._interrupted:
            return
        if self._environment.web_ui is not None:
            self._runner.stop()
            self._engine = None
            self._say("the game day has ended; the web page stays, Ctrl-C ends Locust")
            return
        # Locust starts its test after `init`: quitting before that would leave it waiting for workers for good.
        self._test_started.wait(STARTED_WITHIN)
        self._runner.quit()

    def _settle(self, ended: Ended) -> None:
        code = ended.code
        if code == ExitCode.HARNESS and self._board.faults:
            # Before the undo: should anybody else end the process meanwhile, this is the code it must leave with.
            self._environment.process_exit_code = int(ExitCode.LEFT_INJECTED)
            code = self._undo_in_its_place(ended)
        if code == ExitCode.HARNESS:
            self._say(f"game day {self._board.game_day}: {ended.reason}")
        if self._board.finished is None:
            self._board.heard(Finished(code=code, report="", error=ended.reason))
        self._environment.process_exit_code = int(code)

    def _undo_in_its_place(self, ended: Ended) -> int:
        """The engine died with faults injected. Its guard undoes them; see to it, and return the exit code."""
        named = ", ".join(sorted(f"{experiment}: {fault}" for experiment, fault in self._board.faults))
        self._say(f"{ended.reason}; undoing what it had injected: {named}")
        if confirm_undone(self._where, self._say):
            self._say("everything was undone")
            return ExitCode.HARNESS
        self._say(f"may still be injected: {named}; run: simulator undo --environment {self._where}")
        return ExitCode.LEFT_INJECTED

    def _on_quitting(self, **_: Any) -> None:
        """Locust ends. Fired twice on SIGTERM with worker processes: the second caller joins the first."""
        engine = self._engine
        if engine is None or self._settled.is_set():
            return
        self._interrupted = True
        if not engine.over:
            # Before waiting: should anybody else end the process meanwhile, this is the code it must leave with.
            self._environment.process_exit_code = int(ExitCode.ABORTED)
            engine.stop("Locust was ended")
        self._settled.wait(SETTLED_WITHIN)
