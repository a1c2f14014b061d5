"""What is rendered is what the other program understands, checked by that program where it is here."""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cronsim import CronSim
from ruamel.yaml import YAML

from simulator.base.errors import BadInput
from simulator.schedule.recipes import RECIPES, UNDO_WITHIN, Recipe, in_utc, on_calendar
from simulator.schedule.slots import slots
from tests.schedule.office import TUESDAY, weekly

HERE = Recipe(Path("/opt/sim 1/simulator"), Path("/srv/100%/scenarios"), Path("/srv/reports"), "sim")
TIMES = (
    "0 10 * * TUE",
    "30 2 * * *",
    "*/20 9-17 * * MON-FRI",
    "15 6 1,15 * *",
    "0 0 * JAN,JUL SUN",
    "5 4 * * 0-2",
    "0 12 */2 * *",
    "45 23 1-7 * FRI",
    "0 8-18/2 * * 1,3,5",
    "0 6 * * FRI-7",
)


def documents(text: str) -> list[Any]:
    return list(YAML(typ="safe").load_all(text))


@pytest.mark.parametrize("at", TIMES)
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")
def test_systemd_comes_when_the_schedule_does(at: str) -> None:
    schedule = weekly(at=at)
    found: set[float] = set()
    for line in on_calendar(schedule):
        done = subprocess.run(
            [
                "systemd-analyze",
                "calendar",
                "--iterations=30",
                f"--base-time={TUESDAY:%Y-%m-%d %H:%M:%S} UTC",
                line,
            ],
            capture_output=True,
            text=True,
            check=True,
            env={"TZ": "UTC", "PATH": "/usr/bin:/bin"},
        )
        for said in done.stdout.splitlines():
            name, _, moment = said.partition(": ")
            if name.strip() in ("(in UTC)", "Next elapse") or name.strip().startswith("Iter"):
                moment = moment.strip()
                if moment.endswith("UTC"):
                    told = datetime.strptime(moment, "%a %Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC)
                    found.add(told.timestamp())
    ours = [slot.instant for slot, _ in zip(slots(schedule, TUESDAY), range(12), strict=False)]
    assert ours == sorted(found)[:12]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")
def test_its_units_are_taken_by_systemd(tmp_path: Path) -> None:
    text = RECIPES["systemd"](Recipe(Path("/bin/true"), tmp_path, tmp_path, "root"), [weekly()])
    units = []
    for part in text.split("# /etc/systemd/system/")[1:]:
        name, _, unit = part.partition("\n")
        (tmp_path / name).write_text(unit)
        units.append(str(tmp_path / name))
    done = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False, timeout=60
    )
    complaints = [line for line in done.stderr.splitlines() if "simulator-weekly" in line]
    assert complaints == []
    assert "Persistent=false" in text
    assert "KillMode=mixed" in text
    assert f"TimeoutStopSec={UNDO_WITHIN}" in text


def test_systemd_has_no_word_for_the_last_friday() -> None:
    with pytest.raises(BadInput, match="no word for"):
        on_calendar(weekly(at="0 10 * * 5L"))


def test_cron_runs_one_line_whatever_the_paths_are(tmp_path: Path) -> None:
    recipe = Recipe(Path("/bin/echo"), tmp_path / "50% of it", tmp_path / "reports", "root")
    (tmp_path / "50% of it").mkdir()
    line = RECIPES["cron"](recipe, [weekly()]).splitlines()[-1]
    assert line.startswith("* * * * * ")
    # What cron does with a line: up to the first bare %, \% being one.
    command = line.removeprefix("* * * * * ").replace(r"\%", "%")
    subprocess.run(["sh", "-c", command], check=True)
    assert (tmp_path / "reports" / "schedule.log").read_text().startswith("schedule run-due weekly")


def test_kubernetes_never_begins_a_slot_twice() -> None:
    (job,) = documents(RECIPES["k8s"](HERE, [weekly()]))
    spec, pod = job["spec"], job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert (job["kind"], job["apiVersion"]) == ("CronJob", "batch/v1")
    assert (spec["schedule"], spec["timeZone"]) == ("0 10 * * TUE", "Europe/Berlin")
    assert (spec["concurrencyPolicy"], spec["jobTemplate"]["spec"]["backoffLimit"]) == ("Forbid", 0)
    assert (pod["restartPolicy"], pod["terminationGracePeriodSeconds"]) == ("Never", UNDO_WITHIN)
    assert pod["containers"][0]["args"][:4] == ["schedule", "run-due", "weekly", "--wait"]


def test_github_keeps_reports_and_undoes_whatever_happens() -> None:
    (flow,) = documents(RECIPES["github"](HERE, [weekly()]))
    steps = flow["jobs"]["run-due"]["steps"]
    assert flow["concurrency"]["cancel-in-progress"] is False
    after = steps[[step.get("run", "").startswith("exec simulator") for step in steps].index(True) + 1 :]
    assert [step["if"] for step in after] == ["always()"] * 3
    assert after[0]["run"] == "simulator undo --all"


def test_gitlab_keeps_reports_and_undoes_whatever_happens() -> None:
    (file,) = documents(RECIPES["gitlab"](HERE, [weekly()]))
    job = file["game-days"]
    assert (job["interruptible"], job["artifacts"]["when"], job["cache"]["when"]) == (
        False,
        "always",
        "always",
    )
    assert job["after_script"] == ["simulator undo --all"]


def test_a_container_serves_and_is_given_time_to_undo() -> None:
    text = RECIPES["container"](HERE, [weekly()])
    image, _, compose = text.partition("# compose.yaml\n")
    (file,) = documents(compose)
    assert file["services"]["simulator"]["stop_grace_period"] == f"{UNDO_WITHIN}s"
    assert '"schedule", "serve"' in image


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Tokyo", "UTC"])
@pytest.mark.parametrize("at", ["0 10 * * TUE", "30 0 * * *", "30 23 1 * *", "0 1 1 3 *", "0 20 31 12 *"])
def test_times_in_utc_come_whenever_the_schedule_does(at: str, zone: str) -> None:
    schedule = weekly(at=at, zone=zone)
    utc = [CronSim(line, TUESDAY) for line in in_utc(schedule)]
    wanted = {slot.instant for slot, _ in zip(slots(schedule, TUESDAY), range(40), strict=False)}
    came: set[float] = set()
    for one in utc:
        for moment in one:
            if moment.timestamp() > max(wanted):
                break
            came.add(moment.timestamp())
    assert wanted <= came


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kolkata"])
@pytest.mark.parametrize("at", ["*/20 9-17 * * *", "30 9-17 * * *"])
def test_times_of_many_hours_are_looked_at_within_minutes(at: str, zone: str) -> None:
    schedule = weekly(at=at, zone=zone)
    (line,) = in_utc(schedule)
    for slot, _ in zip(slots(schedule, TUESDAY), range(40), strict=False):
        after = next(CronSim(line, datetime.fromtimestamp(slot.instant - 1, UTC)))
        assert after.timestamp() - slot.instant <= 300


@pytest.mark.parametrize("kind", ["github", "k8s"])
@pytest.mark.parametrize("at", ["0 10 * * 5L", "0 10 * * 7", "0 10 * * MON#1"])
def test_what_only_some_crons_understand_is_not_passed_on(kind: str, at: str) -> None:
    with pytest.raises(BadInput, match="no word for"):
        RECIPES[kind](HERE, [weekly(at=at)])


@pytest.mark.parametrize("kind", ["systemd", "github", "gitlab", "k8s"])
def test_where_nobody_looks_between_slots_it_says_so(kind: str) -> None:
    announced = weekly(notify={"to": ["ops"], "before": ["24h"]})
    assert RECIPES[kind](HERE, [announced]).startswith("# Nobody looks between two slots here")
    assert "Nobody looks" not in RECIPES[kind](HERE, [weekly()])


def test_a_container_holds_no_secret() -> None:
    ignored, _, _ = RECIPES["container"](HERE, [weekly()]).partition("# Dockerfile")
    assert "secrets.env" in ignored.splitlines()
