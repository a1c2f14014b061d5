"""The policy is in the plan: neither the judge nor the gates have thresholds of their own, and what is changed today judges no old journal."""

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.checkout import ROOT
from tests.corpus.kept import NAMES, as_called_now, known_then, report_of, unpacked

ROOMS = (
    "simulator/judge",
    "simulator/engine/gates.py",
    "simulator/engine/sight.py",
    "simulator/engine/watch.py",
)
NO_THRESHOLDS = {
    "EARLY": "how far into a journal its beginning is looked for",
    "LONGEST_INTERVAL": "what every promise reckons with",
    "LOOK_EVERY": "the pace of looking",
    "NAMED": "how many are named in a sentence",
    "RETRY": "the pace of looking",
    "TRACK_BEFORE": "where a chart begins",
    "_WORST": "an order of words",
}
CHANGED = """TODAY = Policy(
    positive_checks=9, exempt=(), canary="Other", window=99.0,
    sight=Sight(gap_tolerated=0.1, polled_every=9.0, began_before=0.0, clock_step=0.0, clocks_apart=0.0),
    fitness=Fitness(loop_lag=0.0, longest_stall=0.0, locust_cpu=0.0, achieved=1.0),
    panels=Panels(looks_back=1.0, baseline_least=500, in_a_row=50, in_a_row_to_stay=1, relative=9.0, stay_limit=1.0),
    books=Books(under_way=0.0, lost_scrapes=0.0, burst=0.0),
)
"""
JUDGE_ALL = """
import sys, json
from pathlib import Path
from simulator.journal.reading import read_journal
from simulator.judge import judge
from simulator.plan.policy import TODAY
from simulator.report.json import render
assert TODAY.window == 99.0
for path in sorted(Path(sys.argv[1]).iterdir()):
    print(json.dumps([path.stem, json.loads(render(judge(read_journal(path))))]))
"""


def numbers(path: Path) -> list[str]:
    """The module's constants that are numbers, or hold some."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    found = []
    for node in module.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            (target,) = node.targets if isinstance(node, ast.Assign) else (node.target,)
            constants = [one.value for one in ast.walk(node.value) if isinstance(one, ast.Constant)]
            if any(isinstance(one, int | float) and not isinstance(one, bool) for one in constants):
                found.append(ast.unparse(target))
    return found


def test_the_judge_and_the_gates_have_no_thresholds_of_their_own() -> None:
    paths = [
        path
        for room in ROOMS
        for path in ([ROOT / room] if room.endswith(".py") else (ROOT / room).rglob("*.py"))
    ]
    wrong = {
        path.name: [name for name in numbers(path) if name not in NO_THRESHOLDS] for path in sorted(paths)
    }
    assert {name: found for name, found in wrong.items() if found} == {}


def test_what_is_changed_today_judges_no_old_journal(tmp_path: Path) -> None:
    """A copy of the product with other numbers for new runs gives the corpus the verdicts that it had."""
    shutil.copytree(
        ROOT / "simulator", tmp_path / "simulator", ignore=shutil.ignore_patterns("__pycache__", "*.json")
    )
    policy = tmp_path / "simulator" / "plan" / "policy.py"
    now = policy.read_text(encoding="utf-8")
    changed, times = re.subn(r"^TODAY = Policy\(.*\)\n", lambda _: CHANGED, now, flags=re.MULTILINE)
    assert times == 1
    policy.write_text(changed, encoding="utf-8")
    journals = tmp_path / "journals"
    journals.mkdir()
    for name in NAMES:
        unpacked(name, journals / f"{name}.jsonl")
    judged = subprocess.run(
        [sys.executable, "-c", JUDGE_ALL, str(journals)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    verdicts = dict(json.loads(line) for line in judged.stdout.splitlines())
    assert sorted(verdicts) == NAMES
    then = {name: as_called_now(report_of(name)) for name in NAMES}
    assert [name for name in NAMES if known_then(then[name], verdicts[name]) != then[name]] == []
