"""What a run is asked for arrives at the engine as it was typed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.base.errors import BadInput
from simulator.plan.request import RunRequest
from simulator.safety.nets import NETS

WORDS = st.text(st.characters(exclude_categories=(), exclude_characters="\0"), max_size=20)
REQUESTS = st.builds(
    RunRequest,
    gameday=WORDS,
    environment=WORDS,
    reports=WORDS.map(Path),
    simulator_seed=st.integers(),
    repeat=st.integers(1, 1000),
    quiet_for=st.floats(0, 86_400),
    without=st.sets(st.sampled_from(sorted(NETS))).map(lambda nets: tuple(sorted(nets))),
    run_time=st.none() | st.floats(0, 86_400),
)


@given(REQUESTS)
def test_it_is_the_same_once_it_was_an_argument(request: RunRequest) -> None:
    text = request.text()
    assert "\0" not in text
    assert RunRequest.read(text) == request


def test_a_zero_byte_is_no_part_of_an_argument() -> None:
    assert RunRequest.read(RunRequest(gameday="a\0b").text()).gameday == "a\N{REPLACEMENT CHARACTER}b"


def test_only_what_was_said_is_typed_behind_locust() -> None:
    request = RunRequest(gameday="demo", quiet_for=90.0, without=("caps", "blackout"), confirm="")
    assert request.options() == [
        "--gameday=demo",
        "--quiet-for=90.0",
        "--without=caps,blackout",
        "--confirm=",
    ]


def test_nets_may_be_named_as_they_are_typed() -> None:
    assert RunRequest.of({"without": "abort, caps"}).without == ("caps", "abort")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "as it is no JSON"),
        ("[]", "no run can be asked for like this"),
        ('{"gamedy": "demo"}', "no run can be asked for like this"),
        ('{"repeat": "often"}', "no run can be asked for like this"),
        ('{"without": "nosuch"}', "unknown net 'nosuch'"),
    ],
)
def test_what_is_no_request_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        RunRequest.read(text)
