"""The user's own receivers and route, read from a file of theirs and kept beside ours."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from simulator.base.errors import BadInput


def _not_ours(name: str) -> str:
    if name.startswith("simulator-"):
        raise ValueError(f"{name!r} is one of our names")
    return name


class OwnReceiver(BaseModel):
    """One receiver; names that begin with `simulator-` are ours, its integrations are Alertmanager's business."""

    model_config = ConfigDict(frozen=True, extra="allow")

    name: Annotated[str, AfterValidator(_not_ours)]


class OwnRouting(BaseModel):
    """An Alertmanager configuration with `receivers` and `route`; `global`, `templates` and times are passed on.

    Inhibition is not taken over: it would hold back our receiver's notifications as well.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    route: dict[str, object]
    own_receivers: tuple[OwnReceiver, ...] = Field(alias="receivers", min_length=1)
    settings: dict[str, object] | None = Field(default=None, alias="global")
    templates: list[str] | None = None
    time_intervals: list[dict[str, object]] | None = None

    @classmethod
    def read(cls, path: Path) -> Self:
        """The routing in the YAML file `path`; template paths are made absolute, as they are relative to it.

        Raises:
            BadInput: the file cannot be read, is not YAML, or has other keys than the ones above.
        """
        try:
            routing = cls.model_validate(YAML(typ="safe").load(path))
        except OSError as error:
            raise BadInput(f"{path}: not a readable Alertmanager file: {error.strerror}") from None
        except YAMLError as error:  # its own words repeat values, and a receiver's address is a secret
            line = (
                error.problem_mark.line + 1
                if isinstance(error, MarkedYAMLError) and error.problem_mark
                else 1
            )
            raise BadInput(f"{path}:{line}: not YAML, or a key stands there twice") from None
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the file"
            raise BadInput(
                f"{path}: {where}: {first['msg']}; give `receivers` (none named simulator-...) and `route`,"
                " and no inhibit_rules"
            ) from error
        absolute = [str(path.absolute().parent / each) for each in routing.templates or ()]
        return routing.model_copy(update={"templates": absolute or None})

    @property
    def receivers(self) -> list[dict[str, object]]:
        """The receivers as Alertmanager reads them."""
        return [receiver.model_dump() for receiver in self.own_receivers]

    @property
    def passed_on(self) -> dict[str, object]:
        """Top-level keys that go into alertmanager.yml unchanged."""
        return self.model_dump(
            by_alias=True, exclude_none=True, include={"settings", "templates", "time_intervals"}
        )
