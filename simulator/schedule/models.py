"""What a schedule's file says: which game day, where, when, and who is told."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Literal

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from simulator.base.values import Seconds, Value, seconds
from simulator.base.zones import ZoneName

LONGEST_SPAN = 86_400.0
"""Seconds: a day."""
FIELDS = 5
"""Of a cron expression: minute, hour, day of month, month, day of week. A sixth for seconds is for other programs."""
Span = Annotated[
    float,
    BeforeValidator(seconds),
    Field(ge=0, le=LONGEST_SPAN, allow_inf_nan=False),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "minimum": 0, "maximum": LONGEST_SPAN}, {"type": "string"}]}
    ),
]
"""A duration in seconds, from 0 to a day; in YAML also `30s`, `15m`."""


def _is_cron(expression: str) -> str:
    parts = expression.split()
    if len(parts) != FIELDS:
        raise ValueError(
            f"{expression!r} has {len(parts)} fields; cron has five: minute, hour, day of month, month, day of week"
        )
    try:
        first = next(CronSim(" ".join(parts).upper(), datetime(2026, 1, 1, tzinfo=UTC)), None)
    except CronSimError as error:
        raise ValueError(f"{expression!r} is no cron expression: {error}") from None
    if first is None:
        raise ValueError(f"{expression!r} never comes: no date is like that")
    return " ".join(parts).upper()


Cron = Annotated[str, StringConstraints(max_length=200), AfterValidator(_is_cron)]
Named = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]


class Wait(Value):
    """Another run is waited for, and not longer than this."""

    wait: Seconds


class Notify(Value):
    """Who is told of a slot, and when."""

    to: Annotated[tuple[Named, ...], Field(min_length=1)]
    """Names from `notify.yaml`."""
    before: tuple[Span, ...] = ()
    """How long before it begins."""
    after: Literal["always", "bad", "never"] = "always"
    """`bad`: only when it was not met, or did not run."""


class Schedule(Value):
    """One schedule: `schedules/NAME.yaml` in the folder of your scenarios."""

    name: Named
    run: Annotated[str, StringConstraints(min_length=1, max_length=4096)]
    """A game day or an experiment, by name or path."""
    environment: str = "embedded"
    """Where: embedded, compose or an environment file in the folder of your scenarios."""
    at: Cron
    """When, as cron says it: minute, hour, day of month, month, day of week."""
    zone: ZoneName = "UTC"
    """The zone of `at` and `closed`."""
    jitter: Span = 0.0
    """It begins up to so much later, by a hash of schedule and slot: the same whenever it is asked."""
    grace: Span = 1200.0
    """What could not begin within so much of its time is missed, and never caught up."""
    overlap: Literal["skip"] | Wait = "skip"
    """What is done while another run holds the environment: `skip`, or `{wait: 10m}`."""
    closed: tuple[date, ...] = ()
    """Days on which no slot begins."""
    dry_run_first: bool = True
    """Whether a dry run of it has to succeed before the run."""
    repeat: Annotated[int, Field(ge=1, le=1000)] = 1
    """How often each experiment is run."""
    seed: int = 1
    """Makes what the traffic sends repeatable."""
    confirm: str = ""
    """The name of a production environment, typed once more."""
    notify: Notify | None = None


class Placed(Value):
    """A schedule, and the folder that its names are found in."""

    schedule: Schedule
    scenarios: Path

    @property
    def environment(self) -> str:
        """As `--environment` takes it: a file is found in the folder of the scenarios, whoever asks from wherever."""
        return self._found(self.schedule.environment)

    @property
    def run(self) -> str:
        """As `simulator run` takes it."""
        return self._found(self.schedule.run)

    def _found(self, name: str) -> str:
        return str(self.scenarios / name) if name.endswith((".yaml", ".yml")) else name
