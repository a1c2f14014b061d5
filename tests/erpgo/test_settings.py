import os
import subprocess
import sys

import pytest

from simulator.erpgo.api.settings import BadSetting, load, parse_duration

SECRET = {"JWT_SECRET": "s" * 32}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("15m", 900), ("24h", 86400), ("1h30m", 5400), ("200ms", 0.2), ("1.5s", 1.5)],
)
def test_durations_are_read_as_in_go(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "15", "m", "15 m", "-1s", "1d", "s15"])
def test_other_texts_are_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration(text)


def test_defaults_are_erpgos() -> None:
    settings = load(SECRET)
    assert (settings.server.port, settings.database.max_connections, settings.database.min_connections) == (
        8080,
        20,
        5,
    )
    assert (settings.protection.rate, settings.protection.burst, settings.protection.max_login_attempts) == (
        100,
        200,
        5,
    )
    assert (settings.tokens.expiry, settings.cache.product_ttl) == (86400, 900)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SERVER_PORT", "70000"),
        ("MAX_CONNECTIONS", "many"),
        ("MAX_CONNECTIONS", "4"),
        ("JWT_SECRET", "short"),
        ("JWT_EXPIRY", "tomorrow"),
        ("LOCKOUT_DURATION", "0s"),
        ("LOG_LEVEL", "loud"),
        ("RATE_LIMIT_ENABLED", "perhaps"),
    ],
)
def test_a_bad_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name):
        load({**SECRET, name: value})


def test_the_secret_shows_nowhere() -> None:
    assert "sss" not in repr(load(SECRET))


def test_a_bad_setting_ends_the_process_with_one_line_and_code_2() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "simulator.erpgo.api"],
        env={**os.environ, "JWT_SECRET": "", "SERVER_PORT": "0"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert "SERVER_PORT" in ended.stderr or "JWT_SECRET" in ended.stderr
