"""Our options among Locust's: on the command line, in `[tool.locust]`, in the environment, in the web form."""

import argparse
import logging
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

from simulator.base.errors import BadInput
from simulator.base.values import seconds
from simulator.load.shapes import SHAPES
from simulator.locust.fit import refuse_unfit
from simulator.locust.hooks import on
from simulator.plan.request import RunRequest
from simulator.safety.nets import NETS, nets_named

GAME_DAY_USERS = 180
USERS = 20
"""Without a game day: enough for every persona, little enough for a laptop."""
FEWEST_FOR_EVERYBODY = 18
"""With fewer users the personas that fail are left out, or nobody would be left to shop."""
CROWD = 60
"""With fewer users there are at most two of any persona of fixed number. It takes the others to keep up with a switch
while the API is slow, but among few users they would leave nobody to shop.
"""
SPAWN_SECONDS = 5.0
MOST_SESSIONS = 10_000
MOST_ROUNDS = 1000
LONGEST_QUIET = 86_400.0


@dataclass(frozen=True)
class Options:
    """What the user chose."""

    request: RunRequest
    """Its game day is empty when none runs."""
    arrivals_per_second: float | None
    shape: str
    engine: str
    """The module that plays the engine."""

    @classmethod
    def of(cls, environment: Environment) -> Self:
        """The options as they are now: the web form may change them before each start."""
        given = environment.parsed_options
        if given is None:
            raise ValueError("Locust was started without options")
        return cls(
            RunRequest.of({name: getattr(given, name) for name in RunRequest.model_fields}),
            arrivals_per_second=float(given.arrivals_per_second or 0) or None,
            shape=given.shape,
            engine=given.simulator_engine,
        )


def rate(text: str) -> float:
    """Sessions per second: 0 for the default, or more.

    Raises:
        argparse.ArgumentTypeError: not such a number.
    """
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= MOST_SESSIONS:  # also refuses nan
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a rate; give sessions per second, 0 to {MOST_SESSIONS}"
        )
    return value


def duration(text: str) -> float:
    """Seconds, from `90`, `10m` or `1h30m`; 0 for none.

    Raises:
        argparse.ArgumentTypeError: not such a duration.
    """
    try:
        value = float(text) if text.replace(".", "", 1).isdigit() else float(str(seconds(text)))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if not 0 <= value <= LONGEST_QUIET:
        raise argparse.ArgumentTypeError(f"{text!r} is too long; at most {LONGEST_QUIET:g} s")
    return value


def rounds(text: str) -> int:
    """How often: 1 or more.

    Raises:
        argparse.ArgumentTypeError: not such a number.
    """
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST_ROUNDS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of repeats; give 1 to {MOST_ROUNDS}")
    return int(text)


def nets(text: str) -> str:
    """Names of nets, separated by commas.

    Raises:
        argparse.ArgumentTypeError: there is no such net.
    """
    try:
        nets_named(text)
    except BadInput as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


@cache
def register() -> None:
    """Have our options declared whenever Locust builds its parser; once, whoever asks."""
    on(events.init_command_line_parser, add_options)


def add_options(parser: LocustArgumentParser, **_: Any) -> None:
    """Declare our options. Not in an argument group: those vanish from Locust's web form."""
    _add_game_day(parser)
    _add_ends(parser)
    _add_nets(parser)
    _add_workload(parser)
    refuse_unfit(parser)


def _add_game_day(parser: LocustArgumentParser) -> None:
    parser.add_argument(
        "--gameday",
        default="",
        metavar="<name>",
        env_var="LOCUST_GAMEDAY",
        help="Game day (or experiment) to run while the workload runs; its exit code becomes Locust's",
    )
    parser.add_argument(
        "--environment",
        default="embedded",
        metavar="<embedded|compose|file>",
        env_var="LOCUST_ENVIRONMENT",
        help="Where: the embedded stack, the compose stack, or an environment file",
    )
    parser.add_argument(
        "--scenarios",
        default=".",
        metavar="<folder>",
        env_var="LOCUST_SCENARIOS",
        help="Your folder of experiments/ and gamedays/; what is installed comes after it",
    )
    parser.add_argument(
        "--reports",
        default="reports",
        metavar="<folder>",
        env_var="LOCUST_REPORTS",
        help="Where a game day's report goes",
    )
    parser.add_argument(
        "--repeat",
        type=rounds,
        default=1,
        metavar="<int>",
        env_var="LOCUST_REPEAT",
        help="How often the game day runs each experiment, for percentiles",
    )
    parser.add_argument(
        "--quiet-for",
        type=duration,
        default=0.0,
        metavar="<duration>",
        env_var="LOCUST_QUIET_FOR",
        help="How long experiments without a fault watch the quiet, as in 1h. Default 0: as their files say",
    )
    parser.add_argument(
        "--simulator-engine",
        default="simulator.engine",
        include_in_web_ui=False,
        env_var="LOCUST_SIMULATOR_ENGINE",
        help=argparse.SUPPRESS,
    )


def _add_ends(parser: LocustArgumentParser) -> None:
    parser.add_argument(
        "--slot",
        default="",
        metavar="<name/instant>",
        env_var="LOCUST_SLOT",
        include_in_web_ui=False,
        help="What a schedule runs it for; the report says so",
    )
    parser.add_argument(
        "--summary",
        default="",
        metavar="<file>",
        env_var="LOCUST_SUMMARY",
        include_in_web_ui=False,
        help="A file that gets the verdict as Markdown too, for a CI job's summary",
    )


def _add_nets(parser: LocustArgumentParser) -> None:
    parser.add_argument(
        "--without",
        type=nets,
        default="",
        metavar="<net,...>",
        env_var="LOCUST_WITHOUT",
        include_in_web_ui=False,
        help=f"Nets to do without, by name, separated by commas: {', '.join(NETS)}. The report says so",
    )
    parser.add_argument(
        "--confirm",
        default="",
        metavar="<environment>",
        env_var="LOCUST_CONFIRM",
        include_in_web_ui=False,
        help="The name of a production environment, typed once more",
    )


def _add_workload(parser: LocustArgumentParser) -> None:
    parser.add_argument(
        "--arrivals-per-second",
        type=rate,
        default=0.0,
        metavar="<float>",
        env_var="LOCUST_ARRIVALS_PER_SECOND",
        help="Sessions started per second in all, about 6.5 requests each. Default 0: 16 for every 180 users",
    )
    parser.add_argument(
        "--shape",
        choices=sorted(SHAPES),
        default="steady",
        env_var="LOCUST_SHAPE",
        help="How the rate of arrivals changes over the run",
    )
    parser.add_argument(
        "--simulator-seed",
        type=int,
        default=1,
        metavar="<int>",
        env_var="LOCUST_SIMULATOR_SEED",
        help="The same seed gives the same workload",
    )


def fill_in(environment: Environment, *, game_day: bool) -> None:
    """Replace Locust's defaults (one user, one more each second) where the user chose nothing."""
    given = environment.parsed_options
    if given is None:
        return
    if given.num_users is None:
        given.num_users = GAME_DAY_USERS if game_day else USERS
    if given.spawn_rate is None:
        given.spawn_rate = max(1.0, given.num_users / SPAWN_SECONDS)


def hide_tables(environment: Environment) -> None:
    """A game day's progress and verdict stand where Locust's tables would, unless somebody has asked for those."""
    given = environment.parsed_options
    if given is None or given.print_stats or given.only_summary:
        return
    logging.getLogger("locust.stats_logger").disabled = True
    given.only_summary = given.headless  # else they are made every two seconds, and thrown away
