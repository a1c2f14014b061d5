"""The lint: files in, findings out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from simulator.base.errors import BadInput
from simulator.base.names import nearest, shown
from simulator.lint.budget import Row, budgets
from simulator.lint.estate import Estate, Promised, read_estate
from simulator.lint.finding import SEVERITIES, Finding
from simulator.lint.ignores import Ignored, beside, read_ignores, sort_out
from simulator.lint.registry import checks, codes
from simulator.plan.estate import EstateFiles


@dataclass(frozen=True)
class Report:
    """What there is to say of one estate."""

    name: str
    """Of an estate that is installed; empty for files that were named."""
    estate: Estate
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]
    """The worst first; those of one cause side by side."""
    accepted: tuple[tuple[Finding, Ignored], ...]

    def of(self, alert: str) -> tuple[Row, ...]:
        """The budgets of an alert.

        Raises:
            BadInput: there is no such alert.
        """
        found = tuple(row for row in self.rows if row.rule.name == alert)
        if not found:
            known = {row.rule.name for row in self.rows}
            raise BadInput(f"--explain: no alert {shown(alert)}{nearest(alert, known)}")
        return found


def examine(name: str, files: EstateFiles, promised: Promised, today: date) -> Report:
    """Look at some files with every check.

    Raises:
        BadInput: a file cannot be opened, or the exceptions cannot be read.
    """
    estate = read_estate(files, promised)
    known = tuple(code.name for code in codes())
    accepted, unclear = beside(estate, known)
    if files.ignores is not None:
        accepted = (*accepted, *read_ignores(files.ignores, known))
    found = [Finding(one.code, each) for one in checks() for each in one.look(estate)]
    sorted_out = sort_out([*found, *unclear], accepted, today)
    return Report(name, estate, budgets(estate), _worst_first(sorted_out.told), sorted_out.accepted)


def _worst_first(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """By severity, then the code and cause with the most findings, then the place."""
    sizes: dict[tuple[str, str], int] = {}
    for one in findings:
        sizes[one.code.name, one.found.cause] = sizes.get((one.code.name, one.found.cause), 0) + 1

    def rank(one: Finding) -> tuple[int, int, str, str, str, int]:
        cause = (one.code.name, one.found.cause)
        place = one.found.place
        return SEVERITIES.index(one.severity), -sizes[cause], *cause, place.file, place.line

    return tuple(sorted(findings, key=rank))
