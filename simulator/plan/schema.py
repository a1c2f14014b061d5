"""JSON Schemas of the files people write, generated from the models, for editors and for the docs."""

from typing import Any

from simulator.faults import faults
from simulator.plan.models import Experiment, GameDay


def schema() -> dict[str, Any]:
    """One schema for both kinds of file, under `$defs`; `faults` lists each fault's own settings."""
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
    for part in (experiment, game_day := GameDay.model_json_schema()):
        # The name is the file's own.
        part["properties"].pop("name")
        part["required"].remove("name")
    definitions |= {"experiment": experiment, "gameday": game_day}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Experiments and game days of the simulator",
        "$defs": dict(sorted(definitions.items())),
        "anyOf": [{"$ref": "#/$defs/experiment"}, {"$ref": "#/$defs/gameday"}],
    }
