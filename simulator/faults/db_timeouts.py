"""db-timeouts: statements of the API are cancelled while they wait, as its statement timeout would."""

from typing import Literal

from simulator.faults.base.struck import StruckSessions, StruckSettings


class Settings(StruckSettings):
    """How many are struck how often."""

    fault: Literal["db-timeouts"] = "db-timeouts"


class DbTimeouts(StruckSessions[Settings]):
    """A cancelled statement is a timeout to the API, which cannot tell who cancelled it."""

    name = "db-timeouts"
    settings = Settings
    strike = "cancel"


FAULT = DbTimeouts()
