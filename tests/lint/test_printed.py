"""The exceptions that docs/lint.md prints are taken by the lint."""

import textwrap
from pathlib import Path

from tests.cli.commands import simulator
from tests.docs.pages import pages
from tests.docs.printed import LINT


def test_both_ways_to_accept_a_finding_are_understood(tmp_path: Path) -> None:
    (page,) = (page for page in pages() if str(page) == LINT)
    comment, file = page.blocks("yaml")
    rule = f"{comment.rstrip()}\n  expr: up == 0\n  labels: {{severity: page}}\n"
    rules = tmp_path / "rules.yml"
    rules.write_text(f"groups:\n- name: till\n  rules:\n{textwrap.indent(rule, '  ')}")
    (tmp_path / "ignore.yaml").write_text(file)
    left = simulator("lint", "--rules", str(rules), "--ignore", str(tmp_path / "ignore.yaml"))
    assert left.code in (0, 1), left.err
    assert "ignore/unclear" not in left.out
    assert "config/" not in left.out
