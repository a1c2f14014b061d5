"""The claim on a target: another machine's keeps us out, and what is left of a run of our own that died does not."""

import pytest

from simulator.attached.claim import LABEL, claimed
from simulator.base.clock import RunClock
from simulator.base.errors import Unsafe
from simulator.doors.alertmanager import Alertmanager, Notice, Silence, SilenceMatcher
from tests.fakes.clock import FakeClock


class Board(Alertmanager):
    """The silences of an Alertmanager, without its wire."""

    def __init__(self, **runs: str) -> None:
        super().__init__()
        self.up = {run: f"a game day by {who}" for run, who in runs.items()}

    async def silences(self) -> list[Silence]:
        return [
            Silence(
                id=run,
                comment=comment,
                matchers=(SilenceMatcher(name=LABEL, op="=", value=run),),
                starts_epoch=0.0,
                ends_epoch=60.0,
            )
            for run, comment in self.up.items()
        ]

    async def put_up(self, notice: Notice, now: float) -> None:  # noqa: ARG002  the wire's affair
        self.up[notice.value] = notice.comment

    async def take_down(self, notice: Notice) -> None:
        self.up.pop(notice.value, None)


async def test_it_is_seen_while_the_run_lasts_and_gone_afterwards() -> None:
    board = Board()
    async with claimed(board, "ours", "here/1", RunClock(FakeClock())):
        assert board.up == {"ours": "a game day by here/1"}
    assert board.up == {}


@pytest.mark.parametrize("who", ["there/1", "here/2"], ids=["another-machine", "another-state-home"])
async def test_somebody_elses_keeps_us_out_and_stays(who: str) -> None:
    board = Board(theirs=who)
    with pytest.raises(Unsafe, match=f"another run holds this target: theirs, a game day by {who}"):
        async with claimed(board, "ours", "here/1", RunClock(FakeClock())):
            pytest.fail("it was let in")
    assert board.up == {"theirs": f"a game day by {who}"}


async def test_what_a_dead_run_of_our_own_has_left_holds_nothing() -> None:
    board = Board(dead="here/1")
    async with claimed(board, "ours", "here/1", RunClock(FakeClock())):
        assert "ours" in board.up
