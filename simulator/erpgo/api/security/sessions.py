"""How many people are logged in."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_MOST_SESSIONS = 50_000


@dataclass(frozen=True, slots=True)
class _Session:
    user_type: str
    expires_at: float


class Sessions:
    """Sessions opened here and neither logged out nor expired; the oldest are forgotten beyond 50,000."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._open: OrderedDict[str, _Session] = OrderedDict()
        self._counts: dict[str, int] = {}

    def opened(self, session_id: str, user_type: str, expires_at: float) -> None:
        """Note a login or a refresh; `expires_at` on the same clock as this object's."""
        self.closed(session_id)
        self._open[session_id] = _Session(user_type, expires_at)
        self._counts[user_type] = self._counts.get(user_type, 0) + 1
        if len(self._open) > _MOST_SESSIONS:
            self._forget_oldest()

    def closed(self, session_id: str) -> None:
        session = self._open.pop(session_id, None)
        if session is not None:
            self._counts[session.user_type] -= 1

    def count(self, user_type: str) -> float:
        # All sessions live equally long, so the oldest expire first.
        while self._open and next(iter(self._open.values())).expires_at <= self._clock():
            self._forget_oldest()
        return float(self._counts.get(user_type, 0))

    def _forget_oldest(self) -> None:
        _, session = self._open.popitem(last=False)
        self._counts[session.user_type] -= 1
