"""Somebody else's service in a container that they started: killed through Docker, met, and running again."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.base.errors import ExitCode
from tests.foreign.contained import contained, is_running
from tests.foreign.foreign import Foreign
from tests.foreign.gameday import Experiments
from tests.foreign.installed import of_checkout
from tests.foreign.outside import await_well
from tests.foreign.owners import environment, secrets_of
from tests.foreign.receiving import Receiving, receiving
from tests.foreign.stack import foreign_stack, settle
from tests.foreign.user import User

NAME = "foreign-pay"
LABELS = {
    "com.docker.compose.project": "shop-staging",
    "com.docker.compose.service": "pay",
    "com.docker.compose.oneoff": "False",
    "com.docker.compose.container-number": "1",
    "tier": "payments",
}
"""As Compose labels its own, and one of theirs."""
WELL_WITHIN = 60.0
"""Seconds."""


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiving]:
    folder = tmp_path_factory.mktemp("receiving") / "receiver"
    with receiving(folder, secrets.token_urlsafe(24), of_checkout()) as listening:
        yield listening


@pytest.fixture(scope="module")
def foreign(engine: str, receiver: Receiving, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Foreign]:
    """A foreign stack whose payments are such a container."""
    assert engine
    folder = tmp_path_factory.mktemp("contained")
    with (
        foreign_stack(secrets.randbelow(10**6), webhook=receiver.webhook) as stack,
        contained(stack, "pay", NAME, LABELS, folder),
    ):
        settle(stack)
        yield stack


@pytest.mark.parametrize(
    ("fault", "place"),
    [("container-kill", {"label": "tier=payments"}), ("service-kill", {"compose": "shop-staging/pay"})],
    ids=["by its label", "of a Compose project"],
)
def test_it_is_killed_and_met(
    foreign: Foreign, receiver: Receiving, tmp_path: Path, fault: str, place: dict[str, str]
) -> None:
    user = User.at(tmp_path / "user", secrets_of(foreign, receiver), of_checkout())
    described = environment(foreign, receiver)
    described["services"]["pay"]["docker"] = place
    for _ in user.attempts():
        left = user.run(Experiments(foreign).pay_dead(fault), described)
    assert left.code == ExitCode.MET, left.out + left.err
    (experiment,) = user.verdict.experiments
    assert [one.fault for one in experiment.faults] == [fault]
    assert is_running(NAME)
    await_well(foreign, WELL_WITHIN)
