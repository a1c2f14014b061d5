"""What is said is said the same everywhere, and never sounds better than it is."""

from dataclasses import replace

import pytest

from simulator.judge.verdict import Reason, RunVerdict, StageTime
from simulator.report.budget import spent
from simulator.report.headline import headline, pace
from simulator.report.standing import groups
from simulator.report.words import duration, give_or_take, seconds, told, utc
from tests.report.samples import SAMPLES


@pytest.mark.parametrize(
    ("uncertainty", "said"),
    [(0.0, "± 0.01"), (0.0004, "± 0.01"), (0.011, "± 0.02"), (0.1, "± 0.1"), (0.25, "± 0.3"), (2.0, "± 2")],
)
def test_an_uncertainty_is_rounded_up(uncertainty: float, said: str) -> None:
    assert give_or_take(12.34, uncertainty) == f"12.3 s {said}"


def test_nothing_is_a_dash_and_a_minus_is_as_wide_as_a_digit() -> None:
    assert (seconds(None), seconds(-0.4), give_or_take(None, 1.0)) == ("–", "−0.4 s", "–")


@pytest.mark.parametrize(("value", "said"), [(47.4, "47 s"), (521.7, "8 min 42 s"), (4321.0, "1 h 12 min")])
def test_durations(value: float, said: str) -> None:
    assert duration(value) == said


def test_times_are_utc() -> None:
    assert utc(0.0) == "1970-01-01 00:00:00 UTC"


@pytest.mark.parametrize(
    ("sample", "said"),
    [
        ("all_met", "By the loaded rules, 5 of 5 experiments met: every expected page arrived within 30 s"),
        ("breached", "By the loaded rules, 1 of 2 breached: CriticalErrorRate was never paged"),
        (
            "inconclusive",
            (
                "1 of 2 inconclusive: fault cache-flood was not effective within 15 s: "
                "398 of 412 product keys left, hit rate 91 %"
            ),
        ),
        ("interrupted", "Still injected: db-pool-exhaust-7f3a9c. Run simulator undo now."),
        ("empty", "Nothing proven: no experiment ran"),
    ],
)
def test_the_headline_says_the_worst_first(sample: str, said: str) -> None:
    assert headline(SAMPLES[sample]) == said


def test_a_run_that_ended_early_says_how_far_it_came() -> None:
    cut = SAMPLES["interrupted"].model_copy(update={"left_injected": ()})
    assert headline(cut) == "Interrupted: 0 of 3 experiments ran to the end"


def test_a_control_alone_is_no_page_that_arrived() -> None:
    control = SAMPLES["all_met"].experiments[:1]
    assert headline(_with(control=control)) == "The control stayed quiet: no alert fired, no panel moved"


def test_only_panels_that_were_watched_are_said_to_have_stayed() -> None:
    (control,) = SAMPLES["all_met"].experiments[:1]
    unwatched = control.model_copy(update={"panels": ()})
    assert headline(_with(control=(unwatched,))) == "The control stayed quiet: no alert fired"


def test_where_no_page_was_due_none_is_said_to_have_arrived() -> None:
    surge = next(one for one in SAMPLES["all_met"].experiments if one.faults).model_copy(
        update={"alerts": ()}
    )
    assert (
        headline(_with(control=(surge,)))
        == "By the loaded rules, 1 of 1 experiment met: all went as expected"
    )


def test_lost_orders_are_said_before_what_is_only_inconclusive() -> None:
    lost = Reason.of(
        "breached", "books", "missing", "acknowledged and not in the database: 3", "orders of control"
    )
    run = SAMPLES["inconclusive"].model_copy(update={"outcome": "breached", "reasons": (lost,)})
    assert headline(run) == f"Breached, though no experiment was: {lost.text}"


def test_an_alert_that_was_only_to_fire_was_never_seen_firing() -> None:
    experiment = SAMPLES["breached"].experiments[-1]
    (missed, *_) = (row for row in experiment.alerts if row.outcome == "breached" and row.latency is None)
    firing = experiment.model_copy(update={"alerts": (missed.model_copy(update={"expect": "firing"}),)})
    assert headline(SAMPLES["breached"].model_copy(update={"experiments": (firing,)})).endswith(
        "was never seen firing"
    )


def _pages(*latencies: float | None) -> RunVerdict:
    (tried, *_) = (one for one in SAMPLES["all_met"].experiments if one.faults)
    (page, *_) = (alert for alert in tried.alerts if alert.expect == "notified")
    asked = tuple(
        page.model_copy(update={"latency": latency, "outcome": "met" if latency else "breached"})
        for latency in latencies
    )
    return _with(control=(tried.model_copy(update={"alerts": asked}),))


@pytest.mark.parametrize(
    ("latencies", "said"),
    [
        ((4.0,), "critical: 1 page, slowest 4.0 s"),
        ((9.0, 4.0, None), "critical: 2 pages, 1 missed, median 4.0 s, slowest 9.0 s"),
        ((None,), "critical: 0 pages, 1 missed"),
        (
            tuple(float(n) for n in range(1, 21)),
            "critical: 20 pages, median 10.0 s, p95 19.0 s, slowest 20.0 s",
        ),
    ],
)
def test_how_fast_pages_came_counts_those_that_never_did(
    latencies: tuple[float | None, ...], said: str
) -> None:
    assert pace(_pages(*latencies)) == (said,)


def test_how_fast_pages_came_knows_nothing_of_what_is_inconclusive_or_not_paged() -> None:
    run = _pages(4.0)
    (tried,) = run.experiments
    (page,) = tried.alerts
    others = tuple(
        page.model_copy(update=change) for change in ({"outcome": "inconclusive"}, {"expect": "inhibited"})
    )
    assert pace(_with(control=(tried.model_copy(update={"alerts": others}),))) == ()


def test_limits_that_differ_are_both_said() -> None:
    (tried,) = _pages(4.0, 5.0).experiments
    first, second = tried.alerts
    longer = tried.model_copy(update={"alerts": (first, second.model_copy(update={"limit": 40.0}))})
    assert headline(_with(control=(longer,))).endswith("arrived within its limit of 30 to 40 s")


def _with(control: object) -> RunVerdict:
    return SAMPLES["all_met"].model_copy(update={"experiments": control})


def test_what_would_not_have_woken_us_comes_first_and_the_slowest_next() -> None:
    asked = groups(SAMPLES["breached"])
    assert [group.kind for group in asked] == ["would-not", "would"]
    assert [row.standing for row in asked[0].rows] == ["missed", "wrong", "unexpected", "late"]
    paged = [
        row.latency or 0.0
        for group in groups(SAMPLES["all_met"])
        if group.kind == "would"
        for row in group.rows
    ]
    assert paged == sorted(paged, reverse=True)


def test_what_is_seen_after_the_page_is_no_part_of_its_latency() -> None:
    row = groups(SAMPLES["breached"])[1].rows[0]
    late = [
        StageTime(stage="effective → firing", took=4.3),
        StageTime(stage="firing → notified", took=0.1),
        StageTime(stage="notified → accepted", took=0.2),
    ]
    stages = [(one.mark, one.most) for one in spent(replace(row, stages=tuple(late)))]
    assert stages == [("firing", True), ("notified", False)]


def test_reasons_that_say_the_same_are_told_once() -> None:
    reasons = [
        Reason.of("inconclusive", "panel", "lost-sight", "lost: for long", panel)
        for panel in ("a: x", "b", "c")
    ]
    other = Reason.of("breached", "left", "not-recovered", "not recovered")
    assert [reason.text for reason in told([other, *reasons])] == [
        "not recovered",
        "a: x, b, c: lost: for long",
    ]
    assert told(reasons[:2]) == reasons[:2]
