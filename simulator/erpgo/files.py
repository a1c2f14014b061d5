"""Where ERPGo's files lie: what it is tried by, what watches it, and who uses it."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parent
SCENARIOS = FOLDER / "scenarios"
RULES = FOLDER / "stack" / "prometheus" / "rules" / "staging.yaml"
DASHBOARDS = FOLDER / "stack" / "grafana" / "dashboards"
LOCUSTFILE = FOLDER / "locustfile.py"
