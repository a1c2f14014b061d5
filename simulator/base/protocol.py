"""What the Locust plugin and the engine say to each other: JSON Lines over the engine's stdin and stdout.

One message a line, told apart by `type`; blank lines mean nothing. Both sides import these values and nothing of each other.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from simulator.base.values import Number, Value, Whole

LINE_LIMIT = 1 << 20
"""The longest message either side reads, in bytes: what is longer is left out, and that is said."""


class Begin(Value):
    """Plugin: the workload runs; the game day may begin."""

    type: Literal["begin"] = "begin"


class Receipt(Value):
    """What the system acknowledged to the workload: its id, and the idempotency key under which it was asked for."""

    id: str
    key: str


class Traffic(Value):
    """Plugin, once a second: what the workload did since the last such message.

    Rates are per second, summed over all workers. `switches` maps each active switch to the events it
    caused per second (attack requests, extra sessions, ...).
    """

    type: Literal["traffic"] = "traffic"
    offered: Number
    """Arrivals whose intended start fell into the period."""
    achieved: Number
    """Arrivals that started."""
    dropped: Number
    """Arrivals given up because no user became free in time."""
    requests: Number
    failures: Number
    """Requests that Locust counts as failed."""
    cpu_percent: Number
    """The busiest Locust process, 0..100."""
    users: Whole
    counted: dict[str, Number] = {}
    """What the personas count besides, by name: what the system acknowledged, say."""
    switches: dict[str, Number] = {}
    receipts: tuple[Receipt, ...] | None = None
    """Of all that was acknowledged since the last such message, each told once; None: nobody keeps receipts."""


class Generators(Value):
    """Plugin: a load generator (a worker of Locust's) was lost, or joined, after the game day had begun."""

    type: Literal["generators"] = "generators"
    change: Literal["lost", "joined"]
    generator: Whole
    """Its number: Locust counts them from 0 in the order in which they came."""
    left: Whole
    """How many carry traffic now."""
    silent: Number = 0.0
    """Seconds since it was last heard of."""
    share: Number = 0.0
    """Of the arrivals (a ratio 0..1) that it carried when it was last heard of; 0 for one that joined."""


class Switched(Value):
    """Plugin: every worker has taken over (or given up) the switch of this id."""

    type: Literal["switched"] = "switched"
    id: Whole
    workers: Whole
    error: str = ""
    """Why the switch was refused; empty when it holds."""


class Stop(Value):
    """Plugin: Locust ends; undo, report and leave."""

    type: Literal["stop"] = "stop"
    reason: str


class Held(Value):
    """Engine: nothing refuses this run, the stack is its own, and what an earlier one left is undone.

    Before it nothing is published and no traffic is sent: a run that is refused must not disturb the one under way.
    """

    type: Literal["held"] = "held"
    known_as: str
    """What `--environment` of an undo takes from now on: the file that the run was given may be another one by then."""


class SwitchOn(Value):
    """Engine: turn a workload switch on, or renew its lease; it ends by itself `lease` seconds later."""

    type: Literal["switch_on"] = "switch_on"
    id: Whole
    name: str
    settings: dict[str, Number] = {}
    lease: Number


class SwitchOff(Value):
    """Engine: turn a workload switch off now."""

    type: Literal["switch_off"] = "switch_off"
    id: Whole
    name: str


class Canary(Value):
    """Engine: set the simulator's own canary gauge."""

    type: Literal["canary"] = "canary"
    on: bool


class Progress(Value):
    """Engine: something worth telling people."""

    type: Literal["progress"] = "progress"
    at: Number
    """Seconds since the run began."""
    experiment: str
    """The experiment's name; empty between experiments."""
    text: str
    level: Literal["info", "good", "bad"] = "info"


class FaultState(Value):
    """Engine: a fault became effective, or was undone."""

    type: Literal["fault"] = "fault"
    experiment: str
    fault: str
    id: str
    """Its own: an experiment may inject the same kind of fault twice."""
    active: bool


class Notified(Value):
    """Engine: an alert's page arrived, with its chain in seconds from the effective interval's start."""

    type: Literal["notified"] = "notified"
    experiment: str
    alert: str
    detect: Number | None
    notify: Number


class Finished(Value):
    """Engine, last: the exit code it leaves with, and where the report is, or why there is none."""

    type: Literal["finished"] = "finished"
    code: Whole
    report: str
    error: str = ""
    summary: str = ""
    """The verdict for people: headline, experiments, alerts. Empty when there is none."""


class Fenced(Value):
    """Guard, in the place of the engine that it has killed: what it was killed for."""

    type: Literal["fenced"] = "fenced"
    reason: str


FromPlugin = Annotated[Begin | Generators | Traffic | Switched | Stop, Field(discriminator="type")]
FromEngine = Annotated[
    Held | SwitchOn | SwitchOff | Canary | Progress | FaultState | Notified | Finished | Fenced,
    Field(discriminator="type"),
]
from_plugin: TypeAdapter[FromPlugin] = TypeAdapter(FromPlugin)
from_engine: TypeAdapter[FromEngine] = TypeAdapter(FromEngine)
