"""The base of every frozen, typed value that passes between the parts."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable value: unknown keys are refused, fields never change after it is made."""

    model_config = ConfigDict(frozen=True, extra="forbid")
