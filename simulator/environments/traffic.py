"""Which locustfiles a run's Locust is given: who sends requests is the environment's to say."""

from dataclasses import dataclass
from pathlib import Path

from simulator.base.errors import BadInput

_OURS = Path(__file__).resolve().parents[1] / "locust"
PLUGIN = _OURS / "plugged.py"
"""Brings our plugin in, for a locustfile that does not do so itself."""
NOBODY = _OURS / "nobody.py"
"""Sends nothing: for an environment with traffic of its own."""


@dataclass(frozen=True)
class TrafficSource:
    """Who sends requests to an environment while something is broken there."""

    locustfile: Path = NOBODY
    host: str = ""
    """Where to; empty: to where the environment's stack, or the locustfile, says."""
    users: int | None = None
    """How many; None: as ever."""

    def options(self) -> list[str]:
        """As it is typed behind `locust`.

        Raises:
            BadInput: Locust cannot be given a file of this name.
        """
        if "," in str(self.locustfile):
            raise BadInput(
                f"locustfile {self.locustfile}: Locust takes a comma for the end of a name; rename it"
            )
        users = 1 if self.locustfile == NOBODY else self.users
        return [
            *("-f", f"{PLUGIN},{self.locustfile}"),
            *((f"--host={self.host}",) if self.host else ()),
            *((f"--users={users}",) if users else ()),
        ]
