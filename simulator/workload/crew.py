"""Which load generators there are, and who was lost or joined since the workload began. Time is passed in."""

from collections.abc import Iterable
from dataclasses import dataclass

from simulator.protocol import WorkerChange

SILENT_AFTER = 3.5
"""Seconds without a report, due once a second, after which a worker counts as lost: it is gone, or its hub is stuck."""


@dataclass
class _Member:
    number: int
    heard: float
    offered: float = 0.0
    """Arrivals per second that fell to it when it was last heard."""
    lost: bool = False


class Crew:
    """Workers by name. They are shown by number, in the order in which they came: a name holds the name of a host."""

    def __init__(self) -> None:
        self._members: dict[str, _Member] = {}
        self._changes: list[WorkerChange] = []
        self._begun = False

    def begin(self, names: Iterable[str], now: float) -> None:
        """The workload runs, on these workers. Again while it runs: nothing new."""
        if not self._begun:
            self._begun = True
            self._members = {name: _Member(number, now) for number, name in enumerate(names, 1)}

    def heard(self, name: str, offered: float, now: float) -> None:
        """A worker has reported; `offered` are its arrivals per second."""
        if not self._begun:
            return
        member = self._members.get(name)
        if member is None or member.lost:
            number = member.number if member else len(self._members) + 1
            member = self._members[name] = _Member(number, now)
            self._changed("joined", member, 1 / len(self._here()), now)
        member.heard, member.offered = now, offered

    def changes(self, now: float) -> tuple[WorkerChange, ...]:
        """Who was lost or joined since this was last asked."""
        for member in self._here():
            if now - member.heard > SILENT_AFTER:
                share = self._share(member)
                member.lost = True
                self._changed("lost", member, share, now)
        changes, self._changes = tuple(self._changes), []
        return changes

    def _here(self) -> list[_Member]:
        return [member for member in self._members.values() if not member.lost]

    def _share(self, member: _Member) -> float:
        here = self._here()
        offered = sum(one.offered for one in here)
        return member.offered / offered if offered else 1 / len(here)

    def _changed(self, change: str, member: _Member, share: float, now: float) -> None:
        self._changes.append(
            WorkerChange.model_validate(
                {
                    "worker": member.number,
                    "change": change,
                    "ago": now - member.heard,
                    "share": share,
                    "left": len(self._here()),
                }
            )
        )
