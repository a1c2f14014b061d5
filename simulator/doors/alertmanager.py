"""The door to Alertmanager: its HTTP API, version 2."""

from typing import Literal

from simulator.doors.http import JsonClient, understood
from simulator.values import Value, epoch


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


class Alertmanager:
    """Reads alerts and configuration."""

    def __init__(self, url: str) -> None:
        self._http = JsonClient("Alertmanager", url)

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
    async def configuration(self) -> str:
        """The loaded configuration, as YAML, secrets left out by Alertmanager itself."""
        answer = await self._http.get("/api/v2/status")
        return str(answer["config"]["original"])

    async def close(self) -> None:
        await self._http.close()
