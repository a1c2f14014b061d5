"""What the lint can find."""

import inspect

from docs.parts.markdown import prose, table
from simulator.lint.ignores import CODES
from simulator.lint.registry import checks

_HEURISTIC = "yes"


def code_table() -> str:
    """Every code: how grave, what is found, why it matters, which files it takes."""
    rows = [
        (
            one.code.name,
            one.code.severity,
            prose(inspect.getdoc(one.look)),
            one.code.why,
            one.code.needs,
            one.code.heuristic,
        )
        for one in checks()
    ]
    rows += [
        (one.name, one.severity, "An exception in a comment or a file.", one.why, one.needs, one.heuristic)
        for one in CODES
    ]
    return table(
        ("code", "severity", "what is found", "why it matters", "needs", "heuristic"),
        (
            (f"`{name}`", severity, what, why, needs, _HEURISTIC if heuristic else "")
            for name, severity, what, why, needs, heuristic in sorted(rows)
        ),
    )
