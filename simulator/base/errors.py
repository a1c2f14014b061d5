"""Every error this project raises on purpose.

SimulatorError
├── BadInput            what the user gave cannot be used: exit code 2
├── HarnessError        a part of the tool or the stack did not do its job: exit code 70
│   ├── DoorError       an outside system did not answer, or answered nonsense
│   └── StackError      the embedded stack could not be started or stopped
├── Unsafe              going on could harm: the run is aborted: exit code 4
└── LeftInjected        an undo could not be confirmed: exit code 6

A message carries the subject, the limit, the observed state and a next step.
"""

import enum


class ExitCode(enum.IntEnum):
    """Exit codes of `simulator` and `locust --gameday`, in the order in which they apply."""

    LEFT_INJECTED = 6
    BAD_INPUT = 2
    HARNESS = 70
    ABORTED = 4
    BREACHED = 1
    INCONCLUSIVE = 3
    NOT_RUN = 5
    """Of `simulator schedule run-due`: a slot was due, and did not run."""
    MET = 0


def worst(ours: int, theirs: int) -> int:
    """Of two exit codes the first that applies; a code that is none of ours counts only where there is nothing else."""
    order = [int(code) for code in ExitCode]
    ranked = [code for code in (ours, theirs) if code in order and code != ExitCode.MET]
    if ranked:
        return min(ranked, key=order.index)
    return ours or theirs


def exit_code(given: object) -> int:
    """What the system makes of a code that Python leaves with, but never 0 of one that is not."""
    if given is None:
        return 0
    if not isinstance(given, int):
        return 1
    return given & 0xFF or int(given != 0)


class SimulatorError(Exception):
    """The common base; `exit_code` is what the command line leaves with."""

    exit_code: ExitCode = ExitCode.HARNESS


class BadInput(SimulatorError):
    """What the user gave cannot be used: a file, a name, an option."""

    exit_code = ExitCode.BAD_INPUT


class HarnessError(SimulatorError):
    """A part of the tool or of the stack did not do its job."""


class DoorError(HarnessError):
    """An outside system did not answer, or answered what it should not."""


class StackError(HarnessError):
    """The embedded stack could not be started, found or stopped."""


class Unsafe(SimulatorError):
    """Going on could do harm: another run holds the lock, a stop is set, an abort condition is true."""

    exit_code = ExitCode.ABORTED


class LeftInjected(SimulatorError):
    """A fault's undo could not be confirmed; the message names the fault and the command to undo it by hand."""

    exit_code = ExitCode.LEFT_INJECTED
