"""The door to the webhook receiver: what pages arrived, and when."""

from pathlib import Path
from typing import Any, Literal

from simulator.base.errors import DoorError
from simulator.base.values import Value, epoch
from simulator.doors.http import JsonClient, understood


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

    `token_file` holds what the receiver wants to be told; None when the stack made no such file.
    """

    def __init__(self, url: str, token_file: Path | None) -> None:
        self._http = JsonClient("the receiver", url)
        self._token_file = token_file

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
                labels=entry["labels"],
                fingerprint=entry["fingerprint"],
                severity=entry["labels"].get("severity", ""),
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
        """Read for every question: only who asks the receiver needs the token, an undo does not."""
        if self._token_file is None:
            raise DoorError(
                "the receiver answers only those who know its token, and an older version that made none has started"
                " this stack: stop the stack and start it again (simulator stack down, simulator stack up)"
            )
        try:
            token = self._token_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise DoorError(
                f"the receiver's token cannot be read: {error.strerror}; run as the user who started the stack"
            ) from None
        return {"Authorization": f"Bearer {token}"}
