"""What a run is asked for. It travels whole: from who types it to Locust, and from there to the engine."""

import json
from pathlib import Path
from typing import Annotated, Self

from pydantic import BeforeValidator, ValidationError

from simulator.base.errors import BadInput
from simulator.base.values import Value, complaint
from simulator.safety.nets import NetName, nets_named


def _named(nets: object) -> object:
    return nets_named(nets) if isinstance(nets, str) else nets


class RunRequest(Value):
    """A field has the name of the option of Locust's that says it: `quiet_for` is `--quiet-for`."""

    gameday: str = ""
    """A game day or an experiment, by name or path; empty: traffic alone."""
    environment: str = "embedded"
    scenarios: Path = Path()
    """The folder whose experiments and game days come before those that are installed."""
    reports: Path = Path("reports")
    simulator_seed: int = 1
    repeat: int = 1
    """How often each experiment is run."""
    quiet_for: float = 0.0
    """Seconds for which experiments without a fault watch the quiet; 0: as their files say."""
    without: Annotated[tuple[NetName, ...], BeforeValidator(_named)] = ()
    """The nets it does without; as text their names, separated by commas."""
    confirm: str = ""
    """The name of the production environment that is meant, typed once more."""
    slot: str = ""
    """What a schedule starts it for: its name and the slot's instant; empty: nothing does."""
    summary: str = ""
    """A file that gets the verdict as Markdown too, as a CI service reads it; empty: none."""
    run_time: float | None = None
    """Seconds after which Locust ends by itself (`-t`); None: with the game day."""

    def options(self) -> list[str]:
        """What was said, as it is typed behind `locust`."""
        return [
            f"--{name.replace('_', '-')}={','.join(value) if isinstance(value, tuple) else value}"
            for name, value in self.model_dump(exclude_unset=True).items()
        ]

    def text(self) -> str:
        """As JSON for a process's argument, which has no zero byte; a folder may have any other in its name."""
        return json.dumps(self.model_dump(), default=str).replace(r"\u0000", r"\ufffd")

    @classmethod
    def of(cls, said: object) -> Self:
        """What was said, by the names of the fields.

        Raises:
            BadInput: it is no request.
        """
        try:
            return cls.model_validate(said)
        except ValidationError as error:
            raise BadInput(f"no run can be asked for like this: {complaint(error)}") from None

    @classmethod
    def read(cls, text: str) -> Self:
        """The opposite of `text`; raises as `of` does."""
        try:
            return cls.of(json.loads(text))
        except ValueError as error:
            raise BadInput(f"no run can be asked for like this, as it is no JSON: {error}") from None
