"""The door to Alertmanager: its HTTP API, version 2."""

from typing import Any, Literal

from simulator.base.values import Value, epoch
from simulator.doors.endpoint import Endpoint
from simulator.doors.http import JsonClient, understood


class AcceptedAlert(Value):
    """An alert that Alertmanager holds."""

    alert: str
    fingerprint: str
    labels: dict[str, str]
    state: Literal["unprocessed", "active", "suppressed"]
    starts_epoch: float
    inhibited_by: tuple[str, ...]
    """Fingerprints of the alerts that inhibit it."""
    silenced_by: tuple[str, ...]
    """Ids of the silences that hide it."""


class SilenceMatcher(Value):
    """One condition of a silence."""

    name: str
    op: Literal["=", "!=", "=~", "!~"]
    value: str


class Silence(Value):
    """A silence that holds, or will."""

    id: str
    comment: str
    matchers: tuple[SilenceMatcher, ...]
    starts_epoch: float
    ends_epoch: float


class Alertmanager:
    """Reads alerts and configuration."""

    def __init__(self, at: Endpoint | str) -> None:
        self._http = JsonClient("Alertmanager", at)

    @understood
    async def alerts(self) -> list[AcceptedAlert]:
        """All alerts that are not resolved, hidden ones too."""
        answer = await self._http.get(
            "/api/v2/alerts", {"active": "true", "silenced": "true", "inhibited": "true"}
        )
        return [
            AcceptedAlert(
                alert=alert["labels"].get("alertname", ""),
                fingerprint=alert["fingerprint"],
                labels=alert["labels"],
                state=alert["status"]["state"],
                starts_epoch=epoch(alert["startsAt"]),
                inhibited_by=tuple(alert["status"]["inhibitedBy"]),
                silenced_by=tuple(alert["status"]["silencedBy"]),
            )
            for alert in answer
        ]

    @understood
    async def silences(self) -> list[Silence]:
        """All silences that have not expired."""
        answer = await self._http.get("/api/v2/silences")
        return [
            Silence(
                id=silence["id"],
                comment=silence.get("comment", ""),
                matchers=tuple(_silence_matcher(matcher) for matcher in silence["matchers"]),
                starts_epoch=epoch(silence["startsAt"]),
                ends_epoch=epoch(silence["endsAt"]),
            )
            for silence in answer
            if silence["status"]["state"] != "expired"
        ]

    @understood
    async def configuration(self) -> str:
        """The loaded configuration, as YAML, secrets left out by Alertmanager itself."""
        answer = await self._http.get("/api/v2/status")
        return str(answer["config"]["original"])

    async def close(self) -> None:
        await self._http.close()


def _silence_matcher(matcher: dict[str, Any]) -> SilenceMatcher:
    equal = matcher.get("isEqual", True)  # versions before 0.22 know no other
    op = ("=~" if equal else "!~") if matcher["isRegex"] else ("=" if equal else "!=")
    return SilenceMatcher.model_validate({"name": matcher["name"], "op": op, "value": matcher["value"]})
