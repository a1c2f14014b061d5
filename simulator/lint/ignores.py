"""Findings that are accepted: in a file of their own, or in a comment beside what they are about; each with its reason.

A comment stands in the lines of the rule, route or job, or in the line before it:

    # lint: ignore rule/absent-blind until 2027-01-31: the exporter's own alert pages
"""

import fnmatch
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from simulator.base.errors import BadInput
from simulator.base.loader import load
from simulator.base.names import nearest, shown
from simulator.base.values import Value
from simulator.lint.estate import Estate
from simulator.lint.finding import Code, Finding, Found
from simulator.lint.problems import Place

_MARK = re.compile(r"#\s*lint:\s*ignore\b(?P<said>.*)$")
_SAID = re.compile(r"\s+(?P<code>[\w/-]+)(?:\s+until\s+(?P<until>\S+?))?\s*:\s*(?P<because>\S.{9,})")
_EXAMPLE = "# lint: ignore CODE until 2027-01-31: the reason, in ten letters or more"

EXPIRED = Code(
    "ignore/expired",
    "warn",
    why="What was accepted for a time has to be looked at again after it.",
    needs="any file",
)
UNUSED = Code(
    "ignore/unused",
    "warn",
    why="An exception that nothing needs any more hides the next finding that happens to look like it.",
    needs="any file",
)
UNCLEAR = Code(
    "ignore/unclear",
    "error",
    why="An exception without a code that exists and a reason is one that nobody can judge later.",
    needs="any file",
)
CODES = (EXPIRED, UNCLEAR, UNUSED)


class Ignored(Value):
    """One kind of finding that is accepted."""

    code: str
    at: str = "*"
    """What it is about: an alert, a route, a job, a panel; may be a pattern, as in `Low*`."""
    file: str = "*"
    """The file that it stands in; may be a pattern. Only the end of the path has to fit."""
    because: Annotated[str, StringConstraints(min_length=10, max_length=500)]
    until: date | None = None
    """The last day on which it is accepted; none: for good."""


class Ignores(Value):
    """A file of findings that are accepted."""

    name: str
    ignore: Annotated[tuple[Ignored, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Accepted:
    """One exception, and where it was written."""

    ignored: Ignored
    place: Place
    lines: tuple[int, int] | None = None
    """Of what a comment stands beside; None: it was written in a file of its own."""

    def covers(self, finding: Finding) -> bool:
        """Whether a finding is meant by it."""
        found = finding.found
        if finding.code.name != self.ignored.code:
            return False
        if self.lines is not None:
            first, last = self.lines
            return found.place.file == self.place.file and first <= found.place.line <= last
        return fnmatch.fnmatchcase(found.subject, self.ignored.at) and fnmatch.fnmatchcase(
            found.place.file, f"*{self.ignored.file}"
        )


@dataclass(frozen=True)
class Sorted:
    """Findings, and those of them that are accepted."""

    told: tuple[Finding, ...]
    accepted: tuple[tuple[Finding, Ignored], ...]


def read_ignores(path: Path, known: Sequence[str]) -> tuple[Accepted, ...]:
    """A file of exceptions.

    Raises:
        BadInput: it cannot be read, is none, or accepts what is no code.
    """
    listed = load(path, Ignores).ignore
    for one in listed:
        if one.code not in known:
            raise BadInput(f"{path}: ignore: unknown code {shown(one.code)}{nearest(one.code, known)}")
    return tuple(Accepted(one, Place(str(path))) for one in listed)


def beside(estate: Estate, known: Sequence[str]) -> tuple[tuple[Accepted, ...], tuple[Finding, ...]]:
    """The exceptions in comments of an estate's files, and what is wrong with comments that should be some."""
    accepted: list[Accepted] = []
    wrong: list[Finding] = []
    for file, text in estate.texts.items():
        for line, said in _comments(text):
            place = Place(file, line)
            try:
                accepted.append(Accepted(_ignored(said, known), place, _beside(estate, text, place)))
            except ValueError as error:
                wrong.append(Finding(UNCLEAR, Found(place, file, str(error), f"write it as in {_EXAMPLE}")))
    return tuple(accepted), tuple(wrong)


def sort_out(findings: Iterable[Finding], accepted: Sequence[Accepted], today: date) -> Sorted:
    """What is told, and what is not because it is accepted; exceptions that are over or that nothing needs are told too."""
    told: list[Finding] = []
    quiet: list[tuple[Finding, Ignored]] = []
    used: set[int] = set()
    for finding in findings:
        by = [at for at, one in enumerate(accepted) if one.covers(finding)]
        used |= set(by)
        valid = [accepted[at] for at in by if not _is_over(accepted[at], today)]
        if valid:
            quiet.append((finding, valid[0].ignored))
        else:
            told.append(finding)
    return Sorted((*told, *_useless(accepted, used, today)), tuple(quiet))


def _useless(accepted: Sequence[Accepted], used: set[int], today: date) -> Iterator[Finding]:
    for at, one in enumerate(accepted):
        what = f"{one.ignored.code} at {one.ignored.at}" if one.lines is None else one.ignored.code
        if at not in used:
            yield Finding(
                UNUSED, Found(one.place, what, f"{what} is accepted and not found", "remove the exception")
            )
        elif _is_over(one, today):
            yield Finding(
                EXPIRED,
                Found(
                    one.place,
                    what,
                    f"{what} was accepted until {one.ignored.until} ({one.ignored.because})",
                    "mend what it is about, or give a new date",
                ),
            )


def _is_over(one: Accepted, today: date) -> bool:
    return one.ignored.until is not None and today > one.ignored.until


def _comments(text: str) -> Iterator[tuple[int, str]]:
    if "lint:" in text:
        for line, content in enumerate(text.splitlines(), start=1):
            found = _MARK.search(content)
            if found is not None:
                yield line, found["said"]


def _ignored(said: str, known: Sequence[str]) -> Ignored:
    """Raises ValueError where it is none."""
    found = _SAID.fullmatch(said.rstrip())
    if found is None:
        raise ValueError("an exception says what it accepts, and why in ten letters or more")
    if found["code"] not in known:
        raise ValueError(f"unknown code {shown(found['code'])}{nearest(found['code'], known)}")
    until = date.fromisoformat(found["until"]) if found["until"] else None
    return Ignored(code=found["code"], because=found["because"], until=until)


def _beside(estate: Estate, text: str, place: Place) -> tuple[int, int]:
    """The lines of what a comment stands in or before: of a rule as a whole, else the line of the comment and the next."""
    blocks = [rule.lines for rule in estate.rules if rule.place.file == place.file]
    following = _next_line(text, place.line)
    for first, last in blocks:
        if first <= place.line <= last or first == following:
            return first, last
    return place.line, following


def _next_line(text: str, line: int) -> int:
    """The next line that is neither empty nor a comment."""
    for at, content in enumerate(text.splitlines()[line:], start=line + 1):
        if content.strip() and not content.strip().startswith("#"):
            return at
    return line
