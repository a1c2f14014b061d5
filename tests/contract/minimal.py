"""The least that an experiment's file has to say about each fault."""

from pathlib import Path

from simulator.base.loader import load
from simulator.environments.registry import offers
from simulator.faults import FaultSettings, fault_named
from simulator.plan.models import Experiment
from simulator.plan.targets import named

VALUES = {"service": "api", "switch": "surge", "mistake": "unreadable"}
"""A harmless value for each key that some fault cannot do without."""


def minimal(name: str) -> str:
    """The fault's shortest YAML, in one line: its name and the keys it requires."""
    fields = fault_named(name).settings.model_fields
    required = [key for key, field in fields.items() if field.is_required()]
    missing = [key for key in required if key not in VALUES]
    assert not missing, f"{name} requires {missing}: say in {__name__}.VALUES what to give it here"
    return "{" + ", ".join([f"fault: {name}", *(f"{key}: {VALUES[key]}" for key in required)]) + "}"


def settings_from(yaml: str, folder: Path) -> FaultSettings:
    """A fault's settings, read from an experiment's file as a user would write it for the embedded stack."""
    path = folder / "a-fault.yaml"
    path.write_text(f"title: A fault\nfaults: [{yaml}]\n")
    return named(load(path, Experiment), offers("embedded")).faults[0]
