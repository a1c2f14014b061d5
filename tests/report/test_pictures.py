"""The pictures: no word printed over another, every mark where its time is."""

from dataclasses import dataclass
from xml.etree import ElementTree as ET

import pytest

from simulator.judge.verdict import ExperimentVerdict
from simulator.report import chart
from simulator.report.moments import story
from simulator.report.svg import text_width
from simulator.report.timeline import NARROW, WIDE, Frame, time_axis, timeline
from simulator.report.units import amount
from tests.report.sample_game_day import pool_exhausted
from tests.report.samples import SAMPLES

EXPERIMENTS = [
    pytest.param(experiment, id=f"{sample}-{experiment.name}")
    for sample, verdict in SAMPLES.items()
    for experiment in verdict.experiments
]
FRAMES = [pytest.param(WIDE, id="wide"), pytest.param(NARROW, id="narrow")]
LONG = "AnAlertWhoseNameSomebodyMadeMuchTooLongForAnyPictureThatWasEverDrawnByHand"


@dataclass(frozen=True)
class Box:
    """Where a line of text stands."""

    text: str
    left: float
    right: float
    top: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def _boxes(svg: ET.Element) -> list[Box]:
    """Tighter than the letters by a pixel each way: touching is not overprinting."""
    boxes: list[Box] = []
    for text in svg.iter("text"):
        content, x, y = text.text or "", float(text.get("x", "0")), float(text.get("y", "0"))
        width = text_width(content, 12.0) * 0.93
        left = x - {"middle": width / 2, "end": width}.get(text.get("text-anchor", ""), 0.0)
        boxes.append(Box(content, left, left + width, y - 9, y + 1))
    return boxes


def _assert_apart(boxes: list[Box]) -> None:
    for index, box in enumerate(boxes):
        for other in boxes[index + 1 :]:
            assert not box.meets(other), f"{box.text!r} and {other.text!r} overprint"


def _drawn(experiment: ExperimentVerdict, frame: Frame) -> ET.Element:
    return ET.fromstring(timeline(story(experiment), frame, "a title", "id"))  # noqa: S314  # our own bytes


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_no_label_of_a_timeline_overprints_another(experiment: ExperimentVerdict, frame: Frame) -> None:
    _assert_apart(_boxes(_drawn(experiment, frame)))


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_label_stays_inside_the_picture(experiment: ExperimentVerdict, frame: Frame) -> None:
    svg = _drawn(experiment, frame)
    _, _, width, height = (float(number) for number in svg.get("viewBox", "").split())
    for box in _boxes(svg):
        assert box.left >= -1, box.text
        assert box.right <= width + 1, box.text
        assert box.bottom <= height, box.text


@pytest.mark.parametrize("frame", FRAMES)
def test_a_long_name_is_wrapped_and_not_cut(frame: Frame) -> None:
    experiment = pool_exhausted()
    alert = experiment.alerts[0].model_copy(update={"alert": LONG})
    svg = _drawn(experiment.model_copy(update={"alerts": (alert, *experiment.alerts[1:])}), frame)
    assert LONG in "".join(text.text or "" for text in svg.iter("text") if text.get("class") == "name")
    _assert_apart(_boxes(svg))


def test_the_time_axis_only_ever_goes_right() -> None:
    axis = time_axis(story(pool_exhausted()), WIDE)
    places = [axis.at(second / 4) for second in range(-4, 340)]
    assert places == sorted(places)
    assert axis.at(0.0) < axis.at(30.0) < axis.at(60.0)


def test_a_timeline_says_in_words_what_it_shows() -> None:
    svg = _drawn(pool_exhausted(), WIDE)
    described = svg.findtext("desc") or ""
    assert "CriticalResponseTime (paged, 12.6 s): true 5.8, pending 6.5, firing 11.5" in described
    assert svg.get("role") == "img"


def test_an_experiment_whose_fault_never_bit_counts_from_the_request() -> None:
    told = story(SAMPLES["inconclusive"].experiments[1])
    assert told.since == "the request"
    assert told.lanes[0].moments[0].at == 0.0
    assert story(SAMPLES["all_met"].experiments[0]).since == "the watch"


def _panels(experiment: ExperimentVerdict) -> list[chart.Shown]:
    return [chart.shown(track, list(experiment.panels), 251.03, (0.0, 31.0)) for track in experiment.tracks]


@pytest.mark.parametrize("width", [chart.WIDE, chart.NARROW])
def test_no_label_of_a_chart_overprints_another(width: float) -> None:
    for panel in _panels(pool_exhausted()):
        _assert_apart(_boxes(ET.fromstring(chart.chart(panel, width, "id"))))  # noqa: S314  # our own bytes


def test_a_line_is_broken_where_nothing_was_sampled() -> None:
    points = tuple((float(at), 5.0) for at in (*range(0, 10, 2), *range(30, 40, 2)))
    panel = chart.Shown("p", "reqps", {"r": points}, frozenset({"r"}), None, None, (8.0, 30.0))
    svg = ET.fromstring(chart.chart(panel, chart.WIDE, "id"))  # noqa: S314  # our own bytes
    assert len([path for path in svg.iter("path") if path.get("class") == "series focus"]) == 2
    assert chart.facts(panel)[0].during == "5\u00a0req/s, nothing for 22\u00a0s"


def test_a_panel_without_samples_says_so() -> None:
    panel = chart.Shown("p", "s", {}, frozenset(), None, None, None)
    assert "no samples" in chart.chart(panel, chart.WIDE, "id")


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.383, "percentunit", "38.3 %"),
        (47.0, "percent", "47 %"),
        (0.048, "s", "48 ms"),
        (2.31, "s", "2.31 s"),
        (1500.0, "ms", "1.5 s"),
        (118.4, "reqps", "118 req/s"),
        (11.8, "cps", "11.8/s"),
        (67_108_864.0, "bytes", "64 MiB"),
        (1200.0, "short", "1.2 k"),
        (0.0, "s", "0 s"),
        (3.0, "widgets", "3 widgets"),
    ],
)
def test_values_are_said_in_their_unit(value: float, unit: str, said: str) -> None:
    assert amount(value, unit) == said.replace(" ", "\u00a0")
