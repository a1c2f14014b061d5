"""The nets under a run: what keeps it from beginning, and what ends it. On by default, each with an opt-out by name."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

import promql_parser
from pydantic import Field, StringConstraints, field_validator, model_validator

from simulator.base.errors import BadInput
from simulator.base.names import nearest, shown
from simulator.base.promql import parsed
from simulator.base.values import Seconds, Value
from simulator.base.zones import ZoneName

NetName = Literal["identity", "loopback", "caps", "blackout", "abort"]
NETS: dict[NetName, str] = {
    "identity": "the API must call itself what the environment is called",
    "loopback": "only this machine is touched, or hosts that a staging environment lists",
    "caps": "the number of faults at a time, the share of a service that one takes, and the length of a fault and of a run"
    " are limited",
    "blackout": "no run begins, and no further experiment, in the times that the environment names",
    "abort": "the run is aborted and undone while one of the environment's conditions is true",
}
"""What each net holds."""

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FARTHEST = timedelta(days=2)
"""A stretch that began yesterday reaches into today, and a zone that crosses the date line skips or repeats a day."""
Reason = Annotated[str, StringConstraints(min_length=3, max_length=200)]


class Limits(Value):
    """How much may be broken, and for how long."""

    faults: Annotated[int, Field(ge=1, le=100)] = 6
    """At the same time."""
    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Of a service's processes or containers that one may take (a ratio 0..1); what has only one is taken whole."""
    fault: Seconds = 600.0
    """How long one may last."""
    run: Seconds = 21_600.0
    """How long a run may last, by its own lower bound and by the clock."""


class Blackout(Value):
    """Times in which nothing may be broken: on these days between `start` and `end`, wall-clock times in `zone`.

    With `dates` it holds on those alone, where they are one of the `days`.

    An `end` that is not after `start` is one of the next day. Where clocks change, it holds for every moment at which
    a clock in the zone shows such a time: an hour that comes twice counts both times, and a `start` or `end` that is
    skipped counts as early, or as late, as it can be read.
    """

    because: Reason
    days: Annotated[tuple[Day, ...], Field(min_length=1)] = DAYS
    start: str = "00:00"
    end: str = "24:00"
    zone: ZoneName = "UTC"
    dates: tuple[date, ...] = ()
    """Only on these dates, such as holidays; without it on any."""

    @field_validator("start", "end")
    @classmethod
    def _is_a_time(cls, text: str) -> str:
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d|24:00", text):
            raise ValueError(f"{text!r} is not a time of day; write it as in '09:30' (quoted), up to '24:00'")
        return text

    @model_validator(mode="after")
    def _is_some_time(self) -> Self:
        if self.start == "24:00":
            raise ValueError("a blackout cannot start at 24:00; write 00:00 of the next day")
        return self

    @property
    def told(self) -> str:
        """When it is, and why, for people."""
        every = "every day" if set(self.days) == set(DAYS) else ", ".join(self.days)
        when = ", ".join(map(str, self.dates)) or every
        return f"{when} {self.start} to {self.end} {self.zone} ({self.because})"

    def meets(self, begin: datetime, end: datetime) -> bool:
        """Whether any of the time from `begin` to `end` (both aware) lies in it."""
        return any(start <= end and begin < over for start, over in self._around(begin, end))

    def _around(self, begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Its own stretches of all days that may reach into the time from `begin` to `end`."""
        zone = ZoneInfo(self.zone)
        day = begin.astimezone(zone).date() - _FARTHEST
        while day <= end.astimezone(zone).date() + _FARTHEST:
            if DAYS[day.weekday()] in self.days and (not self.dates or day in self.dates):
                over = self.end if self.end > self.start else _next_day(self.end)
                yield min(_moments(day, self.start, zone)), max(_moments(day, over, zone))
            day += timedelta(days=1)


def _always_gives(tree: object) -> bool:
    """Whether an expression has a sample whatever it compares: a number, or the 0 and 1 of a `bool` comparison."""
    while isinstance(tree, promql_parser.ParenExpr):
        tree = tree.expr
    modifier = getattr(tree, "modifier", None)
    compares = isinstance(tree, promql_parser.BinaryExpr) and modifier is not None and modifier.return_bool
    return compares or isinstance(tree, promql_parser.NumberLiteral)


BLIND_TOLERATED = 5.0
"""Seconds for which an abort condition may have lost what it compares; then it counts as true."""


class Condition(Value):
    """PromQL that must not be true: it is while it gives any sample, or has lost what it compares for more than 5 s."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    expr: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    absent: Literal["abort", "ignore"] = "abort"
    """What follows when what it compares had a value and has none any more, or is not a number: `abort`, as if the
    condition were true, or `ignore`. `report.json` says either way how long it was blind."""

    @field_validator("expr")
    @classmethod
    def _is_promql(cls, expr: str) -> str:
        try:
            tree = parsed(expr)
        except ValueError as error:
            raise ValueError(f"not PromQL: {error}") from None
        if _always_gives(tree):
            raise ValueError(
                "always true: it has a value whatever it compares; leave `bool` out, or compare it"
            )
        return expr


# A node exporter that is not there, or dies, says nothing about the machine's memory and disk.
OUT_OF_MEMORY = Condition(
    name="machine-out-of-memory",
    absent="ignore",
    expr="node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes < 0.03",
)
OUT_OF_DISK = Condition(
    name="disk-full",
    absent="ignore",
    expr='node_filesystem_avail_bytes{mountpoint="/"} / node_filesystem_size_bytes{mountpoint="/"} < 0.02',
)


class Nets(Value):
    """All nets of one environment, and which of them a run does without."""

    limits: Limits = Limits()
    blackouts: tuple[Blackout, ...] = ()
    abort_when: tuple[Condition, ...] = (OUT_OF_MEMORY, OUT_OF_DISK)
    without: tuple[NetName, ...] = ()

    def hold(self, net: NetName) -> bool:
        """Whether this one is not opted out of."""
        return net not in self.without

    def blackout(self, begin: datetime, seconds: float) -> Blackout | None:
        """The first blackout that so many seconds from `begin` would meet."""
        end = begin + timedelta(seconds=seconds)
        return next((one for one in self.blackouts if one.meets(begin, end)), None)


def nets_named(text: str) -> tuple[NetName, ...]:
    """The nets of these names, separated by commas.

    Raises:
        BadInput: a name is not known.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in NETS:
            raise BadInput(f"unknown net {shown(name)}{nearest(name, NETS)}")
    return tuple(net for net in NETS if net in names)


def _next_day(clock: str) -> str:
    return f"{int(clock[:2]) + 24}:{clock[3:]}"


def _moments(day: date, clock: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """What a wall-clock time of a day may mean, in UTC; hours beyond 23 belong to the days after it.

    The two differ where clocks change. A time that comes twice means either; one that is skipped is reckoned with the
    offset before and with the one after the change.
    """
    days, hour = divmod(int(clock[:2]), 24)
    local = datetime.combine(day + timedelta(days=days), time(hour, int(clock[3:])), zone)
    return local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
