"""One attempt with the run that it was made in, and what differs between two."""

from typing import NamedTuple

from simulator.history.record import Attempt, RunRecord


class Try(NamedTuple):
    """An attempt, and the run that it was made in."""

    run: RunRecord
    attempt: Attempt

    @property
    def is_decided(self) -> bool:
        return self.attempt.outcome != "inconclusive"

    @property
    def met(self) -> bool:
        return self.attempt.outcome == "met"


def changed(before: Try, after: Try) -> tuple[str, ...]:
    """What is recorded of both and differs, in words; what one of them did not record cannot be told from equal."""
    pairs: dict[str, tuple[object, object]] = {
        "its rule": (before.attempt.rule, after.attempt.rule),
        "its route": (before.attempt.routes, after.attempt.routes),
        "its limit": (before.attempt.limit, after.attempt.limit),
        "the simulator": (before.run.simulator, after.run.simulator),
        "Prometheus": (before.run.prometheus, after.run.prometheus),
        "Alertmanager": (before.run.alertmanagers, after.run.alertmanagers),
        "the intervals": (before.run.intervals, after.run.intervals),
        "the system's identity": (before.run.identity, after.run.identity),
        "the scenarios": (_commit(before.run), _commit(after.run)),
    }
    return tuple(what for what, (was, is_) in pairs.items() if was and is_ and was != is_)


def _commit(run: RunRecord) -> str:
    return run.provenance.commit if run.provenance else ""
