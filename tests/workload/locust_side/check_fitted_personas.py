"""How many users of each persona there are, by how many users there are in all."""

import argparse

import pytest
from locust import User
from locust.env import Environment

from simulator.erpgo.personas import personas
from simulator.locust.plugin import fit_personas


def fitted(users: int, *, headless: bool = True, gameday: str = "demo") -> dict[str, int]:
    """The fixed count of each persona that keeps one; those left out have weight 0."""
    # Of their own, because fitting writes to the classes.
    kinds: list[type[User]] = [type(name, (kind,), {}) for name, kind in personas().items()]
    given = argparse.Namespace(num_users=users, headless=headless, gameday=gameday)
    fit_personas(Environment(user_classes=kinds, parsed_options=given))
    return {kind.__name__: kind.fixed_count for kind in kinds if kind.weight}


@pytest.mark.parametrize("users", [18, 20, 59])
def test_among_few_users_no_persona_takes_more_than_two(users: int) -> None:
    counts = fitted(users)
    assert max(counts.values()) == 2
    assert sum(counts.values()) <= users - 4, "somebody has to shop"


def test_a_crowd_has_as_many_as_a_persona_asks_for() -> None:
    assert fitted(60) == {name: kind.fixed_count for name, kind in personas().items()}


def test_very_few_users_all_shop() -> None:
    assert fitted(17) == {"Shopper": 0, "ReturningUser": 0}


def test_who_waits_for_a_switch_is_left_out_where_nothing_can_turn_it_on() -> None:
    left = fitted(60, gameday="")
    assert "Scanner" not in left
    assert "Scanner" in fitted(60, headless=False, gameday="")
    assert "TypoThenSuccess" in left
