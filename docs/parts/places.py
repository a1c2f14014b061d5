"""What is looked at and where it runs: observers, panels, services."""

from docs.parts.markdown import prose, table
from simulator.erpgo.files import DASHBOARDS
from simulator.erpgo.stack.supervisor.site import PORTS
from simulator.observers import observers
from simulator.plan.panels import read_panels

_SCRAPE_SECONDS = 2.0


def observer_table() -> str:
    """Every observer by the source it looks at."""
    return table(
        ("source", "what it does", "file"),
        (
            (f"`{source}`", prose(kind.__doc__), f"`{kind.__module__.replace('.', '/')}.py`")
            for source, kind in sorted(observers().items())
        ),
    )


def panel_table() -> str:
    """Every panel of the committed dashboards, with the name of each series it draws."""
    return table(
        ("dashboard", "panel", "unit", "series"),
        (
            (
                f"`{panel.dashboard}`",
                panel.title,
                f"`{panel.unit}`",
                ", ".join(f"`{target.legend}`" for target in panel.targets),
            )
            for panel in read_panels(DASHBOARDS, _SCRAPE_SECONDS)
        ),
    )


def service_table() -> str:
    """Every service of the embedded stack, and the port it takes when that is free."""
    return table(("service", "port"), ((f"`{name}`", str(port)) for name, port in PORTS.items()))
