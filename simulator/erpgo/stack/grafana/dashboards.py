"""`python -m simulator.erpgo.stack.grafana.dashboards` writes the committed JSON of every dashboard into `dashboards/`."""

from pathlib import Path

from simulator.erpgo.stack.grafana.business_metrics import BUSINESS_METRICS
from simulator.erpgo.stack.grafana.database_performance import DATABASE_PERFORMANCE
from simulator.erpgo.stack.grafana.game_day import SIMULATOR_GAMEDAY
from simulator.erpgo.stack.grafana.overview import OVERVIEW
from simulator.erpgo.stack.grafana.panels import Dashboard
from simulator.erpgo.stack.grafana.security_metrics import SECURITY_METRICS
from simulator.erpgo.stack.grafana.system_performance import SYSTEM_PERFORMANCE

FOLDER = Path(__file__).parent / "dashboards"
DASHBOARDS = (
    OVERVIEW,
    SYSTEM_PERFORMANCE,
    DATABASE_PERFORMANCE,
    BUSINESS_METRICS,
    SECURITY_METRICS,
    SIMULATOR_GAMEDAY,
)


def file_of(dashboard: Dashboard) -> Path:
    """Where a dashboard's JSON is committed."""
    return FOLDER / f"{dashboard.uid}.json"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in DASHBOARDS:
        file_of(each).write_text(each.render(), encoding="utf-8")
