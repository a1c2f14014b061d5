"""Estates for tests of the lint: a healthy one to change, and what is found in some files."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from simulator.lint.estate import Promised
from simulator.lint.examine import Report, examine
from simulator.plan.estate import EstateFiles

BASE = Path(__file__).parent / "corpus" / "base"
TODAY = date(2026, 12, 1)
Files = Mapping[str, str]


def base() -> dict[str, str]:
    """A healthy estate, by file name."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(BASE.iterdir())}


def examined(
    files: Files, folder: Path, within: Mapping[str, float] | None = None, *, today: date = TODAY
) -> Report:
    """Write the files, each used for what its name says, and look at them."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", errors="surrogateescape")
    paths = [folder / name for name in sorted(files)]

    def named(name: str) -> Path | None:
        return folder / name if name in files else None

    return examine(
        "",
        EstateFiles(
            prometheus=named("prometheus.yml"),
            alertmanager=named("alertmanager.yml"),
            rules=tuple(path for path in paths if path.name.startswith("rules")),
            dashboards=tuple(path for path in paths if path.suffix == ".json"),
            ignores=named("ignores.yaml"),
        ),
        Promised(within),
        today,
    )


def told(report: Report) -> list[str]:
    """What was found, as `code file:line`."""
    return sorted(
        f"{one.code.name} {Path(one.found.place.file).name}:{one.found.place.line}" for one in report.findings
    )
