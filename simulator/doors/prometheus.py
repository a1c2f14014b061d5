"""The door to Prometheus: its HTTP API, version 1 (valid on 2.42 and 3.x)."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Literal

from ruamel.yaml import YAML

from simulator.base.templates import fixed
from simulator.base.values import Seconds, Value, epoch
from simulator.doors.endpoint import Endpoint
from simulator.doors.http import JsonClient, understood
from simulator.doors.labels import BY_ITS_NAME, SeverityLabel

AlertState = Literal["inactive", "pending", "firing"]
_ALERTS_API = re.compile(r"/api/v[12]/alerts/?$")
"""What Prometheus shows behind the address of an Alertmanager."""


class ActiveAlert(Value):
    """A pending or firing alert."""

    alert: str
    labels: dict[str, str]
    state: AlertState
    active_epoch: float

    @property
    def instance(self) -> str:
        """The label set as text, to tell instances of one rule apart."""
        return ",".join(f'{name}="{value}"' for name, value in sorted(self.labels.items()))


class LoadedRecording(Value):
    """A recording rule as it is loaded."""

    name: str
    expr: str
    health: str
    """ok, err or unknown."""


class LoadedRule(Value):
    """An alerting rule as it is loaded."""

    alert: str
    expr: str
    hold: float
    """`for`, in seconds."""
    keep_firing_for: float = 0.0
    """Seconds; a Prometheus before 2.42 knows no such thing."""
    labels: dict[str, str]
    annotations: dict[str, str] = {}
    group: str = ""
    """The name of its group."""
    rule_set: str = ""
    """The stem of the file it was loaded from."""
    health: str
    """ok, err or unknown."""
    error: str
    interval: float
    """The group's evaluation interval in seconds."""

    @property
    def fixed_labels(self) -> dict[str, str]:
        """The labels whose value every alert of the rule has: those without a template."""
        return fixed(self.labels)


class EvaluatedRule(Value):
    """A rule of either kind, and how its last evaluation went."""

    name: str
    is_alert: bool
    labels: dict[str, str]
    """Those whose value every alert of the rule has."""
    health: str
    """ok, err or unknown."""
    error: str


class ScrapeTarget(Value):
    """A target, and how its last scrape went."""

    job: str
    labels: dict[str, str] = {}
    health: str
    """up, down or unknown."""
    error: str
    interval: Seconds


class Series(Value):
    """One series of an answer: its labels and its (UTC seconds, value) samples."""

    labels: dict[str, str]
    samples: tuple[tuple[float, float], ...]

    @property
    def number(self) -> float | None:
        """Its latest value; None where it is not a number, as of a ratio of nothing to nothing."""
        value = self.samples[-1][1] if self.samples else math.nan
        return None if math.isnan(value) else value


def numbers(answer: Iterable[Series]) -> list[float]:
    """The latest values of an answer, without what is not a number: an empty list says that nothing is known."""
    return [value for series in answer if (value := series.number) is not None]


class Prometheus:
    """Reads alerts, rules, targets and samples."""

    def __init__(self, at: Endpoint | str, severity: SeverityLabel = BY_ITS_NAME) -> None:
        self._http = JsonClient("Prometheus", at)
        self._severity = severity

    @understood
    async def alerts(self) -> list[ActiveAlert]:
        """All pending and firing alerts."""
        answer = await self._http.get("/api/v1/alerts")
        return [
            ActiveAlert(
                alert=alert["labels"]["alertname"],
                labels=self._severity.read(alert["labels"]),
                state=alert["state"],
                active_epoch=epoch(alert["activeAt"]),
            )
            for alert in answer["data"]["alerts"]
        ]

    @understood
    async def rules(self) -> list[LoadedRule]:
        """All alerting rules."""
        answer = await self._http.get("/api/v1/rules", {"type": "alert"})
        return [
            LoadedRule(
                alert=rule["name"],
                expr=rule["query"],
                hold=rule["duration"],
                keep_firing_for=rule.get("keepFiringFor", 0.0),
                labels=self._severity.read(rule["labels"]),
                annotations=rule["annotations"],
                group=group["name"],
                rule_set=PurePath(group["file"]).stem,
                health=rule["health"],
                error=rule.get("lastError", ""),
                interval=group["interval"],
            )
            for group in answer["data"]["groups"]
            for rule in group["rules"]
        ]

    @understood
    async def recordings(self) -> list[LoadedRecording]:
        """All recording rules."""
        answer = await self._http.get("/api/v1/rules", {"type": "record"})
        return [
            LoadedRecording(name=rule["name"], expr=rule["query"], health=rule["health"])
            for group in answer["data"]["groups"]
            for rule in group["rules"]
        ]

    @understood
    async def evaluated(self) -> list[EvaluatedRule]:
        """How the last evaluation of every rule went, of alerts and recordings alike, in one answer."""
        answer = await self._http.get("/api/v1/rules")
        return [
            EvaluatedRule(
                name=rule["name"],
                is_alert=rule["type"] == "alerting",
                labels=fixed(self._severity.read(rule.get("labels", {}))),
                health=rule["health"],
                error=rule.get("lastError", ""),
            )
            for group in answer["data"]["groups"]
            for rule in group["rules"]
        ]

    @understood
    async def targets(self) -> list[ScrapeTarget]:
        answer = await self._http.get("/api/v1/targets", {"state": "active"})
        return [
            ScrapeTarget(
                job=target["scrapePool"],
                labels=target["labels"],
                health=target["health"],
                error=target["lastError"],
                interval=target["scrapeInterval"],
            )
            for target in answer["data"]["activeTargets"]
        ]

    @understood
    async def version(self) -> str:
        answer = await self._http.get("/api/v1/status/buildinfo")
        return str(answer["data"]["version"])

    @understood
    async def alertmanagers(self) -> list[str]:
        """The addresses at which it tells Alertmanagers, with the path that they are served below."""
        answer = await self._http.get("/api/v1/alertmanagers")
        return [_ALERTS_API.sub("", one["url"]) for one in answer["data"]["activeAlertmanagers"]]

    @understood
    async def external_labels(self) -> dict[str, str]:
        """What it says of itself to everybody else."""
        answer = await self._http.get("/api/v1/status/config")
        tree = YAML(typ="safe", pure=True).load(answer["data"]["yaml"]) or {}
        return {
            name: str(text) for name, text in (tree.get("global", {}).get("external_labels") or {}).items()
        }

    @understood
    async def query(self, expr: str) -> list[Series]:
        """The query's value now, one sample a series, which may be NaN; raw samples for a range selector."""
        answer = await self._http.get("/api/v1/query", {"query": expr})
        data = answer["data"]
        if data["resultType"] == "scalar":
            return [Series(labels={}, samples=((float(data["result"][0]), float(data["result"][1])),))]
        return [
            Series(
                labels=series["metric"],
                samples=tuple(
                    (float(when), float(value)) for when, value in series.get("values", [series.get("value")])
                ),
            )
            for series in data["result"]
        ]

    def while_firing(self, alert: str, labels: Mapping[str, str], seconds: int) -> str:
        """The query for the raw samples that there are while an alert with these labels fires, of the last so many seconds."""
        asked = {"alertname": alert, "alertstate": "firing", **self._severity.asked(labels)}
        return (
            f"ALERTS{{{','.join(f'{name}={json.dumps(text)}' for name, text in asked.items())}}}[{seconds}s]"
        )

    @understood
    async def metrics(self) -> list[str]:
        """The names of all metrics that it has."""
        answer = await self._http.get("/api/v1/label/__name__/values")
        return [str(name) for name in answer["data"]]

    @understood
    async def clock(self) -> float:
        """Prometheus's own clock, UTC seconds."""
        series = await self.query("time()")
        return series[0].samples[0][1]

    async def close(self) -> None:
        await self._http.close()
