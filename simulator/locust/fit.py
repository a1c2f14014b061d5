"""What each of Locust's own options does in a game day; those that do not fit are refused while options are read."""

from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from locust.argument_parser import LocustArgumentParser, setup_parser_arguments

AS_EVER = "as without a game day"
WEB = "about the web page; as without a game day"
PRINTS_AND_LEAVES = "it prints and leaves with 0, which reads as met, and no game day runs"


@dataclass(frozen=True)
class Fit:
    """One option."""

    does: str
    """In a game day."""
    refused: str = ""
    """Why it is refused, and what to do instead; empty where it is not."""
    beside: str = ""
    """The option beside which alone it is refused."""


def _refused(why: str, instead: str) -> Fit:
    return Fit(f"refused: {why}", f"{why}; {instead}")


def _elsewhere(why: str) -> Fit:
    return _refused(why, "leave it out, or leave --gameday out")


LOCUST_OPTIONS: Mapping[str, Fit] = {
    "help": Fit("prints the help; no game day runs"),
    "version": Fit("prints the version; no game day runs"),
    "locustfile": Fit(
        "as ever; one of them has to bring our plugin in, as ours does in `-f locustfile.py,mine.py`"
    ),
    "config": Fit("options in a file count as typed, and are refused alike"),
    "host": Fit(
        "where the traffic goes; this machine, or a host that the environment lists. The faults and the"
        " measuring stay on the environment's stack, which is started for it"
    ),
    "num_users": Fit("how many users there are: 180 unless it is given"),
    "spawn_rate": Fit("how fast they come: all within 5 s unless it is given"),
    "run_time": Fit(
        "refused by the engine when shorter than the plan; when it is over, the game day is aborted"
    ),
    "list_commands": _elsewhere(PRINTS_AND_LEAVES),
    "config_users": Fit("applied to the personas; the host stays the game day's"),
    "web_host": Fit(WEB),
    "web_host_display_name": Fit(WEB),
    "web_port": Fit(WEB),
    "headless": Fit("no web page; Locust ends with the game day"),
    "autostart": Fit(
        "starts traffic and game day; without it (and without --headless) the page does. The page stays afterwards,"
        " unless --autoquit is given"
    ),
    "autoquit": Fit("Locust ends that many seconds after the game day (with --autostart)"),
    "headful": Fit(
        "refused beside --headless, which it would take back; else as without a game day",
        "it takes --headless back, and nobody would start the traffic; leave it out, or --headless",
        beside="headless",
    ),
    "web_auth": Fit("Locust refuses it: it was removed"),
    "web_login": Fit(WEB),
    "tls_cert": Fit(WEB),
    "tls_key": Fit(WEB),
    "class_picker": Fit("who is left out in the form does not come; too little traffic is inconclusive"),
    "build_path": Fit(WEB),
    "legacy_ui": Fit("Locust refuses it: it was removed"),
    "master": Fit("the game day runs here, the traffic on the workers"),
    "master_bind_host": Fit(AS_EVER),
    "master_bind_port": Fit(AS_EVER),
    "expect_workers": Fit("traffic and game day wait for them, the engine 120 s at most"),
    "expect_workers_max_wait": Fit("when it is over, the game day is aborted: exit code 4"),
    "enable_rebalancing": Fit(
        "users of a lost worker move to the others; the report says that a worker was lost"
    ),
    "expect_slaves": Fit("Locust refuses it: it was removed"),
    "worker": _refused("a worker carries traffic and runs no game day", "give --gameday to the master alone"),
    "processes": Fit("the game day runs in the master, the traffic in that many processes"),
    "slave": Fit("Locust refuses it: it was removed"),
    "master_host": Fit("for workers"),
    "master_port": Fit("for workers"),
    "web_base_path": Fit(WEB),
    "tags": _elsewhere("the personas have no tags, so nobody would come"),
    "exclude_tags": Fit("the personas have no tags, so it leaves out none of them"),
    "csv_prefix": Fit(AS_EVER),
    "stats_history_enabled": Fit(AS_EVER),
    "print_stats": Fit("brings Locust's tables back, during the run and before the verdict"),
    "only_summary": Fit("brings back Locust's tables of the whole run, before the verdict"),
    "reset_stats": Fit("resets Locust's statistics once all users run; the verdict does not rest on them"),
    "html_file": Fit("Locust's own report, beside the game day's"),
    "json": Fit("Locust's statistics on stdout; the verdict goes to stderr instead"),
    "json_file": Fit(AS_EVER),
    "skip_log_setup": Fit("Locust's own log and tables are missing; progress and verdict are not"),
    "loglevel": Fit("about Locust's own log; progress and verdict are always shown"),
    "logfile": Fit("Locust's own log goes there; progress and verdict stay on the terminal"),
    "show_task_ratio": _elsewhere(PRINTS_AND_LEAVES),
    "show_task_ratio_json": _elsewhere(PRINTS_AND_LEAVES),
    "exit_code_on_error": Fit(
        "nothing: requests fail because of faults, and the game day has its own exit codes"
    ),
    "stop_timeout": Fit("sessions under way may end; who only waits for an arrival leaves at once"),
    "equal_weights": _elsewhere("the personas' weights make the traffic what the experiments expect"),
    "profile": Fit(AS_EVER),
    "otel": Fit(AS_EVER),
    "user_classes": Fit("only these personas come; too little traffic is inconclusive"),
}
"""By the name under which the parser keeps it, wherever it was given: typed, in a file or in the environment."""


def unfit(given: Namespace) -> str:
    """Why these options cannot go with a game day; empty when they can, or when none is asked for."""
    if not getattr(given, "gameday", ""):
        return ""
    for name, fit in LOCUST_OPTIONS.items():
        beside = not fit.beside or getattr(given, fit.beside, None)
        if fit.refused and beside and getattr(given, name, None):
            return f"--{_typed(name)} cannot go with --gameday {given.gameday}: {fit.refused}"
    return ""


def _typed(name: str) -> str:
    return {"list_commands": "list"}.get(name, name.replace("_", "-"))


def refuse_unfit(parser: LocustArgumentParser) -> None:
    """Have the parser refuse them: before anything is started, with exit code 2, wherever they were given."""
    parse: Callable[..., Any] = parser.parse_args

    def parse_args(*args: Any, **settings: Any) -> Any:
        given = parse(*args, **settings)
        if why := unfit(given):
            parser.error(why)  # type: ignore[no-untyped-call]
        return given

    parser.parse_args = parse_args


def spellings() -> dict[str, str]:
    """How each of Locust's own options is typed, by the name under which its parser keeps it."""
    parser = LocustArgumentParser()
    setup_parser_arguments(parser)  # type: ignore[no-untyped-call]
    return {
        action.dest: ", ".join(f"`{one}`" for one in action.option_strings) or "names of user classes"
        for action in parser._actions  # noqa: SLF001  argparse has no other way to list them
    } | {"locustfile": "`-f`, `--locustfile`", "config": "`--config`"}
