"""JSON Schemas of the files people write, generated from the models, for editors and for the docs."""

from typing import Any

from simulator.environments.settings import EnvironmentSettings
from simulator.faults import faults
from simulator.plan.models import Experiment, GameDay


def schema() -> dict[str, Any]:
    """One schema for all kinds of file, under `$defs`; `faults` lists each fault's own settings."""
    experiment = Experiment.model_json_schema()
    definitions = experiment.pop("$defs", {})
    definitions.pop("FaultSettings", None)
    choices = []
    for name, fault in sorted(faults().items()):
        settings = fault.settings.model_json_schema()
        definitions |= settings.pop("$defs", {})
        settings["required"] = sorted({*settings.get("required", []), "fault"})
        definitions[f"fault-{name}"] = settings
        choices.append({"$ref": f"#/$defs/fault-{name}"})
    experiment["properties"]["faults"]["items"] = {"oneOf": choices}
    game_day, environment = GameDay.model_json_schema(), EnvironmentSettings.model_json_schema()
    definitions |= environment.pop("$defs", {})
    for part in (experiment, game_day, environment):
        # The name is the file's own.
        part["properties"].pop("name")
        part["required"].remove("name")
    definitions |= {"experiment": experiment, "gameday": game_day, "environment": environment}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Experiments, game days and environments of the simulator",
        "$defs": dict(sorted(definitions.items())),
        "anyOf": [{"$ref": f"#/$defs/{kind}"} for kind in ("experiment", "gameday", "environment")],
    }
