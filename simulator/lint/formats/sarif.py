"""SARIF 2.1.0, as code hosts take it. What is accepted is in it as suppressed, with its reason."""

import json
from importlib.metadata import version

from simulator.lint.contract import Format, Lint
from simulator.lint.finding import Finding
from simulator.lint.registry import codes

_LEVELS = {"error": "error", "warn": "warning"}


def render(lint: Lint) -> str:
    """One run, of all estates."""
    results = []
    for report in lint.reports:
        results += [_result(one) for one in report.findings if lint.explain in ("", one.found.subject)]
        results += [
            {**_result(one), "suppressions": [{"kind": "external", "justification": ignored.because}]}
            for one, ignored in report.accepted
        ]
    driver = {
        "name": "simulator lint",
        "version": version("erpgo-simulator"),
        "rules": [
            {
                "id": code.name,
                "shortDescription": {"text": code.why},
                "defaultConfiguration": {"level": _LEVELS[code.severity]},
            }
            for code in codes()
        ],
    }
    sarif = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
    return json.dumps(sarif, indent=2, ensure_ascii=False) + "\n"


def _result(one: Finding) -> dict[str, object]:
    place = one.found.place
    where = {"artifactLocation": {"uri": place.file}, "region": {"startLine": place.line}}
    return {
        "ruleId": one.code.name,
        "level": _LEVELS[one.severity],
        "message": {"text": f"{one.found.what}. Fix: {one.found.fix}"},
        "locations": [{"physicalLocation": where}],
    }


FORMAT = Format("sarif", render)
