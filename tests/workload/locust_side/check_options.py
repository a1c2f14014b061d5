"""The table of Locust's options holds every option that Locust has: a new one fails here until somebody decides."""

import pytest
from locust.argument_parser import LocustArgumentParser, get_empty_argument_parser, setup_parser_arguments

from simulator.locust.fit import LOCUST_OPTIONS, unfit
from simulator.locust.options import add_options


def parser() -> LocustArgumentParser:
    made = get_empty_argument_parser(add_help=True, default_config_files=[])
    setup_parser_arguments(made)  # type: ignore[no-untyped-call]
    return made


def test_every_option_of_locusts_is_decided_about() -> None:
    known = {action.dest for action in parser()._actions}
    assert set(LOCUST_OPTIONS) == known


def test_what_is_typed_is_refused_only_with_a_game_day(capsys: pytest.CaptureFixture[str]) -> None:
    made = parser()
    add_options(made)
    assert made.parse_args(["--list"]).list_commands
    for typed in (["--list"], ["--tags", "a"], ["--worker"]):
        with pytest.raises(SystemExit) as end:
            made.parse_args(["--gameday", "demo", *typed])
        assert end.value.code == 2
        assert f"{typed[0]} cannot go with --gameday demo" in capsys.readouterr().err


def test_defaults_fit() -> None:
    made = parser()
    add_options(made)
    assert unfit(made.parse_args(["--gameday", "demo"])) == ""
