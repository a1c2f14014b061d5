"""What an environment file says of somebody else's system: where it is reached, what is judged there, what may be broken."""

import hashlib
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, PrivateAttr, StringConstraints, field_validator, model_validator

from simulator.attached.address import Url
from simulator.attached.service import Label, Service, Word
from simulator.base.errors import BadInput, DoorError, SimulatorError
from simulator.base.installed import names
from simulator.base.names import nearest, shown
from simulator.base.secret import SecretReference
from simulator.base.values import Seconds, Value
from simulator.doors.http import DENIED, Refused
from simulator.environments.settings import EnvironmentSettings, Tier
from simulator.environments.system import SYSTEMS
from simulator.safety.nets import Condition

Reason = Annotated[str, StringConstraints(min_length=3, max_length=200)]


class Basic(Value):
    """RFC 7617."""

    user: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    password: SecretReference


class Credentials(Value):
    """How we say who we are; one of them."""

    basic: Basic | None = None
    bearer: SecretReference | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.basic is None) == (self.bearer is None):
            raise ValueError("give either basic: or bearer:")
        return self


class Tls(Value):
    """Whom to believe, and who we are; paths from the folder of the file. There is no way not to look."""

    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None


class Api(Value):
    """One API."""

    url: Url
    auth: Word | None = None
    """One of those under `auth:`."""
    headers: dict[str, str] = {}
    """Sent with every request, such as a tenant's; a value may be a secret's reference."""
    timeout: Seconds = 2.0


class SystemIdentity(Value):
    """What the system says of itself, so that no other one is broken in its place; one of the two."""

    url: Url | None = None
    """Asked for a JSON object."""
    json_key: Annotated[str, Field(alias="json")] = "environment"
    """The key of it that says which environment it is."""
    label: Label | None = None
    """An external label of Prometheus that says it."""
    equals: Annotated[str, StringConstraints(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.url is None) == (self.label is None):
            raise ValueError("give either url: or label:")
        return self


class ReceiverApi(Value):
    """Our receiver, which runs by itself near Alertmanager (`simulator receiver`)."""

    url: Url
    token: SecretReference
    timeout: Seconds = 2.0


class Pages(Value):
    """How it is known that a page arrived."""

    judge_at: Literal["notified", "accepted"] = "notified"
    """`accepted`: where no receiver may be added, an alert that Alertmanager has accepted; the report then never says
    that anybody was notified."""
    receiver: ReceiverApi | None = None
    routes: tuple[str, ...] = ()
    """The receivers of Alertmanager to which our webhook was added; empty: those whose address is still shown as ours."""
    canary: Literal["alertmanager", "scrape", "none"] = "alertmanager"
    """How the page is sent that travels before anything is broken: to Alertmanager's API, or by a gauge of ours that
    Prometheus scrapes and a rule of yours that looks at it."""
    canary_labels: dict[Label, str] = {}
    """Those that lead the canary to a receiver with our webhook, and to nobody who sleeps."""
    people: tuple[str, ...] = ()
    """Receivers that may wake people during a game day."""

    @model_validator(mode="after")
    def _has_a_receiver(self) -> Self:
        if self.judge_at == "notified" and self.receiver is None:
            raise ValueError("judge_at: notified needs a receiver; without one say judge_at: accepted")
        return self


class FiringAlready(Value):
    """An alert that fires anyway, until a day."""

    alert: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    labels: dict[Label, str] = {}
    until: date
    because: Reason


class Alerts(Value):
    """Which alerts are judged, and how fast each severity has to be."""

    severity_label: Label = "severity"
    within: Annotated[dict[Word, Seconds], Field(min_length=1)] = {"critical": 30.0, "warning": 30.0}
    """By severity, from the slowest thing that you promise to the quickest."""
    judge: str = ""
    """Label matchers; an alert that they do not fit is reported, and never a breach. Empty: all are judged."""
    ignore: tuple[str, ...] = ()
    """Alerts that say nothing, by name: a watchdog, an inhibitor."""
    firing_already: tuple[FiringAlready, ...] = ()


class Labels(Value):
    """What of an alert's labels is kept."""

    keep: tuple[Label, ...] = ()
    """These and no others enter journal and reports; empty: all. The alert's name and severity always do."""


class Rules(Value):
    """Which of the rules that Prometheus has are yours."""

    groups: tuple[str, ...] = ("*",)
    """Rule groups by name; `*` stands for anything."""


class Dashboards(Value):
    """Where the dashboards are."""

    grafana: Url | None = None
    auth: Word | None = None
    folder: str = ""
    """Of Grafana; empty: all."""
    directory: Path | None = None
    """Or files, in a folder below that of this file."""
    variables: dict[str, str] = {}
    """What their variables stand for."""

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.grafana is None) == (self.directory is None):
            raise ValueError("give either grafana: or directory:")
        return self


class Traffic(Value):
    """Who sends requests while something is broken."""

    locustfile: Path | None = None
    """Yours, from the folder of this file; without one only the traffic that is there anyway is looked at."""
    host: Url | None = None
    users: Annotated[int, Field(ge=1, le=100_000)] | None = None
    counted: str = ""
    """PromQL of the requests per second that arrive, as a witness."""


class Exclude(Value):
    """What is not asked to be well."""

    targets: tuple[str, ...] = ()
    """Label matchers of scrape targets that may be down, as in 'job="legacy"'."""


def _at(folder: Path, path: Path | None) -> Path | None:
    return None if path is None else folder / path.expanduser()


class AttachedSettings(EnvironmentSettings):
    """Somebody else's system. Paths are from the folder of the file; secrets are references."""

    stack: Literal["attached"]
    tier: Tier = "staging"
    who: Annotated[SystemIdentity, Field(alias="identity")]
    auth: dict[Word, Credentials] = {}
    tls: Tls = Tls()
    prometheus: Api
    alertmanagers: Annotated[tuple[Api, ...], Field(min_length=1)]
    """Every peer."""
    pages: Pages
    alerts: Alerts = Alerts()
    labels: Labels = Labels()
    rules: Rules = Rules()
    dashboards: Dashboards | None = None
    traffic: Traffic | None = None
    system: Word | None = None
    """What a package of yours says of the system: the name of its entry point in the group `simulator.systems`."""
    services: dict[Word, Service] = {}
    abort_when: tuple[Condition, ...] = ()
    """None by default: those of our own stacks look at one machine, and yours may be many."""
    touch: tuple[Word, ...] = ()
    """Opt-in; nothing else is ever touched."""
    exclude: Exclude = Exclude()
    nettools: str = ""
    """An image with tc and iptables that network faults run beside a container; without one they are refused."""
    _folder: Path = PrivateAttr(default=Path())

    @property
    def folder(self) -> Path:
        """That of the file."""
        return self._folder

    @property
    def known_as(self) -> str:
        """By its target, whatever the file is called: two files of one target are one place."""
        target = (self.prometheus.url, *(one.url for one in self.alertmanagers))
        return f"attached-{hashlib.sha256(' '.join(target).encode()).hexdigest()[:8]}"

    def unusable(self, error: DoorError) -> SimulatorError:
        if isinstance(error, Refused) and error.status in DENIED:
            return BadInput(f"environment {self.name}: {error}; mend auth:, or the secrets that it refers to")
        return BadInput(
            f"environment {self.name} cannot be used as it is: {error}; nothing was begun. Mend that, or what the"
            " file says of it; simulator doctor FILE looks at all of it"
        )

    def beside(self, folder: Path) -> Self:
        tls, dashboards, traffic = self.tls, self.dashboards, self.traffic
        moved = {
            "tls": Tls(ca=_at(folder, tls.ca), cert=_at(folder, tls.cert), key=_at(folder, tls.key)),
            "dashboards": dashboards
            and dashboards.model_copy(update={"directory": _at(folder, dashboards.directory)}),
            "traffic": traffic and traffic.model_copy(update={"locustfile": _at(folder, traffic.locustfile)}),
        }
        found = self.model_copy(update=moved)
        found._folder = folder  # noqa: SLF001  of our own copy
        return found

    @field_validator("touch")
    @classmethod
    def _touches_nothing_twice(cls, touch: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(touch))

    @model_validator(mode="after")
    def _knows_what_it_names(self) -> Self:
        for name in self.touch:
            if name not in self.services:
                raise ValueError(f"touch: unknown service {shown(name)}{nearest(name, self.services)}")
        if self.system is not None and self.system not in names(SYSTEMS):
            raise ValueError(
                f"system: unknown system {shown(self.system)}{nearest(self.system, names(SYSTEMS))}"
            )
        for where, name in self._named_credentials():
            if name not in self.auth:
                raise ValueError(f"{where}: unknown auth {shown(name)}{nearest(name, self.auth)}")
        return self

    def _named_credentials(self) -> list[tuple[str, str]]:
        named = [("prometheus", self.prometheus.auth)]
        named += [("alertmanagers", one.auth) for one in self.alertmanagers]
        if self.dashboards is not None:
            named.append(("dashboards", self.dashboards.auth))
        for service, one in self.services.items():
            if one.http is not None:
                acts = (one.http.arm, one.http.inject, one.http.check, one.http.undo)
                named += [(f"services.{service}.http", act.auth) for act in acts if act is not None]
        return [(where, name) for where, name in named if name is not None]
