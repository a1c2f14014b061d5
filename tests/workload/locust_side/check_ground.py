"""Where the traffic of somebody's own users goes: no stack of ours is started for it."""

import pytest
from locust import HttpUser, User
from locust.argument_parser import get_empty_argument_parser, setup_parser_arguments
from locust.env import Environment

from simulator.base.errors import Unsafe
from simulator.locust.ground import Ground
from simulator.locust.nobody import Nobody
from simulator.locust.options import add_options


class AtHome(HttpUser):
    host = "http://127.0.0.1:1"


class Abroad(HttpUser):
    host = "http://shop.test"


class Homeless(HttpUser):
    abstract = False


def taken(kind: type[User], *typed: str, game_day: bool = False) -> Environment:
    """Locust once the ground is taken for users of this kind."""
    parser = get_empty_argument_parser(add_help=True, default_config_files=[])
    setup_parser_arguments(parser)  # type: ignore[no-untyped-call]
    add_options(parser)
    environment = Environment(user_classes=[kind], parsed_options=parser.parse_args([*typed]))
    Ground(environment, print).take(game_day=game_day)
    return environment


@pytest.mark.parametrize("kind", [AtHome, Homeless, Nobody])
def test_plain_users_go_where_they_say_themselves(kind: type[User]) -> None:
    assert taken(kind).host is None


def test_another_machine_is_refused_wherever_it_is_named() -> None:
    with pytest.raises(Unsafe, match=r"http://shop\.test is not this machine"):
        taken(Abroad)
    assert taken(Abroad, "--without", "loopback").host is None
