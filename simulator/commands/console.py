"""Where commands print their tables."""

import sys

from rich.console import Console

_PIPE = 400
"""Columns."""


def console() -> Console:
    """In a pipe as wide as it takes: nobody's program reads folded lines."""
    return Console() if sys.stdout.isatty() else Console(width=_PIPE)
