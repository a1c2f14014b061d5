"""The door to the webhook receiver: what pages arrived, and when."""

from collections.abc import Callable
from typing import Any, Literal

from simulator.base.errors import BadInput, DoorError
from simulator.base.values import Value, epoch
from simulator.doors.endpoint import Endpoint
from simulator.doors.http import JsonClient, understood
from simulator.doors.labels import BY_ITS_NAME, SeverityLabel


class Notification(Value):
    """One alert of one notification, as the receiver stored it."""

    sequence: int
    received_epoch: float
    route: str
    status: Literal["firing", "resolved"]
    alert: str
    labels: dict[str, str]
    fingerprint: str
    severity: str
    starts_epoch: float


class Receiver:
    """Reads notifications in the order in which they arrived.

    `token` reads what the receiver wants to be told, for every question anew: only who asks needs it, an undo does not.
    It raises BadInput where there is none, with the reason.
    """

    def __init__(
        self, at: Endpoint | str, token: Callable[[], str], severity: SeverityLabel = BY_ITS_NAME
    ) -> None:
        self._severity = severity
        self._http = JsonClient("the receiver", at)
        self._token = token

    @understood
    async def notifications(self, after: int, wait: float) -> list[Notification]:
        """What arrived after the given sequence number; waits up to `wait` seconds for the first of them."""
        answer = await self._get("/api/v1/notifications", {"after": after, "wait": wait}, patience=wait)
        return [
            Notification(
                sequence=entry["seq"],
                received_epoch=epoch(entry["received_at"]),
                route=entry["route"],
                status=entry["status"],
                alert=entry["alertname"],
                labels=self._severity.read(entry["labels"]),
                fingerprint=entry["fingerprint"],
                severity=self._severity.read(entry["labels"]).get("severity", ""),
                starts_epoch=epoch(entry["startsAt"]),
            )
            for entry in answer["notifications"]
        ]

    @understood
    async def clock(self) -> float:
        """The receiver's own clock, UTC seconds."""
        answer = await self._get("/api/v1/time")
        return epoch(answer["now"])

    async def close(self) -> None:
        await self._http.close()

    async def _get(self, path: str, params: dict[str, Any] | None = None, *, patience: float = 0.0) -> Any:
        return await self._http.get(path, params, patience=patience, headers=self._credentials())

    def _credentials(self) -> dict[str, str]:
        try:
            return {"Authorization": f"Bearer {self._token().strip()}"}
        except BadInput as error:
            raise DoorError(f"the receiver was not asked: {error}") from None
