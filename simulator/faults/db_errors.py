"""db-errors: sessions of the API are terminated while they work."""

from typing import Literal

from simulator.faults.base.struck import StruckSessions, StruckSettings


class Settings(StruckSettings):
    """How many are struck how often."""

    fault: Literal["db-errors"] = "db-errors"


class DbErrors(StruckSessions[Settings]):
    """A terminated session is an error of the query it ran; the pool replaces it."""

    name = "db-errors"
    settings = Settings
    strike = "terminate"


FAULT = DbErrors()
