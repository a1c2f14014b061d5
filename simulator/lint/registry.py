"""Finds the checks."""

from functools import cache

from simulator.base.errors import HarnessError
from simulator.base.installed import modules
from simulator.lint import checks as package
from simulator.lint.finding import SEVERITIES, Check, Code
from simulator.lint.ignores import CODES

GROUP = "simulator.lint"
"""The entry points by which other packages add checks."""


@cache
def checks() -> tuple[Check, ...]:
    """All checks, the worst first.

    Raises:
        HarnessError: two have the same code.
    """
    found = [
        one for module in modules(package, GROUP) for one in vars(module).values() if isinstance(one, Check)
    ]
    names = [one.code.name for one in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise HarnessError(f"two checks find {', '.join(twice)}; rename one of them")
    return tuple(sorted(found, key=lambda one: (SEVERITIES.index(one.code.severity), one.code.name)))


def codes() -> tuple[Code, ...]:
    """Everything that can be found."""
    return (*(one.code for one in checks()), *CODES)
