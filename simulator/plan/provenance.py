"""Who started a run, by what, and from which scenarios: months later it decides what may be counted together."""

from typing import Literal

from simulator.base.values import Value

By = Literal["hand", "schedule", "ci"]


class Provenance(Value):
    """Where a run comes from."""

    who: str
    """The account, and behind `sudo` the one it was called from."""
    where: str
    """The host, and the terminal or the address of a remote login."""
    by: By
    slot: str = ""
    """What a schedule started it for: its name and the slot's instant, as in `weekly/2026-11-03T09:00:00Z`."""
    commit: str = ""
    """Of the repository that the scenarios lie in, with `+` behind it where they have been edited since; empty: in none."""
