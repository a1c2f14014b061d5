"""`simulator lint`: whether the promise can be kept at all, read from files."""

import glob
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from simulator.base.clock import SystemClock
from simulator.base.errors import BadInput, ExitCode
from simulator.base.names import nearest, shown
from simulator.base.values import seconds
from simulator.lint.contract import Lint, format_named
from simulator.lint.estate import Promised
from simulator.lint.examine import Report, examine
from simulator.lint.finding import SEVERITIES
from simulator.plan.estate import EstateFiles, estates

_PATTERN = "*?["
PrometheusOption = Annotated[Path | None, typer.Option(help="Prometheus's configuration.", metavar="FILE")]
AlertmanagerOption = Annotated[
    Path | None, typer.Option(help="Alertmanager's configuration.", metavar="FILE")
]
RulesOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Rule files, as a path or a pattern (repeatable); by default those that Prometheus's configuration names.",
        metavar="PATTERN",
    ),
]
DashboardsOption = Annotated[
    list[Path] | None,
    typer.Option(help="Grafana's dashboards: a folder, or one file (repeatable).", metavar="PATH"),
]
WithinOption = Annotated[
    list[str] | None,
    typer.Option(
        help="What is promised to a severity, as in page=30s (repeatable); by default 30 s to all.",
        metavar="SEVERITY=TIME",
    ),
]
IgnoreOption = Annotated[
    Path | None, typer.Option(help="The findings that are accepted, each with its reason.", metavar="FILE")
]


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(lint)


def lint(
    prometheus: PrometheusOption = None,
    alertmanager: AlertmanagerOption = None,
    rules: RulesOption = None,
    dashboards: DashboardsOption = None,
    within: WithinOption = None,
    severity_label: Annotated[
        str, typer.Option(help="The label that says how urgent an alert is.")
    ] = "severity",
    ignore: IgnoreOption = None,
    explain: Annotated[str, typer.Option(help="Only this alert, its stages drawn.", metavar="ALERT")] = "",
    fail_on: Annotated[
        str, typer.Option(help="The least severity for which the exit code is 1: error or warn.")
    ] = "error",
    format_: Annotated[
        str, typer.Option("--format", help="How it is printed: text, json, sarif, github or html.")
    ] = "text",
) -> None:
    """Check rules, routes and dashboards for what makes a page late, lost or wrong; reads files, and asks and runs nothing.

    Give any of the files, alone or together; with none, those that are installed with the simulator are checked. The exit
    code is 0 when nothing was found, 1 when something was (see --fail-on), 2 for bad input.
    """
    chosen = format_named(format_)
    if fail_on not in SEVERITIES:
        raise BadInput(f"--fail-on: unknown severity {shown(fail_on)}{nearest(fail_on, SEVERITIES)}")
    files = EstateFiles(
        prometheus=prometheus,
        alertmanager=alertmanager,
        rules=tuple(_matching(rules or ())),
        dashboards=tuple(_boards(dashboards or ())),
        ignores=ignore,
        within=_promised(within or ()),
    )
    reports = list(_reports(files, severity_label))
    if explain:
        reports = [one for one in reports if any(row.rule.name == explain for row in one.rows)] or reports[:1]
    print(chosen.render(Lint(reports, explain)), end="")
    counted = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    found = any(one.severity in counted for report in reports for one in report.findings)
    raise typer.Exit(ExitCode.BREACHED if found else ExitCode.MET)


def _reports(files: EstateFiles, label: str) -> Iterator[Report]:
    today = SystemClock().now().date()
    if files.prometheus or files.alertmanager or files.rules or files.dashboards:
        yield examine("", files, Promised(files.within, label), today)
        return
    if files.ignores is not None:
        raise BadInput(
            "--ignore: give the files that it is about as well: --prometheus, --alertmanager, --rules, --dashboards"
        )
    for name, installed in estates():
        promised = Promised(installed.within if files.within is None else files.within, label)
        yield examine(name, _from_here(installed), promised, today)


def _from_here(files: EstateFiles) -> EstateFiles:
    """The same with the paths of what lies below the working directory cut short, as one types them."""
    return replace(
        files,
        prometheus=files.prometheus and _near(files.prometheus),
        alertmanager=files.alertmanager and _near(files.alertmanager),
        rules=tuple(map(_near, files.rules)),
        dashboards=tuple(map(_near, files.dashboards)),
        ignores=files.ignores and _near(files.ignores),
    )


def _near(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _matching(patterns: Sequence[str]) -> Iterator[Path]:
    """Raises BadInput where a pattern fits nothing."""
    for pattern in patterns:
        found = [pattern]
        if any(one in pattern for one in _PATTERN):
            found = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207  the pattern may be absolute
        if not found:
            raise BadInput(
                f"--rules: no file fits {shown(pattern)}; quote the pattern, and begin it where you are"
            )
        yield from map(Path, found)


def _boards(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(path.rglob("*.json"))
        if not found:
            raise BadInput(f"--dashboards: no .json file lies in {path}; name the folder that holds them")
        yield from found


def _promised(given: Sequence[str]) -> dict[str, float] | None:
    """Raises BadInput where it is no severity and time."""
    promised: dict[str, float] = {}
    for one in given:
        severity, equals, text = one.partition("=")
        try:
            took = seconds(text)
        except ValueError:
            took = 0.0
        if not equals or not isinstance(took, float) or took <= 0:
            raise BadInput(f"--within: {shown(one)} is no severity and time; write it as in critical=30s")
        promised[severity] = took
    return promised or None
