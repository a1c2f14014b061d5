"""An SLA report as people see it."""

import io

from rich.console import Console

from simulator.history.sla import Sla
from simulator.report.sla.text import sla_table


def as_text(made: Sla) -> str:
    """On a wide terminal."""
    file = io.StringIO()
    Console(width=1000, file=file).print(sla_table(made))
    return file.getvalue()
