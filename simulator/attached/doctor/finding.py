"""What the doctor finds."""

from typing import Literal

from simulator.base.values import Value

State = Literal["ok", "FAIL", "WARN", "--"]
"""`FAIL` keeps a run from proving anything, `WARN` may; `--` was not looked at."""


class Finding(Value):
    """One line."""

    state: State
    text: str
    more: str = ""
    """What to add somewhere, as it is written there."""


def ok(text: str) -> Finding:
    """All is well."""
    return Finding(state="ok", text=text)


def warn(text: str) -> Finding:
    """A run may prove less than it could."""
    return Finding(state="WARN", text=text)


def fail(text: str, more: str = "") -> Finding:
    """A run would be refused, or prove nothing."""
    return Finding(state="FAIL", text=text, more=more)


def not_run(why: str) -> Finding:
    """Nobody has looked."""
    return Finding(state="--", text=f"not run: {why}")
