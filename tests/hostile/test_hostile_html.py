"""Whatever a journal holds stands in the report as text: nothing that was planted runs or is fetched."""

import json
from html import escape
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from simulator.journal.reading import read_journal
from simulator.judge import judge
from simulator.judge.verdict import RunVerdict
from simulator.report.html import render
from simulator.report.junit import render as render_junit
from tests.fakes.journals import met_journal, written
from tests.hostile.attempts import Attempts, many
from tests.hostile.malformed import PAYLOADS
from tests.report.sound import assert_sound

FACTS: list[Any] = [json.loads(fact.model_dump_json()) for fact in met_journal()]
EXTRA: list[Any] = [
    {"kind": "lost", "at": 104.0, "source": "prometheus", "error": "refused"},
    {
        "kind": "prometheus_alert",
        "at": 110.0,
        "alert": "Odd",
        "instance": "x",
        "severity": "",
        "state": "firing",
    },
    {
        "kind": "page",
        "at": 111.0,
        "alert": "Slow",
        "fingerprint": "s",
        "severity": "",
        "route": "",
        "status": "firing",
    }
    | {"sequence": 9, "starts_epoch": 1_800_000_101.0, "received_epoch": 1_800_000_111.0},
    {"kind": "rule_set_seen", "at": 1.0, "name": "staging", "digest": "abc", "alerts": ["Down"]},
    {
        "kind": "ledger_checked",
        "at": 162.5,
        "experiments": ["db-killed"],
        "what": "orders",
        "error": "no answer",
    },
    {
        "kind": "gate_checked",
        "at": 4.0,
        "gate": "canary",
        "passed": False,
        "waited": 1.0,
        "observed": "silence",
    },
]
END = {"status": "failed", "reason": "it broke", "left_injected": ["f1"]}
FOREIGN = {
    *("alert", "title", "because", "dashboard", "panel", "legend", "observed", "error", "reason", "instance"),
    *(
        "fingerprint",
        "inhibited_by",
        "silenced_by",
        "route",
        "source",
        "left_injected",
        "run",
        "game_day",
        "unit",
    ),
    *("simulator_version", "id", "service", "name", "digest", "alerts", "text", "what"),
}
"""Keys whose texts come from people, from systems or from files."""
PATTERNED = {"abort_when"}
"""Names that have a pattern, and PromQL, which is shown nowhere but in a reason."""


def planted(value: Any, payload: str, key: str = "") -> Any:
    """The document with the payload before every foreign text, so that what belongs together still does."""
    if isinstance(value, dict):
        if key in ("values", "counted"):
            return {payload + name: number for name, number in value.items()}
        return {
            name: inner if name in PATTERNED else planted(inner, payload, name)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [planted(inner, payload, key) for inner in value]
    return payload + value if isinstance(value, str) and key in FOREIGN else value


def verdict_of(folder: Path, payload: str) -> RunVerdict:
    facts = sorted([*FACTS[:-1], *EXTRA], key=lambda fact: fact["at"])
    changed = [planted(fact, payload) for fact in [*facts, {**FACTS[-1], **END}]]
    changed[0]["plan"]["experiments"][0]["name"] = "db-killed"  # as PATTERNED
    path = folder / "journal.jsonl"
    path.write_text("\n".join(json.dumps(fact) for fact in [*changed, ""]))
    return judge(read_journal(path))


def texts() -> st.SearchStrategy[str]:
    pieces = st.one_of(st.sampled_from(PAYLOADS), st.text(alphabet="<>\"'&/=;{}%- \n\tabc", max_size=12))
    return st.lists(pieces, min_size=1, max_size=4).map("".join).map(lambda text: text[:90])


@many(100)
@given(texts())
def test_what_is_planted_in_a_journal_stays_text(attempts: Attempts, tmp_path: Path, payload: str) -> None:
    with attempts.one():
        verdict = verdict_of(tmp_path, payload)
        page = render(verdict).decode()
        assert_sound(page)
        render_junit(verdict)


def test_the_payloads_are_shown(tmp_path: Path) -> None:
    """Each is told as it stands in the journal: a test that left them all out would prove nothing."""
    for payload in PAYLOADS:
        page = render(verdict_of(tmp_path, payload)).decode()
        shown = page.replace("&#39;", "'").replace("&#34;", '"').replace("&quot;", '"')
        for told in ("Down", "Odd", "Slow", "it broke", "The database is killed", "postgres", "staging"):
            assert escape(payload + told, quote=False) in shown, told


def test_a_journal_as_it_should_be_is_sound(tmp_path: Path) -> None:
    assert_sound(render(judge(read_journal(written(tmp_path / "run", met_journal())))).decode())
