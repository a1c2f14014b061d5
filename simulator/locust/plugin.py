"""Everything the simulator adds to Locust, tied together."""

import atexit
import logging
import os
import signal
import socket
import sys
from functools import cache, partial
from typing import Any, NoReturn

from locust import events
from locust.env import Environment
from locust.runners import LocalRunner, MasterRunner, Runner, WorkerRunner

from simulator.base.errors import BadInput, ExitCode, HarnessError, SimulatorError
from simulator.base.protocol import Traffic
from simulator.locust import options as our_options
from simulator.locust import page
from simulator.locust.board import Board
from simulator.locust.forked import kill_frozen
from simulator.locust.gameday import GameDayRun
from simulator.locust.ground import Ground
from simulator.locust.hooks import on
from simulator.locust.intended import IntendedLatency
from simulator.locust.interrupts import Interrupts
from simulator.locust.last_word import LastWord, last_word
from simulator.locust.master import Master
from simulator.locust.metrics import MetricsServer, SimulatorCollector
from simulator.locust.options import Options
from simulator.locust.persona import Persona
from simulator.locust.recent import forget_old_seconds
from simulator.locust.terminal import Terminal
from simulator.locust.worker import Worker, WorkerStart, die_with_parent

_log = logging.getLogger(__name__)


@cache
def install() -> None:
    """Listen to Locust's events; once, whoever asks. Opens nothing: with `--processes` Locust forks after this."""
    last_word()
    our_options.register()
    start = WorkerStart()
    on(events.test_start, start.on_test_start)
    on(events.init, partial(_on_init, start))


def _on_init(start: WorkerStart, environment: Environment, runner: Runner, **_: Any) -> None:
    intended = IntendedLatency(environment.events)
    if isinstance(runner, WorkerRunner):
        if environment.parsed_options is not None and environment.parsed_options.processes:
            die_with_parent()
    elif isinstance(runner, LocalRunner | MasterRunner):
        _open_headquarters(environment, runner, intended)
    start.settle(Worker(environment, runner) if isinstance(runner, LocalRunner | WorkerRunner) else None)


def _open_headquarters(
    environment: Environment, runner: LocalRunner | MasterRunner, intended: IntendedLatency
) -> None:
    """What raises here Locust would swallow, or leave with a code of its own; this ends it with one line and the right one."""
    try:
        Headquarters(environment, runner, intended, last_word())
    except SimulatorError as error:
        _refuse(error.exit_code, f"error: {error}")
    except KeyboardInterrupt:
        _refuse(ExitCode.ABORTED, "error: Locust was ended before its test had begun; run it again")
    except Exception as error:  # noqa: BLE001  Locust's own code 1 would read as "breached"
        _log.exception("while Locust's test was prepared")
        _refuse(ExitCode.HARNESS, f"error: the tool broke: {error!r}; its traceback is above")


def _refuse(code: ExitCode, line: str) -> NoReturn:
    last_word().refuse(code, lambda: print(line, file=sys.stderr))  # noqa: T201  the last line of a run


class Headquarters:
    """The one process of a run that people and the engine talk to: the master, or a local run's only process."""

    def __init__(
        self,
        environment: Environment,
        runner: LocalRunner | MasterRunner,
        intended: IntendedLatency,
        last: LastWord,
    ) -> None:
        self._environment = environment
        options = Options.of(environment)
        our_options.fill_in(environment, game_day=bool(options.request.gameday))
        _refuse_taken_port(environment)
        fit_personas(environment)
        self._board = Board()
        self._terminal = Terminal(self._board)
        interrupts = Interrupts(self._terminal.say)
        interrupts.heed(signal.SIGTERM, signal.SIGHUP, *((signal.SIGINT,) if options.request.gameday else ()))
        self._ground = Ground(environment, self._terminal.say)
        self._last = last
        try:
            self._ground.take(game_day=bool(options.request.gameday))
            run = self._run = GameDayRun(
                environment, runner, self._terminal, last, interrupts, self._make_ready
            )
            run.relay(Master(environment, runner, self._board, self._traffic))
            self._collector = SimulatorCollector(environment, intended, self._board)
            self._metrics = self._metrics_server()
            if environment.parsed_options is not None and environment.parsed_options.processes:
                atexit.register(kill_frozen)  # registered after Locust's own wait for them, so it comes first
            last.attach(environment, run.settle, self._close)
            # Before anything is published or sent: a run that is refused must not disturb the one under way.
            if options.request.gameday and begins_by_itself(environment) and not run.start(options):
                last.leave()
            self._metrics.announce(game_day=run.under_way)
            page.add(environment, self._board, intended, run)
            if options.request.gameday and not run.under_way:
                self._terminal.say(
                    f"game day {options.request.gameday} begins once the traffic is started on the page"
                )
            on(environment.events.test_start, self._on_test_start)
            on(environment.events.quit, self._on_quit)
        except BaseException:
            last.end_it()  # an engine may hold the stack already
            self._leave()
            raise

    def _metrics_server(self) -> MetricsServer:
        site = self._ground.site
        return MetricsServer(self._collector, site.targets, site.metrics_host)

    def _make_ready(self) -> None:
        """For a game day that was chosen on the page: plain traffic needs no stack of ours, or has another's."""
        if self._ground.take(game_day=True):
            self._metrics.close()
            self._metrics = self._metrics_server()

    def _traffic(self, report: Traffic) -> None:
        self._terminal.traffic(report)
        self._run.traffic(report)
        forget_old_seconds(self._environment.stats)

    def _on_test_start(self, **_: Any) -> None:
        """The web form may have chosen a game day since, or another Locust's metrics may have gone."""
        try:
            self._metrics.announce(game_day=self._run.under_way)
        except HarnessError as error:  # the traffic goes on, and a game day sees that no canary comes
            self._terminal.say(f"error: {error}")

    def _on_quit(self, **_: Any) -> None:
        self._close()

    def _close(self) -> None:
        """Let go of what this process holds."""
        self._terminal.close()
        self._metrics.close()
        self._leave()

    def _leave(self) -> None:
        """Let go of the stack: one that we have started ends."""
        self._ground.close(left_injected=self._last.code == ExitCode.LEFT_INJECTED)


def begins_by_itself(environment: Environment) -> bool:
    """Whether Locust starts the traffic; else somebody does on the page, and the game day with it, whenever that is."""
    given = environment.parsed_options
    return environment.web_ui is None or (given is not None and bool(given.autostart))


def fit_personas(environment: Environment) -> None:
    """As many of each persona as so many users have room for; none for whom there is nothing to do.

    Locust starts users of fixed count first, so otherwise `-u 1` would be one person who keeps failing to log in. Who
    only acts while a switch is on has nothing to do where no engine can turn it on.
    """
    given = environment.parsed_options
    personas = [kind for kind in environment.user_classes if issubclass(kind, Persona)]
    if given is None or not any(kind.quota.share for kind in personas):
        return
    few = given.num_users < our_options.FEWEST_FOR_EVERYBODY
    switchless = given.headless and not given.gameday
    for kind in personas:
        is_idle = not kind.quota.share and not kind.quota.per_minute
        if (few and not kind.quota.share) or (switchless and is_idle):
            kind.fixed_count, kind.weight = 0, 0
        elif given.num_users < our_options.CROWD:
            kind.fixed_count = min(kind.fixed_count, 2)


def _refuse_taken_port(environment: Environment) -> None:
    """Locust would log a traceback and go on without a page.

    Raises:
        BadInput: another program listens on the web page's port.
    """
    given = environment.parsed_options
    if environment.web_ui is None or given is None:
        return
    try:
        socket.create_server((given.web_host if given.web_host != "*" else "", given.web_port)).close()
    except OSError as error:
        raise BadInput(
            f"web port {given.web_port} cannot be used ({os.strerror(error.errno or 0)}); "
            "stop what listens there or choose another with --web-port"
        ) from error
