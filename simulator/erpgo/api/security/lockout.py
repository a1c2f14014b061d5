"""Locks an account after too many failed logins, in bounded memory."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_MOST_ACCOUNTS = 10_000


@dataclass(slots=True)
class _Record:
    failures: int
    last_failure: float


class Lockout:
    """Counts failures per account name, known or not, so that a lock does not tell which accounts exist.

    A record is forgotten `duration` seconds after the last failure, and the oldest beyond 10,000 accounts.
    The state is this process's own: it works without Redis, and a restart unlocks everybody.
    """

    def __init__(self, most_failures: int, duration: float, clock: Callable[[], float]) -> None:
        self._most_failures = most_failures
        self._duration = duration
        self._clock = clock
        self._records: OrderedDict[str, _Record] = OrderedDict()

    def remaining(self, account: str) -> float:
        """Return the seconds for which the account stays locked, 0 when it is not."""
        record = self._records.get(account)
        if record is None:
            return 0.0
        remaining = record.last_failure + self._duration - self._clock()
        if remaining <= 0:
            del self._records[account]
            return 0.0
        return remaining if record.failures >= self._most_failures else 0.0

    def failed(self, account: str) -> None:
        if self.remaining(account) > 0:
            return
        record = self._records.pop(account, None) or _Record(0, 0.0)
        record.failures += 1
        record.last_failure = self._clock()
        self._records[account] = record
        if len(self._records) > _MOST_ACCOUNTS:
            self._records.popitem(last=False)

    def succeeded(self, account: str) -> None:
        self._records.pop(account, None)
