"""The door to the webhook receiver: what pages arrived, and when."""

from typing import Literal

from simulator.doors.http import JsonClient
from simulator.values import Value, epoch


class Notification(Value):
    """One alert of one notification, as the receiver stored it."""

    sequence: int
    received_epoch: float
    route: str
    status: Literal["firing", "resolved"]
    alert: str
    fingerprint: str
    severity: str
    starts_epoch: float


class Receiver:
    """Reads notifications in the order in which they arrived."""

    def __init__(self, url: str) -> None:
        self._http = JsonClient("the receiver", url)

    async def notifications(self, after: int, wait: float) -> list[Notification]:
        """What arrived after the given sequence number; waits up to `wait` seconds for the first of them."""
        answer = await self._http.get("/api/v1/notifications", {"after": after, "wait": wait}, patience=wait)
        return [
            Notification(
                sequence=entry["seq"],
                received_epoch=epoch(entry["received_at"]),
                route=entry["route"],
                status=entry["status"],
                alert=entry["alertname"],
                fingerprint=entry["fingerprint"],
                severity=entry["labels"].get("severity", ""),
                starts_epoch=epoch(entry["startsAt"]),
            )
            for entry in answer["notifications"]
        ]

    async def clock(self) -> float:
        """The receiver's own clock, UTC seconds."""
        answer = await self._http.get("/api/v1/time")
        return epoch(answer["now"])

    async def close(self) -> None:
        await self._http.close()
