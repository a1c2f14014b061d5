"""What `simulator lint` checks when it is given no files: how ERPGo is watched."""

from simulator.erpgo.files import DASHBOARDS, FOLDER, RULES
from simulator.plan.estate import EstateFiles

_STACK = FOLDER / "stack"

STAGING = EstateFiles(
    prometheus=_STACK / "prometheus" / "prometheus.yml",
    alertmanager=_STACK / "alertmanager" / "alertmanager.yml",
    rules=(RULES,),
    dashboards=tuple(sorted(DASHBOARDS.glob("*.json"))),
    ignores=FOLDER / "lint" / "staging.yaml",
)
"""The stacks that are started here, by the files of the containers; the embedded stack's are the same but for addresses."""
PRODUCTION = EstateFiles(
    rules=(RULES.with_name("production.yaml"),),
    ignores=FOLDER / "lint" / "production.yaml",
    within={},
)
"""Production's rules, of which only the expressions are ours: no time is promised, and its other files are ERPGo's."""
