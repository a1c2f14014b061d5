"""JSON Schemas of the files people write, generated from the models, for editors and for the docs."""

from typing import Any

from simulator.environments.settings import EnvironmentSettings, kinds, settings_of
from simulator.faults import faults
from simulator.plan.models import Experiment, GameDay
from simulator.schedule.models import Schedule
from simulator.schedule.notices import Targets


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
    files = {
        "experiment": experiment,
        "gameday": GameDay.model_json_schema(),
        "schedule": Schedule.model_json_schema(),
        "notify": Targets.model_json_schema(),
        **_environments(),
    }
    for file in files.values():
        definitions |= file.pop("$defs", {})
        # The name is the file's own.
        file["properties"].pop("name")
        file["required"].remove("name")
    definitions |= files
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Experiments, game days, schedules and environments of the simulator",
        "$defs": dict(sorted(definitions.items())),
        "anyOf": [{"$ref": f"#/$defs/{kind}"} for kind in files],
    }


def _environments() -> dict[str, dict[str, Any]]:
    """What most kinds of environment may say, and a kind whose files say more by its own name."""
    models = {kind: settings_of(kind) for kind in kinds()}
    common = EnvironmentSettings.model_json_schema()
    alike = [kind for kind, model in models.items() if model is EnvironmentSettings]
    common["properties"]["stack"]["enum"] = alike
    own = {
        f"environment-{kind}": model.model_json_schema()
        for kind, model in models.items()
        if kind not in alike
    }
    return {"environment": common, **own}
