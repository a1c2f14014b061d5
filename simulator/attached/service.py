"""What an environment file says of one service: what it is, how it is reached, and how it may be harmed."""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from simulator.attached.address import PageUrl
from simulator.base.secret import SecretReference
from simulator.base.values import Seconds, Value

Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]
Label = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]
Argument = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Arguments = Annotated[tuple[Argument, ...], Field(min_length=1, max_length=100)]
"""A program and its arguments, without a shell; no secret is in them, for every list of processes shows them."""

ActSeconds = Annotated[Seconds, Field(le=60)]
UndoSeconds = Annotated[Seconds, Field(le=300)]
_PLACEHOLDER = re.compile(r"\{(?:env|file):[^{}]+\}")
"""What looks like a secret's reference within an argument."""


class ContainerPlace(Value):
    """Which container a service is; one of the three."""

    container: Word | None = None
    label: Annotated[str, StringConstraints(pattern=r"^[^=\s]+=\S+$")] | None = None
    compose: Annotated[str, StringConstraints(pattern=r"^[^/\s]+/[^/\s]+$")] | None = None
    """`PROJECT/SERVICE`."""

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if sum(one is not None for one in (self.container, self.label, self.compose)) != 1:
            raise ValueError("give one of container:, label: or compose:")
        return self


class Commands(Value):
    """A fault of your own, as programs: argument lists, no shell. They run in the folder of this file."""

    arm: Arguments | None = None
    """The target's own timer that takes the harm away, before the harm: for when nobody of us is left to."""
    inject: Arguments
    check: Arguments
    """Exits 0 while the harm bites, 1 while it does not; anything else: unknown."""
    undo: Arguments
    """Idempotent: it runs again after a crash, and on what was never harmed."""
    environment: dict[Label, SecretReference] = {}
    """What they find in their environment besides PATH, HOME, USER, LOGNAME and LANG: secrets, an agent's socket, ..."""
    timeout: ActSeconds = 10.0
    """For each of them to exit."""
    undo_within: UndoSeconds = 60.0
    """For `check` to say 1 after the undo."""

    @model_validator(mode="after")
    def _shows_no_secrets(self) -> Self:
        lines = {"arm": self.arm or (), "inject": self.inject, "check": self.check, "undo": self.undo}
        for name, line in lines.items():
            if any(_PLACEHOLDER.search(argument) for argument in line):
                raise ValueError(
                    f"{name}: every list of processes shows arguments, so no secret goes into one;"
                    ' name it under environment:, as in {TOKEN: "env:PAY_TOKEN"}, and let the program read $TOKEN'
                )
        return self


class Request(Value):
    """One request."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    url: PageUrl
    auth: Word | None = None
    body: dict[str, str | int | float | bool] | None = None
    """Sent as JSON."""


class CheckRequest(Request):
    """A request whose answer says whether the harm bites."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    bites: Annotated[int, Field(ge=100, le=599)] = 200
    """The status that says that it does."""
    healthy: Annotated[int, Field(ge=100, le=599)] = 204
    """The status that says that it does not; any other: unknown."""

    @model_validator(mode="after")
    def _tells_them_apart(self) -> Self:
        if self.bites == self.healthy:
            raise ValueError("bites: and healthy: are the same status")
        return self


class HookSettings(Value):
    """A fault of your own, as requests to an API of yours; each act means what it means under `command:`."""

    arm: Request | None = None
    inject: Request
    check: CheckRequest
    undo: Request
    timeout: ActSeconds = 10.0
    undo_within: UndoSeconds = 60.0


class Service(Value):
    """Something that may be broken, and how it is reached."""

    probe: PageUrl | None = None
    """Answers 2xx while the service is well."""
    jobs: tuple[str, ...] = ()
    """Of Prometheus; empty: that of the service's own name."""
    docker: ContainerPlace | None = None
    systemd: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9:_.\\@-]+\.service$")] | None = None
    postgres: SecretReference | None = None
    """Its DSN."""
    application: str = ""
    """The application name of your own sessions in that database: nobody else's are struck."""
    table: str = ""
    """One that your application writes to, for faults that lock one."""
    redis: SecretReference | None = None
    """Its URL."""
    prefix: str = ""
    """Of your own keys in that cache: no others are deleted."""
    command: Commands | None = None
    http: HookSettings | None = None

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if self.docker is not None and self.systemd is not None:
            raise ValueError("a service is a container or a systemd unit, not both")
        if self.docker is not None and not (self.probe or self.postgres or self.redis):
            raise ValueError(
                "docker: needs probe:, the address that says whether what is in the container is well"
            )
        if self.postgres is not None and self.redis is not None:
            raise ValueError("a service is a database or a cache, not both")
        return self
