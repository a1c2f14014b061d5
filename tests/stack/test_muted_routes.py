"""Routes with mute and active time intervals on a real Alertmanager: what we say is muted is what it keeps to itself."""

import calendar
import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulator.doors.alertmanager import Alertmanager
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from simulator.journal.facts import Page
from simulator.journal.loaded import RouteSeen
from simulator.preflight.routing import Route, Routes
from tests.fakes.journals import EPOCH, at, judged, met_journal, reasons, without
from tests.mutants.sabotage import Sabotage
from tests.stack.waiting import eventually

pytestmark = pytest.mark.stack

AHEAD = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Trial:
    """A route of its own for one alert."""

    alert: str
    key: str
    """`mute_time_intervals` or `active_time_intervals`."""
    entry: dict[str, Any]

    @property
    def labels(self) -> dict[str, str]:
        return {"alertname": self.alert, "severity": "critical"}

    @property
    def route(self) -> dict[str, Any]:
        matchers = [f'{{alertname="{self.alert}", severity=~"crit.*"}}']
        return {
            "receiver": "simulator-critical",
            "matchers": matchers,
            "group_by": ["..."],
            "group_wait": "1s",
            self.key: [self.alert],
        }


def trials(now: dt.datetime) -> list[Trial]:
    """Each kind of entry, once around this moment and once away from it, in both lists of a route."""
    there = now.astimezone(dt.timezone(dt.timedelta(hours=12)))
    month_ends = calendar.monthrange(now.year, now.month)[1] + 1
    day = now.strftime("%A").lower()
    other_day = (now + dt.timedelta(days=3)).strftime("%A").lower()
    month, other_month = now.month, now.month % 12 + 1
    entries: list[dict[str, Any]] = [
        {"years": ["2000:2100"]},
        {"years": ["2000:2001"]},
        {"times": [{"start_time": "00:00", "end_time": "24:00"}], "weekdays": [day]},
        {"weekdays": [other_day]},
        {"days_of_month": [f"{now.day - month_ends}"]},
        {"days_of_month": [f"{(now.day - month_ends - 4) % -28 or -1}"]},
        {"months": [f"{month}"]},
        {"months": [calendar.month_name[other_month].lower()]},
        {"location": "Etc/GMT-12", "days_of_month": [f"{there.day}"]},
        {"location": "Etc/GMT-12", "times": [_around(there + dt.timedelta(hours=6))]},
        {"location": "Etc/GMT-12", "times": [_around(there)]},
    ]
    return [
        Trial(f"Trial{kind.title()}{number}", f"{kind}_time_intervals", entry)
        for kind in ("mute", "active")
        for number, entry in enumerate(entries)
    ]


def _around(moment: dt.datetime) -> dict[str, str]:
    """Some twenty minutes around a moment, within its day."""
    minute = moment.hour * 60 + moment.minute
    start, end = max(0, minute - 10), min(24 * 60, minute + 11)
    return {"start_time": f"{start // 60:02}:{start % 60:02}", "end_time": f"{end // 60:02}:{end % 60:02}"}


@pytest.fixture
def tried(stack: StackInfo, tmp_path: Path) -> Iterator[list[Trial]]:
    """All of them, loaded in the stack's own Alertmanager, and each with its alert firing."""
    every = trials(dt.datetime.now(dt.UTC))

    def mute(tree: dict[str, Any]) -> None:
        tree["time_intervals"] = [{"name": one.alert, "time_intervals": [one.entry]} for one in every]
        tree["route"]["routes"][:0] = [one.route for one in every]

    with ExitStack() as until_the_end:
        Sabotage(stack, tmp_path, until_the_end).alertmanager(mute)
        post(stack, every, firing=True)
        yield every
        post(stack, every, firing=False)


def post(stack: StackInfo, every: list[Trial], *, firing: bool) -> None:
    ends = (dt.datetime.now(dt.UTC) + dt.timedelta(hours=firing)).isoformat()
    alerts = [{"labels": one.labels, "endsAt": ends} for one in every]
    httpx.post(f"{stack.url('alertmanager')}/api/v2/alerts", json=alerts, trust_env=False).raise_for_status()


def paged(stack: StackInfo) -> set[str]:
    assert stack.receiver_token_file is not None
    told = {"Authorization": f"Bearer {stack.receiver_token_file.read_text().strip()}"}
    answer = httpx.get(f"{stack.url('receiver')}/api/v1/notifications", headers=told, trust_env=False)
    pages = answer.raise_for_status().json()["notifications"]
    return {page["alertname"] for page in pages if page["status"] == "firing"}


async def the_routes(stack: StackInfo, every: list[Trial]) -> dict[str, Route]:
    """As they are read from the running Alertmanager: one for each alert."""
    door = Alertmanager(stack.url("alertmanager"))
    routes = Routes.read(await door.configuration())
    await door.close()
    return {one.alert: routes.to_us(one.labels, "critical")[0] for one in every}


async def test_what_is_read_as_muted_is_not_paged_and_the_verdict_says_why(
    stack: StackInfo, tried: list[Trial]
) -> None:
    now = dt.datetime.now(dt.UTC)
    routes = await the_routes(stack, tried)
    muted = {alert for alert, route in routes.items() if route.muted(now, now + AHEAD)}
    open_ = routes.keys() - muted
    assert len(muted) == len(open_) == len(tried) / 2
    eventually("a page of each alert whose route is open", lambda: paged(stack) >= open_)
    # All groups began to wait at one moment: what was to be paged has been, and the rest is kept back.
    assert paged(stack) & muted == set()
    for alert in sorted(muted)[:1]:
        seen = RouteSeen(
            alert="Down",
            labels={},
            receiver=routes[alert].receiver,
            route=routes[alert].path,
            ours=True,
            muted=tuple(
                one.model_copy(update={"start_epoch": EPOCH, "end_epoch": EPOCH + 3600})
                for one in routes[alert].muted(now, now + AHEAD)
            ),
        )
        _, experiment = judged([*without(met_journal(), Page, "Down"), at(seen, 0.3, "")])
        assert experiment.outcome == "inconclusive"
        assert f"time interval '{alert}'" in reasons(experiment)
        assert f'on its route {{alertname="{alert}", severity=~"crit.*"}}' in reasons(experiment)
