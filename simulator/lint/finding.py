"""What a check is, and what it finds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from simulator.lint.estate import Estate
from simulator.lint.problems import Place

Severity = Literal["error", "warn"]
SEVERITIES: tuple[Severity, ...] = ("error", "warn")
"""The worst first."""


@dataclass(frozen=True)
class Found:
    """One thing that a check found."""

    place: Place
    subject: str
    """What it is about, by its own name: an alert, a route, a job, a panel. What is accepted names it."""
    what: str
    """What is so, with its numbers."""
    fix: str
    """The smallest change that ends it."""
    cause: str = ""
    """Findings of the same cause are told together; empty: each alone."""
    severity: Severity | None = None
    """Where this one is less than others of its code."""


@dataclass(frozen=True)
class Code:
    """A kind of finding."""

    name: str
    severity: Severity
    why: str
    """Why it matters, in one sentence."""
    needs: str
    """Which files it takes."""
    heuristic: bool = False
    """It may be meant: whoever wrote it may know better."""


@dataclass(frozen=True)
class Check:
    """A code, and how it is found."""

    code: Code
    look: Callable[[Estate], Iterable[Found]]


@dataclass(frozen=True)
class Finding:
    """One finding, as it is told."""

    code: Code
    found: Found

    @property
    def severity(self) -> Severity:
        return self.found.severity or self.code.severity


def check(
    name: str, severity: Severity, *, why: str, needs: str, heuristic: bool = False
) -> Callable[[Callable[[Estate], Iterable[Found]]], Check]:
    """Makes a function the check of a code: that is all there is to adding one."""

    def made(look: Callable[[Estate], Iterable[Found]]) -> Check:
        return Check(Code(name, severity, why, needs, heuristic), look)

    return made
