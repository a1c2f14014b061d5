"""`python -m requirements.audit`: what is locked, held against the known vulnerabilities, by pip-audit.

A vulnerability fails with its name. That no database could be asked fails nothing, and is said; anything between the two
fails: pip-audit itself calls packages that it could not look up "no known vulnerabilities".
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LOCK = Path(__file__).with_name("all.txt")
SERVICES: tuple[tuple[str, ...], ...] = (("-s", "pypi"), ("-s", "osv"))
"""Where to ask, in pip-audit's own options: the index that packages come from, then the database behind it."""
ACCEPTED: Mapping[str, str] = {}
"""Vulnerabilities that we live with, by one of their names, each with its reason; one that is gone has to leave."""
_WITHIN_S = 300
_LAST_LINES = 4
_UNREACHED = ("requests.exceptions.", "Could not connect", "not redirecting properly", "ServiceError")
"""How pip-audit ends when a database does not answer, or answers that it cannot."""


@dataclass(frozen=True)
class Vulnerability:
    """What is known against one locked package."""

    package: str
    names: tuple[str, ...]
    """Its identifier, and those that others gave it."""
    fixed_in: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.package}: {', '.join(self.names)}; fixed in {', '.join(self.fixed_in) or 'no version'}"


@dataclass(frozen=True)
class Answer:
    """What one database said."""

    audited: frozenset[str] = frozenset()
    skipped: frozenset[str] = frozenset()
    found: tuple[Vulnerability, ...] = ()
    silent: str = ""
    """Why it said nothing at all."""


class AuditBroken(Exception):
    """pip-audit itself did not work; what it said last."""


def ask(service: Sequence[str], lock: Path) -> Answer:
    """Have pip-audit look up everything that is locked.

    Raises:
        AuditBroken: it failed, and not because the database was out of reach.
    """
    command = [
        *(sys.executable, "-m", "pip_audit", "-r", str(lock), "--disable-pip"),
        *("-f", "json", "--aliases", "on", "--progress-spinner", "off", *service),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_WITHIN_S, check=False)
    except subprocess.TimeoutExpired:
        return Answer(silent=f"no answer within {_WITHIN_S} s")
    try:
        return _read(json.loads(done.stdout)["dependencies"])
    except ValueError:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    if any(sign in done.stderr for sign in _UNREACHED):
        return Answer(silent=lines[-1][:400])
    raise AuditBroken(f"exit code {done.returncode}: {' '.join(lines[-_LAST_LINES:])}")


def _read(packages: Iterable[Mapping[str, object]]) -> Answer:
    audited, skipped, found, reasons = set(), set(), [], []
    for package in packages:
        name = str(package["name"])
        if "skip_reason" in package:
            skipped.add(name)
            reasons.append(str(package["skip_reason"]))
            continue
        audited.add(name)
        found += [_vulnerability(f"{name} {package['version']}", one) for one in _tables(package["vulns"])]
    silent = (
        ""
        if audited
        else f"{len(skipped)} packages asked for, none answered: {(reasons or ['no package'])[0]}"
    )
    return Answer(frozenset(audited), frozenset(skipped), tuple(found), silent)


def _vulnerability(package: str, one: Mapping[str, object]) -> Vulnerability:
    names = (str(one["id"]), *sorted(_texts(one["aliases"])))
    return Vulnerability(package, names, _texts(one["fix_versions"]))


def _tables(value: object) -> list[Mapping[str, object]]:
    return list(value) if isinstance(value, list) else []


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()


def audit(
    lock: Path, services: Iterable[Sequence[str]], accepted: Mapping[str, str], say: Callable[[str], None]
) -> int:
    """Ask one database after the other until every package was looked up, and say how it went; 1 when it fails."""
    answers: list[Answer] = []
    for service in services:
        answers.append(ask(service, lock))
        if answers[-1].audited and not answers[-1].skipped:
            break
    audited = frozenset().union(*(answer.audited for answer in answers))
    if not audited:
        reasons = "; ".join(answer.silent for answer in answers)
        say(f"not audited: no database of vulnerabilities answered for any package ({reasons})")
        return 0
    found = {str(one): one for answer in answers for one in answer.found}
    problems = _problems(list(found.values()), accepted, say)
    left = frozenset().union(*(answer.skipped for answer in answers)) - audited
    problems += [f"not audited: {name}, which no database knows in this version" for name in sorted(left)]
    for problem in problems:
        say(problem)
    say(f"audited: {len(audited)} packages of {lock.name}, {len(problems)} problems")
    return int(bool(problems))


def _problems(
    found: Sequence[Vulnerability], accepted: Mapping[str, str], say: Callable[[str], None]
) -> list[str]:
    """What is neither right nor accepted; what is accepted is said with its reason."""
    problems, used = [], set()
    for one in found:
        reasons = [name for name in one.names if name in accepted]
        used |= set(reasons)
        if reasons:
            say(f"accepted: {one}: {accepted[reasons[0]]}")
        else:
            problems.append(f"vulnerable: {one}")
    gone = sorted(accepted.keys() - used)
    return [*problems, *(f"accepted for nothing: {name} is not found any more" for name in gone)]


def main() -> int:
    """Audit the lock file."""
    try:
        return audit(LOCK, SERVICES, ACCEPTED, print)
    except AuditBroken as error:
        print(f"pip-audit did not work: {error}", file=sys.stderr)  # noqa: T201  a command prints
        return 1


if __name__ == "__main__":
    sys.exit(main())
