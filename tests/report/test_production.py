"""The first two sentences: what happened by the rules that were loaded, and what production's would have done."""

import html
import re

import pytest

from simulator.judge.loaded import RuleSet
from simulator.judge.verdict import AlertVerdict, RunVerdict
from simulator.report import formats
from simulator.report.headline import headline
from simulator.report.production import in_production
from tests.report.samples import SAMPLES

PAGE = next(alert for one in SAMPLES["all_met"].experiments for alert in one.alerts)
STAGING = RuleSet(name="staging", digest="0", alerts=())


def run(*alerts: AlertVerdict) -> RunVerdict:
    tried = next(one for one in SAMPLES["all_met"].experiments if one.faults)
    return SAMPLES["all_met"].model_copy(
        update={"rule_set": STAGING, "experiments": (tried.model_copy(update={"alerts": alerts}),)}
    )


def there(seconds: float | None, **changes: object) -> AlertVerdict:
    return PAGE.model_copy(update={"in_production": seconds, **changes})


@pytest.mark.parametrize(
    ("alerts", "said"),
    [
        (
            [there(80.0), there(467.0)],
            (
                "By production's rules none of the 2 pages would have come within 30 s, but after about"
                " 1 min 20 s to 7 min 47 s."
            ),
        ),
        (
            [there(80.0)],
            "By production's rules the page would not have come within 30 s, but after about 1 min 20 s.",
        ),
        ([there(12.0)], "By production's rules the page would have come within 30 s too."),
        ([there(12.0), there(30.0)], "By production's rules both pages would have come within 30 s too."),
        (
            [there(12.0), there(80.0), there(95.0)],
            (
                "By production's rules 1 of the 3 pages would have come within 30 s, the others after about"
                " 1 min 20 s to 1 min 35 s."
            ),
        ),
        (
            [there(80.0), there(81.0), there(None), there(12.0, outcome="inconclusive")],
            (
                "By production's rules none of the 2 pages would have come within 30 s, but after about"
                " 1 min 20 s to 1 min 21 s; for 2 others it is unknown."
            ),
        ),
        (
            [there(35.0, limit=40.0), there(45.0)],
            "By production's rules 1 of the 2 pages would have come within their limits, the others after about 45 s.",
        ),
        ([there(None)] * 3, "What production's rules would have done is unknown for all 3 pages."),
        ([there(None)], "What production's rules would have done is unknown for the one page."),
        (
            [there(None, expect="inhibited")],
            "Production's rules were not put to the test: no page was expected.",
        ),
    ],
)
def test_what_production_would_have_done_is_counted(alerts: list[AlertVerdict], said: str) -> None:
    assert in_production(run(*alerts)) == said


@pytest.mark.parametrize("outcome", ["met", "breached"])
def test_the_headline_says_by_which_rules(outcome: str) -> None:
    verdict = run(there(80.0))
    (one,) = verdict.experiments
    changed = verdict.model_copy(update={"experiments": (one.model_copy(update={"outcome": outcome}),)})
    assert headline(changed).startswith("By the staging rules, 1 of 1")
    assert headline(changed.model_copy(update={"rule_set": None})).startswith("By the loaded rules, 1 of 1")


@pytest.mark.parametrize("sample", list(SAMPLES))
@pytest.mark.parametrize("name", sorted({*formats()} - {"openmetrics"}))  # which has figures only
def test_every_format_says_both_one_after_the_other(name: str, sample: str) -> None:
    verdict = SAMPLES[sample]
    shown = html.unescape(re.sub(r"<[^>]+>", " ", formats()[name].render(verdict).decode()))
    words = " ".join(shown.split()).replace('", "', " ")
    first, second = (" ".join(text.split()) for text in (headline(verdict), in_production(verdict)))
    assert first in words
    assert second in words
    assert 0 <= words.index(second) - words.index(first) - len(first) <= 3


def test_the_terminal_says_both_in_its_first_lines() -> None:
    lines = formats()["text"].render(run(there(12.0))).decode().splitlines()
    assert (
        lines[0] == "✓ By the staging rules, 1 of 1 experiment met: every expected page arrived within 30 s"
    )
    assert lines[1] == "  By production's rules the page would have come within 30 s too."
