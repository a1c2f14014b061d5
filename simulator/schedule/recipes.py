"""What has a schedule carried out by somebody who runs programs at their time anyway: systemd, cron, a CI service, a cluster."""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from simulator.base.errors import BadInput
from simulator.schedule.models import Schedule

UNDO_WITHIN = 90
"""Seconds from SIGTERM to SIGKILL: time for a run to undo what it has injected."""
_HOUR = 60
"""Minutes."""
_LONGEST_NAME = 52
_WEEKDAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_NAMES = {name.upper(): name for name in _WEEKDAYS}
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]


@dataclass(frozen=True)
class Recipe:
    """Where things are on the machine that carries it out."""

    program: Path
    """`simulator`."""
    scenarios: Path
    reports: Path
    user: str
    """Who carries it out."""

    def step(self, schedule: Schedule) -> str:
        """One step of one schedule, for a shell."""
        words = [str(self.program), "schedule", "run-due", schedule.name, "--wait"]
        return shlex.join([*words, "--scenarios", str(self.scenarios), "--reports", str(self.reports)])


def systemd(recipe: Recipe, schedules: Sequence[Schedule]) -> str:
    """A service and a timer for each; the timer catches nothing up, and the jitter is ours."""
    parts = [_seldom(schedules)] if _seldom(schedules) else []
    for one in schedules:
        name = f"simulator-{one.name}"
        parts.append(
            f"""# /etc/systemd/system/{name}.service
[Unit]
Description=Game day {one.run} on {one.environment}
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
# Whose runs, stop sign and open faults these are: the same user types `simulator stop` and `simulator undo`.
User={recipe.user}
WorkingDirectory={recipe.scenarios}
# What `env:NAME` stands for in your files.
EnvironmentFile=-{recipe.scenarios}/secrets.env
ExecStart={_for_systemd(recipe.step(one))}
# 5: a slot was due and did not run, which the book says more about.
SuccessExitStatus=5
# A stopped run undoes what it has injected; whoever is left after that is killed, its guard too, and the last line undoes.
KillMode=mixed
TimeoutStopSec={UNDO_WITHIN}
TimeoutStartSec=infinity
ExecStopPost=-{_for_systemd(shlex.quote(str(recipe.program)))} undo --all

# /etc/systemd/system/{name}.timer
[Unit]
Description=Game day {one.run}, {one.at} {one.zone}

[Timer]
{"".join(f"OnCalendar={line}{chr(10)}" for line in on_calendar(one))}AccuracySec=1s
Persistent=false

[Install]
WantedBy=timers.target
"""
        )
    return "\n".join(parts)


def cron(recipe: Recipe, schedules: Sequence[Schedule]) -> str:
    """One line that looks every minute: so zones, jitter and clock changes are ours, and not those of whichever cron it is."""
    step = shlex.join(
        [
            *(str(recipe.program), "schedule", "run-due", *(one.name for one in schedules)),
            *("--often", "--scenarios", str(recipe.scenarios), "--reports", str(recipe.reports)),
        ]
    )
    folder, log = shlex.quote(str(recipe.scenarios)), shlex.quote(str(recipe.reports / "schedule.log"))
    line = f"cd {folder} && mkdir -p {shlex.quote(str(recipe.reports))} && {step} >> {log} 2>&1"
    return (
        f"# crontab -e: {', '.join(one.name for one in schedules)}. What env:NAME stands for is set above this line.\n"
        f"* * * * * {_for_cron(line)}\n"
    )


def github(recipe: Recipe, schedules: Sequence[Schedule]) -> str:  # noqa: ARG001  the runner has places of its own
    """A workflow; GitHub's schedules are in UTC and come late, so it asks what is due."""
    lines = "".join(f'    - cron: "{line}"\n' for one in schedules for line in in_utc(one))
    names = " ".join(one.name for one in schedules)
    return f"""{_seldom(schedules)}# .github/workflows/game-days.yml
name: game days
on:
  schedule:
{lines}  workflow_dispatch:
# One at a time; one that is under way is never cancelled by the next.
concurrency:
  group: game-days
  cancel-in-progress: false
jobs:
  run-due:
    runs-on: self-hosted  # a machine that reaches the environment
    timeout-minutes: 360
    steps:
      - uses: actions/checkout@v4
      # The book of slots, so that each is begun at most once.
      - uses: actions/cache/restore@v4
        with:
          path: reports/.schedule
          key: schedule-${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}
          restore-keys: schedule-
      - run: pip install ./wheels/*.whl  # or from an index of your own
      # Exit code 1: a page or a panel did not do what it must. A cancelled job's run undoes what it has injected.
      - run: exec simulator schedule run-due {names} --wait
      - if: always()
        run: simulator undo --all
      - if: always()
        uses: actions/cache/save@v4
        with:
          path: reports/.schedule
          key: schedule-${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}
      - if: always()
        uses: actions/upload-artifact@v4
        with:
          name: reports
          path: reports
"""


def gitlab(recipe: Recipe, schedules: Sequence[Schedule]) -> str:  # noqa: ARG001  the runner has places of its own
    """A job for a pipeline schedule, which GitLab is told of on its own pages."""
    names = " ".join(one.name for one in schedules)
    times = "".join(f"#   {one.name}: {one.at}, zone {one.zone}\n" for one in schedules)
    return f"""{_seldom(schedules)}# .gitlab-ci.yml, with pipeline schedules (Build > Pipeline schedules) of:
{times}game-days:
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule"
  resource_group: game-days  # one at a time
  interruptible: false
  timeout: 6h
  cache:
    key: schedule
    paths: [reports/.schedule]
    when: always
  script:
    - pip install ./wheels/*.whl  # or from an index of your own
    - exec simulator schedule run-due {names} --wait
  after_script:
    - simulator undo --all
  artifacts:
    when: always
    paths: [reports]
    reports:
      junit: reports/*/junit.xml
"""


def k8s(recipe: Recipe, schedules: Sequence[Schedule]) -> str:  # noqa: ARG001  the image has places of its own
    """A CronJob for each; the book of slots lies on the volume of the reports."""
    return _seldom(schedules) + "---\n".join(
        f"""apiVersion: batch/v1
kind: CronJob
metadata:
  name: {_in_kubernetes(one)}
spec:
  schedule: "{_plain_cron(one, "Kubernetes")}"
  timeZone: {one.zone}
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: {max(10, int(one.grace))}
  jobTemplate:
    spec:
      backoffLimit: 0  # a slot is never begun twice
      template:
        spec:
          restartPolicy: Never
          terminationGracePeriodSeconds: {UNDO_WITHIN}
          securityContext: {{runAsUser: 1000, fsGroup: 1000}}  # who may write to the volume
          initContainers:  # what a pod that was killed has left injected
            - name: undo
              image: YOUR-REGISTRY/simulator
              args: [undo, --all]
              env:
                - {{name: XDG_STATE_HOME, value: /reports/.state}}
              volumeMounts:
                - {{name: reports, mountPath: /reports}}
          containers:
            - name: simulator
              image: YOUR-REGISTRY/simulator  # with your scenarios in /scenarios; see docs/schedule.md
              args: [schedule, run-due, {one.name}, --wait, --scenarios, /scenarios, --reports, /reports]
              env:
                - {{name: XDG_STATE_HOME, value: /reports/.state}}
              volumeMounts:
                - {{name: reports, mountPath: /reports}}
          volumes:
            - name: reports
              persistentVolumeClaim: {{claimName: simulator-reports}}
"""
        for one in schedules
    )


def container(recipe: Recipe, schedules: Sequence[Schedule]) -> str:  # noqa: ARG001  it has places of its own
    """An image and a Compose service that serves all schedules of the folder."""
    return f"""# .dockerignore, in the folder of your scenarios
secrets.env
reports
.git

# Dockerfile
FROM python:3.11-slim
COPY wheels/*.whl /tmp/
RUN pip install --no-cache-dir /tmp/*.whl && useradd --create-home --uid 1000 simulator \\
 && mkdir /reports && chown simulator /reports
COPY --chown=simulator . /scenarios
USER simulator
ENV XDG_STATE_HOME=/reports/.state
# The program itself is process 1, so that SIGTERM reaches it.
ENTRYPOINT ["simulator"]
CMD ["schedule", "serve", "--scenarios", "/scenarios", "--reports", "/reports", "--port", "8090"]
HEALTHCHECK CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8090/health')"]

# compose.yaml
services:
  simulator:
    build: .
    init: true
    restart: unless-stopped
    stop_grace_period: {UNDO_WITHIN}s  # a stopped run undoes what it has injected
    env_file: [secrets.env]
    volumes: [reports:/reports]
volumes:
  reports: {{}}
"""


RECIPES: dict[str, Callable[[Recipe, Sequence[Schedule]], str]] = {
    "systemd": systemd,
    "cron": cron,
    "github": github,
    "gitlab": gitlab,
    "k8s": k8s,
    "container": container,
}


def on_calendar(schedule: Schedule) -> list[str]:
    """A schedule's times as systemd writes them; two where cron takes a day of the month or a day of the week.

    Raises:
        BadInput: systemd has no word for it (`L` and `#`).
    """
    minute, hour, day, month, weekday = schedule.at.split()
    if any(letter in schedule.at for letter in ("L", "#", "W")) and not _plain(schedule.at):
        raise BadInput(
            f"schedule {schedule.name}: systemd has no word for {schedule.at!r}; use simulator schedule serve"
        )
    months = _numbers(month, _MONTHS, 1)
    clock = f"{_numbers(hour, (), 0)}:{_numbers(minute, (), 0)}:00 {schedule.zone}"
    on_weekdays = _weekdays(weekday)
    if day.startswith("*") or weekday.startswith("*"):
        prefix = f"{on_weekdays} " if on_weekdays else ""
        return [f"{prefix}*-{months}-{_numbers(day, (), 1)} {clock}"]
    return [f"*-{months}-{_numbers(day, (), 1)} {clock}", f"{on_weekdays} *-{months}-* {clock}"]


def _plain(expression: str) -> bool:
    """Whether its letters are only those of names."""
    words = [*_NAMES, *_MONTHS]
    for word in words:
        expression = expression.replace(word, "")
    return not any(letter.isalpha() or letter == "#" for letter in expression)


def _numbers(field: str, names: Sequence[str], least: int) -> str:
    parts = []
    for part in field.split(","):
        stretch, _, step = part.partition("/")
        for at, name in enumerate(names):
            stretch = stretch.replace(name, str(at + least))
        if stretch == "*":
            stretch = f"{least}" if step else "*"
        first, dash, last = stretch.partition("-")
        told = f"{first}..{last}" if dash else first
        parts.append(f"{told}/{step}" if step else told)
    return ",".join(parts)


def _weekdays(field: str) -> str:
    """Systemd takes names; stretches that go over the week's end are written out."""
    if field == "*":
        return ""
    days: list[str] = []
    for part in field.split(","):
        stretch, _, step = part.partition("/")
        first, dash, last = stretch.partition("-")
        begin = _weekday(first) if stretch != "*" else 0
        end = _weekday(last) if dash else (begin if not step and stretch != "*" else 6)
        days += [_WEEKDAYS[day] for day in range(begin, max(begin, end) + 1, int(step or 1))]
    return ",".join(dict.fromkeys(days))


def _weekday(text: str) -> int:
    return int(text) if text.isdigit() else list(_NAMES).index(text)


def in_utc(schedule: Schedule) -> list[str]:
    """Cron expressions in UTC that come whenever the schedule does, or soon after: one for each offset of its zone in a year.

    What comes in the wrong half of the year finds nothing due.

    Raises:
        BadInput: it says what only some programs understand.
    """
    minute, hour, *days = _plain_cron(schedule, "GitHub").split()
    if schedule.zone == "UTC":
        return [schedule.at]
    zone = ZoneInfo(schedule.zone)
    moments = [datetime(2026, month, 1, tzinfo=UTC).astimezone(zone).utcoffset() for month in range(1, 13)]
    offsets = {int(one.total_seconds()) // 60 for one in moments if one is not None}
    if not (minute.isdigit() and hour.isdigit()):
        whole = minute.isdigit() and not any(one % _HOUR for one in offsets)
        return [f"{minute if whole else '*/5'} * * * *"]
    found = []
    for offset in sorted(offsets):
        at = int(hour) * _HOUR + int(minute) - offset
        # Where it is another day in UTC, it may be another month.
        when = days if 0 <= at < 24 * _HOUR else ["*", "*", "*"]
        found.append(f"{at % _HOUR} {at // _HOUR % 24} {' '.join(when)}")
    return found


def _plain_cron(schedule: Schedule, program: str) -> str:
    """As every cron takes it.

    Raises:
        BadInput: it says what only some do.
    """
    if not _plain(schedule.at) or "7" in schedule.at.split()[-1]:
        raise BadInput(
            f"schedule {schedule.name}: {program} has no word for {schedule.at!r} (L, #, W, or 7 for SUN);"
            " use simulator schedule serve"
        )
    return schedule.at


def _in_kubernetes(schedule: Schedule) -> str:
    """A name that a CronJob may have: it gives its jobs eleven characters more."""
    name = f"simulator-{schedule.name.lower().replace('_', '-').replace('.', '-')}"
    return name[:_LONGEST_NAME].strip("-")


def _seldom(schedules: Sequence[Schedule]) -> str:
    """A word on what does not happen where nobody looks between two slots."""
    if not any(one.notify and one.notify.before for one in schedules):
        return ""
    return (
        "# Nobody looks between two slots here: nothing is announced ahead, and a notice that was not taken is tried again\n"
        "# with the next slot. simulator schedule serve, and cron, do both.\n"
    )


def _for_cron(text: str) -> str:
    """In a crontab `%` ends the command."""
    return text.replace("%", r"\%")


def _for_systemd(text: str) -> str:
    """In a unit `%` begins a specifier, and `$` a variable."""
    return text.replace("%", "%%").replace("$", "$$")
