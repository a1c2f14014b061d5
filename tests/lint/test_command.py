"""`simulator lint` as it is typed: exit codes, formats, and what is said of what cannot be used."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from simulator.base.errors import BadInput
from simulator.cli import app
from simulator.lint.contract import formats
from simulator.lint.registry import codes
from tests.cli.commands import simulator
from tests.lint.estates import base


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in base().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def all_of(folder: Path) -> list[str]:
    return [
        *("--prometheus", str(folder / "prometheus.yml"), "--alertmanager", str(folder / "alertmanager.yml")),
        *("--rules", str(folder / "*.yml").replace("*", "rules*"), "--dashboards", str(folder)),
    ]


def lint(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["lint", *arguments])


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_healthy_estate_is_clean(folder: Path) -> None:
    answer = lint(*all_of(folder), "--fail-on", "warn")
    assert answer.exit_code == 0, answer.output
    assert answer.output.endswith(
        "0 errors, 0 warnings, 0 accepted; of 7 alerts by 7 routes, 0 may be late\n"
    )


@pytest.mark.parametrize(
    ("hold", "fail_on", "code"),
    [("22s", "error", 0), ("22s", "warn", 1), ("2m", "error", 1), ("2m", "warn", 1)],
)
def test_the_exit_code_goes_by_the_least_severity(folder: Path, hold: str, fail_on: str, code: int) -> None:
    edit(folder, "rules.yml", "for: 6s", f"for: {hold}")
    assert lint(*all_of(folder), "--fail-on", fail_on).exit_code == code


@pytest.mark.parametrize("left_out", ["--prometheus", "--alertmanager", "--rules", "--dashboards"])
def test_each_file_may_be_left_out(folder: Path, left_out: str) -> None:
    arguments = all_of(folder)
    at = arguments.index(left_out)
    answer = lint(*arguments[:at], *arguments[at + 2 :], "--fail-on", "warn")
    assert answer.exit_code == 0, answer.output


@pytest.mark.parametrize("alone", ["--prometheus", "--alertmanager", "--rules", "--dashboards"])
def test_each_file_may_be_alone(folder: Path, alone: str) -> None:
    arguments = all_of(folder)
    at = arguments.index(alone)
    answer = lint(*arguments[at : at + 2], "--fail-on", "warn")
    assert answer.exit_code == 0, answer.output


def test_the_smallest_change_is_named_and_keeps_the_promise(folder: Path) -> None:
    edit(folder, "rules.yml", "for: 6s", "for: 20s")
    told = lint(*all_of(folder)).output
    assert 'ShopErrorsFew by {severity="ticket"} takes 37s at worst' in told
    assert "fix: for: 20s → 12s" in told
    edit(folder, "rules.yml", "for: 20s", "for: 12s")
    assert lint(*all_of(folder), "--fail-on", "warn").exit_code == 0


def test_an_alert_is_explained_in_lines_of_stages(folder: Path) -> None:
    told = lint(*all_of(folder), "--explain", "ShopErrorsFew").output
    assert 'ShopErrorsFew (ticket) by {severity="ticket"}, to desk' in told
    assert "scrape 3 s, evaluation 2 s, window 10 s, hold 6 s, group wait 1 s, notification 1 s" in told
    assert told.count("┃") == 3
    assert "ShopSlow" not in told


def test_an_alert_that_is_not_there_is_answered_with_the_nearest(folder: Path) -> None:
    error = lint(*all_of(folder), "--explain", "ShopEror").exception
    assert isinstance(error, BadInput)
    assert "did you mean 'ShopErrors'?" in str(error)


def test_what_is_promised_is_by_severity(folder: Path) -> None:
    promised = ("--within", "page=10s", "--within", "ticket=5m")
    told = json.loads(lint(*all_of(folder), *promised, "--format", "json").output)
    late = {one["subject"] for one in told["estates"][0]["findings"] if one["code"] == "budget/worst"}
    assert late == {"ShopErrors", "ShopSlow", "ShopDown"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--format", "xml"), "--format: unknown format 'xml'"),
        (("--fail-on", "info"), "--fail-on: unknown severity 'info'"),
        (("--rules", "nowhere-*.yml"), "--rules: no file fits 'nowhere-*.yml'"),
        (("--rules", "nowhere.yml"), "nowhere.yml: cannot be read: No such file"),
        (("--dashboards", "docs/parts"), "--dashboards: no .json file lies in docs/parts"),
        (("--within", "page"), "--within: 'page' is no severity and time"),
        (("--within", "page=-3s"), "--within: 'page=-3s' is no severity and time"),
        (("--ignore", "nowhere.yaml"), "--ignore: give the files that it is about"),
    ],
)
def test_what_cannot_be_used_is_said(arguments: tuple[str, ...], said: str) -> None:
    error = lint(*arguments).exception
    assert isinstance(error, BadInput)
    assert said in str(error)


def test_bad_input_ends_with_2_and_one_line() -> None:
    left = simulator("lint", "--rules", "nowhere.yml")
    assert (left.code, left.out) == (2, "")
    assert left.only_complaint.startswith("nowhere.yml: cannot be read")


def test_exceptions_in_a_file_need_a_code_that_exists(folder: Path) -> None:
    ignores = folder / "ignores.yaml"
    ignores.write_text("ignore: [{code: budget/wurst, because: for no good reason}]", encoding="utf-8")
    error = lint(*all_of(folder), "--ignore", str(ignores)).exception
    assert isinstance(error, BadInput)
    assert "did you mean 'budget/worst'?" in str(error)


def test_what_is_accepted_is_not_told_and_not_forgotten(folder: Path) -> None:
    edit(folder, "rules.yml", "for: 6s", "for: 22s")
    ignores = folder / "ignores.yaml"
    ignores.write_text(
        "ignore: [{code: budget/worst, at: '*Few', until: 9999-01-01, because: few errors may take longer}]",
        encoding="utf-8",
    )
    answer = lint(*all_of(folder), "--ignore", str(ignores), "--fail-on", "warn", "--format", "json")
    assert answer.exit_code == 0, answer.output
    estate = json.loads(answer.output)["estates"][0]
    assert estate["findings"] == []
    assert [one["because"] for one in estate["accepted"]] == ["few errors may take longer"]


def test_sarif_names_every_code_and_where_each_result_is(folder: Path) -> None:
    edit(folder, "rules.yml", "for: 6s", "for: 2m")
    run = json.loads(lint(*all_of(folder), "--format", "sarif").output)["runs"][0]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [code.name for code in codes()]
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("budget/impossible", "error")
    where = result["locations"][0]["physicalLocation"]
    assert where["artifactLocation"]["uri"].endswith("rules.yml")
    assert where["region"]["startLine"] == 13


def test_an_annotation_cannot_be_broken_by_what_it_says(folder: Path) -> None:
    edit(folder, "rules.yml", "alert: TillFull", 'alert: "Till\\nFull::error 100%"')
    edit(folder, "rules.yml", 'expr: till_queue{job="till"} > 40', "expr: (")
    (line,) = lint(*all_of(folder), "--format", "github").output.splitlines()
    assert line.startswith("::error file=")
    assert "line=27,title=config/refused::Till%0AFull::error 100%25" in line


class Tags(HTMLParser):
    """What a page holds, and whether each element was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not any(name in ("src", "href") for name, _ in attrs), "nothing is fetched"
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("explain", ["", "ShopErrorsFew"])
def test_the_page_is_whole_and_fetches_nothing(folder: Path, explain: str) -> None:
    edit(folder, "rules.yml", "for: 6s", "for: 2m")
    edit(folder, "rules.yml", "alert: TillFull", "alert: <b>TillFull</b>")
    page = Tags()
    page.feed(lint(*all_of(folder), "--format", "html", "--explain", explain).output)
    assert page.open == []
    said = " ".join(page.texts)
    assert "1 error, 0 warnings" in said
    assert "budget/impossible" in said
    assert ("<b>TillFull</b>" in said) != bool(explain)


@pytest.mark.parametrize("format_", formats())
def test_our_own_estate_is_clean_in_every_format(format_: str) -> None:
    answer = lint("--fail-on", "warn", "--format", format_)
    assert answer.exit_code == 0, answer.output
