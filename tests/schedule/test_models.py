"""What a schedule's file may not say, and how it is told."""

from pathlib import Path

import pytest

from simulator.base.errors import BadInput
from simulator.base.loader import load
from simulator.schedule.models import Schedule

GOOD = {"run": "smoke", "at": '"0 10 * * TUE"', "zone": "Europe/Berlin"}


def written(folder: Path, **said: str) -> Path:
    path = folder / "weekly.yaml"
    path.write_text("".join(f"{key}: {value}\n" for key, value in {**GOOD, **said}.items()))
    return path


def test_the_least_is_enough(tmp_path: Path) -> None:
    schedule = load(written(tmp_path), Schedule)
    assert (schedule.name, schedule.grace, schedule.overlap, schedule.jitter) == (
        "weekly",
        1200.0,
        "skip",
        0.0,
    )


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("at", '"0 10 * *"', "4 fields"),
        ("at", '"0 0 10 * * TUE"', "6 fields"),
        ("at", '"61 10 * * TUE"', "no cron expression"),
        ("at", '"0 0 30 2 *"', "no cron expression|never comes"),
        ("at", '"@weekly now and then x"', "no cron expression"),
        ("zone", "Europe/Atlantis", "no time zone"),
        ("jitter", "2 days", "not a duration"),
        ("jitter", "25h", "less than or equal"),
        ("grace", "-5", "greater than or equal"),
        ("overlap", "queue", "skip"),
        ("overlap", "{wait: 0s}", "greater than"),
        ("closed", "[next week]", "date"),
        ("repeat", "0", "greater than or equal"),
        ("notify", "{to: []}", "at least 1"),
        ("notify", "{to: [team], after: sometimes}", "always"),
        ("nonsense", "1", "unknown key"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(
    tmp_path: Path, key: str, value: str, complaint: str
) -> None:
    with pytest.raises(BadInput, match=complaint) as told:
        load(written(tmp_path, **{key: value}), Schedule)
    assert "weekly.yaml:" in str(told.value)
    assert key in str(told.value)
