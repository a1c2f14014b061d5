"""Something is wrong with the foreign stack, or with what its owners wrote down: no such run is met, each for its reason.

FOREIGN is `all`, names with commas between them, or a seed for one of them.
"""

import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace

import pytest

from simulator.base.errors import ExitCode
from tests.draw import drawn
from tests.foreign.clock import with_clock
from tests.foreign.foreign import Foreign
from tests.foreign.gameday import Experiments
from tests.foreign.outside import await_well, mend
from tests.foreign.owners import Tree, environment
from tests.foreign.receiving import Receiving
from tests.foreign.spoiling import Spoiling
from tests.foreign.stack import settle
from tests.foreign.user import User

pytestmark = [pytest.mark.stack, pytest.mark.e2e, pytest.mark.timeout(600)]

FEW = 1
CLOCK_OFF = 4.0
"""Seconds."""
EVERY_DAY = ["sunday:saturday"]


@dataclass(frozen=True)
class Mutant:
    """What is done, how the run must end, and what it must say (a regular expression)."""

    spoil: Callable[[Spoiling], None]
    code: ExitCode
    says: str


def silenced(hands: Spoiling) -> None:
    hands.silence(hands.foreign.names.alerts.shop_down)


def held_for_minutes(hands: Spoiling) -> None:
    hands.rule(hands.foreign.names.alerts.shop_down, lambda rule: rule.update({"for": "2m"}))


def cut_webhook(hands: Spoiling) -> None:
    """Whoever is on call is told, and our receiver is not, although the file says so."""
    oncall = hands.foreign.names.receivers.oncall

    def cut(tree: Tree) -> None:
        for receiver in tree["receivers"]:
            if receiver["name"] == oncall:
                del receiver["webhook_configs"][1:]

    hands.routes(cut)


def other_severity(hands: Spoiling) -> None:
    severities = hands.foreign.names.severities
    hands.rule(
        hands.foreign.names.alerts.shop_down,
        lambda rule: rule["labels"].update({severities.label: severities.later}),
    )


def muted(hands: Spoiling) -> None:
    def mute(tree: Tree) -> None:
        tree["time_intervals"][0]["time_intervals"] = [{"weekdays": EVERY_DAY}]
        for route in tree["route"]["routes"]:
            if route["receiver"] == hands.foreign.names.receivers.oncall:
                route["mute_time_intervals"] = ["stocktaking"]

    hands.routes(mute)


def check_that_always_says_yes(hands: Spoiling) -> None:
    hands.environment["services"]["shop"]["command"] |= {"check": ["/bin/true"], "undo_within": "5s"}


def check_that_always_says_no(hands: Spoiling) -> None:
    hands.environment["services"]["shop"]["command"]["check"] = ["/bin/false"]


def wrong_password(hands: Spoiling) -> None:
    hands.secrets["OPS_PASSWORD"] = "guessed"


def dropped_target(hands: Spoiling) -> None:
    def drop(tree: Tree) -> None:
        for scrape in tree["scrape_configs"]:
            if scrape["job_name"] == hands.foreign.names.jobs.shop:
                scrape["static_configs"] = []

    hands.scrapes(drop)


def removed_rule(hands: Spoiling) -> None:
    def remove(tree: Tree) -> None:
        gone = hands.foreign.names.alerts.shop_down
        for group in tree["groups"]:
            group["rules"] = [rule for rule in group["rules"] if rule.get("alert") != gone]

    hands.rules(remove)


def route_to_nobody(hands: Spoiling) -> None:
    def reroute(tree: Tree) -> None:
        for route in tree["route"]["routes"]:
            if route["receiver"] == hands.foreign.names.receivers.oncall:
                route["receiver"] = "null"

    hands.routes(reroute)


def prometheus_clock_ahead(hands: Spoiling) -> None:
    names = hands.foreign.names
    port = hands.until_the_end.enter_context(with_clock(hands.foreign, names.ports.prometheus, CLOCK_OFF))
    hands.environment["prometheus"]["url"] = f"https://127.0.0.1:{port}{names.paths.prometheus}"


def alertmanager_clock_behind(hands: Spoiling) -> None:
    names = hands.foreign.names
    port = hands.until_the_end.enter_context(with_clock(hands.foreign, names.ports.alertmanager, -CLOCK_OFF))
    hands.environment["alertmanagers"][0]["url"] = f"https://127.0.0.1:{port}{names.paths.alertmanager}"


MUTANTS = {
    "silenced": Mutant(silenced, ExitCode.BAD_INPUT, "silenced in Alertmanager"),
    "held-for-minutes": Mutant(held_for_minutes, ExitCode.BREACHED, "pending"),
    "cut-webhook": Mutant(cut_webhook, ExitCode.BREACHED, "missed|never"),
    "other-severity": Mutant(other_severity, ExitCode.BAD_INPUT, "its rule has severity"),
    "muted": Mutant(muted, ExitCode.BAD_INPUT, "mute|stocktaking"),
    "check-says-yes": Mutant(check_that_always_says_yes, ExitCode.LEFT_INJECTED, "it bites"),
    "check-says-no": Mutant(check_that_always_says_no, ExitCode.INCONCLUSIVE, "it does not bite"),
    "wrong-password": Mutant(wrong_password, ExitCode.BAD_INPUT, "401: Unauthorized; mend auth:"),
    "dropped-target": Mutant(dropped_target, ExitCode.INCONCLUSIVE, "is it scraped"),
    "removed-rule": Mutant(removed_rule, ExitCode.BAD_INPUT, "no rule of this name"),
    "prometheus-clock": Mutant(
        prometheus_clock_ahead, ExitCode.ABORTED, r"prometheus's clock is [34]\.\d s ahead of ours"
    ),
    "alertmanager-clock": Mutant(
        alertmanager_clock_behind, ExitCode.ABORTED, r"alertmanager's clock is [2345]\.\d s behind ours"
    ),
    "route-to-nobody": Mutant(route_to_nobody, ExitCode.BAD_INPUT, "receiver"),
}


@pytest.mark.parametrize("name", drawn("FOREIGN", {name: name for name in MUTANTS}, FEW))
def test_a_mutant_is_not_met(foreign: Foreign, receiver: Receiving, user: User, name: str) -> None:
    mutant = MUTANTS[name]
    with ExitStack() as until_the_end:
        hands = Spoiling(
            foreign, environment(foreign, receiver), Experiments(foreign).shop_dead(), until_the_end
        )
        mutant.spoil(hands)
        spoiled = replace(user, secrets={**user.secrets, **hands.secrets})
        for _ in spoiled.attempts():
            left = spoiled.run(hands.experiment, hands.environment)
    mend(foreign)
    settle(foreign)
    await_well(foreign, 60.0)
    assert left.code == mutant.code, left.out + left.err
    assert re.search(mutant.says, left.out + left.err), left.out + left.err
