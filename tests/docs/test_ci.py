"""The workflows that the documentation prints do what it says of them."""

import re
from typing import Any

import pytest
from ruamel.yaml import YAML

from simulator.judge.verdict import RunVerdict
from simulator.report import formats
from tests.docs.pages import pages
from tests.docs.printed import CI
from tests.report.samples import SAMPLES

(PAGE,) = [page for page in pages() if str(page) == "docs/ci.md"]


def printed(name: str) -> Any:
    (text,) = [block for block in PAGE.blocks("yaml") if block.startswith(name)]
    return YAML(typ="safe").load(text)


def steps() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = printed(CI[0])["jobs"]["game-day"]["steps"]
    return found


def test_on_github_it_is_the_run_that_gets_the_signal_and_its_code_that_counts() -> None:
    (run,) = [step for step in steps() if "simulator run" in step.get("run", "")]
    assert run["run"].startswith("exec simulator run ")
    assert "continue-on-error" not in run
    assert '--summary "$GITHUB_STEP_SUMMARY"' in run["run"]


def test_on_github_it_is_undone_and_kept_however_it_ended() -> None:
    after = [step for step in steps() if step.get("if") == "always()"]
    assert [step.get("run") or step["uses"].partition("@")[0] for step in after] == [
        "simulator undo --all",
        "actions/upload-artifact",
    ]
    assert printed(CI[0])["concurrency"]["cancel-in-progress"] is False


def test_on_gitlab_it_is_undone_and_kept_however_it_ended() -> None:
    job = printed(CI[1])["game-day"]
    assert job["script"][-1].startswith("exec simulator run ")
    assert job["after_script"] == ["simulator undo --all"]
    assert (job["artifacts"]["when"], job["artifacts"]["paths"]) == ("always", ["reports"])
    assert job["interruptible"] is False


@pytest.mark.parametrize("verdict", SAMPLES.values(), ids=list(SAMPLES))
def test_every_metric_is_documented(verdict: RunVerdict) -> None:
    text = formats()["openmetrics"].render(verdict).decode()
    exported = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))
    documented = {name for span in PAGE.spans for name in re.findall(r"simulator_\w+", span)}
    assert exported == documented
