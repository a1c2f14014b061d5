"""Annotations of GitHub Actions, a line each (GitHub documentation, "Workflow commands")."""

from simulator.lint.contract import Format, Lint
from simulator.lint.finding import Finding

_LEVELS = {"error": "error", "warn": "warning"}


def render(lint: Lint) -> str:
    """A line for each finding."""
    findings = [
        one for report in lint.reports for one in report.findings if lint.explain in ("", one.found.subject)
    ]
    return "".join(f"{_annotation(one)}\n" for one in findings)


def _annotation(one: Finding) -> str:
    place = one.found.place
    where = f"file={_property(place.file)},line={place.line},title={_property(one.code.name)}"
    return f"::{_LEVELS[one.severity]} {where}::{_data(f'{one.found.what}. Fix: {one.found.fix}')}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


FORMAT = Format("github", render)
