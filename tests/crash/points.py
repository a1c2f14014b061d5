"""Where the engine dies: at every step of every fault that a process on this machine can suffer."""

from dataclasses import dataclass

INJECTION = "simulator/engine/injection.py"
EXPERIMENT = "simulator/engine/experiment.py"
CONTRACT = "simulator/faults/contract.py"


@dataclass(frozen=True)
class Death:
    """Faults that are in force when the engine dies, as a file says them."""

    name: str
    faults: tuple[str, ...]
    shoppers: int = 3
    """How many must order at the same time for them to bite."""

    @property
    def names(self) -> list[str]:
        """The faults' names."""
        return [fault.split(",")[0].removeprefix("fault: ") for fault in self.faults]

    def __str__(self) -> str:
        return self.name


DEATHS = (
    # Not the API: a cold start of Python on a busy machine would be timed, not the end of the hold.
    Death("killed", ("fault: service-kill, service: redis",)),
    Death("hung", ("fault: service-hang, service: postgres",)),
    Death("pool", ("fault: db-pool-exhaust",), shoppers=25),
    Death("flood", ("fault: cache-flood",)),
    # So slow, here and below, that few alerts fire: one would keep the next test waiting for two minutes.
    Death(
        "workload",
        ("fault: workload, switch: credential-stuffing, settings: {rate: 1}, events_per_second: 0.5",),
    ),
    Death(
        "api",
        (
            "fault: memory-pressure, share: 0.5",
            "fault: connection-leak, connections: 3",
            "fault: slow-handler, delay: 50ms, share: 0.1",
            "fault: poison-request, share: 0.01",
            "fault: connection-flood, connections: 400",
        ),
    ),
    # Alone: while it is on, nobody can look at the API's metrics to see whether others are gone.
    Death("stall", ("fault: scrape-stall",)),
    Death(
        "database",
        (
            "fault: slow-queries, hold: 200ms, pause: 2s",
            "fault: db-errors, pause: 2s",
            "fault: db-timeouts, pause: 2s",
        ),
    ),
    Death(
        "cache-and-configuration",
        (
            "fault: cache-flush, every: 2s",
            "fault: misconfigure, mistake: rule-fails",
            "fault: redis-stall, pause: 0.5",
        ),
    ),
)


@dataclass(frozen=True)
class Moment:
    """A step in an engine's life, found by the line of code after which it comes."""

    name: str
    path: str
    line: str
    once: bool = False
    """In an experiment, whatever the number of its faults."""


MOMENTS = (
    Moment("recorded", INJECTION, "self.open_faults.add(record)"),
    Moment(
        "requested",
        INJECTION,
        "self.journal.write(FaultRequested(fault=record.fault, id=record.id, lags=fault.lags))",
    ),
    Moment("injected", INJECTION, "streak = 0"),
    Moment("seen", INJECTION, "streak = streak + 1 if check.ok else 0"),
    Moment("watched", EXPERIMENT, "equipment.journal.write(ObservationStarted())", once=True),
    Moment("watched-to-the-end", EXPERIMENT, "equipment.journal.write(ObservationEnded())", once=True),
    Moment("asked-to-undo", INJECTION, "await fault.undo(record, doors)"),
    Moment("undone", INJECTION, "check = await undo(record, self.doors)"),
    Moment("record-removed", INJECTION, "self.open_faults.remove(record)"),
)


@dataclass(frozen=True)
class Point:
    """The engine dies when it comes to a moment for the nth time (from 1)."""

    death: Death
    moment: Moment
    nth: int

    @property
    def name(self) -> str:
        return f"{self.death}-{self.moment.name}-{self.nth}"


def points() -> dict[str, Point]:
    """Every point by name."""
    every = [
        Point(death, moment, nth)
        for death in DEATHS
        for moment in MOMENTS
        for nth in range(1, 2 if moment.once else len(death.faults) + 1)
    ]
    return {point.name: point for point in every}
