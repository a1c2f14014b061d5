"""What a client and the supervisor say to each other: JSON Lines over a Unix socket, one answer per request."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

LINE_LIMIT = 65_536
"""The longest line either side reads, in bytes."""

How = Literal["killed", "frozen"]
State = Literal["waiting", "starting", "ready", "backing-off", "held", "stopped"]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Period = Annotated[float, Field(gt=0, le=3600)]


class Value(BaseModel):
    """An immutable message or part of one; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Endpoint(Value):
    """Where a service is reached, and the name its container has in ERPGo."""

    host: str
    port: int
    url: str
    container: str


class StackInfo(Value):
    """A running stack, as `stack.json` records it. The file holds passwords: only its owner reads it."""

    instance: str
    folder: Path
    """The instance folder."""
    socket: Path
    pid: int
    """The supervisor."""
    version: str
    started_at: str
    """UTC, ISO 8601."""
    temporary: bool
    scrape_interval_s: float
    """Prometheus's scrape and evaluation interval."""
    targets: Path
    """The folder in which the simulator announces its own metrics to Prometheus (file_sd)."""
    chaos_token: str = ""
    """With it the API can be harmed on request (docs/stack.md)."""
    receiver_token_file: Path | None = None
    """Holds what the receiver wants to be told; None in the record of a stack that an older version started."""
    services: dict[str, Endpoint]

    def url(self, service: str) -> str:
        """The address of one service; for PostgreSQL and Redis a URL with all that a client needs."""
        return self.services[service].url

    def log(self, service: str) -> Path:
        """The log file of one service (or of the `supervisor`)."""
        return self.folder / "stack" / "logs" / f"{service}.log"


class Hold(Value):
    """A service kept from working on behalf of a fault."""

    service: str
    how: How
    owner: str
    lease_s: float


class ServiceStatus(Value):
    """One service as the supervisor sees it."""

    state: State
    pid: int | None
    restarts: int
    """Starts after the first that nobody asked for."""
    chaos: bool
    """Whether faults may touch the service."""


class StatusRequest(Value):
    """Ask for the state of everything."""

    request: Literal["status"] = "status"


class LeaseRequest(Value):
    """Keep the stack for `period_s` seconds from each renewal on."""

    request: Literal["lease"] = "lease"
    holder: Name
    period_s: Period = 30.0


class HoldRequest(Value):
    """Kill or freeze a service and keep it so until released, or until the lease runs out."""

    request: Literal["hold"] = "hold"
    service: Name
    how: How
    owner: Name
    lease_s: Period = 3.0


class RenewRequest(Value):
    """Renew every lease and hold of this connection."""

    request: Literal["renew"] = "renew"


class ReleaseRequest(Value):
    """Release all holds of an owner, whichever connection holds them."""

    request: Literal["release"] = "release"
    owner: Name


class HoldsRequest(Value):
    """Ask which services are held, and by whom."""

    request: Literal["holds"] = "holds"


class KeepRequest(Value):
    """Turn a temporary stack into one that stays until `down`."""

    request: Literal["keep"] = "keep"


class DownRequest(Value):
    """Stop everything; the answer comes when all servers are gone."""

    request: Literal["down"] = "down"


class StatusAnswer(Value):
    """The stack, its services and the holders of its leases."""

    answer: Literal["status"] = "status"
    info: StackInfo
    services: dict[str, ServiceStatus]
    leases: tuple[str, ...]


class HoldsAnswer(Value):
    """The holds in force now, after a hold or a release as well as on request."""

    answer: Literal["holds"] = "holds"
    holds: tuple[Hold, ...]


class DoneAnswer(Value):
    """The request was carried out."""

    answer: Literal["done"] = "done"


class RefusedAnswer(Value):
    """The request was understood and not carried out; nothing changed."""

    answer: Literal["refused"] = "refused"
    reason: str


Request = Annotated[
    StatusRequest
    | LeaseRequest
    | HoldRequest
    | RenewRequest
    | ReleaseRequest
    | HoldsRequest
    | KeepRequest
    | DownRequest,
    Field(discriminator="request"),
]
Answer = Annotated[
    StatusAnswer | HoldsAnswer | DoneAnswer | RefusedAnswer,
    Field(discriminator="answer"),
]


class StartProgress(Value):
    """On the starter's socket: a service changed its state while the stack comes up."""

    start: Literal["progress"] = "progress"
    service: str
    text: str
    at_s: float
    """Seconds since the supervisor began."""


class StartReady(Value):
    """On the starter's socket, last: the stack is ready."""

    start: Literal["ready"] = "ready"
    info: StackInfo


class StartFailed(Value):
    """On the starter's socket, last: the stack did not come up, and all of it was stopped again."""

    start: Literal["failed"] = "failed"
    reason: str


StartReport = Annotated[StartProgress | StartReady | StartFailed, Field(discriminator="start")]

request_adapter: TypeAdapter[Request] = TypeAdapter(Request)
answer_adapter: TypeAdapter[Answer] = TypeAdapter(Answer)
start_report_adapter: TypeAdapter[StartReport] = TypeAdapter(StartReport)


def to_line(message: Value) -> bytes:
    """One message as one line."""
    return message.model_dump_json().encode() + b"\n"
